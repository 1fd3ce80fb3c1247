package mail

import (
	"net"
	"strings"
	"testing"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
	"catflap/internal/mail/mailtest"
)

func TestHealth(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOutbox(t, d)
		look := func(practiceID string) Health {
			t.Helper()
			h, err := o.Health(o.ctx, practiceID)
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		if h := look("paws"); h.Waiting != 0 || h.Sent != 0 || h.Failed != 0 || len(h.Domains) != 0 || !h.Oldest.IsZero() {
			t.Errorf("before anything: %+v", h)
		}
		o.server.Next(mailtest.Answer{Code: 550, Words: "No such person"}, mailtest.Answer{Code: 451, Words: "Come back"})
		failed := o.enqueue(o.draft("paws", "gone@one.example"))
		o.drain()
		o.enqueue(o.draft("paws", "later@two.example"))
		o.drain()
		written := o.clock.Now()
		o.enqueue(o.draft("paws", "good@one.example"))
		o.enqueue(o.draft("claws", "good@one.example"))
		o.drain()
		o.clock.Advance(time.Minute / 2)
		h := look("paws")
		if h.Waiting != 1 || h.Trouble != 1 || !h.Oldest.Equal(written) || h.Sent != 1 || h.PerMinute() != 0.2 || h.Failed != 1 {
			t.Errorf("%+v", h)
		}
		if len(h.Domains) != 2 || h.Domains[0].Domain != "one.example" || h.Domains[0].Failed != 1 || h.Domains[1].Trouble != 1 ||
			!strings.Contains(h.Domains[1].Words, "Come back") {
			t.Errorf("by domain %+v", h.Domains)
		}
		if all := look(""); all.Sent != 2 || all.Failed != 1 {
			t.Errorf("of all practices: %+v", all)
		}

		// What failed is tried again when somebody says so, by nobody else, and once.
		if err := o.TryAgain(o.ctx, "claws", failed); !fault.Is(err, fault.Conflict) {
			t.Errorf("another practice's: %v", err)
		}
		list, err := o.Failures(o.ctx, "paws", Page{})
		if err != nil || len(list.Messages) != 1 || list.Messages[0].ID != failed {
			t.Errorf("failures %+v, %v", list, err)
		}
		if err := o.TryAgain(o.ctx, "paws", failed); err != nil {
			t.Fatal(err)
		}
		o.drain()
		o.check("paws", failed, Sent, "", 1)
		if err := o.TryAgain(o.ctx, "paws", failed); !fault.Is(err, fault.Conflict) {
			t.Errorf("what was sent: %v", err)
		}
		if n, err := o.TryAllAgain(o.ctx, "paws"); n != 0 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
}

func TestProbe(t *testing.T) {
	tests := map[string]struct {
		options mailtest.Options
		prepare func(*mailtest.Server)
		change  func(*mailtest.Server, *SMTPSettings)
		taken   bool
		said    string // in the conversation
		words   string
	}{
		"taken": {options: mailtest.Options{StartTLS: true, User: "cat", Password: "flap-secret"}, taken: true, said: "STARTTLS",
			change: func(s *mailtest.Server, set *SMTPSettings) { set.Plaintext, set.Roots = false, s.Roots() }},
		"wrong password": {options: mailtest.Options{StartTLS: true, User: "cat", Password: "flap-secret"}, words: "did not accept the user name", said: "535",
			change: func(s *mailtest.Server, set *SMTPSettings) {
				set.Plaintext, set.Roots, set.Password = false, s.Roots(), "wrong-secret"
			}},
		"refused": {words: "No such person", said: "No such person",
			prepare: func(s *mailtest.Server) { s.Next(mailtest.Answer{Code: 550, Words: "No such person"}) }},
		"no encryption": {words: "offers no encryption", change: func(_ *mailtest.Server, set *SMTPSettings) { set.Plaintext = false }},
		"nobody there": {words: "could not be reached", change: func(_ *mailtest.Server, set *SMTPSettings) {
			if l, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
				set.Port = l.Addr().(*net.TCPAddr).Port
				_ = l.Close() // nobody listens there now
			}
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := newOutbox(t, dbtest.New(t, db.SQLite))
			server := mailtest.Start(t, test.options)
			if test.prepare != nil {
				test.prepare(server)
			}
			o.open(o.Service.db, transport(t, server, func(set *SMTPSettings) {
				if test.change != nil {
					test.change(server, set)
				}
			}))
			p, err := o.ProbeServer(o.ctx, "ada@example.com")
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, l := range p.Lines {
				all = append(all, l.Text)
			}
			said := strings.Join(all, "\n")
			if p.Taken != test.taken || !strings.Contains(p.Words, test.words) || !strings.Contains(said, test.said) {
				t.Errorf("taken %v, %q, after\n%s", p.Taken, p.Words, said)
			}
			for _, hidden := range []string{"secret", "ZmxhcC1zZWNyZXQ", "d3Jvbmctc2VjcmV0"} {
				if strings.Contains(said+p.Words, hidden) {
					t.Errorf("the password is shown in\n%s", said)
				}
			}
			if got := len(server.To("ada@example.com")); got == 1 != test.taken {
				t.Errorf("%d messages arrived", got)
			}
		})
	}
	o := newOutbox(t, dbtest.New(t, db.SQLite))
	if _, err := o.ProbeServer(o.ctx, "nobody"); !fault.Is(err, fault.Invalid) {
		t.Errorf("no address: %v", err)
	}
	o.open(o.Service.db, Hold{})
	if _, err := o.ProbeServer(o.ctx, "ada@example.com"); !fault.Is(err, fault.Conflict) {
		t.Errorf("no server: %v", err)
	}
}
