package pims

import (
	"context"
	"errors"
	"time"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/job"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
)

// AfterJob creates logins for the new clients of one import.
const AfterJob = "pims.after"

// afterWaits is how long it waits while logins are being created already.
const afterWaits = time.Minute

// LoginsAfter reports whether the practice wants logins for new clients after
// each import.
func (s *Service) LoginsAfter(ctx context.Context, r db.Reader, practiceID string) (bool, error) {
	on, err := db.One(ctx, r, func(sc db.Scanner) (on bool, err error) { return on, sc.Scan(&on) },
		`SELECT logins FROM import_setting WHERE practice_id = $1`, practiceID)
	if errors.Is(err, db.ErrNone) {
		err = nil
	}
	return on, err
}

// SetLoginsAfter switches that. It is recorded when it changes.
func (s *Service) SetLoginsAfter(ctx context.Context, practiceID string, on bool) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		before, err := s.LoginsAfter(ctx, tx, practiceID)
		if err != nil || before == on {
			return err
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO import_setting (practice_id, logins) VALUES ($1, $2)
			ON CONFLICT (practice_id) DO UPDATE SET logins = excluded.logins`, practiceID, on); err != nil {
			return err
		}
		words := map[bool]string{true: "on", false: "off"}
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.AfterImportChanged, PracticeID: practiceID, Target: audit.Target{Kind: "practice", ID: practiceID},
			Detail: map[string]string{"logins_before": words[before], "logins_after": words[on]},
		})
	})
}

// after has logins created once the import is over, where it brought somebody new.
func (s *Service) after(ctx context.Context, tx *db.Tx, im Import) error {
	on, err := s.LoginsAfter(ctx, tx, im.PracticeID)
	if err != nil || !on {
		return err
	}
	im, err = found(db.One(ctx, tx, scanImport, selectImport+` WHERE i.practice_id = $1 AND i.id = $2`, im.PracticeID, im.ID))
	if err != nil || im.Result.New == 0 {
		return err
	}
	_, err = s.Jobs.Enqueue(ctx, tx, AfterJob, reference{im.PracticeID, im.ID}, job.Key("after "+im.ID))
	return err
}

// After is the worker of AfterJob.
func (s *Service) After(ctx context.Context, j job.Job) error {
	var r reference
	if err := j.Into(&r); err != nil {
		return err
	}
	im, err := s.Get(ctx, r.PracticeID, r.ImportID)
	if err != nil {
		return err
	}
	ctx = access.WithViewer(ctx, im.by.viewer(im.PracticeID))
	_, err = s.Onboarding.StartLogins(ctx, im.PracticeID, petparent.Scope{Since: im.StartedAt})
	if errors.Is(err, onboarding.ErrRunUnderWay) {
		return job.Retry(err, afterWaits)
	}
	return err
}
