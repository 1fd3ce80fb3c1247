package mail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"catflap/internal/mail/mailtest"
)

// Whatever a mail server offers, the same letters arrive once, and who is refused
// does not stand in the way of the next one.
func TestDialogues(t *testing.T) {
	servers := map[string]mailtest.Options{
		"one question after the other":  {Without: []string{"PIPELINING", "CHUNKING"}},
		"several questions at once":     {Without: []string{"CHUNKING"}},
		"in one piece, but not at once": {Without: []string{"PIPELINING"}},
		"in one piece":                  {},
		"offered and not known":         {UnknownBDAT: true},
	}
	for name, o := range servers {
		t.Run(name, func(t *testing.T) {
			s := mailtest.Start(t, o)
			smtp := transport(t, s, nil)
			s.Next(
				mailtest.Answer{},
				mailtest.Answer{Code: 550, Words: "5.1.1 Nobody of that name"},
				mailtest.Answer{},
				mailtest.Answer{Code: 452, Words: "Full", To: mailtest.ToLetter},
			)
			wants := []string{"", "Nobody of that name", "", "Full", ""}
			if o.UnknownBDAT { // the recipient of the first letter is named twice
				wants = []string{"Nobody of that name", "", "Full", ""}
			}
			var sent []Letter
			for i, want := range wants {
				l := letter()
				l.To.Address = fmt.Sprintf("zoe%d@example.com", i)
				l.Text = ".\n..\n.dot\n" + strings.Repeat("word ", 2000*i) + "\n"
				err := smtp.Send(context.Background(), l)
				var u *Undelivered
				switch {
				case want == "" && err != nil:
					t.Errorf("letter %d: %v", i, err)
				case want != "" && (!errors.As(err, &u) || !strings.Contains(u.Words, want)):
					t.Errorf("letter %d: %v, want %q", i, err, want)
				case want == "":
					sent = append(sent, l)
				}
			}
			got := s.Messages()
			if len(got) != len(sent) {
				t.Fatalf("%d letters arrived, want %d", len(got), len(sent))
			}
			for i, m := range got {
				if m.To[0] != sent[i].To.Address || strings.TrimRight(m.Text, "\n") != strings.TrimRight(sent[i].Text, "\n") {
					t.Errorf("letter %d arrived as %d characters for %s", i, len(m.Text), m.To)
				}
			}
			connections := 1
			if o.UnknownBDAT {
				connections = 2
			}
			if s.Connections() != connections {
				t.Errorf("%d connections, want %d", s.Connections(), connections)
			}
		})
	}
}
