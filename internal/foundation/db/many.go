package db

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// maxRows is how many rows one statement carries: with more, SQLite takes longer
// to find its parameters than to write them. It is a power of two, and the
// rest goes in smaller ones, so that few different statements come to be: both
// databases remember what they have prepared.
const maxRows = 32

// Insert writes rows, many with each statement, and returns how many it wrote.
// into is the statement up to VALUES, after what follows it: a conflict clause,
// or nothing.
func (t *Tx) Insert(ctx context.Context, into string, rows [][]any, after string) (int64, error) {
	return t.many(ctx, into+" VALUES ", rows, " "+after)
}

// Each runs a statement about many rows, in parts, and returns how many it
// touched: with is a WITH clause up to the parenthesis, whose table has the
// rows; after is the statement. args are its own arguments, $1 and on.
func (t *Tx) Each(ctx context.Context, with string, rows [][]any, after string, args ...any) (int64, error) {
	return t.many(ctx, with+" (VALUES ", rows, ") "+after, args...)
}

func (t *Tx) many(ctx context.Context, before string, rows [][]any, after string, args ...any) (int64, error) {
	all := int64(0)
	for size := maxRows; len(rows) > 0; {
		for size > len(rows) {
			size /= 2
		}
		values := slices.Clone(args)
		for _, row := range rows[:size] {
			values = append(values, row...)
		}
		n, err := t.Exec(ctx, before+places(size, len(rows[0]), len(args))+after, values...)
		if err != nil {
			return all, err
		}
		all, rows = all+n, rows[size:]
	}
	return all, nil
}

// places are the placeholders of so many rows, behind those of other arguments.
func places(rows, columns, behind int) string {
	var b strings.Builder
	n := behind
	for row := range rows {
		if row > 0 {
			b.WriteByte(',')
		}
		for column := range columns {
			if column == 0 {
				b.WriteByte('(')
			} else {
				b.WriteByte(',')
			}
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		}
		b.WriteByte(')')
	}
	return b.String()
}
