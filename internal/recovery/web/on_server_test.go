package recoveryweb_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/fault"
	"catflap/internal/recovery"
	"catflap/internal/signin"
)

// TestRecoverOnServer: the last way in, for whom nobody else can help.
func TestRecoverOnServer(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		ctx := access.WithViewer(context.Background(), access.System("command line"))
		_, guest := w.petParent(w.clinic, "Ken", "ken@example.com", true, false)
		w.bearer(w.ada)
		known := func() int {
			return apptest.Number(w.App, `SELECT count(*) FROM known_device WHERE account_id = $1`, w.ada.ID)
		}
		if known() == 0 {
			t.Fatal("no device is known")
		}
		codes := w.equip(w.ada)
		_, waiting := w.begin(w.clinic, w.ada)
		for range 6 {
			w.API("POST", "/practices/paws/sign-in", "", object{"login": w.ada.LoginID, "password": "wrong"})
		}
		w.API("POST", "/practices/paws/sign-in", "", object{"login": w.ada.LoginID, "password": w.ada.Password}).Want(t, 429)

		for name, x := range map[string]struct {
			in   recovery.OnServer
			kind fault.Kind
		}{
			"nobody":            {recovery.OnServer{Slug: "paws", Email: "nobody@paws.example", Reason: "Only administrator"}, fault.NotFound},
			"another practice":  {recovery.OnServer{Slug: "other", Email: w.ada.LoginID, Reason: "Only administrator"}, fault.NotFound},
			"no practice named": {recovery.OnServer{Email: w.ada.LoginID, Reason: "Only administrator"}, fault.NotFound},
			"no such practice":  {recovery.OnServer{Slug: "nowhere", Email: w.ada.LoginID, Reason: "Only administrator"}, fault.NotFound},
			"a pet parent":      {recovery.OnServer{Slug: "paws", Email: guest.LoginID, Reason: "Only administrator"}, fault.Conflict},
			"no reason":         {recovery.OnServer{Slug: "paws", Email: w.ada.LoginID, Reason: "  why "}, fault.Invalid},
		} {
			if _, err := w.Recovery.RecoverOnServer(ctx, x.in); !fault.Is(err, x.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := w.count(w.clinic.ID, audit.LoginRecovered); n != 0 {
			t.Fatalf("%d times on record", n)
		}

		way, err := w.Recovery.RecoverOnServer(ctx, recovery.OnServer{Slug: "paws", Email: " ADMIN@paws.example", Reason: "Only administrator lost the phone"})
		if err != nil || !way.Factor || way.ExpiresAt.Sub(w.Clock.Now()) != 30*time.Minute {
			t.Fatalf("%v: %+v", err, way)
		}
		if s := w.second(w.ada.Account); s.Any() || !s.Owed {
			t.Errorf("left: %+v", s)
		}
		if _, err := w.SignIn.ProveSecond(waiting, factor.ByBackupCode, codes[0]); err == nil {
			t.Error("a sign-in under way goes on")
		}
		for _, record := range []string{w.clinic.ID, ""} {
			l := w.recorded(record, audit.LoginRecovered)
			if l.ActorKind != string(access.KindSystem) || l.Personal.Actor != "command line" || l.AccountID != w.ada.ID ||
				changesOf(l) != "reason=Only administrator lost the phone" {
				t.Errorf("record of %q: %+v", record, l)
			}
		}
		w.told(w.ada.LoginID, "made on the server itself", "The old password does not work any more", "Only administrator lost the phone")
		for _, one := range []string{"sam@paws.example", "sue@paws.example"} {
			w.told(one, "Somebody at the server itself made a new way in for Ada Admin", "Only administrator lost the phone")
		}

		// The old password is void, on every device, and opens nothing before the
		// link is used.
		if r := w.API("POST", "/practices/paws/sign-in", "", object{"login": w.ada.LoginID, "password": w.ada.Password}); r.Status != 401 {
			t.Errorf("the old password: %d %s", r.Status, r.Raw)
		}
		if n := known(); n != 0 {
			t.Errorf("%d devices are still known", n)
		}

		// What wrong tries had closed is open, and the link works once.
		path := strings.TrimPrefix(way.Link.Reveal(), w.URL)
		b := w.Browser()
		b.Get(path).Want(t, 200, "Choose a new password")
		w.ada.Password = apptest.Password()
		form := url.Values{"token": {tokenIn(t, path)}, "new_password": {w.ada.Password}, "repeat_password": {w.ada.Password}}
		b.Post("/paws/reset-password", form).Want(t, 200, "Your new password is saved")
		w.Browser().Get(path).Want(t, 410)
		out, ctx2 := w.begin(w.clinic, w.ada)
		if out.Step != signin.SetUpSecond {
			t.Fatalf("the sign-in waits for %s", out.Step)
		}
		if done, _, err := w.finish(ctx2); err != nil || done.Step != signin.ChooseBranch {
			t.Fatal(done.Step, err)
		}

		// Without a second factor, and for those who never chose a password.
		way, err = w.Recovery.RecoverOnServer(ctx, recovery.OnServer{Slug: "paws", Email: w.rita.LoginID, Reason: "Forgot everything"})
		if err != nil || way.Factor || w.second(w.rita.Account).Owed {
			t.Fatalf("%v: %+v", err, way)
		}
		if _, err := w.Onboarding.CreateAdministrator(ctx, "Quinn Host", "quinn@host.example"); err != nil {
			t.Fatal(err)
		}
		way, err = w.Recovery.RecoverOnServer(ctx, recovery.OnServer{Email: "quinn@host.example", Reason: "The link ran out"})
		if err != nil {
			t.Fatal(err)
		}
		w.Browser().Get(strings.TrimPrefix(way.Link.Reveal(), w.URL)).Want(t, 200, "Welcome, Quinn Host")
		if strings.Contains(w.Logged(), tokenIn(t, way.Link.Reveal())) {
			t.Error("the token is in the log")
		}

		w.Tries([]apptest.Try{{"POST", "/staff/" + w.rita.ID + "/deactivate", w.bearer(w.sam), nil, 200, ""}})
		if _, err := w.Recovery.RecoverOnServer(ctx, recovery.OnServer{Slug: "paws", Email: w.rita.LoginID, Reason: "Forgot everything"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("of somebody who is deactivated: %v", err)
		}
		apptest.Exec(w.App, `UPDATE practice SET status = 'suspended' WHERE id = $1`, w.clinic.ID)
		if _, err := w.Recovery.RecoverOnServer(ctx, recovery.OnServer{Slug: "paws", Email: w.ada.LoginID, Reason: "Forgot everything"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("of a practice that is suspended: %v", err)
		}
	})
}
