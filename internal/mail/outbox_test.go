package mail

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
	"catflap/internal/mail/mailtest"
)

func TestDelivery(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOutbox(t, d)
		rolledBack := errors.New("the caller changed its mind")
		err := d.Write(o.ctx, func(tx *db.Tx) error {
			if _, err := o.Enqueue(o.ctx, tx, o.draft("paws", "never@example.com")); err != nil {
				return err
			}
			return rolledBack
		})
		if !errors.Is(err, rolledBack) {
			t.Fatal(err)
		}
		messageID := o.enqueue(o.draft("paws", "bob@example.com"))
		waiting := o.check("paws", messageID, Queued, "", 0)
		if waiting.Data["temporary_password"] != mask || waiting.Subject != "Your login for Paws" {
			t.Errorf("stored as %+v", waiting)
		}
		o.drain()
		m := o.check("paws", messageID, Sent, "", 1)
		if !m.SentAt.Equal(o.clock.Now()) || o.secrets.settled() != 1 {
			t.Errorf("sent at %v, settled %d times", m.SentAt, o.secrets.settled())
		}
		got := o.server.Messages()
		if len(got) != 1 {
			t.Fatalf("%d messages arrived", len(got))
		}
		for _, part := range []string{got[0].Text, got[0].HTML} {
			for _, want := range []string{o.secret, "bob@example.com", "72 hours", "https://cats.example/paws/login"} {
				if !strings.Contains(part, want) {
					t.Errorf("%q is missing in\n%s", want, part)
				}
			}
		}
		if got[0].Header.Get("Message-Id") != "<"+messageID+"@cats.example>" || got[0].Header.Get("From") != `"Paws" <catflap@cats.example>` {
			t.Errorf("header %v", got[0].Header)
		}
	})
}

func TestTroubleOnTheWay(t *testing.T) {
	quoting := func(secret string) string { return "listed: https://cats.example/paws/activate?token=" + secret }
	tests := map[string]struct {
		prepare func(o *outbox)
		change  func(d *Draft)
		state   State // after the first try
		words   string
		tries   int  // that the mail server saw by then
		recover bool // sent a minute later
		copies  int  // that arrived, where it is not one for a message that was sent
	}{
		"try again later": {state: Queued, words: "Please come back", tries: 1, recover: true,
			prepare: func(o *outbox) { o.server.Next(mailtest.Answer{Code: 451, Words: "Please come back"}) }},
		"refused for good": {state: Failed, words: "The mail server refused the message: 550 No such person", tries: 1,
			prepare: func(o *outbox) { o.server.Next(mailtest.Answer{Code: 550, Words: "No such person"}) }},
		"the letter is refused": {state: Failed, words: "The mail server refused the message: 554 Looks like spam", tries: 1,
			prepare: func(o *outbox) {
				o.server.Next(mailtest.Answer{Code: 554, Words: "Looks like spam", To: mailtest.ToLetter})
			}},
		"no room for the letter": {state: Queued, words: "452 No room", tries: 1, recover: true,
			prepare: func(o *outbox) {
				o.server.Next(mailtest.Answer{Code: 452, Words: "No room", To: mailtest.ToLetter})
			}},
		"hangs up before the letter": {state: Queued, words: "The connection to the mail server broke", tries: 1, recover: true,
			prepare: func(o *outbox) { o.server.Next(mailtest.Answer{Code: mailtest.HangUp}) }},
		"hangs up after the letter": {state: Queued, words: "The connection to the mail server broke", tries: 1, recover: true, copies: 2,
			prepare: func(o *outbox) {
				o.server.Next(mailtest.Answer{Code: mailtest.HangUp, To: mailtest.ToLetter})
			}},
		"thinks for a while": {state: Sent, tries: 1,
			prepare: func(o *outbox) { o.server.Next(mailtest.Answer{After: 200 * time.Millisecond}) }},
		"refused, quoting the secret": {state: Failed, words: "listed: " + mask, tries: 1,
			prepare: func(o *outbox) { o.server.Next(mailtest.Answer{Code: 554, Words: quoting(o.secret)}) }},
		"patience, quoting the secret": {state: Queued, words: "listed: " + mask, tries: 1, recover: true,
			prepare: func(o *outbox) { o.server.Next(mailtest.Answer{Code: 450, Words: quoting(o.secret)}) }},
		"secret replaced": {state: Dropped, words: "A newer one was sent.",
			prepare: func(o *outbox) { o.secrets.fail(fault.New(fault.Gone, "replaced", "A newer one was sent.")) }},
		"secret not readable": {state: Queued, words: "could not be read", recover: true,
			prepare: func(o *outbox) { o.secrets.fail(errors.New("key ring closed")) }},
		"secret missing": {state: Dropped, words: "{{link}}",
			prepare: func(o *outbox) { delete(o.secrets.values, "link") }},
		"token missing": {state: Dropped, words: "{{login_id}}",
			change: func(d *Draft) {
				d.Template = Activation
				d.Data = map[string]string{"login_id": " "}
			}},
		"replaced while it left": {state: Sent, tries: 1,
			prepare: func(o *outbox) { o.secrets.failSettling(fault.New(fault.Gone, "replaced", "Replaced.")) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				o := newOutbox(t, d)
				if test.prepare != nil {
					test.prepare(o)
				}
				draft := o.draft("paws", "bob@example.com")
				draft.Template = PasswordReset
				draft.Data = map[string]string{"practice": "Paws"}
				if test.change != nil {
					test.change(&draft)
				}
				messageID := o.enqueue(draft)
				o.drain()
				o.check("paws", messageID, test.state, test.words, 1)
				if o.server.Tries() != test.tries {
					t.Errorf("the mail server saw %d tries, want %d", o.server.Tries(), test.tries)
				}
				o.clock.Advance(67 * time.Second) // a minute, and what chance adds
				o.drain()
				state, words, tries, copies := test.state, test.words, 1, test.copies
				if test.recover {
					state, words, tries = Sent, "", 2
				}
				m := o.check("paws", messageID, state, words, tries)
				if state == Sent {
					copies = max(copies, 1)
				}
				got := o.server.Messages()
				for _, copied := range got {
					if copied.Header.Get("Message-Id") != "<"+m.MessageID+">" {
						t.Errorf("it arrived as %s", copied.Header.Get("Message-Id"))
					}
				}
				if len(got) != copies {
					t.Errorf("it arrived %d times, want %d", len(got), copies)
				}
			})
		})
	}
}

func TestGivenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOutbox(t, d)
		o.server.Always(mailtest.Answer{Code: 421, Words: "Busy"})
		messageID := o.enqueue(o.draft("paws", "bob@example.com"))
		for range 15 {
			o.drain()
			o.clock.Advance(18 * time.Hour)
		}
		o.check("paws", messageID, Failed, "Given up after 11 tries.", 11)
		if n := o.server.Tries(); n != 11 {
			t.Errorf("the mail server saw %d tries", n)
		}
	})
}

// The message was accepted, and the process died before that was marked: here
// the transaction that marks it fails. It is sent again, recognisably the same.
func TestCrashAfterAcceptance(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOutbox(t, d)
		o.secrets.failSettling(errors.New("the process died"))
		messageID := o.enqueue(o.draft("paws", "bob@example.com"))
		o.drain()
		o.check("paws", messageID, Queued, "", 0)

		// The next start finds it when the lease has run out.
		o.open(d, transport(t, o.server, nil))
		o.drain()
		o.check("paws", messageID, Queued, "", 0)
		o.clock.Advance(leaseTime)
		o.drain()
		o.check("paws", messageID, Sent, "", 1)
		got := o.server.Messages()
		if len(got) != 2 || got[0].Header.Get("Message-Id") != got[1].Header.Get("Message-Id") {
			t.Errorf("%d messages arrived, want two with one Message-ID", len(got))
		}
		o.clock.Advance(time.Hour)
		o.drain()
		if len(o.server.Messages()) != 2 || o.secrets.settled() != 1 {
			t.Errorf("%d messages, settled %d times", len(o.server.Messages()), o.secrets.settled())
		}
	})
}

func TestHeldUntilThereIsAServer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOutbox(t, d)
		o.open(d, Hold{})
		single := o.enqueue(o.draft("paws", "bob@example.com"))
		bulk := o.draft("paws", "zoe@example.com")
		bulk.Bulk = true
		many := o.enqueue(bulk)
		o.enqueue(o.draft("claws", "ann@example.com"))
		o.drain()
		o.check("paws", single, Queued, "", 0)
		if n := o.waiting(); n != 3 || o.Holding() == "" {
			t.Errorf("%d wait, because %q", n, o.Holding())
		}

		o.open(d, transport(t, o.server, nil))
		o.drain()
		o.check("paws", single, Sent, "", 1)
		o.check("paws", many, Sent, "", 1)
		if n := len(o.server.Messages()); n != 3 || o.Holding() != "" {
			t.Errorf("%d messages, %q", n, o.Holding())
		}
		if got := o.server.To("zoe@example.com"); len(got) != 1 || got[0].Header.Get("Precedence") != "bulk" {
			t.Errorf("bulk mail arrived as %v", got)
		}
	})
}

func TestTwoNodesSendEverythingOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOutbox(t, d)
		for range 60 {
			o.enqueue(o.draft("paws", "bob@example.com"))
		}
		ctx, stop := context.WithCancel(o.ctx)
		var nodes sync.WaitGroup
		for range 2 {
			o.open(d, transport(t, o.server, nil))
			node := o.Service
			nodes.Go(func() { node.Run(ctx) })
		}
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if o.waiting() == 0 {
				break
			}
		}
		stop()
		nodes.Wait()
		seen := map[string]bool{}
		for _, m := range o.server.Messages() {
			seen[m.Header.Get("Message-Id")] = true
		}
		if len(seen) != 60 || len(o.server.Messages()) != 60 || o.secrets.settled() != 60 {
			t.Errorf("%d messages, %d different, settled %d times", len(o.server.Messages()), len(seen), o.secrets.settled())
		}
	})
}

func TestEnqueueRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(d *Draft)
		kind   fault.Kind
	}{
		"address":        {change: func(d *Draft) { d.To = "bob" }, kind: fault.Invalid},
		"two addresses":  {change: func(d *Draft) { d.To = "a@example.com, b@example.com" }, kind: fault.Invalid},
		"header":         {change: func(d *Draft) { d.To = "a@example.com\r\nBcc: b@example.com" }, kind: fault.Invalid},
		"template":       {change: func(d *Draft) { d.Template = "nothing" }},
		"token":          {change: func(d *Draft) { d.Data["nme"] = "Bob" }},
		"secret in data": {change: func(d *Draft) { d.Data["temporary_password"] = "x" }},
		"no secret":      {change: func(d *Draft) { d.Secret = SecretRef{} }},
	}
	o := newOutbox(t, dbtest.New(t, db.SQLite))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := o.draft("paws", "bob@example.com")
			test.change(&d)
			err := o.Service.db.Write(o.ctx, func(tx *db.Tx) error {
				_, err := o.Enqueue(o.ctx, tx, d)
				return err
			})
			if err == nil || fault.Is(err, fault.Invalid) != (test.kind == fault.Invalid) {
				t.Errorf("error %v", err)
			}
		})
	}
	if n := len(o.stored()); n != 0 {
		t.Errorf("%d rows were written", n)
	}
}

func TestLists(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOutbox(t, d)
		var ids []string
		for range 5 {
			ids = append(ids, o.enqueue(o.draft("paws", "bob@example.com")))
		}
		other := o.enqueue(o.draft("claws", "bob@example.com"))
		stranger := o.draft("paws", "ann@example.com")
		stranger.PetParentID = ""
		strangers := o.enqueue(stranger)

		var seen []string
		for p := (Page{Limit: 2}); ; {
			l, err := o.ForPetParent(o.ctx, "paws", "parent", p)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range l.Messages {
				seen = append(seen, m.ID)
			}
			if p.After = l.Next; p.After == "" {
				break
			}
		}
		if strings.Join(seen, " ") != strings.Join([]string{ids[4], ids[3], ids[2], ids[1], ids[0]}, " ") {
			t.Errorf("listed %v, written %v", seen, ids)
		}
		if l, err := o.ForPetParent(o.ctx, "paws", "", Page{}); err != nil || len(l.Messages) != 0 {
			t.Errorf("nobody has %d messages, %v; %s belongs to no pet parent", len(l.Messages), err, strangers)
		}
		if l, err := o.ForPetParent(o.ctx, "claws", "parent", Page{}); err != nil || len(l.Messages) != 1 || l.Messages[0].ID != other {
			t.Errorf("the other practice has %+v, %v; want %s", l.Messages, err, other)
		}
	})
}
