package factorweb_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/factor/otp"
)

// TestWizard: the four pages in their order.
func TestWizard(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.b
		b.Get("/paws/").Want(t, 200, "Configure two-factor authentication")
		p := b.Get(page).Want(t, 200, "Step 1 of 4", "Google Authenticator", "Twilio Authy", "Microsoft Authenticator", "LastPass Authenticator", "the right time")
		for _, link := range []string{"https://support.google.com/", "https://www.authy.com/", "https://www.microsoft.com/", "https://lastpass.com/"} {
			i := strings.Index(p.Body, link)
			if i < 0 || !strings.Contains(p.Body[i:i+160], `target="_blank" rel="noreferrer noopener"`) {
				t.Errorf("the link to %s", link)
			}
		}

		p = b.Post(page+"/setup", nil).Want(t, 200, "Step 2 of 4", "I can't scan this code", "Account name", "vera@paws.example",
			"Issuer", "Clinic paws", "Time-based (TOTP)", "Digits", "6", "Period", "30 seconds", "Algorithm", "SHA-1", "Cancel")
		if p.Path != page+"/scan" || p.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("at %s, Cache-Control %q", p.Path, p.Header.Get("Cache-Control"))
		}
		k := key(t, p)
		picture, err := k.Picture(otp.Label{Issuer: "Clinic paws", Account: "vera@paws.example"})
		if err != nil || !strings.Contains(p.Body, picture.Black) {
			t.Errorf("the picture is not that of the key: %v", err)
		}
		if uri := k.URI(otp.Label{Issuer: "Clinic paws", Account: "vera@paws.example"}); !strings.Contains(p.Body, strings.ReplaceAll(uri, "&", "&amp;")) {
			t.Errorf("no link to %s", uri)
		}

		p = b.Get(page+"/verify").Want(t, 200, "Step 3 of 4", "beside Clinic paws (vera@paws.example)")
		if !strings.Contains(p.Body, `autocomplete="one-time-code"`) || !strings.Contains(p.Body, `inputmode="numeric"`) {
			t.Error("the field does not say that it takes a code")
		}
		p.Without(t, k.Text())
		form := url.Values{"setup": {setupID(t, p)}, "code": {""}}
		for off, words := range map[time.Duration]string{
			5 * time.Minute: "about 5 minutes fast", -90 * time.Second: "about 2 minutes slow", -10 * time.Minute: "about 10 minutes slow",
			20 * time.Minute: "not the code that the app shows now",
		} {
			form.Set("code", k.Code(otp.Step(w.Clock.Now().Add(off))))
			b.Post(page+"/verify", form).Want(t, 422, "Step 3 of 4", words).Without(t, "Backup codes")
		}
		form.Set("code", "")
		b.Post(page+"/verify", form).Want(t, 422, "not the code that the app shows now")
		w.wantRecorded(audit.FactorSet, 0)
		if apptest.Number(w.App, `SELECT count(*) FROM authenticator`)+apptest.Number(w.App, `SELECT count(*) FROM backup_code`) != 0 {
			t.Error("a half-done set-up has changed something")
		}

		code := w.now(k)
		form.Set("code", " "+code[:3]+" "+code[3:]+" ")
		p = b.Post(page+"/verify", form).Want(t, 200, "Step 4 of 4", "Two-factor authentication is on", "I have stored my backup codes", "Download")
		all, used := codes(p)
		if len(all) != 10 || used != 0 || !strings.Contains(p.Body, `class="notice good"`) {
			t.Errorf("%d codes, %d used", len(all), used)
		}
		w.told("Two-factor authentication was switched on")
		w.wantRecorded(audit.FactorBegun, 1)
		w.wantRecorded(audit.FactorSet, 1)

		b.Get(page).Want(t, 200, "10 of 10 are left", "You have not said yet that they are stored")
		b.Post(page+"/stored", nil).Want(t, 200, "You have not said yet")
		b.Post(page+"/stored", url.Values{"stored": {"yes"}}).Want(t, 200, "your backup codes are stored", "You said on 1 July 2026 that they are stored",
			"Set up on 1 July 2026", "View or generate backup codes", "Deactivate this key and set up a new one",
			"Set up this key on an additional device or app", "Deactivate two-factor authentication")
		for _, where := range []string{w.Logged(), apptest.Everything(w.App)} {
			for _, word := range append(all, k.Text(), string(k), code) {
				if strings.Contains(where, word) {
					t.Errorf("%q stands somewhere", word)
				}
			}
		}
	})
}

// TestWizardIsLeft: nothing counts, the next visit says so, and the browser's
// own buttons harm nothing.
func TestWizardIsLeft(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.b
		t.Run("nothing under way", func(t *testing.T) {
			for _, step := range []string{"/scan", "/verify"} {
				if p := b.Get(page+step).Want(t, 200, "Step 1 of 4", "That set-up is over"); !strings.HasPrefix(p.Path, page+"?") {
					t.Errorf("%s leads to %s", step, p.Path)
				}
			}
			b.Get(page+"/incomplete").Want(t, 200, "The set-up is not complete")
			b.Get(page+"/new").Want(t, 200, "Step 1 of 4")
			b.Get(page+"/deactivate").Want(t, 200, "Step 1 of 4")
			b.Post(page+"/cancel", nil).Want(t, 200, "The set-up is not complete")
			w.wantRecorded(audit.FactorCancelled, 0)
		})
		t.Run("cancelled", func(t *testing.T) {
			k := w.begin(b)
			p := b.Get(page+"/verify").Want(t, 200)
			b.Post(page+"/cancel", nil).Want(t, 200, "The set-up is not complete", "remove that entry from the app", "your password alone", "Begin again")
			w.wantRecorded(audit.FactorCancelled, 1)
			b.Get(page).Want(t, 200).Without(t, "never finished")
			// The code of what was given up is worth nothing.
			b.Post(page+"/verify", url.Values{"setup": {setupID(t, p)}, "code": {w.now(k)}}).Want(t, 200, "That set-up is over", "Step 1 of 4")
			if again := w.begin(b); again.Text() == k.Text() {
				t.Error("the key of a set-up that was given up comes back")
			}
		})
		t.Run("left open", func(t *testing.T) {
			k := key(t, b.Get(page+"/scan").Want(t, 200))
			b.Get(page).Want(t, 200, "You have begun a set-up and not finished it", "Go on")
			if again := w.begin(b); again.Text() != k.Text() {
				t.Error("another key in the same session")
			}
			b.Get(page+"/incomplete").Want(t, 200, "Step 2 of 4") // given up is only what was cancelled
			p := b.Get(page + "/verify")
			w.Clock.Advance(31 * time.Minute)
			b = w.Enter("paws", w.vet, "")
			b.Get(page).Want(t, 200, "begun on 1 July 2026, 09:00 UTC was never finished", "remove it")
			w.b.Get("/paws/login")
			b.Post(page+"/verify", url.Values{"setup": {setupID(t, p)}, "code": {w.now(k)}}).Want(t, 200, "That set-up is over")
			if err := w.Factors.SweepSetups(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := apptest.Number(w.App, `SELECT count(*) FROM authenticator_setup WHERE sealed IS NOT NULL`); n != 0 {
				t.Errorf("%d keys of old set-ups are kept", n)
			}
			b.Get(page).Want(t, 200, "was never finished")
		})
		t.Run("sent twice", func(t *testing.T) {
			k := w.begin(b)
			form := url.Values{"setup": {setupID(t, b.Get(page+"/verify"))}, "code": {w.now(k)}}
			b.Post(page+"/verify", form).Want(t, 200, "Two-factor authentication is on")
			b.Post(page+"/verify", form).Want(t, 200, "That set-up is over", "View or generate backup codes", "10 of 10 are left")
			b.Get(page+"/scan").Want(t, 200, "That set-up is over", "Set up on")
		})
	})
}

// TestExpiry: half an hour is there to find the phone and install an app, and
// not a second more; no proof is asked for in between.
func TestExpiry(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.b
		k := w.begin(b)
		for range 3 { // the session lives as long as something happens
			w.Clock.Advance(9 * time.Minute)
			b.Get(page+"/scan").Want(t, 200, "Step 2 of 4")
		}
		w.Clock.Advance(3*time.Minute - time.Second)
		p := b.Get(page+"/verify").Want(t, 200)
		w.Clock.Advance(time.Second)
		b.Post(page+"/verify", url.Values{"setup": {setupID(t, p)}, "code": {w.now(k)}}).Want(t, 200, "That set-up is over")
		w.wantRecorded(audit.FactorSet, 0)
		b.Post(page+"/setup", nil).Want(t, 200, "Confirm that it is you") // that begins a new one
	})
}

// TestTwoTabsAndDevices: two tabs show the same key, another device has one of
// its own, and whichever is verified ends the others.
func TestTwoTabsAndDevices(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tablet := w.Enter("paws", w.vet, "")
		k := w.begin(w.b)
		if again := w.begin(w.b); again.Text() != k.Text() {
			t.Error("the second tab shows another key")
		}
		other := w.begin(tablet)
		if other.Text() == k.Text() {
			t.Error("another device shows the same key")
		}
		here, there := setupID(t, w.b.Get(page+"/verify")), setupID(t, tablet.Get(page+"/verify"))
		// Each takes its own only, also with the right code.
		w.b.Post(page+"/verify", url.Values{"setup": {there}, "code": {w.now(other)}}).Want(t, 200, "That set-up is over")
		if key(t, w.b.Get(page+"/scan")).Text() != k.Text() {
			t.Error("a foreign set-up has ended this one")
		}
		tablet.Get(page + "/verify")
		tablet.Post(page+"/verify", url.Values{"setup": {there}, "code": {w.now(other)}}).Want(t, 200, "Two-factor authentication is on")
		w.b.Get(page).Want(t, 200, "View or generate backup codes")
		w.b.Post(page+"/verify", url.Values{"setup": {here}, "code": {w.now(k)}}).Want(t, 200, "That set-up is over")
		w.b.Get(page+"/scan").Want(t, 200, "That set-up is over")
		w.wantRecorded(audit.FactorSet, 1)
		w.wantRecorded(audit.FactorReplaced, 0)
	})
}

// TestWhoMayOpenTheWizard: only its person, signed in, and after a proof.
func TestWhoMayOpenTheWizard(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		stranger := w.Browser()
		for _, p := range []string{"", "/new", "/scan", "/verify", "/incomplete", "/deactivate", "/email"} {
			stranger.Get(page+p).Want(t, 200, "Email or login ID")
		}
		other := w.App.Clinic("other")
		foreign := w.Enter("other", other.Administrator, other.North.ID)
		foreign.Get(page).Want(t, 200, "Email or login ID")

		// A set-up belongs to its account, whatever is sent.
		k := w.begin(w.b)
		id := setupID(t, w.b.Get(page+"/verify"))
		foreign.Get("/other/account/two-factor").Want(t, 200)
		foreign.Post("/other/account/two-factor/verify", url.Values{"setup": {id}, "code": {w.now(k)}}).Want(t, 200, "That set-up is over")
		colleague := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		colleague.Get(page).Want(t, 200)
		colleague.Post(page+"/verify", url.Values{"setup": {id}, "code": {w.now(k)}}).Want(t, 200, "That set-up is over")
		if n := apptest.Number(w.App, `SELECT count(*) FROM authenticator`); n != 0 {
			t.Errorf("%d authenticators", n)
		}

		w.Clock.Advance(late)
		w.b.Get(page)
		for _, p := range []string{"/setup", "/backup-codes", "/backup-codes/new", "/key", "/deactivate", "/email/send", "/email/drop"} {
			w.b.Post(page+p, nil).Want(t, 200, "Confirm that it is you")
			w.b.Get(page)
		}
		// What was begun goes on, but not with the form of another session.
		w.b.Post(page+"/verify", url.Values{"form": {"made up"}, "setup": {id}, "code": {w.now(k)}}).Want(t, http.StatusForbidden)
		w.verify(w.b, w.now(k)).Want(t, 200, "Two-factor authentication is on")
	})
}

// TestPlatformAndPolicy: the wizard of the platform, of who has to, and of who
// must not.
func TestPlatformAndPolicy(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		t.Run("platform", func(t *testing.T) {
			host := w.Administrator()
			b := w.Enter("platform", host, "") // nobody is in there without one
			const page = "/platform/account/two-factor"
			b.Get(page).Want(t, 200, "so it cannot be deactivated").Without(t, "Use codes by e-mail")
			b.Get(page+"/new").Want(t, 200, "Step 1 of 4")
			k := key(t, b.Post(page+"/setup", nil).Want(t, 200, "Catflap", "pat@host.example"))
			id := setupID(t, b.Get(page+"/verify").Want(t, 200, "beside Catflap"))
			all, _ := codes(b.Post(page+"/verify", url.Values{"setup": {id}, "code": {w.now(k)}}).Want(t, 200, "Your new key works"))
			if len(all) != 10 {
				t.Errorf("%d codes", len(all))
			}
			b.Get(page+"/email").Want(t, http.StatusForbidden)
		})
		t.Run("required, in grace", func(t *testing.T) {
			b := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
			b.Get(page).Want(t, 200, "Your practice asks you to set this up by 15 July 2026")
			k := w.begin(b)
			w.verify(b, w.now(k)).Want(t, 200, "Two-factor authentication is on")
			b.Get(page).Want(t, 200, "so it cannot be deactivated").Without(t, "set this up by")
			b.Get(page+"/deactivate").Want(t, 200, "so it cannot be deactivated").Without(t, `class="button danger"`)
			b.Get(page)
			b.Post(page+"/deactivate", nil).Want(t, http.StatusConflict, "so it cannot be deactivated")
			b.Get(page).Want(t, 200, "View or generate backup codes")
		})
		t.Run("off", func(t *testing.T) {
			w.policy("off", true)
			w.b.Get(page).Want(t, 200, "switched two-factor authentication off for logins like yours").Without(t, "Google Authenticator", "Use codes by e-mail")
			w.b.Post(page+"/setup", nil).Want(t, http.StatusForbidden, "switched two-factor authentication off")
			w.policy("optional", true)
			k, _ := w.switchOn(w.b)
			w.policy("off", true)
			w.b.Get(page).Want(t, 200, "As long as you keep yours", "View or generate backup codes")
			w.Clock.Advance(late)
			w.confirm(w.b, w.vet, k).Want(t, 200, "As long as you keep yours")
			w.b.Post(page+"/deactivate", nil).Want(t, 200, "Two-factor authentication is deactivated", "switched two-factor authentication off for logins like yours")
		})
	})
}
