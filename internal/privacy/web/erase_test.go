package privacyweb_test

import (
	"encoding/json"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

// without fails for every word that still stands somewhere in the database.
func (w *world) without(words ...string) {
	w.t.Helper()
	w.Clock.Advance(6 * 60e9)
	w.Work()
	all := apptest.Everything(w.App)
	lower := strings.ToLower(all)
	for _, word := range words {
		if at := strings.Index(lower, strings.ToLower(word)); at >= 0 {
			w.t.Errorf("%q is still there: %.400s", word, all[max(0, at-200):])
		}
	}
}

// person is Xanthippe as somebody who signs in.
func (w *world) person() apptest.Person {
	w.t.Helper()
	a, err := w.Accounts.Get(w.ctx(), w.DB, w.clinic.ID, w.accountID)
	if err != nil {
		w.t.Fatal(err)
	}
	return apptest.Person{Account: a, Password: w.password}
}

// What was written to others about help with a lost factor names her too, and
// stands nowhere as something that she was sent.
func TestEraseAfterHelp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, alone())
		w.Hire(w.clinic, "Sam Secure", "sam@paws.example", role.SecurityManager, "")
		desk := w.Enter("paws", w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID), "")
		p := w.person()
		w.Authenticator(&p)
		desk.Get(w.path("/login/two-factor/skip"))
		desk.Post(w.path("/login/two-factor/skip"), url.Values{"reason": {"New phone of Quodlibet"}, "identity": {"Xanthippe showed her passport"}}).Want(t, 200)
		if l := w.LastMail("sam@paws.example"); !strings.Contains(l.Text, "Xanthippe showed her passport") {
			t.Fatalf("Sam was told %q", l.Text)
		}
		w.API("POST", "/practices/paws/password-reset", "", map[string]any{"login": p.LoginID}).Want(t, 202)
		w.Work()
		admin := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		admin.Get(w.path("/communication")).Want(t, 200, "Password reset", "Security notice", "Welcome e-mail").Without(t, "sam@paws.example", "factor_help")
		data := w.export(admin)
		for _, m := range data.Messages {
			if m.To != p.LoginID {
				t.Errorf("written to %s: %s", m.To, m.Subject)
			}
		}
		if len(data.Messages) < 3 {
			t.Errorf("%d messages", len(data.Messages))
		}
		w.eraseWith(admin).Want(t, 200, "The personal data are erased.")
		w.leftovers()
	})
}

// The household that somebody left goes on without their name, and so does the
// record of it; also of somebody whom no import put there.
func TestEraseAfterMove(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, household())
		added, err := w.PetParents.Add(w.ctx(), w.clinic.ID, petparent.NewPerson{
			Contact: petparent.Contact{FirstName: "Zenobia", LastName: "Handmade"}, HouseholdOf: w.mate,
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, petParentID := range []string{w.xan, added.ID} {
			record := petparent.HouseholdRecord{Company: "QuodFarm", Active: true, OptOut: i == 0}
			if err := w.PetParents.UpdateHousehold(w.ctx(), w.clinic.ID, petParentID, record, nil); err != nil {
				t.Fatal(err)
			}
			if err := w.PetParents.Move(w.ctx(), w.clinic.ID, petparent.Move{PetParentID: petParentID}); err != nil {
				t.Fatal(err)
			}
			if err := w.Privacy.Erase(w.ctx(), w.clinic.ID, petParentID, ""); err != nil {
				t.Fatal(err)
			}
		}
		w.without(append(planted[:4:4], "Zenobia", "Handmade")...)
		if mate, err := w.PetParents.Profile(w.ctx(), w.DB, w.clinic.ID, w.mate); err != nil || len(mate.Pets) != 1 || len(mate.Others) != 0 {
			t.Errorf("whom they left: %+v, %v", mate, err)
		}
	})
}

// Somebody whom no import put into a household was merged out of it: it goes on
// without their name, and whoever lives there keeps their own lines.
func TestEraseAfterMergeAcross(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for name, old := range map[string]string{
			"merged now": ``,
			// Of merges of before, the record does not say where from.
			"merged before": `UPDATE audit SET detail = '{"merged":"' || $1 || '"}' WHERE action = 'pet_parent.merged'`,
			// The record of who was added may be out of date, and gone.
			"added long ago": `DELETE FROM audit WHERE action = 'pet_parent.added' AND target_id = $1`,
		} {
			t.Run(name, func(t *testing.T) {
				a := apptest.On(t, dbtest.New(t, a.DB.Dialect()))
				w := newWorld(t, a, alone())
				w.put(petparent.HouseholdInput{
					System: "cornerstone", ExternalID: "CM-1", Active: true, AllPets: true,
					People: []petparent.PersonInput{{FirstName: "Mate", LastName: "Miller"}},
				})
				mate := w.find("mate")
				added, err := w.PetParents.Add(w.ctx(), w.clinic.ID, petparent.NewPerson{
					Contact: petparent.Contact{FirstName: "Zenobia", LastName: "Handmade"}, HouseholdOf: mate,
				})
				if err != nil {
					t.Fatal(err)
				}
				for i, petParentID := range []string{added.ID, mate} {
					record := petparent.HouseholdRecord{Company: "MillFarm", Active: true, OptOut: i == 0}
					if err := w.PetParents.UpdateHousehold(w.ctx(), w.clinic.ID, petParentID, record, nil); err != nil {
						t.Fatal(err)
					}
				}
				if err := w.PetParents.Merge(w.ctx(), w.clinic.ID, petparent.MergeInput{Stays: w.xan, Goes: added.ID, Same: true}); err != nil {
					t.Fatal(err)
				}
				if old != "" {
					apptest.Exec(a, old, added.ID)
				}
				if err := w.Privacy.Erase(w.ctx(), w.clinic.ID, w.xan, ""); err != nil {
					t.Fatal(err)
				}
				w.without(append(planted[:len(planted):len(planted)], "Zenobia", "Handmade")...)
				w.keeps("Mate Miller", 1)
			})
		}
	})
}

// Whoever lives on in a household keeps what the record tells of them, also
// under the same roof.
func TestEraseKeepsOthers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, household())
		change := func(petParentID string, optOut bool) {
			t.Helper()
			record := petparent.HouseholdRecord{Company: "QuodFarm", Active: true, OptOut: optOut}
			if err := w.PetParents.UpdateHousehold(w.ctx(), w.clinic.ID, petParentID, record, nil); err != nil {
				t.Fatal(err)
			}
		}
		change(w.xan, true)
		change(w.mate, false)
		change(w.mate, true)
		// A line of before says of whom only by name: it may be hers.
		apptest.Exec(a, `UPDATE audit SET detail = '{}' WHERE id = (SELECT max(id) FROM audit WHERE action = 'household.changed')`)
		about := apptest.Number(a, `SELECT count(*) FROM audit WHERE target_kind = 'household'`)
		if err := w.Privacy.Erase(w.ctx(), w.clinic.ID, w.xan, ""); err != nil {
			t.Fatal(err)
		}
		w.without(planted[:4]...)
		w.keeps("Mate Miller", 1)
		if emptied := apptest.Number(a, `SELECT count(*) FROM audit WHERE practice_id = $1 AND target_kind = 'household' AND personal NOT LIKE '%opt_out%'`, w.clinic.ID); about != 3 || emptied != 2 {
			t.Errorf("%d of %d lines about the household were emptied", emptied, about)
		}
		// Erased as the last one, who lived there takes the rest along.
		if err := w.Privacy.Erase(w.ctx(), w.clinic.ID, w.mate, ""); err != nil {
			t.Fatal(err)
		}
		w.without("Mate", "Miller", "QuodFarm")
	})
}

// keeps fails unless so many lines about households still name somebody.
func (w *world) keeps(name string, n int) {
	w.t.Helper()
	if got := apptest.Number(w.App, `SELECT count(*) FROM audit WHERE practice_id = $1 AND target_kind = 'household' AND personal LIKE $2 AND personal LIKE '%opt_out%'`,
		w.clinic.ID, "%"+name+"%"); got != n {
		w.t.Errorf("%d lines about households name %s, want %d", got, name, n)
	}
}

// A name that was corrected since, the report of logins for all that told whose
// address it is, what was searched for, and a pet that the practice deleted.
func TestEraseFormerNames(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, alone())
		if err := w.DB.Write(w.ctx(), func(tx *db.Tx) error {
			_, err := w.PetParents.Upsert(w.ctx(), tx, w.clinic.ID, petparent.HouseholdInput{
				System: "cornerstone", ExternalID: "CX-2", Active: true, AllPets: true,
				People: []petparent.PersonInput{{FirstName: "Nora", LastName: "Neighbour", Emails: []string{"xanthippe@quodlibet.example"}}},
				Pets:   []petparent.PetInput{{ExternalID: "PX-2", Name: "Rex", Species: "dog"}},
			})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		pets, err := w.PetParents.Profile(w.ctx(), w.DB, w.clinic.ID, w.xan)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.PetParents.UpdatePet(w.ctx(), w.clinic.ID, w.xan, pets.Pets[0].ID, petparent.PetRecord{PetDetails: petparent.PetDetails{Name: "Zwiebelchen", Species: "dog"}}); err != nil {
			t.Fatal(err)
		}
		apptest.Exec(a, `UPDATE pet SET deleted = TRUE WHERE id = $1`, pets.Pets[0].ID)
		for _, sc := range []petparent.Scope{{}, {Filter: petparent.Filter{Query: "xanthippe"}}} {
			if _, err := w.Onboarding.StartLogins(w.ctx(), w.clinic.ID, sc); err != nil {
				t.Fatal(err)
			}
			if err := w.Privacy.Erase(w.ctx(), w.clinic.ID, w.xan, ""); !fault.Is(err, fault.Conflict) {
				t.Errorf("while a run goes on: %v", err)
			}
			w.Work()
		}
		runs, err := w.Onboarding.Runs(w.ctx(), w.clinic.ID, 9)
		if err != nil || len(runs) != 2 || len(runs[1].Conflicts) != 1 || runs[1].Conflicts[0].Holder != "Xanthippe Quodlibet" || runs[1].Conflicts[0].HolderID != w.xan {
			t.Fatalf("runs: %+v, %v", runs, err)
		}
		if runs[0].Scope.Everybody() || runs[0].Scope.Query == "xanthippe" {
			t.Errorf("the run for some keeps %+v", runs[0].Scope)
		}
		if err := w.PetParents.UpdateContact(w.ctx(), w.clinic.ID, w.xan, petparent.Contact{FirstName: "Prudence", LastName: "Goodlibet", Email: "prudence@goodlibet.example"}); err != nil {
			t.Fatal(err)
		}
		if err := w.Privacy.Erase(w.ctx(), w.clinic.ID, w.xan, ""); err != nil {
			t.Fatal(err)
		}
		w.without("Xanthippe Quodlibet", "Prudence", "Goodlibet", "Zwiebel", "quodlibet2")
	})
}

// A run that starts when an erasure has looked at the reports, and is not through,
// tells nothing of her afterwards.
func TestEraseWhileRunStarts(t *testing.T) {
	w := newWorld(t, apptest.On(t, dbtest.New(t, db.PostgreSQL)), alone())
	w.put(petparent.HouseholdInput{
		System: "cornerstone", ExternalID: "CX-2", Active: true, AllPets: true,
		People: []petparent.PersonInput{{FirstName: "Nora", LastName: "Neighbour", Emails: []string{"xanthippe@quodlibet.example"}}},
		Pets:   []petparent.PetInput{{ExternalID: "PX-2", Name: "Rex", Species: "dog"}},
	})
	waiting := func() int {
		return apptest.Number(w.App, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
	}
	held, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { // keeps the erasure at what she proposed to correct
		if err := w.DB.Write(w.ctx(), func(tx *db.Tx) error {
			n, err := tx.Exec(w.ctx(), `UPDATE proposal SET state = state WHERE practice_id = $1 AND pet_parent_id = $2`, w.clinic.ID, w.xan)
			if err != nil || n == 0 {
				t.Errorf("%d corrections, %v", n, err)
			}
			close(held)
			<-release
			return err
		}); err != nil {
			t.Error(err)
		}
	})
	<-held
	var erased, worked atomic.Bool
	all.Go(func() {
		defer erased.Store(true)
		if err := w.Privacy.Erase(w.ctx(), w.clinic.ID, w.xan, ""); err != nil {
			t.Error(err)
		}
	})
	for waiting() < 1 && !erased.Load() {
		runtime.Gosched()
	}
	if _, err := w.Onboarding.StartLogins(w.ctx(), w.clinic.ID, petparent.Scope{}); err != nil {
		t.Error(err)
	}
	all.Go(func() { w.Work(); worked.Store(true) })
	for waiting() < 2 && !worked.Load() {
		runtime.Gosched()
	}
	close(release)
	all.Wait()
	w.without("Xanthippe Quodlibet")
	if p, err := w.PetParents.Get(w.ctx(), w.DB, w.clinic.ID, w.find("nora")); err != nil || p.AccountID == "" {
		t.Errorf("whose address it is now has no login: %+v, %v", p, err)
	}
}

// Who is about to sign in does not get in any more, and nothing is left of it.
func TestErasePending(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, alone())
		p := w.person()
		w.Authenticator(&p)
		in := w.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": p.LoginID, "password": p.Password}).Want(t, 200)
		code := w.Code(p)
		if err := w.Privacy.Erase(w.ctx(), w.clinic.ID, w.xan, ""); err != nil {
			t.Fatal(err)
		}
		w.API("POST", "/sign-in/second-factor", in.Text("sign_in"), map[string]any{"method": "totp", "code": code}).Want(t, 401)
		w.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": p.LoginID, "password": p.Password}).Want(t, 401)
		w.client.Get("/paws/pet-app").Without(t, "Hello")
		// Whoever mistypes it still, a moment later, leaves nothing of it either.
		w.leftovers()
	})
}

type exported struct {
	Login struct {
		PendingAddress string                  `json:"pending_recovery_address"`
		OpenedAt       string                  `json:"invitation_opened_at"`
		EnteredAt      string                  `json:"invitation_used_at"`
		Accepted       []struct{ Version int } `json:"accepted_terms"`
		Draft          *struct {
			FirstName string `json:"first_name"`
		} `json:"first_sign_in_begun"`
		Devices []struct{ Kind string } `json:"known_devices"`
	}
	LeftOutAt string `json:"left_out_of_logins_for_all_since"`
	Messages  []struct{ To, Subject, Kind, Text string }
	Record    []struct {
		Action, Outcome, By, IP, Device string
		Terms                           string `json:"terms_version"`
	}
}

// export is the file for programs; the one for people is checked to stand beside it.
func (w *world) export(b *apptest.Browser) (data exported) {
	w.t.Helper()
	b.Get(w.path("/personal-data"))
	files := apptest.Unzip(w.t, b.Post(w.path("/personal-data"), nil).Want(w.t, 200).Body)
	if err := json.Unmarshal([]byte(files["personal-data.json"]), &data); err != nil {
		w.t.Fatal(err)
	}
	w.text = files["personal-data.txt"]
	return data
}

// TestExportIsComplete: what is stored beside the obvious, and nothing of a
// stranger who typed her login ID.
func TestExportIsComplete(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, household())
		admin := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		w.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": "xanthippe@quodlibet.example", "password": "a stranger's try"}).Want(t, 401)
		apptest.Exec(a, `INSERT INTO terms_acceptance (practice_id, account_id, version, proof_id, accepted_at) VALUES ($1, $2, 3, '', $3)`, w.clinic.ID, w.accountID, w.Clock.Now())
		apptest.Exec(a, `UPDATE account SET pending_email = 'next@quodlibet.example' WHERE id = $1`, w.accountID)
		apptest.Exec(a, `INSERT INTO login_skip (practice_id, pet_parent_id, skipped_by, skipped_at) VALUES ($1, $2, '', $3)`, w.clinic.ID, w.xan, w.Clock.Now())
		apptest.Exec(a, `INSERT INTO onboarding_draft (account_id, practice_id, details, confirmed_at) VALUES ($1, $2, $3, $4)`,
			w.accountID, w.clinic.ID, `{"person":{"first_name":"Draughty"},"pets":[]}`, w.Clock.Now())
		data := w.export(admin)
		l := data.Login
		if l.PendingAddress != "next@quodlibet.example" || l.EnteredAt == "" || len(l.Accepted) != 1 || l.Accepted[0].Version != 3 ||
			l.Draft == nil || l.Draft.FirstName != "Draughty" || len(l.Devices) != 1 || l.Devices[0].Kind != "browser" || data.LeftOutAt == "" {
			t.Errorf("login: %+v, left out %q", l, data.LeftOutAt)
		}
		for _, words := range []string{"next@quodlibet.example", "Accepted version 3 of the terms", "Draughty", "Known browser", "Left out of logins", "by unknown, refused"} {
			if !strings.Contains(w.text, words) {
				t.Errorf("the text lacks %q", words)
			}
		}
		refused, own := 0, 0
		for _, e := range data.Record {
			switch {
			case e.Action == "sign_in.refused":
				refused++
				if e.By != "unknown" || e.IP != "" || e.Device != "" {
					t.Errorf("a stranger's: %+v", e)
				}
			case e.Action == "sign_in.done":
				own++
				if e.By != "themselves" || e.IP == "" || !strings.Contains(e.Device, "Firefox") {
					t.Errorf("her own: %+v", e)
				}
			}
		}
		if refused != 1 || own != 1 {
			t.Errorf("%d refused, %d done", refused, own)
		}
	})
}

// What was written to a login that a merge ended is still hers.
func TestExportAfterMerge(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, alone())
		double := w.double()
		w.write(func(tx *db.Tx) error {
			made, err := w.Onboarding.CreateLogin(w.ctx(), tx, w.clinic.Access(), double, "old@quodlibet2.example", true)
			if err != nil {
				return err
			}
			return w.Factors.Tell(w.ctx(), tx, w.clinic.Access(), made, "Something happened to the login that went.")
		})
		if err := w.PetParents.Merge(w.ctx(), w.clinic.ID, petparent.MergeInput{Stays: w.xan, Goes: double, Same: true}); err != nil {
			t.Fatal(err)
		}
		admin := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		n := 0
		for _, m := range w.export(admin).Messages {
			if m.To == "old@quodlibet2.example" {
				n++
			}
		}
		if n < 2 {
			t.Errorf("%d messages to the login that went", n)
		}
		admin.Get(w.path("/communication")).Want(t, 200, "old@quodlibet2.example", "Security notice")
		w.eraseWith(admin).Want(t, 200, "The personal data are erased.")
		w.leftovers()
	})
}
