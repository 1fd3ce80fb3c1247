package campaignweb_test

import (
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
)

// Who is erased is in no report any more, and what waits to them is not sent. The
// numbers stay.
func TestErased(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put("C1", "Wilhelmina", "Able", "wilhelmina@example.com")
		w.put("C2", "Bob", "Brown", "bob@example.com")
		w.put("C3", "Ottoline", "Out", "ottoline@example.com", func(in *petparent.HouseholdInput) { in.OptOut = true })
		draft := w.draft(w.template, nil)
		w.API("POST", "/campaigns/"+draft+"/test", w.token, nil).Want(t, 204)
		id := w.started(w.template, nil)
		if err := w.Jobs.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx := access.WithPractice(w.ctx(), w.clinic.Access())
		for _, number := range []string{"C1", "C3"} {
			person, err := db.One(ctx, w.DB, func(s db.Scanner) (id string, err error) { return id, s.Scan(&id) }, `
				SELECT p.id FROM pet_parent p JOIN household h ON h.id = p.household_id WHERE h.practice_id = $1 AND h.external_id = $2`, w.clinic.ID, number)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Privacy.Erase(ctx, w.clinic.ID, person, ""); err != nil {
				t.Fatal(err)
			}
		}
		w.Work()
		w.stands(id, "done", 0, 1, 0, 1, 1)
		if n := apptest.Number(w.App, `SELECT count(*) FROM campaign_left_out`); n != 0 {
			t.Errorf("%d people are still named as left out", n)
		}
		report := w.API("GET", "/campaigns/"+id+"/recipients", w.token, nil).Want(t, 200).Raw
		w.Clock.Advance(10 * time.Minute)
		for what, text := range map[string]string{"report": report, "database": apptest.Everything(w.App)} {
			for _, name := range []string{"Wilhelmina", "wilhelmina@", "Ottoline", "ottoline@"} {
				if strings.Contains(text, name) {
					t.Errorf("%s stands in the %s", name, what)
				}
			}
		}
		if len(w.letters("")) != 1 {
			t.Errorf("letters to %v", w.letters(""))
		}
	})
}
