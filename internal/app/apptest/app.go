package apptest

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"catflap/internal/app"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/secret"
	"catflap/internal/mail"
)

// App is Catflap under test.
type App struct {
	*app.App
	T       testing.TB
	Clock   *clock.Manual
	Mailbox *mail.Mailbox
	URL     string // of the test server
	log     *kept
}

// Each runs a test on both databases.
func Each(t *testing.T, f func(t *testing.T, a *App)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { f(t, On(t, d)) })
}

// On builds the app over a fresh database and serves it on a loopback port. A
// test may change its options first.
func On(t testing.TB, d *db.DB, change ...func(*app.Options)) *App {
	t.Helper()
	ring, err := secret.CreateRing(filepath.Join(t.TempDir(), "keyring.json"))
	if err != nil {
		t.Fatal(err)
	}
	log := keep(t)
	a := &App{T: t, log: log, Clock: clock.NewManual(time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC)), Mailbox: &mail.Mailbox{}}
	server := httptest.NewUnstartedServer(nil)
	public := &url.URL{Scheme: "http", Host: server.Listener.Addr().String()}
	o := app.Options{
		DB: d, Ring: ring, Clock: a.Clock, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		PublicURL: public, Transport: a.Mailbox, Country: "US",
	}
	for _, f := range change {
		f(&o)
	}
	a.App, err = app.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = a.Handler()
	server.Start()
	t.Cleanup(server.Close)
	a.URL = server.URL
	return a
}

// kept is everything that was logged.
type kept struct {
	mu   sync.Mutex
	text strings.Builder
}

// keep shows what went wrong when the test has failed.
func keep(t testing.TB) *kept {
	k := &kept{}
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		for line := range strings.Lines(k.String()) {
			if strings.Contains(line, " level=WARN ") || strings.Contains(line, " level=ERROR ") {
				t.Log(line)
			}
		}
	})
	return k
}

// String is all of it, down to the smallest detail.
func (k *kept) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.String()
}

// Logged is everything that the app has logged so far.
func (a *App) Logged() string { return a.log.String() }

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.Write(p)
}

// Work runs everything that is due in the queue, mail included.
func (a *App) Work() {
	a.T.Helper()
	if err := a.Jobs.Drain(context.Background()); err != nil {
		a.T.Fatal(err)
	}
}

// LastMail runs the queue and returns the newest letter to an address.
func (a *App) LastMail(to string) mail.Letter {
	a.T.Helper()
	a.Work()
	for _, l := range a.Mailbox.Letters() {
		if strings.EqualFold(l.To.Address, to) {
			return l
		}
	}
	a.T.Fatalf("no mail to %s", to)
	return mail.Letter{}
}

var linkForm = regexp.MustCompile(`https?://\S+`)

// Link is the path and query of the first link in a letter that contains part.
func (a *App) Link(l mail.Letter, part string) string {
	a.T.Helper()
	for _, found := range linkForm.FindAllString(l.Text, -1) {
		if strings.Contains(found, part) {
			return strings.TrimPrefix(strings.TrimRight(found, "."), a.URL)
		}
	}
	a.T.Fatalf("no link with %q in the mail %q", part, l.Subject)
	return ""
}
