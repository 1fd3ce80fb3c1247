package mail

import (
	"bytes"
	"context"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
	"catflap/internal/mail/mailtest"
)

// outbox is the whole of mail on a fresh database and a real mail server.
type outbox struct {
	*Service
	t       *testing.T
	ctx     context.Context
	clock   *clock.Manual
	server  *mailtest.Server
	secrets *fakeSecrets
	log     *journal
	house   House
	ref     SecretRef
	secret  string
}

func newOutbox(t *testing.T, d *db.DB) *outbox {
	t.Helper()
	o := &outbox{
		t: t, ctx: context.Background(), server: mailtest.Start(t, mailtest.Options{}),
		clock: clock.NewManual(time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)), log: &journal{},
		ref: SecretRef{Kind: SecretTemporary, ID: id.New()}, secret: "temporary-" + id.New(),
	}
	o.secrets = &fakeSecrets{values: map[string]string{
		"temporary_password": o.secret, "link": "https://cats.example/paws/activate?token=" + o.secret, "valid_for": "72 hours",
	}}
	o.open(d, transport(t, o.server, nil))
	return o
}

// open builds the service as a start of the program does.
func (o *outbox) open(d *db.DB, transport Transport) {
	o.t.Helper()
	public, err := url.Parse("https://cats.example:8443")
	if err != nil {
		o.t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(o.log, nil))
	o.Service, err = New(Options{
		DB: d, Clock: o.clock, Log: log, Transport: transport, Secrets: o.secrets, PublicURL: public,
		Audit: &audit.Log{DB: d, Clock: o.clock}, House: func(context.Context, db.Reader, string) (House, error) { return o.house, nil },
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *outbox) draft(practiceID, to string) Draft {
	return Draft{
		PracticeID: practiceID, AccountID: id.New(), PetParentID: "parent", To: to, ToName: "Bob", Template: Welcome,
		Data:   map[string]string{"name": "Bob", "practice": "Paws", "login_id": to, "login_url": "https://cats.example/paws/login"},
		Secret: o.ref,
	}
}

func (o *outbox) enqueue(d Draft) string {
	o.t.Helper()
	var messageID string
	err := o.Service.db.Write(o.ctx, func(tx *db.Tx) (err error) {
		messageID, err = o.Enqueue(o.ctx, tx, d)
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return messageID
}

func (o *outbox) drain() {
	o.t.Helper()
	if err := o.Drain(o.ctx); err != nil {
		o.t.Fatal(err)
	}
}

// check compares where the message stands and looks for the secret wherever it
// must not be.
func (o *outbox) check(practiceID, messageID string, state State, words string, attempts int) Message {
	o.t.Helper()
	m, err := db.One(o.ctx, o.Service.db, scanMessage, `SELECT `+messageColumns+` FROM message
		WHERE practice_id = $1 AND id = $2`, practiceID, messageID)
	if err != nil {
		o.t.Fatal(err)
	}
	if m.State != state || m.Attempts != attempts || (words == "") != (m.LastError == "") || !strings.Contains(m.LastError, words) {
		o.t.Errorf("message is %s after %d tries, %q; want %s after %d, %q", m.State, m.Attempts, m.LastError, state, attempts, words)
	}
	if m.SentAt.IsZero() != (state != Sent) {
		o.t.Errorf("message is %s, sent at %v", state, m.SentAt)
	}
	for _, text := range append(o.stored(), o.log.String()) {
		if strings.Contains(text, o.secret) {
			o.t.Errorf("the secret stands in %q", text)
		}
	}
	return m
}

// waiting counts what has not left.
func (o *outbox) waiting() int {
	o.t.Helper()
	n, err := db.One(o.ctx, o.Service.db, scanCount, `SELECT count(*) FROM message WHERE state = 'queued'`)
	if err != nil {
		o.t.Fatal(err)
	}
	return n
}

// stored is every text that the database keeps of messages.
func (o *outbox) stored() []string {
	o.t.Helper()
	texts, err := db.All(o.ctx, o.Service.db, func(r db.Scanner) (string, error) {
		var text string
		err := r.Scan(&text)
		return text, err
	}, `SELECT id || practice_id || account_id || petparent_id || to_address || to_name || template || lang || subject
			|| data || secret_kind || secret_ref || state || last_error || message_id FROM message`)
	if err != nil {
		o.t.Fatal(err)
	}
	return texts
}

// fakeSecrets stands for what app wires.
type fakeSecrets struct {
	mu       sync.Mutex
	values   map[string]string
	revealed error // the next Reveal fails with it
	marked   error // the next Settled fails with it
	count    int
}

func (f *fakeSecrets) Reveal(context.Context, string, SecretRef) (map[string]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.revealed
	f.revealed = nil
	return f.values, err
}

func (f *fakeSecrets) Settled(context.Context, *db.Tx, string, SecretRef, time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.marked; err != nil {
		f.marked = nil
		return err
	}
	f.count++
	return nil
}

func (f *fakeSecrets) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.revealed = err
}

func (f *fakeSecrets) failSettling(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.marked = err
}

func (f *fakeSecrets) settled() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

// journal keeps what is logged.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}
