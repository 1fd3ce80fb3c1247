package factor

import (
	"context"

	"catflap/internal/foundation/db"
)

const selectSecond = `
	SELECT
		(SELECT t.set_at FROM authenticator t WHERE t.practice_id = $1 AND t.account_id = $2),
		f.first_at, f.email_since, f.stored_at, f.grace_from, coalesce(f.owed, FALSE),
		(SELECT count(*) FROM backup_code b WHERE b.practice_id = $1 AND b.account_id = $2),
		(SELECT count(*) FROM backup_code b WHERE b.practice_id = $1 AND b.account_id = $2 AND b.used_at IS NULL),
		(SELECT count(*) FROM backup_code b WHERE b.practice_id = $1 AND b.account_id = $2 AND b.sealed IS NOT NULL),
		(SELECT max(b.made_at) FROM backup_code b WHERE b.practice_id = $1 AND b.account_id = $2)
	FROM account a LEFT JOIN second_factor f ON f.practice_id = a.practice_id AND f.account_id = a.id
	WHERE a.practice_id = $1 AND a.id = $2`

func scanSecond(sc db.Scanner) (Second, error) {
	var s Second
	var readable int
	err := sc.Scan(&s.AuthenticatorAt, &s.FirstAt, &s.EmailSince, &s.StoredAt, &s.GraceFrom, &s.Owed, &s.Codes, &s.Unused, &readable, &s.CodesAt)
	s.Readable = readable > 0
	return s, err
}

// markSecond stores what follows from a factor that was just set up: nothing is
// owed and no grace runs any more.
func markSecond(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO second_factor (account_id, practice_id, owed) VALUES ($2, $1, FALSE)
		ON CONFLICT (account_id) DO UPDATE SET grace_from = NULL, owed = FALSE`, practiceID, accountID)
	return err
}
