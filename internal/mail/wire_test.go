package mail

import (
	"bytes"
	netmail "net/mail"
	"strings"
	"testing"

	"catflap/internal/mail/mailtest"
)

func TestWire(t *testing.T) {
	tests := map[string]struct{ name, subject, text string }{
		"plain":            {name: "Bob", subject: "Your login", text: "Hello\n"},
		"long":             {name: strings.Repeat("Bob Smith ", 19) + "Jr", subject: strings.Repeat("A long subject ", 26) + "ends", text: strings.Repeat("word ", 3000)},
		"long and foreign": {name: strings.Repeat("Zoë ", 40) + "é", subject: strings.Repeat("Grüße aus Köln ", 20) + "🐈", text: strings.Repeat("猫", 3000)},
		"one long word":    {name: strings.Repeat("b", 200), subject: strings.Repeat("s", 400), text: strings.Repeat("t", 3000)},
		"two spaces":       {name: "Bob  Smith", subject: "a  b   " + strings.Repeat("c", 50) + "  d", text: "a  b  \n"},
		"dots":             {name: ".", subject: ".", text: ".\n..\n.\n"},
		"looks like ends":  {name: "--=_", subject: "--=_", text: "\n--=_\n--=_--\n=_\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l := letter()
			l.To = netmail.Address{Name: test.name, Address: "zoe@example.com"}
			l.Subject, l.Text, l.HTML = test.subject, test.text, "<p>"+test.text+"</p>"
			raw := written(l)
			head, _, _ := strings.Cut(string(raw), "\r\n\r\n")
			for line := range strings.SplitSeq(head, "\r\n") {
				_, word, folded := strings.Cut(line, " ")
				if len(line) > lineWidth && (!folded || strings.Contains(word, " ")) {
					t.Errorf("a line of %d: %s", len(line), line)
				}
			}
			m, err := mailtest.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			if m.Subject != l.Subject || strings.TrimRight(m.Text, "\n") != strings.TrimRight(l.Text, "\n") || m.HTML != l.HTML {
				t.Errorf("subject %q, text %q, html %q", m.Subject, m.Text, m.HTML)
			}
			to, err := m.Header.AddressList("To")
			if err != nil || to[0].Name != test.name {
				t.Errorf("to %v, %v", to, err)
			}
		})
	}
}

// Mail programs read these two as they stand (RFC 2369, RFC 8058).
func TestWireUnsubscribe(t *testing.T) {
	l := letter()
	if raw := string(written(l)); strings.Contains(raw, "List-") {
		t.Errorf("a letter to one person offers to unsubscribe: %s", raw)
	}
	l.Unsubscribe = "https://pets.example/paws/unsubscribe?token=" + strings.Repeat("a", 80)
	m, err := mailtest.Parse(written(l))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Header.Get("List-Unsubscribe"); got != "<"+l.Unsubscribe+">" {
		t.Errorf("List-Unsubscribe: %s", got)
	}
	if got := m.Header.Get("List-Unsubscribe-Post"); got != "List-Unsubscribe=One-Click" {
		t.Errorf("List-Unsubscribe-Post: %s", got)
	}
}

func FuzzSubjectHeader(f *testing.F) {
	for _, seed := range []string{"Hello", "Grüße", "=?utf-8?q?Bob=0D=0A?=", "=?", strings.Repeat("=? Zoë ", 60)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		subject := oneLine(typed, maxSubject)
		l := letter()
		l.Subject = subject
		m, err := mailtest.Parse(written(l))
		if err != nil {
			t.Fatal(err)
		}
		if m.Subject != subject || len(m.Header["Bcc"]) > 0 {
			t.Errorf("%q arrives as %q", subject, m.Subject)
		}
	})
}

func written(l Letter) []byte {
	var b bytes.Buffer
	l.wire(&b)
	return b.Bytes()
}
