package pims

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/plan"
	"catflap/internal/practice"
)

// UploadInput is what a person hands in.
type UploadInput struct {
	System       string    // as System.Name; "" recognises it
	HomeBranchID string    // of everybody in the files; "" leaves home branches as they are
	AsOf         time.Time // when the export was made; zero: now
	Files        []File
}

const (
	// batchSize is how many clients one transaction of the run takes over: few
	// enough that nobody who signs in meanwhile waits for it.
	batchSize = 50
	// rejectsAtOnce is how many rejected rows one transaction stores.
	rejectsAtOnce = 500
)

// Upload reads the files as a whole, compares them with what is stored, and
// keeps what they say until the import is started or cancelled. A file that
// cannot be read leaves nothing behind: the faults are those of Read, and a
// complaint about "branch".
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
	now := s.Clock.Now()
	if in.AsOf.IsZero() {
		in.AsOf = now
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	e, err := Read(ctx, Options{System: in.System, Country: s.Country, AsOf: in.AsOf}, in.Files...)
	if err != nil {
		return Import{}, err
	}
	im := Import{
		ID: id.New(), PracticeID: practiceID, System: e.System, State: StateUploaded, HomeBranchID: in.HomeBranchID,
		Files: e.Files, Total: len(e.Clients), CreatedAt: now, by: actorFrom(access.ViewerFrom(ctx)),
	}
	if err := s.DB.Write(ctx, func(tx *db.Tx) error { return insertImport(ctx, tx, im) }); err != nil {
		return Import{}, err
	}
	if err := s.stage(ctx, &im, e); err != nil {
		s.discard(context.WithoutCancel(ctx), im)
		return Import{}, err
	}
	return im, nil
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
		if err := s.DB.Write(ctx, func(tx *db.Tx) error { return insertBatch(ctx, tx, *im, number, batch) }); err != nil {
			return err
		}
		number++
	}
	if err := s.share(ctx, preview, im.PracticeID, e); err != nil {
		return err
	}
	number = 0
	for some := range slices.Chunk(e.Rejected, rejectsAtOnce) {
		if err := s.DB.Write(ctx, func(tx *db.Tx) error {
			for i, r := range some {
				if err := insertReject(ctx, tx, *im, number+i, r); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		number += len(some)
	}
	im.State, im.Counts, im.Preview = StatePreviewed, preview.counts, preview.Preview
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := storePreview(ctx, tx, *im); err != nil {
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
