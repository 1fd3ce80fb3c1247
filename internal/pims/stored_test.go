package pims

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/petparent"
)

// The samples and the hard exports, out of the database again: clients, pets,
// owners, addresses, numbers, flags, and who must not be mailed.
func TestImportEqualsTruth(t *testing.T) {
	for _, path := range []string{
		"samples/cornerstone", "samples/generic", "testdata/hard/cornerstone", "testdata/hard/generic",
	} {
		t.Run(path, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d)
				want := readTruth(t, path)
				in := folder(t, path)
				in.HomeBranchID = w.branches[0].ID
				im := w.run(in)
				if im.State != StateDone || im.Result != (Tally{New: len(want.Clients)}) || im.Counts.Tally != im.Result {
					t.Errorf("%s, previewed %+v, did %+v", im.State, im.Counts.Tally, im.Result)
				}
				w.equals(want, w.stored(im.System))
				w.nothingToCorrect()
				w.rejected(im, want, nil)
				moved := w.column(everyTime)

				// The same again, at another time: not a row is written.
				w.clock.Advance(time.Hour)
				again := folder(t, path)
				if im = w.run(again); im.State != StateDone || !im.NothingNew() || im.Result.Unchanged != im.Total {
					t.Errorf("again: %s, %+v", im.State, im.Result)
				}
				compare(t, "rows that moved", moved, w.column(everyTime))

				path := filepath.Join(path, "delta")
				delta := readTruth(t, path)
				im = w.run(folder(t, path))
				if held := len(delta.Held); im.State != StateDone || im.Result.Held != held || im.Counts.Tally != im.Result {
					t.Errorf("delta: %s, previewed %+v, did %+v, held should be %d", im.State, im.Counts.Tally, im.Result, held)
				}
				w.rejected(im, delta, delta.Held)
				after := w.stored(im.System)
				if len(after.Clients) != delta.Merged.Clients || len(after.Pets) != delta.Merged.Pets {
					t.Errorf("after the delta %d clients and %d pets, want %+v", len(after.Clients), len(after.Pets), delta.Merged)
				}
				checkJudgement(t, delta, after)
				w.notMailable(delta)
				if branches := w.column(`SELECT DISTINCT home_branch_id FROM household ORDER BY 1`); len(branches) != 2 {
					t.Errorf("a file without a branch moved people: %v", branches)
				}
			})
		})
	}
}

// nothingToCorrect has everybody confirm what is shown to them at the first
// sign-in: none of it may come back as a correction.
func (w *world) nothingToCorrect() {
	w.t.Helper()
	for _, personID := range w.column(`SELECT id FROM pet_parent`) {
		d, err := w.PetParents.Details(w.ctx, w.DB, w.practice.ID, personID)
		if err != nil {
			w.t.Fatal(err)
		}
		if list, err := w.PetParents.CheckDetails(w.ctx, w.DB, w.practice.ID, personID, d); err != nil || len(list) > 0 {
			w.t.Errorf("%s %s confirms and corrects %q, %v", d.Person.FirstName, d.Person.LastName, list, err)
		}
	}
}

// everyTime is when anything of a client list was written last.
const everyTime = `
	SELECT 'household ' || id || ' ' || updated_at FROM household UNION ALL
	SELECT 'person ' || id || ' ' || updated_at FROM pet_parent UNION ALL
	SELECT 'pet ' || id || ' ' || updated_at FROM pet ORDER BY 1`

// equals compares what is stored with the lists of a full export's truth.
func (w *world) equals(want truth, got *Export) {
	w.t.Helper()
	want.Rejected, want.Duplicates, want.Ignored, want.Warnings, want.Files = nil, nil, nil, nil, nil
	for _, c := range got.Clients {
		if len(c.Emails) == 0 {
			c.Emails = nil
		}
		if len(c.Phones) == 0 {
			c.Phones = nil
		}
	}
	checkExport(w.t, want, got)
	checkJudgement(w.t, want, got)
	w.notMailable(want)
}

// notMailable asks the store itself whom it would not mail.
func (w *world) notMailable(want truth) {
	w.t.Helper()
	counts, err := w.PetParents.Counts(w.ctx, w.practice.ID, petparent.Filter{})
	if err != nil {
		w.t.Fatal(err)
	}
	reasons := map[petparent.Reason]int64{}
	for _, n := range want.NotMailable {
		for _, r := range n.Reasons {
			reasons[petparent.Reason(r)]++
		}
	}
	if n := int64(len(want.NotMailable)); counts.Shows[petparent.ShowNotMailable] != n {
		w.t.Errorf("%d cannot be mailed, want %d", counts.Shows[petparent.ShowNotMailable], n)
	}
	for r, n := range reasons {
		if counts.Reasons[r] != n {
			w.t.Errorf("%s: %d, want %d", r, counts.Reasons[r], n)
		}
	}
}

// rejected compares the stored rejected rows with the truth.
func (w *world) rejected(im Import, want truth, held []struct{ Client string }) {
	w.t.Helper()
	got, err := w.Rejects(w.ctx, im.PracticeID, im.ID, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	var rows []Place
	for _, r := range want.Rejected {
		rows = append(rows, r.Place)
	}
	var found []Place
	stopped := map[string]bool{}
	for _, r := range got {
		if r.Message == "" {
			w.t.Errorf("no words: %+v", r)
		}
		if r.Reason == Held {
			stopped[r.Client] = true
			continue
		}
		found = append(found, r.Place)
	}
	compare(w.t, "rejected rows", rows, found, cmpopts.EquateEmpty())
	if len(stopped) != len(held) {
		w.t.Errorf("held %v, want %v", stopped, held)
	}
	for _, h := range held {
		if !stopped[h.Client] {
			w.t.Errorf("%s was not held", h.Client)
		}
	}
}
