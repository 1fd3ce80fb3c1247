package pims

import (
	"context"
	"errors"
	"fmt"
	"time"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/job"
	"catflap/internal/petparent"
)

// The kinds of our jobs.
const (
	RunJob   = "pims.run"   // one import, until it is over
	SweepJob = "pims.sweep" // comes round: imports that nobody started
)

const (
	// maxTries is how often a run is tried before the import counts as failed.
	maxTries = 6
	// waitsFor is how long an upload waits for somebody to start it: it holds
	// people's data that may never be wanted.
	waitsFor = 24 * time.Hour
)

// Held is the reason of a client whose known number now belongs to somebody
// else.
const Held Reason = "held"

// reference is the payload of RunJob.
type reference struct {
	PracticeID string `json:"practice_id"`
	ImportID   string `json:"import_id"`
}

// Start has a previewed import run in the background. Of several at once one
// wins; the others get ErrStarted, or ErrOther when another import runs.
//
// Where rows were rejected it is ErrRejects, unless goodRows says that the others
// are to be taken over without them; ErrAsks where something has to be chosen.
func (s *Service) Start(ctx context.Context, practiceID, importID string, goodRows bool) error {
	im, err := s.Get(ctx, practiceID, importID)
	if err != nil {
		return err
	}
	switch {
	case im.State == StateUploaded:
		return ErrReading
	case im.State == StateAsks:
		return ErrAsks
	case im.State == StatePreviewed && im.Counts.Rejected > 0 && !goodRows:
		return ErrRejects
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.Practices.InsistOpen(ctx, tx, practiceID); err != nil {
			return err
		}
		won, err := markRunning(ctx, tx, practiceID, importID, actorFrom(access.ViewerFrom(ctx)), goodRows, s.Clock.Now())
		if err != nil {
			return err
		}
		if !won {
			return ErrStarted
		}
		if err := s.record(ctx, tx, im, audit.ImportStarted, map[string]string{"clients": count(im.Total)}); err != nil {
			return err
		}
		_, err = s.Jobs.Enqueue(ctx, tx, RunJob, reference{practiceID, importID}, job.Key(importID))
		return err
	})
	if db.IsDuplicate(err, "import_practice_id") {
		return ErrOther
	}
	return err
}

// Cancel ends an import that is not over. What a run has taken over stays.
// ErrOver.
func (s *Service) Cancel(ctx context.Context, practiceID, importID string) error {
	im, err := s.Get(ctx, practiceID, importID)
	if err != nil {
		return err
	}
	return s.cancel(ctx, im, "")
}

func (s *Service) cancel(ctx context.Context, im Import, because string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		ended, err := markOver(ctx, tx, im.PracticeID, im.ID, StateCancelled, because, s.Clock.Now(),
			StateUploaded, StateAsks, StatePreviewed, StateRunning)
		if err != nil {
			return err
		}
		if !ended {
			return ErrOver
		}
		return s.recordEnd(ctx, tx, im, audit.ImportCancelled)
	})
}

// ImportNow uploads and runs in one go and returns the import when it is over,
// for the command line and the demonstration. When it is interrupted, the
// background work goes on with it. With ErrAsks and ErrRejects it returns the
// import, which waits for a day for somebody to choose on its page.
func (s *Service) ImportNow(ctx context.Context, practiceID string, in UploadInput) (Import, error) {
	im, err := s.Upload(ctx, practiceID, in)
	if err != nil {
		return Import{}, err
	}
	switch err := s.Start(ctx, practiceID, im.ID, in.GoodRows); {
	case errors.Is(err, ErrAsks), errors.Is(err, ErrRejects):
		return im, err // and waits for somebody to open it
	case err != nil:
		return Import{}, errors.Join(err, s.cancel(context.WithoutCancel(ctx), im, ""))
	}
	if err := s.run(ctx, im); err != nil {
		return Import{}, err
	}
	return s.Get(ctx, practiceID, im.ID)
}

// Run is the worker of RunJob.
func (s *Service) Run(ctx context.Context, j job.Job) error {
	var r reference
	if err := j.Into(&r); err != nil {
		return err
	}
	im, err := s.Get(ctx, r.PracticeID, r.ImportID)
	if err != nil {
		return err
	}
	ctx = access.WithViewer(ctx, im.by.viewer(im.PracticeID))
	err = s.run(ctx, im)
	if err == nil || ctx.Err() != nil || j.Attempt < maxTries && !fault.Is(err, fault.Invalid) {
		return err
	}
	if failed := s.fail(ctx, im); failed != nil {
		return errors.Join(err, failed)
	}
	return job.Give(err)
}

// run takes over one batch after another. Each is one transaction that also
// moves the progress, so that a run that is broken off goes on where it was.
func (s *Service) run(ctx context.Context, im Import) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if more, err := s.step(ctx, im); err != nil || !more {
			return err
		}
	}
}

// step takes over one batch, or finishes the import when there is none left. It
// reports whether there is more to do.
func (s *Service) step(ctx context.Context, im Import) (more bool, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		more = false
		running, err := lockRunning(ctx, tx, im.PracticeID, im.ID)
		if err != nil || !running {
			return err
		}
		batch, err := takeBatch(ctx, tx, im.PracticeID, im.ID)
		if errors.Is(err, db.ErrNone) {
			if _, err := markOver(ctx, tx, im.PracticeID, im.ID, StateDone, "", s.Clock.Now(), StateRunning); err != nil {
				return err
			}
			if err := s.after(ctx, tx, im); err != nil {
				return err
			}
			return s.recordEnd(ctx, tx, im, audit.ImportFinished)
		}
		if err != nil {
			return err
		}
		more = true
		return s.takeOver(ctx, tx, im, batch)
	})
	return more, err
}

func (s *Service) takeOver(ctx context.Context, tx *db.Tx, im Import, batch []staged) error {
	var t Tally
	for _, one := range batch {
		result, err := s.PetParents.Upsert(ctx, tx, im.PracticeID, one.input())
		if err != nil {
			return fmt.Errorf("client at %s: %w", one.Place, err)
		}
		t.add(result)
		if result != petparent.ResultHeld {
			continue
		}
		if err := appendReject(ctx, tx, im, Reject{
			Place: one.Place, Reason: Held, Client: one.Household.ExternalID, Message: heldWords,
		}); err != nil {
			return err
		}
	}
	return addProgress(ctx, tx, im.PracticeID, im.ID, t)
}

const heldWords = "This client number belongs to somebody else here: neither name nor e-mail is the same, so nothing was changed. " +
	"Give the newcomer a number of their own and export again."

// fail ends an import that cannot go on.
func (s *Service) fail(ctx context.Context, im Import) error {
	const words = "The import could not go on because of a problem on our side. " +
		"Import the same files again: what is in already is left as it is. If it fails again, tell whoever runs this server."
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		ended, err := markOver(ctx, tx, im.PracticeID, im.ID, StateFailed, words, s.Clock.Now(), StateRunning)
		if err != nil || !ended {
			return err
		}
		return s.recordEnd(ctx, tx, im, audit.ImportFailed)
	})
}

// recordEnd writes down what came of an import.
func (s *Service) recordEnd(ctx context.Context, tx *db.Tx, im Import, action audit.Action) error {
	im, err := found(db.One(ctx, tx, scanImport, selectImport+` WHERE i.practice_id = $1 AND i.id = $2`, im.PracticeID, im.ID))
	if err != nil {
		return err
	}
	return s.record(ctx, tx, im, action, map[string]string{
		"clients": count(im.Total), "done": count(im.Done), "new": count(im.Result.New), "changed": count(im.Result.Changed),
		"unchanged": count(im.Result.Unchanged), "held": count(im.Result.Held), "rejected": count(im.Counts.Rejected),
	})
}

// Sweep cancels uploads that nobody started for a day, so that what they hold
// is not kept for ever.
func (s *Service) Sweep(ctx context.Context) error {
	ctx = access.WithViewer(ctx, access.System("import"))
	if err := s.forgetCells(ctx); err != nil {
		return err
	}
	list, err := abandoned(ctx, s.DB, s.Clock.Now().Add(-waitsFor))
	if err != nil {
		return err
	}
	for _, one := range list {
		im, err := s.Get(ctx, one.PracticeID, one.ImportID)
		if err == nil {
			err = s.cancel(ctx, im, "Nobody started this import for a day, so what was uploaded has been removed. Upload the files again.")
		}
		if err != nil && !errors.Is(err, ErrOver) && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}
