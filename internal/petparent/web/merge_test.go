package petparentweb_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/apikey"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

// used is a pet parent with a login whose first sign-in is complete.
func (w *world) used(petParentID, email string) (password string) {
	w.t.Helper()
	w.invite(petParentID, email, true)
	_, password = w.settle(email, w.temporary(petParentID), url.Values{"person.first_name": {"Ken"}, "person.last_name": {"Ito"}, "person.email": {email}})
	return password
}

// TestMergeIsNoWayIn: whoever may merge and give logins does not come into a
// login that its person uses.
func TestMergeIsNoWayIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		victim := w.kenny()
		w.used(victim, "kenny@example.com")
		rita := w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID)
		vera := w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID)
		desk, vet, other := w.Token("paws", rita, ""), w.Token("paws", vera, ""), w.Token("other", w.other.Administrator, w.other.North.ID)
		key := w.key(access.PetParentRead, access.PetParentWrite, access.LoginManage)
		type m = map[string]any
		path := func(stays string) string { return "/pet-parents/" + stays + "/merge" }
		wish := func(with, login string) m {
			body := m{"with": with, "same": true, "along": true}
			if login != "" {
				body["login"] = login
			}
			return body
		}

		// One that was never used does not end one that is.
		w.invite(w.ken, "ken@example.com", true)
		w.Tries([]apptest.Try{
			{"POST", path(w.ken), "", wish(victim, "stays"), 401, ""},
			{"POST", path(w.ken), other, wish(victim, "stays"), 404, ""},
			{"POST", path(w.ken), vet, wish(victim, ""), 403, "merge-ends-login"},
			{"POST", path(w.ken), key, wish(victim, ""), 403, "not-for-programs"},
			{"POST", path(w.ken), desk, wish(victim, "stays"), 409, "merge-ends-used-login"},
			{"POST", path(victim), desk, wish(w.ken, "goes"), 409, "merge-ends-used-login"},
		})
		if got := w.API("GET", path(w.ken)+"?same=true&with="+victim, desk, nil).Want(t, 200); got.Text("login_stays") != "kenny@example.com" {
			t.Errorf("the preview lets %s stay", got.Text("login_stays"))
		}
		b := w.Enter("paws", rita, "")
		preview := page(w.ken, "merge") + "?with=" + victim + "&same=yes&along=yes"
		b.Get(preview).Want(t, 200, "was in use first").Without(t, "Login that stays")
		form := func() url.Values {
			return url.Values{"with": {victim}, "same": {"yes"}, "along": {"yes"}, "login": {"stays"}}
		}
		b.Post(page(w.ken, "merge"), form()).Want(t, 409, "has to stay", "was in use first")

		// Nor does one that was made ready for it.
		w.Clock.Advance(time.Minute)
		w.settle("ken@example.com", w.temporary(w.ken), url.Values{"person.first_name": {"Ken"}, "person.last_name": {"Ito"}, "person.email": {"ken@example.com"}})
		w.Tries([]apptest.Try{
			{"POST", path(w.ken), desk, wish(victim, "stays"), 409, "merge-ends-older-login"},
			{"POST", path(victim), desk, wish(w.ken, "goes"), 409, "merge-ends-older-login"},
		})

		// Without a fresh proof nothing ends, and the page asks before it shows what would.
		w.Clock.Advance(6 * time.Minute)
		w.Tries([]apptest.Try{{"POST", path(w.ken), desk, wish(victim, ""), 403, "step-up-required"}})
		b.Post(page(w.ken, "merge"), form()).Want(t, 200, "Confirm that it is you")
		b.Get(preview).Want(t, 200, "Confirm that it is you").Without(t, "What happens")
		if len(w.audited(audit.PetParentMerged)) != 0 || w.only("count(*)", "account", "login_id LIKE $1", "ken%") != 2 {
			t.Fatal("a refused merge left something behind")
		}

		// Later either may stay; not by who has just changed how its person gets in.
		w.Clock.Advance(account.RecoveryRest)
		desk = w.Token("paws", rita, "")
		ritas := access.WithViewer(context.Background(), access.Viewer{Kind: access.KindStaff, AccountID: rita.ID, PracticeID: w.clinic.ID})
		w.write(func(tx *db.Tx) error {
			p, err := w.PetParents.Get(ritas, tx, w.clinic.ID, w.ken)
			if err != nil {
				return err
			}
			a, err := w.Accounts.Get(ritas, tx, w.clinic.ID, p.AccountID)
			return errors.Join(err, w.Accounts.NoteHelp(ritas, tx, a))
		})
		w.Tries([]apptest.Try{{"POST", path(w.ken), desk, wish(victim, "stays"), 409, "helped-lately"}})
		w.Clock.Advance(account.RecoveryRest)
		b = w.Enter("paws", rita, "")
		b.Get(preview).Want(t, 200, "Login that stays", "An e-mail says so")
		b.Post(page(w.ken, "merge"), form()).Want(t, 200, "The records are merged.", "Signs in with ken@")

		// Whose login ended is told, without a link that leads nowhere.
		letter := w.LastMail("kenny@example.com")
		if !strings.Contains(letter.Subject, "kenny@example.com") || !strings.Contains(letter.Text, "Clinic paws") || strings.Contains(letter.Text, "://") {
			t.Errorf("told %q: %s", letter.Subject, letter.Text)
		}
		b.Get(page(w.ken, "communication")).Want(t, 200, "Notice that a login was deleted")
		lines := w.audited(audit.PetParentMerged)
		if len(lines) != 1 || lines[0].Detail["login_deleted"] == "" {
			t.Fatalf("audit: %+v", lines)
		}
		ended := audit.Change{Field: "login", Before: "kenny@example.com", After: "ken@example.com"}
		if all := lines[0].Personal.Changes; all[len(all)-1] != ended {
			t.Errorf("the record does not name the login that ended: %+v", all)
		}
	})
}

// key is an API key of the practice.
func (w *world) key(permissions ...access.Permission) string {
	w.t.Helper()
	admin := access.Viewer{Kind: access.KindStaff, AccountID: w.clinic.Administrator.ID, PracticeID: w.clinic.ID, SessionID: "s"}.WithPermissions(permissions)
	_, token, err := w.Keys.Create(access.WithViewer(context.Background(), admin), apikey.Input{
		Name: "Desk", Permissions: permissions, ExpiresAt: w.Clock.Now().Add(24 * time.Hour),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return token.Reveal()
}

// racing is a world on PostgreSQL in which Ken stands twice, each with a login:
// one that is used, and one that he was only given, by the policy.
func racing(t *testing.T, policy string) (w *world, kenny string) {
	t.Helper()
	w = newWorld(t, apptest.On(t, dbtest.New(t, db.PostgreSQL)))
	kenny = w.kenny()
	w.used(w.ken, "ken@example.com")
	apptest.Exec(w.App, `UPDATE practice SET policy = $2 WHERE id = $1`, w.clinic.ID, policy)
	w.invite(kenny, "kenny@example.com", true)
	return w, kenny
}

func (w *world) merge(goes string) error {
	return w.PetParents.Merge(w.ctx(), w.clinic.ID, petparent.MergeInput{Stays: w.ken, Goes: goes, Same: true, Households: true})
}

// turn reports whether a call won; a fault for people is a loss, everything else
// a defect.
func (w *world) turn(err error) bool {
	switch {
	case err == nil:
		return true
	case !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict):
		w.t.Errorf("%T %v", err, err)
	}
	return false
}

// mergeAtOnce makes 16 calls at once: every nth one merges, the others do
// something else. It returns how many merges won.
func (w *world) mergeAtOnce(nth int, goes string, other func(i int)) int {
	return apptest.AtOnce(16, func(i int) bool {
		if i%nth == 0 {
			return w.turn(w.merge(goes))
		}
		other(i)
		return false
	})
}

// whole checks what holds after every merge: one record and one login of Ken are
// left, no login is nobody's, and nothing hangs on one that is gone.
func (w *world) whole(gone string) {
	w.t.Helper()
	if n := w.only("count(*)", "pet_parent", "id = $1", gone); n != 0 {
		w.t.Error("the record that went is still there")
	}
	if n := w.only("count(*)", "account", "kind = 'client' AND NOT EXISTS (SELECT 1 FROM pet_parent p WHERE p.account_id = account.id)"); n != 0 {
		w.t.Errorf("%d logins belong to nobody", n)
	}
	for _, table := range []string{"signin", "session", "temporary_password", "link"} {
		if n := w.only("count(*)", table, "NOT EXISTS (SELECT 1 FROM account a WHERE a.id = "+table+".account_id)"); n != 0 {
			w.t.Errorf("%d rows of %s are left of a login that is gone", n, table)
		}
	}
	p, err := w.PetParents.Profile(w.ctx(), w.DB, w.clinic.ID, w.ken)
	if err != nil || p.Login.LoginID != "ken@example.com" {
		w.t.Errorf("Ken signs in with %q: %v", p.Login.LoginID, err)
	}
}

func TestMergeAndSaveLoginAtOnce(t *testing.T) {
	w, kenny := racing(t, "{}")
	var saved atomic.Int32
	merged := w.mergeAtOnce(2, kenny, func(i int) {
		login := fmt.Sprintf("kenny%02d", i)
		_, err := w.Onboarding.SaveLogin(w.ctx(), w.clinic.Access(), kenny, onboarding.LoginInput{Login: &login})
		if w.turn(err) {
			saved.Add(1)
		}
	})
	if merged != 1 {
		t.Errorf("%d merges", merged)
	}
	t.Logf("%d saved before", saved.Load())
	w.whole(kenny)
	if n := w.only("count(*)", "account", "login_id LIKE $1", "kenny%"); n != 0 {
		t.Errorf("%d logins were left or made for the record that went", n)
	}
}

func TestMergeAndSignInAtOnce(t *testing.T) {
	w, kenny := racing(t, "{}")
	password := w.temporary(kenny)
	merged := w.mergeAtOnce(4, kenny, func(i int) {
		got := w.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": "kenny@example.com", "password": password})
		if !slices.Contains([]int{200, 401, 429, 503}, got.Status) { // many at once are told to wait
			t.Errorf("sign-in: %d %s", got.Status, got.Raw)
		}
	})
	if merged != 1 {
		t.Errorf("%d merges", merged)
	}
	w.whole(kenny)
	w.Clock.Advance(time.Hour) // whoever came too late has tried in vain, and would be told to wait
	w.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": "kenny@example.com", "password": password}).Want(t, 401)
}

// A sign-in that begins after the sign-ins of a login were deleted, and before
// the login is, ends with it.
func TestMergeWhileSomebodySignsIn(t *testing.T) {
	w, kenny := racing(t, "{}")
	password, runs := w.temporary(kenny), 0
	var signIn string
	forget := w.PetParents.ForgetLogin
	w.PetParents.ForgetLogin = func(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
		err := forget(ctx, tx, practiceID, accountID)
		if runs++; runs == 1 && err == nil {
			got := w.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": "kenny@example.com", "password": password}).Want(t, 200)
			signIn = got.Text("sign_in")
		}
		return err
	}
	if err := w.merge(kenny); err != nil || runs != 2 {
		t.Fatalf("%d runs: %v", runs, err)
	}
	w.whole(kenny)
	w.API("GET", "/sign-in", signIn, nil).Want(t, 401)
}

// A sign-in by the link of a login that is being deleted waits, and is told that
// the link works no more.
func TestMergeWhileSomebodyFollowsTheirLink(t *testing.T) {
	w, kenny := racing(t, `{"temporary_passwords": false}`)
	_, token, _ := strings.Cut(w.Link(w.LastMail("kenny@example.com"), "/activate"), "token=")
	answers := make(chan apptest.Answer, 1)
	forget := w.PetParents.ForgetLogin
	w.PetParents.ForgetLogin = func(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
		go func() { answers <- w.API("POST", "/activation", "", map[string]any{"token": token}) }()
		for w.only("count(*)", "pg_stat_activity", "datname = current_database() AND wait_event_type = 'Lock'") == 0 {
			if len(answers) > 0 {
				t.Error("the sign-in did not wait")
				break
			}
		}
		return forget(ctx, tx, practiceID, accountID)
	}
	if err := w.merge(kenny); err != nil {
		t.Fatal(err)
	}
	if got := <-answers; got.Status != 410 {
		t.Errorf("the link: %d %s", got.Status, got.Raw)
	}
	w.whole(kenny)
}

func TestMergeAndEraseAtOnce(t *testing.T) {
	w, kenny := racing(t, "{}")
	var erased atomic.Int32
	merged := w.mergeAtOnce(2, kenny, func(i int) {
		if w.turn(w.Privacy.Erase(w.ctx(), w.clinic.ID, kenny, "")) {
			erased.Add(1)
		}
	})
	if merged+int(erased.Load()) != 1 {
		t.Errorf("%d merges and %d erasures of one record", merged, erased.Load())
	}
	w.whole(kenny)
	if n := w.only("count(*)", "account", "login_id = $1", "kenny@example.com"); n != 0 {
		t.Error("the login of the record that went is still there")
	}
}
