package mail

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"catflap/internal/foundation/db"
)

// Limits are how many bulk messages may leave in a minute; 0 is no limit. What
// somebody waits for (codes, links) always leaves at once.
type Limits struct {
	PerPractice int // of one practice
	PerDomain   int // to the addresses of one domain, of all practices
}

const (
	// paceBurst is how much may leave at once after a pause, in time.
	paceBurst = time.Second
	// paceGrace is for how long a place in the queue counts after it has come.
	paceGrace = 10 * time.Second
)

// pace lets those leave that are within the limits, and gives the others their
// place in the queue, once: the first free moment of their practice, and then of
// their domain. All nodes share the places.
func (s *Service) pace(ctx context.Context, tx *db.Tx, all []dueMessage, now time.Time) (leave []dueMessage, err error) {
	if s.limits == (Limits{}) {
		return all, nil
	}
	next, err := s.paces(ctx, tx, all, now)
	if err != nil {
		return nil, err
	}
	var later [][]any
	for _, m := range all {
		at := now
		if !m.paced {
			at = next.reserve("p:"+m.practiceID, at, s.limits.PerPractice)
			at = next.reserve("d:"+m.domain, at, s.limits.PerDomain)
		}
		if at.Sub(now) <= paceBurst {
			leave = append(leave, m)
		} else {
			later = append(later, []any{m.id, strconv.FormatInt(at.UnixMicro(), 10)})
		}
	}
	if len(next) > 0 {
		var rows [][]any
		for _, name := range slices.Sorted(maps.Keys(next)) {
			rows = append(rows, []any{name, next[name]})
		}
		if _, err := tx.Insert(ctx, `INSERT INTO mail_pace (name, next_at)`, rows,
			`ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at`); err != nil {
			return nil, err
		}
	}
	if len(later) > 0 {
		_, err = tx.Each(ctx, `WITH later (id, at) AS`, later, `
			UPDATE message SET paced = TRUE,
				due_at = (SELECT CAST(at AS BIGINT) FROM later WHERE later.id = message.id)
			WHERE id IN (SELECT id FROM later)`)
	}
	return leave, err
}

// places are the next free moments, by name.
type places map[string]time.Time

// reserve takes the first free moment that is not before at.
func (p places) reserve(name string, at time.Time, aMinute int) time.Time {
	next, limited := p[name]
	if !limited {
		return at
	}
	if next.After(at) {
		at = next
	}
	p[name] = at.Add(time.Minute / time.Duration(aMinute))
	return at
}

// paces reads the next free moments that matter for the messages, and holds them
// until the end of the transaction.
func (s *Service) paces(ctx context.Context, tx *db.Tx, all []dueMessage, now time.Time) (places, error) {
	next := places{}
	for _, m := range all {
		if m.paced {
			continue
		}
		if s.limits.PerPractice > 0 {
			next["p:"+m.practiceID] = now
		}
		if s.limits.PerDomain > 0 && m.domain != "" {
			next["d:"+m.domain] = now
		}
	}
	if len(next) == 0 {
		return next, nil
	}
	names := slices.Sorted(maps.Keys(next)) // in one order, so that two nodes do not wait for each other
	rows := make([][]any, len(names))
	for i, name := range names {
		rows[i] = []any{name, now}
	}
	if _, err := tx.Insert(ctx, `INSERT INTO mail_pace (name, next_at)`, rows, `ON CONFLICT (name) DO NOTHING`); err != nil {
		return nil, err
	}
	lock := ""
	if s.db.Dialect() == db.PostgreSQL {
		lock = ` FOR UPDATE`
	}
	args, list := db.In(nil, names)
	scan := func(r db.Scanner) (struct{}, error) {
		var name string
		var at time.Time
		err := r.Scan(&name, &at)
		if at.After(now) {
			next[name] = at
		}
		return struct{}{}, err
	}
	_, err := db.All(ctx, tx, scan, `SELECT name, next_at FROM mail_pace WHERE name IN (`+list+`) ORDER BY name`+lock, args...)
	return next, err
}

// domainOf is the part of an address by which limits count.
func domainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}
