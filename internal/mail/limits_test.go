package mail

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
)

// many enqueues bulk messages, numbered, to one domain.
func (o *outbox) many(practiceID, domain string, n int) {
	o.t.Helper()
	drafts := make([]Draft, n)
	for i := range drafts {
		drafts[i] = o.draft(practiceID, fmt.Sprintf("%s-%04d@%s", practiceID, i, domain))
	}
	if err := o.Service.db.Write(o.ctx, func(tx *db.Tx) error { return o.EnqueueBulk(o.ctx, tx, drafts) }); err != nil {
		o.t.Fatal(err)
	}
}

// drained delivers what is due and tells how much that was.
func (o *outbox) drained() int {
	o.t.Helper()
	before := len(o.server.Messages())
	o.drain()
	return len(o.server.Messages()) - before
}

func TestLimits(t *testing.T) {
	for name, test := range map[string]struct {
		limits Limits
		first  int // leave at once
		second int // ten seconds later
	}{
		"none":     {first: 100},
		"practice": {limits: Limits{PerPractice: 120}, first: 3, second: 18}, // two in a second, less those that went ahead
		"domain":   {limits: Limits{PerDomain: 120}, first: 3, second: 18},
		"both":     {limits: Limits{PerPractice: 120, PerDomain: 60}, first: 2, second: 9},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				o := newOutbox(t, d)
				o.limits = test.limits
				o.many("paws", "example.com", 100)
				if n := o.drained(); n != test.first {
					t.Errorf("%d left at once, want %d", n, test.first)
				}
				// Others do not stand in line behind them, and neither does what
				// somebody waits for.
				o.many("claws", "elsewhere.example", 1)
				o.enqueue(o.draft("paws", "single@example.com"))
				if n := o.drained(); n != 2 {
					t.Errorf("%d others left, want 2", n)
				}
				o.clock.Advance(10 * time.Second)
				if n := o.drained(); n != test.second {
					t.Errorf("%d left ten seconds later, want %d", n, test.second)
				}
				// What could not leave for long does not leave all at once.
				o.clock.Advance(time.Hour)
				if n, left := o.drained(), o.waiting(); test.limits != (Limits{}) && (n > test.first || left == 0) {
					t.Errorf("%d left after an hour without a server, %d wait", n, left)
				}
				for range 200 {
					o.clock.Advance(time.Second)
					o.drain()
				}
				if n := len(o.server.Messages()); n != 102 || o.waiting() != 0 {
					t.Errorf("%d arrived, %d wait", n, o.waiting())
				}
			})
		})
	}
}

// TestServerAway: while no mail server answers, what waits does not use up its tries.
func TestServerAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOutbox(t, d)
		there := o.transport
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		nobody := listener.Addr().(*net.TCPAddr).Port
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
		o.open(d, transport(t, o.server, func(s *SMTPSettings) { s.Port = nobody }))
		o.many("paws", "example.com", 50)
		for range 20 {
			o.drain()
			o.clock.Advance(restTime)
		}
		tried, err := db.One(context.Background(), d, scanCount, `SELECT COALESCE(SUM(attempts), 0) FROM message`)
		if err != nil || tried != 20 {
			t.Errorf("%d tries (%v), want one for each time that the server was looked for", tried, err)
		}
		o.open(d, there)
		o.clock.Advance(time.Hour)
		o.drain()
		if n := len(o.server.Messages()); n != 50 {
			t.Errorf("%d of 50 arrived", n)
		}
	})
}
