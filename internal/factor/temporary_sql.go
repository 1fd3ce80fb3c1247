package factor

import (
	"context"
	"time"

	"catflap/internal/foundation/db"
)

const selectTemporary = `
	SELECT id, practice_id, account_id, sealed, hash, generated, tries, max_tries, life, issued_at, expires_at, burnt_at,
		withdrawn, again, link_id
	FROM temporary_password`

func insertTemporary(ctx context.Context, tx *db.Tx, by string, all ...Temporary) error {
	rows := make([][]any, len(all))
	for i, t := range all {
		rows[i] = []any{
			t.ID, t.PracticeID, t.AccountID, t.sealed, t.hash, t.Generated, 0, t.MaxTries, int64(t.life / time.Second),
			t.IssuedAt, by, t.ExpiresAt, t.Again, t.LinkID,
		}
	}
	_, err := tx.Insert(ctx, `
		INSERT INTO temporary_password (id, practice_id, account_id, sealed, hash, generated, tries, max_tries, life,
			issued_at, issued_by, expires_at, again, link_id)`, rows, ``)
	return err
}

func scanTemporary(s db.Scanner) (Temporary, error) {
	var t Temporary
	var life int64
	err := s.Scan(&t.ID, &t.PracticeID, &t.AccountID, &t.sealed, &t.hash, &t.Generated, &t.Tries, &t.MaxTries, &life,
		&t.IssuedAt, &t.ExpiresAt, &t.BurntAt, &t.Withdrawn, &t.Again, &t.LinkID)
	t.Readable, t.life = len(t.sealed) > 0, time.Duration(life)*time.Second
	return t, err
}
