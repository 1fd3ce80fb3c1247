package petparentweb_test

import (
	"net/url"
	"testing"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/id"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

// wishes makes a pet parent want a new first name and phone.
func (w *world) wishes(petParentID, name string) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		own, err := w.PetParents.Own(w.ctx(), tx, w.clinic.ID, petParentID)
		if err != nil {
			return err
		}
		own.Person.FirstName, own.Person.Phones = name, []string{"+1 206 555 0177"}
		_, err = w.PetParents.CorrectOwn(w.ctx(), tx, w.clinic.ID, petParentID, petparent.OwnInput{Person: &own.Person}, false)
		return err
	})
}

// Everything that waits is accepted in one go; what comes after somebody
// looked waits on.
func TestAcceptEverybody(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const all = "/paws/pet-parents/proposals/all"
		w.Browser().Get(all).Want(t, 200, "Forgot password?")
		vet := w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID)
		w.Enter("paws", vet, "").Get(all).Want(t, 403)
		w.API("POST", "/proposals/all/accept", w.Token("paws", vet, ""), map[string]any{"until": id.New()}).Want(t, 403)
		b := w.desk()
		b.Get(all).Want(t, 200, "Nothing to decide")
		w.wishes(w.ken, "Kenji")
		w.wishes(w.bea, "Beatrice")
		b.Get("/paws/pet-parents/proposals").Want(t, 200, "Accept all of everybody")
		b.Get(all).Want(t, 200, "4 corrections of 2 people", "First name", "Accept all 4")
		until := hidden(t, b.Page, "until")
		w.wishes(w.aya, "Ayaka")
		stranger := w.Token("other", w.other.Administrator, w.other.North.ID)
		if r := w.API("POST", "/proposals/all/accept", stranger, map[string]any{"until": id.New()}).Want(t, 200); r.Body["accepted"] != 0.0 {
			t.Errorf("another practice accepted %v", r.Body["accepted"])
		}
		b.Post(all, url.Values{"until": {"x"}}).Want(t, 422)
		b.Get(all)
		b.Post(all, url.Values{"until": {until}}).Want(t, 200, "4 corrections are accepted", "Ayaka")
		if w.profile(w.ken).FirstName != "Kenji" || w.profile(w.bea).FirstName != "Beatrice" || w.profile(w.aya).FirstName != "Aya" {
			t.Error("accepted something else")
		}
		if n := len(w.audited(audit.ProposalAccepted)); n != 4 {
			t.Errorf("%d acceptances on record", n)
		}
	})
}

// Of many who accept all at once each correction is taken over once.
func TestAcceptEverybodyAtOnce(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	w := &world{App: a, t: t, clinic: a.Clinic("paws")}
	const people = 12
	for i := range people {
		w.put(w.clinic, many(i))
	}
	page, err := w.PetParents.List(w.ctx(), w.clinic.ID, petparent.Filter{}, "", people)
	if err != nil || len(page.Rows) != people {
		t.Fatalf("%d, %v", len(page.Rows), err)
	}
	for _, row := range page.Rows {
		w.wishes(row.ID, "New")
	}
	pile, err := w.PetParents.Pile(w.ctx(), w.clinic.ID, "")
	if err != nil || pile.Count != 2*people || pile.People != people {
		t.Fatalf("%+v, %v", pile, err)
	}
	counts := make([]int, 16)
	apptest.AtOnce(16, func(i int) bool {
		ctx := access.WithViewer(t.Context(), access.System("test"))
		n, _, err := w.PetParents.AcceptAll(ctx, w.clinic.ID, pile.Until)
		counts[i] = n
		if err != nil {
			t.Error(err)
		}
		return true
	})
	sum := 0
	for _, n := range counts {
		sum += n
	}
	if n := len(w.audited(audit.ProposalAccepted)); sum != 2*people || n != 2*people {
		t.Errorf("%d accepted, %d on record, of %d", sum, n, 2*people)
	}
}
