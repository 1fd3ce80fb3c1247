package petparent_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
	"catflap/internal/petparent"
)

// TestOtherPractice: with the ids of one practice nothing of it can be read or
// changed from another.
func TestOtherPractice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(w.practice, keeffe())
		mine := w.only(w.practice, "okeeffe")
		login := w.login(mine.ID, "maelle+vet@example.org")
		if _, err := w.correct(mine.ID, false, func(d *petparent.Details) { d.Person.FirstName = "Maelle" }); err != nil {
			t.Fatal(err)
		}
		proposal := w.proposals("")[0].ID
		before := w.profile(mine.ID)
		details, err := w.Details(w.ctx, d, w.practice, mine.ID)
		if err != nil {
			t.Fatal(err)
		}
		details.Person.FirstName = "Stolen"

		for name, try := range map[string]func() error{
			"Get":       func() error { _, err := w.Get(w.ctx, d, w.other, mine.ID); return err },
			"Row":       func() error { _, err := w.Row(w.ctx, d, w.other, mine.ID); return err },
			"Profile":   func() error { _, err := w.Profile(w.ctx, d, w.other, mine.ID); return err },
			"ByAccount": func() error { _, err := w.ByAccount(w.ctx, d, w.other, login.ID); return err },
			"Details":   func() error { _, err := w.Details(w.ctx, d, w.other, mine.ID); return err },
			"Check":     func() error { _, err := w.CheckDetails(w.ctx, d, w.other, mine.ID, details); return err },
			"Contact":   func() error { return w.UpdateContact(w.ctx, w.other, mine.ID, details.Person) },
			"Accept":    func() error { return w.Accept(w.ctx, w.other, proposal) },
			"Reject":    func() error { return w.Reject(w.ctx, w.other, proposal) },
			"Correct": func() error {
				return d.Write(w.ctx, func(tx *db.Tx) error {
					_, err := w.Correct(w.ctx, tx, w.other, mine.ID, details, true)
					return err
				})
			},
		} {
			if err := try(); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s from the other practice: %v", name, err)
			}
		}
		page, err := w.List(w.ctx, w.other, petparent.Filter{}, "", 0)
		counts, countErr := w.Counts(w.ctx, w.other, petparent.Filter{})
		sharing, sharingErr := w.Sharing(w.ctx, d, w.other, []string{mine.Email})
		open, openErr := w.CountProposals(w.ctx, w.other)
		list, listErr := w.Proposals(w.ctx, w.other, mine.ID, "", 10)
		for _, err := range []error{err, countErr, sharingErr, openErr, listErr} {
			if err != nil {
				t.Error(err)
			}
		}
		if len(page.Rows)+len(sharing)+len(list) != 0 || open != 0 || counts.Shows[petparent.ShowAll] != 0 {
			t.Error("the other practice sees something")
		}
		w.write(func(tx *db.Tx) error {
			attached, err := w.AttachAccount(w.ctx, tx, w.other, mine.ID, login.ID)
			if attached {
				t.Error("attached from the other practice")
			}
			return err
		})

		// The same ids of the practice system are other people there.
		if got := w.put(w.other, single("C0077", "Oscar", "Lindenbaum", "maelle+vet@example.org")); got != petparent.ResultNew {
			t.Errorf("import into the other practice: %s", got)
		}
		clash := keeffe()
		clash.ExternalID, clash.Pets[0].Name = "C0078", "Other"
		w.put(w.other, clash)
		if diff := cmp.Diff(before, w.profile(mine.ID), cmp.FilterPath(func(p cmp.Path) bool {
			return p.Last().String() == ".stored"
		}, cmp.Ignore())); diff != "" {
			t.Errorf("changed from the other practice: %s", diff)
		}
		// An account of this practice cannot be given to somebody over there.
		theirs := w.only(w.other, "oscar")
		w.write(func(tx *db.Tx) error {
			attached, err := w.AttachAccount(w.ctx, tx, w.other, theirs.ID, login.ID)
			if attached {
				t.Error("attached an account of another practice")
			}
			return err
		})
	})
}

func TestUpdateContact(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(w.practice, keeffe())
		w.put(w.practice, single("C0078", "Bea", "Brown", "MAELLE+vet@example.org"))
		mine := w.only(w.practice, "okeeffe")
		if sharing, err := w.Sharing(w.ctx, d, w.practice, []string{"maelle+VET@example.org"}); err != nil || len(sharing["maelle+vet@example.org"]) != 2 {
			t.Errorf("who share an address: %v, %v", sharing, err)
		}
		if err := w.UpdateContact(w.ctx, w.practice, mine.ID, petparent.Contact{Email: "x", Phones: []string{"1"}}); len(complaints(err)) != 3 {
			t.Errorf("complaints: %v", err)
		}
		if err := w.UpdateContact(w.ctx, w.practice, mine.ID, mine.Contact()); err != nil {
			t.Error(err)
		}
		if lines, err := w.Audit.List(w.ctx, w.practice, audit.Filter{}, "", 10); err != nil || len(lines) != 0 {
			t.Errorf("nothing changed, yet recorded: %+v, %v", lines, err)
		}
		in := petparent.Contact{FirstName: " Mae ", LastName: "O'Keeffe", Phones: []string{"555-0127", "020 7946 0999"}}
		if err := w.UpdateContact(w.ctx, w.practice, mine.ID, in); err != nil {
			t.Fatal(err)
		}
		p := w.profile(mine.ID)
		if p.FirstName != "Mae" || p.Phones[0].Kind != "cell" || p.Email != "" || p.EmailProblem != petparent.EmailMissing {
			t.Errorf("stored %+v", p.PetParent)
		}
		lines, err := w.Audit.List(w.ctx, w.practice, audit.Filter{}, "", 10)
		if err != nil || len(lines) != 1 || lines[0].TargetID != mine.ID || len(lines[0].Personal.Changes) != 3 {
			t.Errorf("audit: %+v, %v", lines, err)
		}
	})
}
