package factor

import (
	"context"

	"catflap/internal/foundation/db"
)

const selectLink = `
	SELECT id, practice_id, account_id, purpose, address, key_id, created_at, expires_at, used_at, ended_at FROM link`

func insertLinks(ctx context.Context, tx *db.Tx, rows [][]any) error {
	_, err := tx.Insert(ctx, `
		INSERT INTO link (id, practice_id, account_id, purpose, address, key_id, token_hash, created_at, expires_at)`, rows, ``)
	return err
}

func scanLink(s db.Scanner) (Link, error) {
	var l Link
	var purpose string
	err := s.Scan(&l.ID, &l.PracticeID, &l.AccountID, &purpose, &l.Address, &l.keyID, &l.CreatedAt, &l.ExpiresAt,
		&l.UsedAt, &l.EndedAt)
	l.Purpose = Purpose(purpose)
	return l, err
}
