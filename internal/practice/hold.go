package practice

import (
	"context"

	"catflap/internal/foundation/db"
)

// Hold lets one transaction at a time change what the whole practice depends
// on, such as who administers it: an update without effect holds the row on
// every dialect. ErrNotFound.
func (s *Service) Hold(ctx context.Context, tx *db.Tx, practiceID string) error {
	n, err := tx.Exec(ctx, `UPDATE practice SET status = status WHERE id = $1`, practiceID)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}
