package pims

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/secret"
	"catflap/internal/plan"
	"catflap/internal/practice"
)

// UploadInput is what a person hands in.
type UploadInput struct {
	Choices      Choices   // how to read the files; what is empty is recognised
	HomeBranchID string    // of everybody in the files; "" leaves home branches as they are
	AsOf         time.Time // when the export was made; zero: now
	GoodRows     bool      // ImportNow leaves rejected rows out instead of refusing
	Files        []File
}

const (
	// batchSize is how many clients one transaction of the run takes over: few
	// enough that nobody who signs in meanwhile waits for it.
	batchSize = 50
)

// Upload keeps the files sealed until the import is over, reads them as a whole
// and compares them with what is stored. Where they leave something open the
// import asks for it; what was chosen for files with the same columns is used by
// itself. A file that cannot be read leaves nothing behind: the faults are those
// of Read, and a complaint about "branch".
func (s *Service) Upload(ctx context.Context, practiceID string, in UploadInput) (Import, error) {
	p, err := s.Practices.Get(ctx, s.DB, practiceID)
	if err != nil {
		return Import{}, err
	}
	if bought, _ := plan.Find(p.Plan); !bought.Includes(access.Import) {
		return Import{}, ErrNotInPlan
	}
	if p.Status != practice.Active {
		return Import{}, practice.ErrNotOpen
	}
	if in.HomeBranchID != "" {
		if _, err := s.Practices.Branch(ctx, s.DB, practiceID, in.HomeBranchID); fault.Is(err, fault.NotFound) {
			return Import{}, fault.Complain("branch", "Choose one of the branches in the list.")
		} else if err != nil {
			return Import{}, err
		}
	}
	if err := fitting(in.Files); err != nil {
		return Import{}, err
	}
	if err := s.options(Import{AsOf: s.Clock.Now()}, in.Choices).check(); err != nil {
		return Import{}, err
	}
	now := s.Clock.Now()
	if in.AsOf.IsZero() {
		in.AsOf = now
	}
	im := Import{
		ID: id.New(), PracticeID: practiceID, System: in.Choices.System, State: StateUploaded, HomeBranchID: in.HomeBranchID,
		AsOf: in.AsOf, CreatedAt: now, by: actorFrom(access.ViewerFrom(ctx)),
	}
	var box *secret.Box
	if err := s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := insertImport(ctx, tx, im); err != nil {
			return err
		}
		box, err = s.newKey(ctx, tx, im, keyOfFiles, waitsFor)
		return err
	}); err != nil {
		return Import{}, err
	}
	if err := s.receive(ctx, box, &im, in); err != nil {
		s.discard(context.WithoutCancel(ctx), im)
		return Import{}, err
	}
	return im, nil
}

// receive seals the files and reads them for the first time.
func (s *Service) receive(ctx context.Context, box *secret.Box, im *Import, in UploadInput) error {
	if err := s.hold(ctx, box, *im, in.Files); err != nil {
		return err
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	looks, err := s.looks(ctx, box, *im, Choices{})
	if err != nil {
		return err
	}
	im.Source = sourceOf(looks)
	earlier, err := s.remembered(ctx, *im)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(looks, func(l Look) bool { return l.Info.Corrected }) {
		earlier.Encoding, earlier.Separator = "", "" // our report has its own
	}
	im.Choices, im.Remembered = in.Choices.over(earlier), !earlier.None()
	out, err := s.readHeld(ctx, box, *im, im.Choices)
	if err != nil && im.Remembered {
		// What fitted the earlier files does not fit these.
		im.Choices, im.Remembered = in.Choices, false
		out, err = s.readHeld(ctx, box, *im, im.Choices)
	}
	if err != nil {
		return err
	}
	if err := s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.claim(ctx, tx, im, out); err != nil || len(out.open) == 0 {
			return err
		}
		return s.record(ctx, tx, *im, audit.ImportUploaded, map[string]string{"asks": count(len(out.open))})
	}); err != nil {
		return err
	}
	return s.settle(ctx, im, out)
}

// stage stores what the run needs, in small transactions, and the preview last:
// until then the import cannot be started.
func (s *Service) stage(ctx context.Context, im *Import, e *Export) error {
	stager := newStager(e, im.HomeBranchID)
	preview := newPreview(e)
	number := 0
	for clients := range slices.Chunk(e.Clients, batchSize) {
		batch := stager.batch(clients)
		for _, one := range batch {
			result, err := s.PetParents.Compare(ctx, s.DB, im.PracticeID, one.input())
			if err != nil {
				return err
			}
			preview.add(one, result)
		}
		if err := s.DB.Write(ctx, func(tx *db.Tx) error {
			return errors.Join(s.mine(ctx, tx, *im), insertBatch(ctx, tx, *im, number, batch))
		}); err != nil {
			return err
		}
		number++
	}
	if err := s.share(ctx, preview, im.PracticeID, e); err != nil {
		return err
	}
	if err := s.keepRejects(ctx, *im, e.Rejected); err != nil {
		return err
	}
	im.State, im.Counts, im.Preview = StatePreviewed, preview.counts, preview.Preview
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.mine(ctx, tx, *im); err != nil {
			return err
		}
		if err := storePreview(ctx, tx, *im); err != nil || im.reading > 1 {
			return err
		}
		return s.record(ctx, tx, *im, audit.ImportUploaded, map[string]string{
			"clients": count(im.Counts.Clients), "pets": count(im.Counts.Pets), "rejected": count(im.Counts.Rejected),
		})
	})
}

// discard removes an upload that could not be stored as a whole. What is left
// when that fails too is found by Sweep.
func (s *Service) discard(ctx context.Context, im Import) {
	_ = s.DB.Write(ctx, func(tx *db.Tx) error { return deleteImport(ctx, tx, im.PracticeID, im.ID) })
}

func (s *Service) record(ctx context.Context, tx *db.Tx, im Import, action audit.Action, detail map[string]string) error {
	detail["system"] = im.System
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: action, PracticeID: im.PracticeID, Detail: detail,
		Target: audit.Target{Kind: "import", ID: im.ID, Name: im.Name()},
	})
}

func count(n int) string { return strconv.Itoa(n) }

// Name is what the import is called: its files.
func (im Import) Name() string {
	names := make([]string, len(im.Files))
	for i, f := range im.Files {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}
