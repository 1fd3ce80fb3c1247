package device

import (
	"context"

	"catflap/internal/foundation/db"
)

// Browsers are stored by the 32 bytes of their token's hash; programs, which
// have none, by a shorter mark, so that one never passes for the other.
const (
	browserHash = 32
	programMark = 16
)

// Count is how many browsers are known for an account.
func (s *Service) Count(ctx context.Context, r db.Reader, practiceID, accountID string) (int, error) {
	return db.One(ctx, r, func(sc db.Scanner) (n int, err error) { return n, sc.Scan(&n) }, `
		SELECT count(*) FROM known_device
		WHERE practice_id = $1 AND account_id = $2 AND last_at > $3 AND length(token_hash) = $4`,
		practiceID, accountID, s.Clock.Now().Add(-Life), browserHash)
}

// known reports whether the account signed in under the hash before.
func (s *Service) known(ctx context.Context, r db.Reader, practiceID, accountID string, hash []byte) (bool, error) {
	return db.One(ctx, r, func(sc db.Scanner) (known bool, err error) { return known, sc.Scan(&known) }, `
		SELECT EXISTS (SELECT 1 FROM known_device
			WHERE practice_id = $1 AND account_id = $2 AND token_hash = $3 AND last_at > $4)`,
		practiceID, accountID, hash, s.Clock.Now().Add(-Life))
}

// remember stores that the account signed in under the hash now, and reports
// whether it had before.
func (s *Service) remember(ctx context.Context, tx *db.Tx, practiceID, accountID string, hash []byte) (before bool, err error) {
	now := s.Clock.Now()
	n, err := tx.Exec(ctx, `
		UPDATE known_device SET last_at = $4 WHERE practice_id = $1 AND account_id = $2 AND token_hash = $3`,
		practiceID, accountID, hash, now)
	if err != nil || n == 1 {
		return n == 1, err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO known_device (practice_id, account_id, token_hash, first_at, last_at) VALUES ($1, $2, $3, $4, $4)
		ON CONFLICT (practice_id, account_id, token_hash) DO UPDATE SET last_at = $4`, practiceID, accountID, hash, now)
	return false, err
}

// rename keeps a browser known for those who signed in there, under a new hash.
func (s *Service) rename(ctx context.Context, tx *db.Tx, practiceID string, from, to []byte) error {
	_, err := tx.Exec(ctx, `UPDATE known_device SET token_hash = $3 WHERE practice_id = $1 AND token_hash = $2`,
		practiceID, from, to)
	return err
}

// forget makes a browser unknown for everybody in the practice.
func (s *Service) forget(ctx context.Context, tx *db.Tx, practiceID string, hash []byte) error {
	_, err := tx.Exec(ctx, `DELETE FROM known_device WHERE practice_id = $1 AND token_hash = $2`, practiceID, hash)
	return err
}

const selectComputer = `
	SELECT c.id, c.practice_id, c.branch_id, coalesce(b.name, ''), coalesce(b.hue, 0), c.name, c.token_hash,
		c.created_at, coalesce(a.name, ''), c.last_at
	FROM shared_computer c
	LEFT JOIN branch b ON b.id = c.branch_id AND b.practice_id = c.practice_id
	LEFT JOIN account a ON a.id = c.created_by AND a.practice_id = c.practice_id`

func scanComputer(sc db.Scanner) (c Computer, err error) {
	return c, sc.Scan(&c.ID, &c.PracticeID, &c.BranchID, &c.BranchName, &c.BranchHue, &c.Name, &c.hash,
		&c.CreatedAt, &c.CreatedBy, &c.LastAt)
}

func insertComputer(ctx context.Context, tx *db.Tx, c Computer, createdBy string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO shared_computer (id, practice_id, branch_id, name, token_hash, created_at, created_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		c.ID, c.PracticeID, c.BranchID, c.Name, c.hash, c.CreatedAt, createdBy)
	return err
}
