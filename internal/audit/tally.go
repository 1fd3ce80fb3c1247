package audit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"catflap/internal/foundation/db"
)

// SignIns is how sign-ins ended in a span of time.
type SignIns struct {
	Done    int
	Refused int // repetitions that were counted on one entry are in it
}

// SignIns counts for each span between two neighbours of bounds, which grow:
// from the first, included, to the second, which is not. Both numbers come from
// an index that holds nothing but sign-ins, so the size of the record does not
// matter, only how many people signed in meanwhile.
func (l *Log) SignIns(ctx context.Context, practiceID string, bounds []time.Time) ([]SignIns, error) {
	if len(bounds) < 2 {
		return nil, nil
	}
	args := []any{practiceID}
	for _, at := range bounds {
		args = append(args, at)
	}
	scan := func(s db.Scanner) (n SignIns, err error) { return n, s.Scan(&n.Done, &n.Refused) }
	return db.All(ctx, l.DB, scan, signInsSQL(len(bounds)-1), args...)
}

// signInsSQL counts in that many spans; $1 is the practice, $2 the first bound.
// The actions are written out: only so do the partial indexes count.
func signInsSQL(spans int) string {
	rows := make([]string, 0, spans)
	for i := range spans {
		rows = append(rows, fmt.Sprintf("(%d, CAST($%d AS BIGINT), CAST($%d AS BIGINT))", i, i+2, i+3))
	}
	return `
		WITH span (number, since, until) AS (VALUES ` + strings.Join(rows, ", ") + `)
		SELECT
			(SELECT count(*) FROM audit
				WHERE practice_id = $1 AND action = 'sign_in.done' AND at >= since AND at < until),
			(SELECT COALESCE(sum(1 + repeated), 0) FROM audit
				WHERE practice_id = $1 AND action = 'sign_in.refused' AND at >= since AND at < until)
		FROM span ORDER BY number`
}
