package db

import (
	"context"
	"database/sql"
)

// Reader asks questions: a *DB on whichever connection is free, a *Tx inside
// its transaction.
type Reader interface {
	Query(ctx context.Context, text string, args ...any) (*Rows, error)
	QueryRow(ctx context.Context, text string, args ...any) *Row
}

// Scanner is one row under the cursor.
type Scanner interface {
	// Scan copies the columns. Times are converted, NULL is the zero value.
	Scan(dst ...any) error
}

// Query asks outside of any transaction. Close the rows.
func (d *DB) Query(ctx context.Context, text string, args ...any) (*Rows, error) {
	values, err := in(args)
	if err != nil {
		return nil, err
	}
	rows, err := d.backend.query(ctx, text, values)
	if err != nil {
		return nil, explain(err)
	}
	return &Rows{rows: rows}, nil
}

// QueryRow asks for one row outside of any transaction.
func (d *DB) QueryRow(ctx context.Context, text string, args ...any) *Row {
	return rowOf(d.Query(ctx, text, args...))
}

// Rows is the answer to a query. Inside a transaction, read it to the end or
// close it before the next statement: PostgreSQL has one answer under way at a
// time.
type Rows struct {
	rows *sql.Rows
	tx   *Tx // to tell of failures, nil outside of transactions
}

// Next moves to the next row and reports whether there is one.
func (r *Rows) Next() bool { return r.rows.Next() }

// Scan copies the columns of the row.
func (r *Rows) Scan(dst ...any) error { return r.rows.Scan(out(dst)...) }

// Err is what ended the rows early, if anything.
func (r *Rows) Err() error {
	err := explain(r.rows.Err())
	if r.tx != nil {
		return r.tx.note(err)
	}
	return err
}

// Close lets go of the rows; it may be called twice.
func (r *Rows) Close() error { return r.rows.Close() }

// Row is the first row of an answer, or the reason why there is none.
type Row struct {
	rows *Rows
	err  error
}

func rowOf(rows *Rows, err error) *Row { return &Row{rows: rows, err: err} }

// Scan copies the columns of the row. Without a row it is [ErrNone].
func (r *Row) Scan(dst ...any) error {
	if r.err != nil {
		return r.err
	}
	defer func() { _ = r.rows.Close() }() // whatever it could say, Err says
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return ErrNone
	}
	if err := r.rows.Scan(dst...); err != nil {
		return err
	}
	if err := r.rows.Close(); err != nil {
		return err
	}
	return r.rows.Err()
}

// All collects every row of an answer. No rows are an empty result, not an
// error.
func All[T any](ctx context.Context, r Reader, scan func(Scanner) (T, error), text string, args ...any) ([]T, error) {
	rows, err := r.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // whatever it could say, Err says
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// One is the first row of an answer, or [ErrNone].
func One[T any](ctx context.Context, r Reader, scan func(Scanner) (T, error), text string, args ...any) (T, error) {
	v, err := scan(r.QueryRow(ctx, text, args...))
	if err != nil {
		var zero T
		return zero, err
	}
	return v, nil
}
