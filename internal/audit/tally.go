package audit

import (
	"context"
	"strconv"
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
	spans := make([]string, 0, len(bounds)-1)
	for i, at := range bounds {
		args = append(args, at)
		if i > 0 {
			spans = append(spans, "("+strconv.Itoa(i)+", CAST($"+strconv.Itoa(i+1)+" AS BIGINT), CAST($"+strconv.Itoa(i+2)+" AS BIGINT))")
		}
	}
	scan := func(s db.Scanner) (n SignIns, err error) { return n, s.Scan(&n.Done, &n.Refused) }
	// The actions are written out: only so do the partial indexes count.
	return db.All(ctx, l.DB, scan, `
		WITH span (number, since, until) AS (VALUES `+strings.Join(spans, ", ")+`)
		SELECT
			(SELECT count(*) FROM audit
				WHERE practice_id = $1 AND action = 'sign_in.done' AND at >= since AND at < until),
			(SELECT COALESCE(sum(1 + repeated), 0) FROM audit
				WHERE practice_id = $1 AND action = 'sign_in.refused' AND at >= since AND at < until)
		FROM span ORDER BY number`, args...)
}
