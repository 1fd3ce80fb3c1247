package factor

import (
	"context"
	"strconv"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
)

// CountReadableCodes counts the people of a practice whose backup codes can be
// shown again.
func (s *Service) CountReadableCodes(ctx context.Context, r db.Reader, practiceID string) (people int, err error) {
	err = r.QueryRow(ctx, `SELECT count(DISTINCT account_id) FROM backup_code WHERE practice_id = $1 AND sealed IS NOT NULL`,
		practiceID).Scan(&people)
	return people, err
}

// HideCodes destroys the readable copies of all backup codes of a practice, in
// the caller's transaction, which holds the policy; the codes go on working. It
// tells of how many people they were.
func (s *Service) HideCodes(ctx context.Context, tx *db.Tx, practiceID string) (people int, err error) {
	if people, err = s.CountReadableCodes(ctx, tx, practiceID); err != nil || people == 0 {
		return 0, err
	}
	if _, err := tx.Exec(ctx, `UPDATE backup_code SET sealed = NULL WHERE practice_id = $1 AND sealed IS NOT NULL`, practiceID); err != nil {
		return 0, err
	}
	return people, s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.CodesHidden, PracticeID: practiceID, Cause: "strict-mode",
		Detail: map[string]string{"people": strconv.Itoa(people)},
	})
}
