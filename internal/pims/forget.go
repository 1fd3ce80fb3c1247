package pims

import (
	"context"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// ErrWaits answers where an import holds people who were not taken over yet.
var ErrWaits = fault.New(fault.Conflict, "import-waits",
	"An import is running or waits for its run, and may hold this person's data. Let it finish or cancel it, then try again.")

// Forget takes what is known of clients by their numbers out of the reports of
// imports. ErrWaits while one is not over.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, practiceID string, numbers []string) error {
	if err := s.Waits(ctx, tx, practiceID); err != nil {
		return err
	}
	// Whose number could not be read may be one of them.
	if _, err := tx.Exec(ctx, `UPDATE import_reject SET sealed = NULL WHERE practice_id = $1 AND client = ''`, practiceID); err != nil {
		return err
	}
	for _, number := range numbers {
		if _, err := tx.Exec(ctx, `
			UPDATE import_reject SET client = '', pet = '', message = 'Erased.', sealed = NULL WHERE practice_id = $1 AND client = $2`,
			practiceID, number); err != nil {
			return err
		}
	}
	return nil
}

// Waits is ErrWaits while an import of the practice is not over.
func (s *Service) Waits(ctx context.Context, r db.Reader, practiceID string) error {
	n, err := db.One(ctx, r, func(sc db.Scanner) (n int, err error) { return n, sc.Scan(&n) }, `
		SELECT count(*) FROM import WHERE practice_id = $1 AND state IN ('uploaded', 'asks', 'previewed', 'running')`, practiceID)
	if err == nil && n > 0 {
		err = ErrWaits
	}
	return err
}
