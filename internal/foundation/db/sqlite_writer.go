package db

import (
	"context"
	"database/sql"
	"errors"
	"time"
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
	news     *news
	version  int64 // of the file, as far as others wrote to it
}

func newSQLiteWriter(pool *sql.DB, n *news) *sqliteWriter {
	w := &sqliteWriter{pool: pool, turn: make(chan struct{}, 1), news: n}
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
	w.news.void() // a new connection cannot tell what was written before it
	return nil
}

// look asks the connection whether any other one has written to the file since
// it was asked last; its own commits do not count, and there is no other one in
// this process. If so, everything that was announced or not may have changed.
// The caller has the turn.
func (w *sqliteWriter) look(ctx context.Context) error {
	at := time.Now()
	s, err := w.prepared.get(ctx, w.conn, "PRAGMA data_version")
	if err != nil {
		return err
	}
	version := w.version
	if err := s.QueryRowContext(ctx).Scan(&version); err != nil {
		return err
	}
	if version != w.version {
		w.version = version
		w.news.void()
	}
	w.news.hearing(at)
	return nil
}

// lookAlone takes the turn and looks.
func (w *sqliteWriter) lookAlone(ctx context.Context) error {
	if err := w.take(ctx); err != nil {
		return err
	}
	err := w.look(ctx)
	w.turn <- struct{}{}
	return err
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

// take waits for the turn and makes the connection if there is none.
func (w *sqliteWriter) take(ctx context.Context) error {
	select {
	case <-w.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	err := ctx.Err() // both may have been ready
	if err == nil && w.conn == nil {
		err = w.open(ctx)
	}
	if err != nil {
		w.turn <- struct{}{}
	}
	return err
}

func (w *sqliteWriter) begin(ctx context.Context) (*sqliteTx, error) {
	if err := w.take(ctx); err != nil {
		return nil, err
	}
	t := &sqliteTx{w: w}
	_, err := t.ExecContext(ctx, "BEGIN IMMEDIATE")
	if err == nil {
		err = w.look(ctx)
	}
	if err != nil {
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
