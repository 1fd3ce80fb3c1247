package db

import (
	"context"
	"database/sql"
	"errors"
)

// sqliteWriter is the one connection that writes. It begins and commits by
// hand instead of through sql.Tx, because statements prepared on a connection
// are lost to a sql.Tx, and preparing is a third of a short statement's cost.
type sqliteWriter struct {
	pool *sql.DB
	// turn holds one token: whoever took it owns conn and prepared.
	turn     chan struct{}
	conn     *sql.Conn
	prepared *statements
}

func newSQLiteWriter(pool *sql.DB) *sqliteWriter {
	w := &sqliteWriter{pool: pool, turn: make(chan struct{}, 1)}
	w.turn <- struct{}{}
	return w
}

// open makes the connection; the caller has the turn or is alone.
func (w *sqliteWriter) open(ctx context.Context) error {
	conn, err := w.pool.Conn(ctx)
	if err != nil {
		return err
	}
	// The driver connects lazily; this reads the header of the file.
	if _, err := conn.ExecContext(ctx, "SELECT count(*) FROM sqlite_schema"); err != nil {
		return errors.Join(err, conn.Close())
	}
	w.conn, w.prepared = conn, newStatements()
	return nil
}

// drop forgets the connection, so that the next transaction makes a new one.
func (w *sqliteWriter) drop() error {
	if w.conn == nil {
		return nil
	}
	w.prepared.close()
	err := w.conn.Close()
	w.conn, w.prepared = nil, nil
	return err
}

func (w *sqliteWriter) close() error {
	<-w.turn // for good: there is no transaction after this one
	return errors.Join(w.drop(), w.pool.Close())
}

func (w *sqliteWriter) begin(ctx context.Context) (*sqliteTx, error) {
	select {
	case <-w.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := ctx.Err(); err != nil { // both were ready
		w.turn <- struct{}{}
		return nil, err
	}
	if w.conn == nil {
		if err := w.open(ctx); err != nil {
			w.turn <- struct{}{}
			return nil, err
		}
	}
	t := &sqliteTx{w: w}
	if _, err := t.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		// It may have begun although the answer was lost to a cancelled context.
		return nil, errors.Join(err, t.end(w.drop()))
	}
	return t, nil
}

// sqliteTx is one turn of the writer.
type sqliteTx struct {
	w    *sqliteWriter
	over bool
}

func (t *sqliteTx) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if t.over {
		return nil, sql.ErrTxDone
	}
	s, err := t.w.prepared.get(ctx, t.w.conn, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return t.w.conn.ExecContext(ctx, text, args...)
	}
	return s.ExecContext(ctx, args...)
}

func (t *sqliteTx) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if t.over {
		return nil, sql.ErrTxDone
	}
	s, err := t.w.prepared.get(ctx, t.w.conn, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return t.w.conn.QueryContext(ctx, text, args...)
	}
	return s.QueryContext(ctx, args...)
}

// Commit and Rollback ignore the caller's context: half a commit is no answer.

func (t *sqliteTx) Commit() error {
	_, err := t.ExecContext(context.Background(), "COMMIT")
	if err != nil {
		return errors.Join(err, t.Rollback())
	}
	return t.end(nil)
}

func (t *sqliteTx) Rollback() error {
	if t.over {
		return nil
	}
	// Some failures (a full disk, an interrupt) have rolled back already. A
	// connection that cannot say "ROLLBACK" is replaced, which rolls back too.
	if _, err := t.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		return t.end(t.w.drop())
	}
	return t.end(nil)
}

func (t *sqliteTx) end(err error) error {
	t.over = true
	t.w.turn <- struct{}{}
	return err
}
