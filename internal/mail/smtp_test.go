package mail

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"catflap/internal/foundation/id"
	"catflap/internal/foundation/secret"
	"catflap/internal/mail/mailtest"
)

func letter() Letter {
	return Letter{
		MessageID: id.New() + "@cats.example", At: time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC),
		From:    netmail.Address{Name: "Paws \"&\" Claws, Köln", Address: "catflap@cats.example"},
		To:      netmail.Address{Name: "Zoë, O'Neil", Address: "zoe@example.com"},
		Subject: "Grüße\r\nBcc: x@example.com", Text: "Hello =20 Zoë\n.\n.dot\n\nhttps://cats.example/a?b=c\n", HTML: "<p>Hello Zoë</p>",
	}
}

// transport is what Catflap makes of the server's address. Plaintext is only
// for machines that need no TLS, which the test server's address would be.
func transport(t *testing.T, s *mailtest.Server, change func(*SMTPSettings)) *SMTP {
	t.Helper()
	u, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	settings := SMTPSettings{
		Host: u.Hostname(), Port: port, Implicit: u.Scheme == "smtps", User: u.User.Username(), Password: secret.Text(password),
	}
	settings.Plaintext = !settings.Implicit && Loopback(settings.Host)
	if change != nil {
		change(&settings)
	}
	smtp := NewSMTP(settings, "cats.example")
	t.Cleanup(smtp.Close)
	return smtp
}

func TestSMTPDelivers(t *testing.T) {
	password := id.New()
	trusted := func(s *mailtest.Server) func(*SMTPSettings) {
		return func(set *SMTPSettings) { set.Plaintext, set.Roots = false, s.Roots() }
	}
	tests := map[string]struct {
		o     mailtest.Options
		plain bool
	}{
		"same machine":            {o: mailtest.Options{}, plain: true},
		"same machine, login":     {o: mailtest.Options{User: "catflap", Password: password}, plain: true},
		"STARTTLS":                {o: mailtest.Options{StartTLS: true}},
		"STARTTLS, login":         {o: mailtest.Options{StartTLS: true, User: "catflap", Password: password}},
		"TLS at once, login":      {o: mailtest.Options{TLS: true, User: "catflap", Password: password}},
		"STARTTLS, special chars": {o: mailtest.Options{StartTLS: true, User: "cat@flap", Password: "a/b:c@d?e#f%g " + password}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := mailtest.Start(t, test.o)
			change := trusted(s)
			if test.plain {
				change = nil
			}
			smtp, l := transport(t, s, change), letter()
			if err := smtp.Send(context.Background(), l); err != nil {
				t.Fatal(err)
			}
			got := s.Wait(t, "zoe@example.com", 1)
			if got.Subject != l.Subject {
				t.Errorf("subject %q", got.Subject)
			}
			if got.Header.Get("Bcc") != "" {
				t.Error("a header was injected")
			}
			if got.Header.Get("Message-Id") != "<"+l.MessageID+">" || got.Header.Get("Auto-Submitted") != "auto-generated" {
				t.Errorf("header %v", got.Header)
			}
			from, err := got.Header.AddressList("From")
			if err != nil || *from[0] != l.From || got.From != l.From.Address {
				t.Errorf("from %v, %v, %s", from, err, got.From)
			}
			if strings.TrimSpace(got.Text) != strings.TrimSpace(l.Text) || strings.TrimSpace(got.HTML) != l.HTML {
				t.Errorf("text %q, html %q", got.Text, got.HTML)
			}
			if got.Link("cats.example") != "https://cats.example/a?b=c" {
				t.Errorf("links %q", got.Links)
			}
			if date, err := got.Header.Date(); err != nil || !date.Equal(l.At) {
				t.Errorf("date %v, %v", date, err)
			}
		})
	}
}

func TestSMTPRefusals(t *testing.T) {
	password := id.New()
	login := mailtest.Options{StartTLS: true, User: "catflap", Password: password}
	noTLS := mailtest.Options{User: "catflap", Password: password, InsecureAuth: true}
	tests := map[string]struct {
		o         mailtest.Options
		change    func(*mailtest.Server, *SMTPSettings)
		answer    mailtest.Answer
		words     string
		permanent bool
		nowhere   bool
		logins    int
	}{
		"no STARTTLS, login offered in clear": {o: noTLS, words: "offers no encryption",
			change: func(_ *mailtest.Server, set *SMTPSettings) { set.Plaintext = false }},
		"unknown certificate": {o: login, words: "certificate",
			change: func(_ *mailtest.Server, set *SMTPSettings) { set.Plaintext = false }},
		"unknown certificate, TLS at once": {o: mailtest.Options{TLS: true, User: "catflap", Password: password}, words: "certificate"},
		"certificate of another name": {o: mailtest.Options{StartTLS: true, CertificateFor: "other.test"}, words: "certificate",
			change: func(s *mailtest.Server, set *SMTPSettings) { set.Plaintext, set.Roots = false, s.Roots() }},
		"wrong password": {o: login, words: "did not accept the user name and password", logins: 1,
			change: func(s *mailtest.Server, set *SMTPSettings) {
				set.Plaintext, set.Roots, set.Password = false, s.Roots(), "wrong"
			}},
		"login demanded, none set": {o: noTLS, words: "wants a user name and password",
			change: func(_ *mailtest.Server, set *SMTPSettings) { set.User, set.Password = "", "" }},
		"unknown recipient": {answer: mailtest.Answer{Code: 550, Words: "No such person here"},
			words: "No such person here", permanent: true, nowhere: true},
		"unknown recipient, in detail": {answer: mailtest.Answer{Code: 554, Words: "5.1.1 Nobody of that name"},
			words: "Nobody of that name", permanent: true, nowhere: true},
		"unwanted sender": {answer: mailtest.Answer{Code: 550, Words: "5.7.1 Not from you"}, words: "Not from you", permanent: true},
		"unwanted letter": {answer: mailtest.Answer{Code: 550, Words: "Looks like spam", To: mailtest.ToLetter},
			words: "Looks like spam", permanent: true},
		"greylisted": {answer: mailtest.Answer{Code: 451, Words: "Please come back"}, words: "Please come back"},
		"TLS breaks off": {o: login, words: "could not be reached", answer: mailtest.Answer{Code: mailtest.HangUp, To: mailtest.ToTLS},
			change: func(s *mailtest.Server, set *SMTPSettings) { set.Plaintext, set.Roots = false, s.Roots() }},
		"nobody there": {words: "could not be reached",
			change: func(_ *mailtest.Server, set *SMTPSettings) { set.Port = 1 }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := mailtest.Start(t, test.o)
			s.Next(test.answer)
			smtp := transport(t, s, func(set *SMTPSettings) {
				if test.change != nil {
					test.change(s, set)
				}
			})
			err := smtp.Send(context.Background(), letter())
			var u *Undelivered
			if !errors.As(err, &u) {
				t.Fatalf("error %v", err)
			}
			if !strings.Contains(u.Words, test.words) || u.Permanent != test.permanent || u.Nowhere != test.nowhere {
				t.Errorf("words %q, permanent %v, nowhere %v", u.Words, u.Permanent, u.Nowhere)
			}
			if strings.Contains(fmt.Sprintf("%v %+v", u, u.Cause), password) {
				t.Error("the error holds the password")
			}
			if s.Logins() != test.logins || len(s.Messages()) != 0 {
				t.Errorf("%d logins were sent, want %d; %d messages", s.Logins(), test.logins, len(s.Messages()))
			}
		})
	}
}

func TestSMTPReusesConnections(t *testing.T) {
	s := mailtest.Start(t, mailtest.Options{})
	smtp := transport(t, s, nil)
	for i := range 20 {
		if i == 10 { // on the same connection
			s.Next(mailtest.Answer{Code: 550, Words: "No such person"})
			if err := smtp.Send(context.Background(), letter()); err == nil {
				t.Fatal("nobody is there, and it was taken")
			}
		}
		if err := smtp.Send(context.Background(), letter()); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.Connections(); n != 1 {
		t.Errorf("%d connections for twenty letters", n)
	}
	// The server hangs up on the open connection: the next letter still arrives.
	smtp.mu.Lock()
	for _, conn := range smtp.idle {
		conn.close()
	}
	smtp.mu.Unlock()
	if err := smtp.Send(context.Background(), letter()); err != nil {
		t.Errorf("after the connection was lost: %v", err)
	}

	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if err := smtp.Send(context.Background(), letter()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(s.Messages()); n != 37 {
		t.Errorf("%d messages arrived, want 37", n)
	}
}

func TestSMTPStopsWithItsContext(t *testing.T) {
	s := mailtest.Start(t, mailtest.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := transport(t, s, nil).Send(ctx, letter()); err == nil {
		t.Error("a letter was sent after the end")
	}
}

func TestMailbox(t *testing.T) {
	var b Mailbox
	var wg sync.WaitGroup
	for i := range 600 {
		wg.Go(func() { _ = b.Send(context.Background(), Letter{ID: fmt.Sprint(i)}) })
	}
	wg.Wait()
	_ = b.Send(context.Background(), Letter{ID: "last"})
	letters := b.Letters()
	if len(letters) != mailboxSize || letters[0].ID != "last" {
		t.Errorf("%d letters, the newest is %s", len(letters), letters[0].ID)
	}
	if _, found := b.Letter("last"); !found {
		t.Error("the last letter is not found by its identifier")
	}
	if _, found := b.Letter("none"); found {
		t.Error("a letter that never was is found")
	}
}
