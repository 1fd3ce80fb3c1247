package factor

import (
	"context"

	"catflap/internal/foundation/db"
)

const selectLink = `
	SELECT id, practice_id, account_id, purpose, address, key_id, created_at, expires_at, used_at, ended_at FROM link`

func insertLink(ctx context.Context, tx *db.Tx, l Link, hash []byte) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO link (id, practice_id, account_id, purpose, address, key_id, token_hash, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		l.ID, l.PracticeID, l.AccountID, string(l.Purpose), l.Address, l.keyID, hash, l.CreatedAt, l.ExpiresAt)
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
