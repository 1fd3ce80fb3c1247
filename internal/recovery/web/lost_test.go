package recoveryweb_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/secret"
	"catflap/internal/role"
	"catflap/internal/signin"
)

// TestLostRefusals: who cannot help, and whom nobody can help, by each of the
// two ways.
func TestLostRefusals(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		ada, sam, sue, rita := w.bearer(w.ada), w.bearer(w.sam), w.bearer(w.sue), w.bearer(w.rita)
		nora := w.Hire(w.clinic, "Nora Manager", "nora@paws.example", role.Manager, w.clinic.North.ID)
		vera := w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.South.ID)
		other := w.bearer(w.other.Administrator)
		manager := w.bearer(nora)
		for _, p := range []apptest.Person{w.ada, w.sam, w.sue, w.rita, vera} {
			w.equip(p)
		}
		why := reason("Left the phone on the bus")
		of := func(p apptest.Person) string { return "/staff/" + p.ID + "/two-factor" }
		for _, way := range []string{"/skip", "/reset"} {
			w.Tries([]apptest.Try{
				{"POST", of(w.rita) + way, "", why, 401, ""},
				{"POST", of(w.rita) + way, rita, why, 403, "permission-missing"},
				{"POST", of(vera) + way, manager, why, 403, "permission-missing"},
				{"POST", of(w.rita) + way, other, why, 404, ""},
				{"POST", of(w.rita) + way, sue, why, 404, ""},
				{"POST", of(w.sam) + way, sue, why, 403, "works-elsewhere-too"},
				{"POST", of(w.sam) + way, sam, why, 409, "own-factor"},
				{"POST", of(w.ada) + way, ada, why, 409, "own-factor"},
				{"POST", of(w.ada) + way, sam, why, 403, "may-do-more"},
				{"POST", of(nora) + way, ada, why, 409, "no-second-factor"},
				{"POST", "/staff/" + id.New() + "/two-factor" + way, ada, why, 404, ""},
				{"POST", "/staff/nobody/two-factor" + way, ada, why, 404, ""},
				{"POST", of(w.rita) + way, ada, reason(""), 422, ""},
				{"POST", of(w.rita) + way, ada, reason("bus "), 422, ""},
				{"POST", of(w.rita) + way, ada, reason("   bus   "), 422, ""},
				{"POST", of(w.rita) + way, ada, reason(strings.Repeat("x", 501)), 422, ""},
				{"DELETE", of(w.rita) + "/skip", ada, nil, 409, "no-skip"},
			})
		}
		w.Tries([]apptest.Try{
			{"GET", of(w.rita), "", nil, 401, ""},
			{"GET", of(w.rita), rita, nil, 403, "permission-missing"},
			{"GET", of(w.rita), other, nil, 404, ""},
			{"GET", of(w.rita), sue, nil, 404, ""},
			{"GET", of(w.sam), sue, nil, 403, "works-elsewhere-too"},
			{"GET", of(vera), sue, nil, 200, ""},
		})
		if got := w.API("GET", of(w.ada), sam, nil).Want(t, 200); !strings.Contains(got.Text("cannot_help"), "manages more of the practice than you") {
			t.Errorf("what Sam reads about Ada: %s", got.Raw)
		}

		// Nobody helps who has been switched off, or was never in.
		invited := w.API("POST", "/staff", ada, object{"name": "Ira Invited", "email": "ira@paws.example", "grants": []object{
			{"role": w.roleID(role.Receptionist), "branch": w.clinic.North.ID}}}).Want(t, 201).Text("id")
		w.Tries([]apptest.Try{
			{"POST", "/staff/" + invited + "/two-factor/skip", ada, why, 409, "never-signed-in"},
			{"POST", "/staff/" + vera.ID + "/deactivate", ada, nil, 200, ""},
			{"POST", of(vera) + "/skip", ada, why, 409, "account-inactive"},
		})

		// Without a fresh proof nobody helps; an API key never does.
		w.Clock.Advance(6 * time.Minute)
		w.Tries([]apptest.Try{
			{"POST", of(w.rita) + "/skip", ada, why, 403, "step-up-required"},
			{"POST", of(w.rita) + "/reset", ada, why, 403, "step-up-required"},
			{"DELETE", of(w.rita) + "/skip", ada, nil, 403, "step-up-required"},
			{"GET", of(w.rita), ada, nil, 200, ""},
		})
		if n := w.count(w.clinic.ID, audit.FactorSkipped) + w.count(w.clinic.ID, audit.FactorReset); n != 0 {
			t.Errorf("%d times on record as helped", n)
		}
		if s := w.second(w.rita.Account); !s.Any() || s.Unused != 10 {
			t.Errorf("somebody touched it: %+v", s)
		}
	})
}

func (w *lostWorld) roleID(key string) string {
	r, err := w.Roles.ByKey(w.t.Context(), w.DB, w.clinic.ID, key)
	if err != nil {
		w.t.Fatal(err)
	}
	return r.ID
}

// TestSkip: one sign-in without the second factor, which sets up another one;
// what was lost is void then.
func TestSkip(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		codes := w.equip(w.rita)
		if out, _ := w.begin(w.clinic, w.rita); out.Step != signin.SecondFactor {
			t.Fatalf("the sign-in waits for %s", out.Step)
		}
		b := w.Enter("paws", w.ada, w.clinic.North.ID)
		page := "/paws/staff/" + w.rita.ID
		b.Get(page).Want(t, 200, "Phone lost, or no code arrives?")
		b.Get(page+"/two-factor").Want(t, 200, "Two-factor authentication of Rita Desk", "10 of 10 unused", "Skip once", "Reset", "Never").Without(t, "waits")
		b.Get(page+"/two-factor/skip").Want(t, 200, "What happens", "Reason").Without(t, "How did you check")
		b.Post(page+"/two-factor/skip", url.Values{"reason": {"bus"}}).Want(t, 422, "Say why in 5 to 500 characters", "bus")
		b.Post(page+"/two-factor/skip", url.Values{"reason": {"Left the phone on the <b>bus</b>"}}).
			Want(t, 200, "One sign-in without the second factor waits", "by Ada Admin", "Take it back", "Ada Admin let them skip it once")
		if strings.Contains(b.Page.Body, "<b>bus") {
			t.Error("the reason is not escaped")
		}
		l := w.recorded(w.clinic.ID, audit.FactorSkipped)
		if l.ActorID != w.ada.ID || l.AccountID != w.rita.ID || changesOf(l) != "reason=Left the phone on the <b>bus</b>" {
			t.Errorf("record: %+v", l)
		}
		w.told("rita@paws.example", "Ada Admin lets you sign in once", "Left the phone on the <b>bus</b>", "This was not me")
		for _, one := range []string{"sam@paws.example", "sue@paws.example"} {
			w.told(one, "Ada Admin lets Rita Desk sign in once", "Left the phone on the <b>bus</b>", "/two-factor")
		}
		w.LastMail(w.ada.LoginID)
		if w.LastMail(w.ada.LoginID).Subject == w.LastMail("sam@paws.example").Subject {
			t.Error("who did it was told of it")
		}

		// The password alone leads into the wizard and nowhere else.
		out, ctx := w.begin(w.clinic, w.rita)
		if out.Step != signin.SetUpSecond {
			t.Fatalf("with a skip the sign-in waits for %s", out.Step)
		}
		if _, err := w.SignIn.ChooseBranch(ctx, w.clinic.North.ID); err == nil {
			t.Error("past the wizard by a branch")
		}
		done, fresh, err := w.finish(ctx)
		if err != nil || done.Step != signin.Done || len(fresh) != 10 {
			t.Fatalf("%v, %s, %d codes", err, done.Step, len(fresh))
		}

		// Once: the next one asks again, and for what is new.
		out, ctx = w.begin(w.clinic, w.rita)
		if out.Step != signin.SecondFactor {
			t.Errorf("the sign-in after it waits for %s", out.Step)
		}
		if _, err := w.SignIn.ProveSecond(ctx, factor.ByBackupCode, codes[0]); err == nil {
			t.Error("an old backup code opens")
		}
		if _, err := w.SignIn.ProveSecond(ctx, factor.ByBackupCode, fresh[0]); err != nil {
			t.Errorf("a new backup code: %v", err)
		}
		b.Get(page+"/two-factor").Want(t, 200, "Ada Admin let them skip it once").Without(t, "Take it back")
	})
}

// TestSkipEnds: after a day, and when it is taken back, also in the middle of
// the sign-in that it let in.
func TestSkipEnds(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		w.equip(w.rita)
		path := "/staff/" + w.rita.ID + "/two-factor/skip"
		ada := w.bearer(w.ada)
		r := w.API("POST", path, ada, reason("Left the phone on the bus")).Want(t, 200)
		if r.Text("skip", "granted_by") != "Ada Admin" || r.Text("skip", "reason") != "Left the phone on the bus" {
			t.Errorf("%s", r.Raw)
		}
		w.Clock.Advance(24*time.Hour - time.Second)
		_, ctx := w.begin(w.clinic, w.rita)
		w.Clock.Advance(2 * time.Second)
		if out, _ := w.begin(w.clinic, w.rita); out.Step != signin.SecondFactor {
			t.Errorf("after a day the sign-in waits for %s", out.Step)
		}
		if _, _, err := w.finish(ctx); err == nil {
			t.Error("a sign-in that began in time was finished too late")
		}
		ada = w.bearer(w.ada)
		w.Tries([]apptest.Try{{"DELETE", path, ada, nil, 409, "no-skip"}})

		w.API("POST", path, ada, reason("Left the phone on the bus")).Want(t, 200)
		_, ctx = w.begin(w.clinic, w.rita)
		setup, err := w.SignIn.SetUp(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if r := w.API("DELETE", path, w.bearer(w.sam), nil).Want(t, 200); r.Body["skip"] != nil {
			t.Errorf("%s", r.Raw)
		}
		if _, _, err := w.SignIn.VerifySetUp(ctx, setup.ID, setup.Key.Code(0), true); !errors.Is(err, signin.ErrOver) {
			t.Errorf("the sign-in goes on: %v", err)
		}
		if out, _ := w.begin(w.clinic, w.rita); out.Step != signin.SecondFactor {
			t.Errorf("after it was taken back the sign-in waits for %s", out.Step)
		}
		if l := w.recorded(w.clinic.ID, audit.FactorSkipEnded); l.ActorID != w.sam.ID || l.AccountID != w.rita.ID {
			t.Errorf("record: %+v", l)
		}
		w.told("rita@paws.example", "Sam Secure took back")
		w.told("sue@paws.example", "Sam Secure took back")
	})
}

// TestReset: everything is gone at once, and the next sign-in begins anew.
func TestReset(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		in, half := w.Enter("paws", w.rita, ""), w.bearer(w.rita)
		codes := w.equip(w.rita)
		_, waiting := w.begin(w.clinic, w.rita)
		b := w.Enter("paws", w.ada, w.clinic.North.ID)
		page := "/paws/staff/" + w.rita.ID + "/two-factor"
		b.Get(page+"/reset").Want(t, 200, "Every session of theirs ends")
		b.Post(page+"/skip", url.Values{"reason": {"Phone is at home"}}).Want(t, 200, "waits")
		b.Get(page + "/reset")
		b.Post(page+"/reset", url.Values{"reason": {"The phone was stolen"}}).
			Want(t, 200, "Two-factor authentication is reset", "Ada Admin reset it", "The phone was stolen", "It was reset").Without(t, "Take it back")
		if s := w.second(w.rita.Account); s.Any() || s.Codes != 0 || !s.Owed {
			t.Errorf("left: %+v", s)
		}
		if p := in.Get("/paws/"); !strings.Contains(p.Path, "why=session-factor-reset") {
			t.Errorf("the session led to %s", p.Path)
		}
		in.Page.Want(t, 200, "Your two-factor authentication was reset")
		w.Tries([]apptest.Try{{"GET", "/session", half, nil, 401, "session-factor-reset"}})
		if _, err := w.SignIn.ProveSecond(waiting, factor.ByBackupCode, codes[0]); err == nil {
			t.Error("a sign-in under way goes on")
		}
		w.told("rita@paws.example", "Ada Admin reset your two-factor authentication", "The phone was stolen")
		w.told("sam@paws.example", "Ada Admin reset the two-factor authentication of Rita Desk", "The phone was stolen")
		out, ctx := w.begin(w.clinic, w.rita)
		if out.Step != signin.SetUpSecond {
			t.Fatalf("the next sign-in waits for %s", out.Step)
		}
		if done, _, err := w.finish(ctx); err != nil || done.Step != signin.Done {
			t.Fatal(done.Step, err)
		}
		if w.count(w.clinic.ID, audit.FactorReset) != 1 {
			t.Error("not on record once")
		}
	})
}

// TestResetWhereSwitchedOff: where the policy wants no second factors, nobody is
// made to set one up.
func TestResetWhereSwitchedOff(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		w.equip(w.rita)
		apptest.Exec(w.App, `UPDATE role SET second_factor = 'off' WHERE practice_id = $1 AND key = $2`, w.clinic.ID, role.Receptionist)
		b := w.Enter("paws", w.ada, w.clinic.North.ID)
		page := "/paws/staff/" + w.rita.ID + "/two-factor"
		b.Get(page+"/reset").Want(t, 200, "switched two-factor authentication off for them")
		b.Post(page+"/reset", url.Values{"reason": {"The phone was stolen"}}).Want(t, 200, "is reset")
		w.told("rita@paws.example", "Your password alone opens your account now")
		w.bearer(w.rita)
	})
}

// TestAfterChangedAddress: whoever changed somebody's address, or asked for
// another one, does not help them within a week; others do.
func TestAfterChangedAddress(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		bea := w.Hire(w.clinic, "Bea Boss", "bea@paws.example", role.Administrator, "")
		w.equip(w.rita)
		apptest.Exec(w.App, `UPDATE role SET second_factor = 'optional' WHERE practice_id = $1`, w.clinic.ID) // or helpers need one after two weeks
		path, why := "/staff/"+w.rita.ID+"/two-factor", reason("Left the phone on the bus")
		skip := func(p apptest.Person, status int, code string) {
			t.Helper()
			w.Tries([]apptest.Try{{"POST", path + "/skip", w.bearer(p), why, status, code}})
		}
		email := func(p apptest.Person, to string) {
			t.Helper()
			w.Tries([]apptest.Try{{"PUT", "/staff/" + w.rita.ID + "/email", w.bearer(p), object{"email": to}, 200, ""}})
		}
		email(w.ada, "ada.too@elsewhere.example")
		skip(w.ada, 409, "recovery-address-changed")
		if got := w.API("GET", path, w.bearer(w.ada), nil).Want(t, 200); !strings.Contains(got.Text("cannot_help"), "less than 7 days ago") {
			t.Errorf("%s", got.Raw)
		}
		skip(bea, 200, "")

		// The time counts from when the new mailbox said yes.
		w.Clock.Advance(6 * 24 * time.Hour)
		b := w.Browser()
		b.Get(w.Link(w.LastMail("ada.too@elsewhere.example"), "/confirm-email"))
		b.Post("/paws/confirm-email", url.Values{"token": {tokenIn(t, b.Page.Path)}}).Want(t, 200, "is confirmed")
		w.Clock.Advance(2 * 24 * time.Hour)
		skip(w.ada, 409, "recovery-address-changed")
		// Somebody else's change clears nobody.
		email(bea, "rita.again@elsewhere.example")
		skip(bea, 409, "recovery-address-changed")
		skip(w.ada, 409, "recovery-address-changed")
		w.Clock.Advance(7*24*time.Hour - time.Second)
		skip(bea, 409, "recovery-address-changed")
		w.Clock.Advance(time.Second)
		skip(bea, 200, "")
		skip(w.ada, 200, "")
	})
}

// TestAddressAfterHelp: whoever helped somebody does not change their address
// within a week; others do, and a skip that waits ends with the former address.
func TestAddressAfterHelp(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		bea := w.Hire(w.clinic, "Bea Boss", "bea@paws.example", role.Administrator, "")
		dan := w.Hire(w.clinic, "Dan Boss", "dan@paws.example", role.Administrator, "")
		apptest.Exec(w.App, `UPDATE role SET second_factor = 'optional' WHERE practice_id = $1`, w.clinic.ID) // or helpers need one after two weeks
		path, why := "/staff/"+w.rita.ID, reason("Left the phone on the bus")
		email := func(p apptest.Person, to string, status int, code string) {
			t.Helper()
			w.Tries([]apptest.Try{{"PUT", path + "/email", w.bearer(p), object{"email": to}, status, code}})
		}
		confirm := func(to string, status int, words string) {
			t.Helper()
			b := w.Browser()
			b.Get(w.Link(w.LastMail(to), "/confirm-email"))
			b.Post("/paws/confirm-email", url.Values{"token": {tokenIn(t, b.Page.Path)}}).Want(t, status, words)
		}
		w.equip(w.rita)
		w.Tries([]apptest.Try{{"POST", path + "/two-factor/reset", w.bearer(w.ada), why, 200, ""}})
		email(w.ada, "ada.too@elsewhere.example", 409, "helped-lately")
		b := w.Enter("paws", w.ada, w.clinic.North.ID)
		b.Get("/paws" + path + "/email")
		b.Post("/paws"+path+"/email", url.Values{"email": {"ada.too@elsewhere.example"}}).Want(t, 409, "somebody else has to change their e-mail address")

		// Help by somebody else clears nobody, and bars them as well.
		w.Clock.Advance(time.Minute)
		w.equip(w.rita)
		w.Tries([]apptest.Try{{"POST", path + "/two-factor/skip", w.bearer(bea), why, 200, ""}})
		email(bea, "bea.too@elsewhere.example", 409, "helped-lately")
		email(w.ada, "ada.too@elsewhere.example", 409, "helped-lately")

		// Somebody else may, and the skip is not for whoever has that mailbox.
		if out, _ := w.begin(w.clinic, w.rita); out.Step != signin.SetUpSecond {
			t.Fatalf("the sign-in waits for %s", out.Step)
		}
		email(dan, "rita.again@elsewhere.example", 200, "")
		confirm("rita.again@elsewhere.example", 200, "is confirmed")
		w.rita.LoginID = "rita.again@elsewhere.example"
		if out, _ := w.begin(w.clinic, w.rita); out.Step != signin.SecondFactor {
			t.Errorf("the sign-in waits for %s", out.Step)
		}

		w.Clock.Advance(7*24*time.Hour - time.Second)
		email(bea, "bea.too@elsewhere.example", 409, "helped-lately")
		w.Clock.Advance(time.Second)
		email(bea, "bea.too@elsewhere.example", 200, "")

		// Nor does it count when they had asked before.
		apptest.Exec(w.App, `UPDATE account SET factor_helped_at = recovery_changed_at WHERE id = $1`, w.rita.ID)
		confirm("bea.too@elsewhere.example", 409, "helped you with a lost second factor")
		if out, _ := w.begin(w.clinic, w.rita); out.Step != signin.SecondFactor {
			t.Errorf("with the address as it was the sign-in waits for %s", out.Step)
		}
	})
}

// TestSkipAndNewFactor: who finds another way in meanwhile needs no skip any more.
func TestSkipAndNewFactor(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		w.equip(w.rita)
		path := "/staff/" + w.rita.ID + "/two-factor"
		w.API("POST", path+"/skip", w.bearer(w.ada), reason("Left the phone on the bus")).Want(t, 200)
		w.Clock.Advance(time.Minute)
		w.equip(w.rita) // in a session that was still open
		if out, _ := w.begin(w.clinic, w.rita); out.Step != signin.SecondFactor {
			t.Errorf("the sign-in waits for %s", out.Step)
		}
		if r := w.API("GET", path, w.bearer(w.ada), nil).Want(t, 200); r.Body["skip"] != nil {
			t.Errorf("%s", r.Raw)
		}
	})
}

// TestSkipUnderWayAndNewFactor: a sign-in that a skip let in ends when a factor
// is set up in a session that was still open.
func TestSkipUnderWayAndNewFactor(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		w.equip(w.rita)
		path := "/staff/" + w.rita.ID + "/two-factor"
		w.API("POST", path+"/skip", w.bearer(w.ada), reason("Left the phone on the bus")).Want(t, 200)
		r := w.API("POST", "/practices/paws/sign-in", "", object{"login": w.rita.LoginID, "password": w.rita.Password}).Want(t, 200)
		if r.Text("next") != string(signin.SetUpSecond) {
			t.Fatalf("next is %s", r.Text("next"))
		}
		w.API("POST", "/sign-in/two-factor", r.Text("sign_in"), nil).Want(t, 200)
		_, ctx := w.begin(w.clinic, w.rita)
		setup, err := w.SignIn.SetUp(ctx)
		if err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(time.Minute)
		codes := w.equip(w.rita)
		w.Tries([]apptest.Try{{"POST", "/sign-in/two-factor", r.Text("sign_in"), nil, 401, ""}})
		if _, _, err := w.SignIn.VerifySetUp(ctx, setup.ID, setup.Key.Code(otp.Step(w.Clock.Now())), true); !errors.Is(err, signin.ErrOver) {
			t.Errorf("the sign-in goes on: %v", err)
		}
		_, ctx = w.begin(w.clinic, w.rita)
		if _, err := w.SignIn.ProveSecond(ctx, factor.ByBackupCode, codes[0]); err != nil {
			t.Errorf("the new backup codes: %v", err)
		}
	})
}

// TestSkipAndDeactivation: who is reactivated is asked for the second factor.
func TestSkipAndDeactivation(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		w.equip(w.rita)
		ada, one := w.bearer(w.ada), "/staff/"+w.rita.ID
		w.Tries([]apptest.Try{
			{"POST", one + "/two-factor/skip", ada, reason("Left the phone on the bus"), 200, ""},
			{"POST", one + "/deactivate", ada, nil, 200, ""},
			{"POST", one + "/reactivate", ada, nil, 200, ""},
		})
		if out, _ := w.begin(w.clinic, w.rita); out.Step != signin.SecondFactor {
			t.Errorf("the sign-in waits for %s", out.Step)
		}
	})
}

// TestSkipAtOnce: of sixteen sign-ins with one skip, one finishes.
func TestSkipAtOnce(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		w.equip(w.rita)
		w.API("POST", "/staff/"+w.rita.ID+"/two-factor/skip", w.bearer(w.ada), reason("Left the phone on the bus")).Want(t, 200)
		n := 3
		if w.DB.Dialect() == db.PostgreSQL {
			n = 16
		}
		type ready struct {
			ctx   func() (signin.Outcome, error)
			codes []secret.Text
		}
		all := make([]ready, n)
		for i := range all {
			_, ctx := w.begin(w.clinic, w.rita)
			all[i].ctx = func() (out signin.Outcome, err error) {
				out, all[i].codes, err = w.finish(ctx)
				return out, err
			}
		}
		wins := apptest.AtOnce(n, func(i int) bool {
			out, err := all[i].ctx()
			return err == nil && out.Step == signin.Done
		})
		if wins != 1 {
			t.Errorf("%d of %d finished", wins, n)
		}
		if open := apptest.Number(w.App, `SELECT count(*) FROM session WHERE account_id = $1 AND ended_at IS NULL`, w.rita.ID); open != 1 {
			t.Errorf("%d sessions", open)
		}
		if s := w.second(w.rita.Account); s.Unused != 10 {
			t.Errorf("%+v", s)
		}
	})
}

// TestHelpAtOnce: helpers at once leave one skip and no half of anything.
func TestHelpAtOnce(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		w.equip(w.rita)
		tokens := []string{w.bearer(w.ada), w.bearer(w.Hire(w.clinic, "Bea Boss", "bea@paws.example", role.Administrator, ""))}
		n := 2
		if w.DB.Dialect() == db.PostgreSQL {
			n = 16
		}
		resets := apptest.AtOnce(n, func(i int) bool {
			return w.API("POST", "/staff/"+w.rita.ID+"/two-factor/reset", tokens[i%2], reason("The phone was stolen")).Status == 200
		})
		if resets != 1 || w.count(w.clinic.ID, audit.FactorReset) != 1 {
			t.Errorf("%d resets, %d on record", resets, w.count(w.clinic.ID, audit.FactorReset))
		}
	})
}
