package db

import (
	"context"
	"math/rand/v2"
	"time"
)

// maxTries is how often a transaction runs when it keeps meeting others.
const maxTries = 3

// Tx is a transaction. It belongs to the function it was given to, and to one
// goroutine.
type Tx struct {
	tx     transaction
	failed error // the first failed statement
	after  []func()
	topics []string  // announced at the end
	texts  *[]string // of what was written, for who overhears it; nil: nobody does
}

// Write runs f in one transaction and commits it if f returns nil. On SQLite
// transactions take turns; on PostgreSQL they are READ COMMITTED. An error or a
// panic rolls back. When the database asks to try again (a deadlock, a busy
// file), or f does (AgainIfReferred), f runs again from its start, up to three
// times in all: it must not keep what an earlier run collected.
func (d *DB) Write(ctx context.Context, f func(tx *Tx) error) error {
	started := time.Now()
	for try := 1; ; try++ {
		err := d.writeOnce(ctx, f)
		if err == nil || try == maxTries || !retryable(err) || time.Since(started) > waitLimit {
			return err
		}
		// A random pause, so that the two do not meet again in the same step.
		pause := time.Duration(try) * time.Duration(5+rand.IntN(20)) * time.Millisecond
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (d *DB) writeOnce(ctx context.Context, f func(tx *Tx) error) error {
	inner, err := d.backend.begin(ctx)
	if err != nil {
		return explain(err)
	}
	committed := false
	defer func() {
		// Also on a panic, which goes on from here.
		if !committed {
			if err := inner.Rollback(); err != nil {
				d.log.DebugContext(ctx, "rollback", "error", err)
			}
		}
	}()
	tx := &Tx{tx: inner}
	if d.overhear != nil {
		tx.texts = new([]string)
	}
	if err := f(tx); err != nil {
		return err
	}
	if tx.failed != nil {
		return tx.failed
	}
	if err := d.backend.announce(ctx, inner, tx.topics); err != nil {
		return explain(err)
	}
	err = inner.Commit()
	d.news.announce(tx.topics) // also when it failed: it may be durable all the same
	if err != nil {
		return explain(err)
	}
	committed = true
	if d.overhear != nil {
		d.overhear(*tx.texts, tx.topics)
	}
	for _, f := range tx.after {
		f()
	}
	return nil
}

// WriteOne runs one statement in a transaction of its own, as [DB.Write] does, and
// returns how many rows it touched. On PostgreSQL that is one question to the
// server instead of three.
func (d *DB) WriteOne(ctx context.Context, text string, args ...any) (n int64, err error) {
	values, err := in(args)
	if err != nil {
		return 0, err
	}
	res, ok, err := d.backend.alone(ctx, text, values)
	if ok && (err == nil || !retryable(explain(err))) {
		if err != nil {
			return 0, explain(err)
		}
		if n, err = res.RowsAffected(); n > 0 && d.overhear != nil {
			d.overhear([]string{text}, nil)
		}
		return n, err
	}
	err = d.Write(ctx, func(tx *Tx) (err error) {
		n, err = tx.Exec(ctx, text, args...)
		return err
	})
	return n, err
}

// Exec runs a statement and returns how many rows it touched.
func (t *Tx) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	if t.failed != nil {
		return 0, t.failed
	}
	values, err := in(args)
	if err != nil {
		return 0, err
	}
	res, err := t.tx.ExecContext(ctx, text, values...)
	if err != nil {
		return 0, t.note(explain(err))
	}
	n, err := res.RowsAffected()
	if n > 0 {
		t.overheard(text)
	}
	return n, err
}

// Query asks inside the transaction; statements with RETURNING belong here.
func (t *Tx) Query(ctx context.Context, text string, args ...any) (*Rows, error) {
	if t.failed != nil {
		return nil, t.failed
	}
	values, err := in(args)
	if err != nil {
		return nil, err
	}
	t.overheard(text)
	rows, err := t.tx.QueryContext(ctx, text, values...)
	if err != nil {
		return nil, t.note(explain(err))
	}
	return &Rows{rows: rows, tx: t}, nil
}

// QueryRow asks for one row inside the transaction.
func (t *Tx) QueryRow(ctx context.Context, text string, args ...any) *Row {
	return rowOf(t.Query(ctx, text, args...))
}

// AfterCommit has f called once the transaction is durable, in the order of
// the calls. It is not called when the transaction fails.
func (t *Tx) AfterCommit(f func()) { t.after = append(t.after, f) }

func (t *Tx) overheard(text string) {
	if t.texts != nil {
		*t.texts = append(*t.texts, text)
	}
}

// note remembers the first failure. PostgreSQL refuses everything after it;
// SQLite would go on, and after some failures even outside of the transaction.
func (t *Tx) note(err error) error {
	if err != nil && t.failed == nil {
		t.failed = err
	}
	return err
}
