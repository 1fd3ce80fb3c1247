package mail

import (
	"context"

	"catflap/internal/foundation/db"
)

// Reassign makes everything that was written to one pet parent stand with
// another one, whose record took the first one over.
func (s *Service) Reassign(ctx context.Context, tx *db.Tx, practiceID, from, to string) error {
	_, err := tx.Exec(ctx, `
		UPDATE message SET petparent_id = $3 WHERE practice_id = $1 AND petparent_id = $2 AND petparent_id <> ''`, practiceID, from, to)
	return err
}

// CountFor counts the messages to a pet parent or their login.
func (s *Service) CountFor(ctx context.Context, r db.Reader, practiceID, petParentID, accountID string) (int, error) {
	return db.One(ctx, r, scanCount, `SELECT count(*) FROM message WHERE practice_id = $1 AND `+aboutSQL, practiceID, petParentID, accountID)
}

// AboutAfter walks the messages to a pet parent or their login in parts of at
// most limit, each behind the last id of the one before ("" begins).
func (s *Service) AboutAfter(ctx context.Context, practiceID, petParentID, accountID, after string, limit int) ([]Message, error) {
	return db.All(ctx, s.db, scanMessage, `SELECT `+messageColumns+` FROM message
		WHERE practice_id = $1 AND `+aboutSQL+` AND id > $4 ORDER BY id LIMIT $5`, practiceID, petParentID, accountID, after, limit)
}

// aboutSQL is the condition of messages to pet parent $2 or account $3.
const aboutSQL = `(petparent_id = $2 AND petparent_id <> '' OR account_id = $3 AND account_id <> '')`

// Forget takes everything personal out of the messages to a pet parent or their
// login. That they were written, and what became of them, stays; those that
// wait are not sent.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, practiceID, petParentID, accountID string) error {
	_, err := tx.Exec(ctx, `
		UPDATE message SET to_address = '', to_name = '', subject = '', data = '{}', secret_kind = '', secret_ref = '', last_error = '',
			state = CASE WHEN state IN ('queued', 'sending') THEN 'dropped' ELSE state END
		WHERE practice_id = $1 AND `+aboutSQL, practiceID, petParentID, accountID)
	return err
}
