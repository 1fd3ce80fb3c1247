package audit

import (
	"context"
	"fmt"
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
// matter, only how many people signed in meanwhile. Within confines it to
// branches: what happened there, and refusals in no branch of those who work
// there.
func (l *Log) SignIns(ctx context.Context, practiceID string, within Branches, bounds []time.Time) ([]SignIns, error) {
	if len(bounds) < 2 {
		return nil, nil
	}
	args := []any{practiceID}
	for _, at := range bounds {
		args = append(args, at)
	}
	confined := ""
	if within != "" {
		text, branchIDs := within.condition()
		text = "(" + text + ` OR branch_id = '' AND EXISTS (SELECT 1 FROM role_grant g
			WHERE g.practice_id = audit.practice_id AND g.account_id = audit.account_id AND g.branch_id IN (''` + strings.Repeat(", ?", len(branchIDs)) + ")))"
		for _, one := range append(branchIDs, branchIDs...) {
			args = append(args, one)
			text = strings.Replace(text, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		confined = " AND " + text
	}
	scan := func(s db.Scanner) (n SignIns, err error) { return n, s.Scan(&n.Done, &n.Refused) }
	return db.All(ctx, l.DB, scan, signInsSQL(len(bounds)-1, confined), args...)
}

// signInsSQL counts in that many spans; $1 is the practice, $2 the first bound.
// The actions are written out: only so do the partial indexes count.
func signInsSQL(spans int, confined string) string {
	rows := make([]string, 0, spans)
	for i := range spans {
		rows = append(rows, fmt.Sprintf("(%d, CAST($%d AS BIGINT), CAST($%d AS BIGINT))", i, i+2, i+3))
	}
	return `
		WITH span (number, since, until) AS (VALUES ` + strings.Join(rows, ", ") + `)
		SELECT
			(SELECT count(*) FROM audit
				WHERE practice_id = $1 AND action = 'sign_in.done' AND at >= since AND at < until` + confined + `),
			(SELECT COALESCE(sum(1 + repeated), 0) FROM audit
				WHERE practice_id = $1 AND action = 'sign_in.refused' AND at >= since AND at < until` + confined + `)
		FROM span ORDER BY number`
}
