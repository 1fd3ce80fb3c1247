package db

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// hearEvery is how often it is made sure that nothing was missed.
	hearEvery = 250 * time.Millisecond
	// hearLimit is how long that counts. With the time that an answer is on its
	// way it stays below the second that is promised.
	hearLimit = 900 * time.Millisecond
	// maxTopics bounds what is kept of the past. Beyond it everything is void.
	maxTopics = 20_000
)

// Moment is a place in the order of announcements.
type Moment uint64

// Moment is the present. Take it before reading what is to be remembered: what
// is announced while the reading goes on then counts as later.
func (d *DB) Moment() Moment { return d.news.moment() }

// Unchanged reports whether what was read after the moment still holds: nothing
// was announced about the topics since, neither here nor by another process.
// It is true only as long as [DB.Follow] hears the others; whoever gets false
// asks the database.
//
// What this process has committed counts at once, what others have committed
// within 900 ms of their commit.
func (d *DB) Unchanged(since Moment, topics ...string) bool {
	return d.news.hears(time.Now()) && d.news.unchanged(since, topics)
}

// Follow listens for what other processes announce until ctx ends. When it
// cannot hear them it says so in the log once, and goes on trying.
func (d *DB) Follow(ctx context.Context) error {
	d.backend.follow(ctx, d.log)
	d.news.deafen()
	return nil
}

// news is what was announced, as far as somebody may still need to know it.
type news struct {
	mu     sync.RWMutex
	now    Moment
	latest map[string]Moment // by topic
	floor  Moment            // whatever was read before it is void

	heard atomic.Pointer[time.Time] // everything announced until then has arrived
}

func newNews() *news { return &news{latest: map[string]Moment{}} }

func (n *news) moment() Moment {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.now
}

// announce notes the topics as changed now.
func (n *news) announce(topics []string) {
	if len(topics) == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now++
	for _, topic := range topics {
		if topic == Everything || len(n.latest) >= maxTopics {
			n.floor = n.now
			clear(n.latest)
			return
		}
		n.latest[topic] = n.now
	}
}

// void makes everything that was read before now count no more.
func (n *news) void() { n.announce([]string{Everything}) }

func (n *news) unchanged(since Moment, topics []string) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if since < n.floor {
		return false
	}
	for _, topic := range topics {
		if since < n.latest[topic] {
			return false
		}
	}
	return true
}

// hearing notes that whatever was announced before at has arrived.
func (n *news) hearing(at time.Time) { n.heard.Store(&at) }

// deafen notes that nothing is heard any more.
func (n *news) deafen() { n.heard.Store(nil) }

// hears reports whether everything has arrived that was announced before the
// last moments. Both clocks of the process are asked: the monotonic one stands
// still while the machine sleeps, the other one may be set.
func (n *news) hears(now time.Time) bool {
	at := n.heard.Load()
	if at == nil || now.Sub(*at) >= hearLimit {
		return false
	}
	wall := now.Round(0).Sub(at.Round(0))
	return wall > -hearLimit && wall < hearLimit
}
