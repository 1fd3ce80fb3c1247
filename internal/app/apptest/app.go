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
	a := &App{T: t, log: keep(t), Clock: clock.NewManual(time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC)), Mailbox: &mail.Mailbox{}}
	a.serve(app.Options{DB: d, Ring: ring, Country: "US", Patience: time.Minute}, change)
	return a
}

// Beside is a second server of the same installation: with connections of its
// own to the same database, the same keys, clock and mailbox.
func (a *App) Beside(d *db.DB, change ...func(*app.Options)) *App {
	a.T.Helper()
	b := &App{T: a.T, log: a.log, Clock: a.Clock, Mailbox: a.Mailbox}
	o := a.Options
	o.DB = d
	b.serve(o, change)
	return b
}

// serve completes the options, builds the app and serves it as long as the test
// runs. What other servers announce is heard; jobs run when the test says so.
func (a *App) serve(o app.Options, change []func(*app.Options)) {
	t := a.T
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	o.Clock, o.Transport = a.Clock, a.Mailbox
	o.PublicURL = &url.URL{Scheme: "http", Host: server.Listener.Addr().String()}
	o.Hashing.KiB = 64 // the true cost is tried in secret, by the stories and in bench
	o.Log = slog.New(slog.NewTextHandler(a.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for _, f := range change {
		f(&o)
	}
	var err error
	if a.App, err = app.New(o); err != nil {
		t.Fatal(err)
	}
	watch(t, o.DB)
	listening, stop := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { _ = o.DB.Follow(listening) }) // it ends with the test
	t.Cleanup(func() {
		stop()
		ended.Wait()
	})
	server.Config.Handler = a.Handler()
	server.Start()
	t.Cleanup(server.Close)
	a.URL = server.URL
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
	if err := a.Drain(context.Background()); err != nil {
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
