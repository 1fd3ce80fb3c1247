package audit

import (
	"context"
	"strconv"

	"catflap/internal/foundation/db"
)

// History reads what was changed about things, by their target ids: at most
// limit lines that tell of a value before and after, newest first, older than
// the line with id before ("" for the newest). field narrows to changes of one
// field, "" does not. What was only proposed is no change.
func (l *Log) History(ctx context.Context, practiceID string, targets []string, field, before string, limit int) ([]Line, error) {
	if len(targets) == 0 {
		return nil, nil
	}
	args, places := db.In([]any{practiceID}, targets)
	part := `"changes":[`
	if field != "" {
		part = `"field":"` + field + `"`
	}
	args = append(args, "%"+likeEscape(part)+"%", before, limit)
	n := len(args)
	return db.All(ctx, l.DB, scanLine, `
		SELECT `+lineColumns+` FROM audit
		WHERE practice_id = $1 AND target_id IN (`+places+`) AND outcome = 'done'
			AND action NOT IN ('`+string(ProposalMade)+`', '`+string(ProposalRejected)+`')
			AND personal LIKE $`+strconv.Itoa(n-2)+` ESCAPE '!' AND ($`+strconv.Itoa(n-1)+` = '' OR id < $`+strconv.Itoa(n-1)+`)
		ORDER BY id DESC LIMIT $`+strconv.Itoa(n), args...)
}
