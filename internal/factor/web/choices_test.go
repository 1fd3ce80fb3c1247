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

// TestBackupCodes: shown again with the used ones crossed out, made anew, kept
// as a file.
func TestBackupCodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.b
		k, first := w.switchOn(b)
		w.Clock.Advance(late)
		b.Get(page)
		b.Post(page+"/backup-codes", nil).Want(t, 200, "Confirm that it is you")
		b.Post("/paws/account/confirm", url.Values{
			"password": {w.vet.Password}, "method": {"backup_code"}, "code": {strings.ToUpper(first[3])}, "return": {page},
		}).Want(t, 200, "9 of 10 are left")

		p := b.Post(page+"/backup-codes", nil).Want(t, 200, "9 codes are unused", "Generate new backup codes")
		all, used := codes(p)
		if used != 1 || strings.Join(all, " ") != strings.Join(first, " ") || p.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d used of %v, Cache-Control %q", used, all, p.Header.Get("Cache-Control"))
		}
		if i := strings.Index(p.Body, first[3]); !strings.HasSuffix(p.Body[:i], `<li class="used">`) {
			t.Error("another one is crossed out")
		}
		w.told("Your backup codes were shown")
		w.wantRecorded(audit.CodesShown, 1)

		t.Run("as a file", func(t *testing.T) {
			form := url.Values{}
			for _, c := range all {
				if c != first[3] {
					form.Add("code", c)
				}
			}
			file := b.Post(page+"/backup-codes/file", form).Want(t, 200, "Clinic paws", "vera@paws.example", "1 July 2026", first[0], first[9])
			if got := file.Header.Get("Content-Disposition"); got != `attachment; filename="backup-codes.txt"` || strings.Contains(file.Body, first[3]) {
				t.Errorf("%q: %s", got, file.Body)
			}
			if got := file.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
				t.Errorf("Content-Type %q", got)
			}
			if got := file.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control %q", got)
			}
			b.Get(page)
			for _, forged := range []url.Values{{}, {"code": {"<script>"}}, {"code": {first[0] + "\r\nfree words"}}, {"code": append(all, all...)}} {
				b.Post(page+"/backup-codes/file", forged).Want(t, http.StatusUnprocessableEntity, "there is no file")
				b.Get(page)
			}
			if p := b.Get(page + "/backup-codes/file?code=" + first[0]); p.Status == 200 && strings.Contains(p.Body, first[0]) {
				t.Error("a link gives codes away")
			}
		})

		b.Get(page)
		p = b.Post(page+"/backup-codes/new", nil).Want(t, 200, "New backup codes", "The former ones do not work any more", "I have stored my backup codes")
		fresh, used := codes(p)
		if len(fresh) != 10 || used != 0 || strings.Contains(p.Body, first[0]) {
			t.Errorf("%v", fresh)
		}
		w.told("New backup codes were made")
		w.wantRecorded(audit.CodesMade, 1)
		b.Get(page).Want(t, 200, "10 of 10 are left", "You have not said yet that they are stored")
		b.Get("/paws/account/confirm")
		try := url.Values{"password": {w.vet.Password}, "method": {"backup_code"}, "code": {first[0]}, "return": {page}}
		b.Post("/paws/account/confirm", try).Want(t, 422, "none of your unused backup codes")
		try.Set("code", strings.ReplaceAll(fresh[0], "-", " "))
		b.Post("/paws/account/confirm", try).Want(t, 200, "9 of 10 are left")
		w.confirm(b, w.vet, k).Want(t, 200, "9 of 10 are left")
	})
}

// TestHiddenBackupCodes: where nobody can read them, new ones can be made.
func TestHiddenBackupCodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, first := w.switchOn(w.b)
		apptest.Exec(w.App, `UPDATE backup_code SET sealed = NULL WHERE practice_id = $1`, w.clinic.ID)
		w.b.Get(page).Want(t, 200, "10 of 10 are left")
		w.b.Post(page+"/backup-codes", nil).Want(t, 200, "they cannot be shown again", "Generate new backup codes").Without(t, first[0], "Download")
		w.wantRecorded(audit.CodesShown, 0) // nothing was
		all, _ := codes(w.b.Post(page+"/backup-codes/new", nil).Want(t, 200, "New backup codes"))
		if len(all) != 10 || all[0] == first[0] {
			t.Errorf("%v", all)
		}
	})
}

// TestStrict: in strict mode new codes are kept so that nobody can read them,
// and codes by e-mail are no choice.
func TestStrict(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		apptest.Exec(w.App, `UPDATE practice SET policy = '{"strict":true}' WHERE id = $1`, w.clinic.ID)
		w.b.Get(page).Want(t, 200, "Step 1 of 4").Without(t, "Use codes by e-mail")
		w.b.Get(page+"/email").Want(t, http.StatusForbidden)
		k, all := w.switchOn(w.b)
		if len(all) != 10 || apptest.Number(w.App, `SELECT count(*) FROM backup_code WHERE sealed IS NOT NULL`) != 0 {
			t.Errorf("%d codes, or some of them can be read", len(all))
		}
		w.b.Post(page+"/backup-codes", nil).Want(t, 200, "they cannot be shown again")
		w.Clock.Advance(late)
		w.b.Get("/paws/account/confirm")
		w.b.Post("/paws/account/confirm", url.Values{"password": {w.vet.Password}, "method": {"backup_code"}, "code": {all[5]}, "return": {page}}).
			Want(t, 200, "9 of 10 are left")
		w.confirm(w.b, w.vet, k).Want(t, 200)
	})
}

// TestAdditionalDevice: the same key and picture once more.
func TestAdditionalDevice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.b.Get(page)
		w.b.Post(page+"/key", nil).Want(t, http.StatusConflict, "No authenticator app is set up")
		k, _ := w.switchOn(w.b)
		p := w.b.Post(page+"/key", nil).Want(t, 200, "Set up an additional device", "I can't scan this code", "Clinic paws")
		if key(t, p).Text() != k.Text() {
			t.Error("it is another key")
		}
		w.told("The key of your authenticator app was shown")
		w.wantRecorded(audit.FactorKeyShown, 1)
	})
}

// TestNewKey: the old key counts until the new one is verified, and then it is
// void together with the backup codes; whatever was typed before is used up.
func TestNewKey(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.b
		old, first := w.switchOn(b)
		b.Get(page+"/new").Want(t, 200, "Step 1 of 4", "Your present key goes on working until the new one is verified").Without(t, "can be guessed or stolen")
		k := key(t, b.Post(page+"/setup", nil).Want(t, 200))
		if k.Text() == old.Text() {
			t.Fatal("it is the same key")
		}
		b.Get(page).Want(t, 200, "You have begun to set up another key and not finished")
		w.step()
		w.confirm(b, w.vet, old).Want(t, 200, "Two-factor authentication") // the old one counts
		b.Post(page+"/cancel", nil).Want(t, 200, "what you had set up before goes on working", "Take care to keep its entry")
		w.step()
		w.confirm(b, w.vet, old).Want(t, 200)

		k = key(t, b.Post(page+"/setup", nil).Want(t, 200))
		w.step()
		w.verify(b, w.now(old)).Want(t, 422) // the new one's code is asked for
		all, _ := codes(w.verify(b, w.now(k)).Want(t, 200, "Your new key works", "Remove the old entry from your app"))
		if len(all) != 10 || all[0] == first[0] {
			t.Errorf("%v", all)
		}
		w.told("Another authenticator app was set up")
		w.wantRecorded(audit.FactorReplaced, 1)
		w.step()
		w.confirm(b, w.vet, old).Want(t, 422, "This code does not match")
		b.Post("/paws/account/confirm", url.Values{"password": {w.vet.Password}, "method": {"backup_code"}, "code": {first[0]}}).Want(t, 422)
		w.confirm(b, w.vet, k).Want(t, 200)
		if n := apptest.Number(w.App, `SELECT count(*) FROM authenticator`); n != 1 {
			t.Errorf("%d keys", n)
		}
	})
}

// TestNewKeyOrNothing: when something breaks in the middle, the old key and the
// old backup codes are what they were, and the new one can still be verified.
func TestNewKeyOrNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		old, first := w.switchOn(w.b)
		k := key(t, w.b.Post(page+"/setup", nil).Want(t, 200))
		p := w.b.Get(page + "/verify")
		form := url.Values{"form": {formOf(t, p)}, "setup": {setupID(t, p)}, "code": {w.now(k)}}
		apptest.Exec(w.App, `ALTER TABLE link RENAME TO link_broken`) // the letter about it needs one
		w.b.Post(page+"/verify", form).Want(t, http.StatusInternalServerError)
		apptest.Exec(w.App, `ALTER TABLE link_broken RENAME TO link`)
		w.wantRecorded(audit.FactorReplaced, 0)
		again, _ := codes(w.b.Post(page+"/backup-codes", url.Values{"form": {formOf(t, p)}}).Want(t, 200))
		if strings.Join(again, " ") != strings.Join(first, " ") {
			t.Errorf("the backup codes are %v", again)
		}
		w.b.Post(page+"/verify", form).Want(t, 200, "Your new key works")
		w.step()
		w.confirm(w.b, w.vet, old).Want(t, 422)
	})
}

// TestCodeOfTheWizardIsUsedUp: it proves nothing else, and neither does an
// older one.
func TestCodeOfTheWizardIsUsedUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		k := w.begin(w.b)
		next := k.Code(otp.Step(w.Clock.Now().Add(otp.Period))) // the clock of the phone is a little fast
		w.verify(w.b, next).Want(t, 200, "Two-factor authentication is on")
		confirm := url.Values{"password": {w.vet.Password}, "method": {"totp"}, "return": {page}}
		for _, code := range []string{next, w.now(k)} {
			w.b.Get("/paws/account/confirm")
			confirm.Set("code", code)
			w.b.Post("/paws/account/confirm", confirm).Want(t, 422, "it was used before")
		}
		w.Clock.Advance(2 * otp.Period)
		w.confirm(w.b, w.vet, k).Want(t, 200)
		w.b.Get("/paws/account/confirm")
		confirm.Set("code", w.now(k))
		w.b.Post("/paws/account/confirm", confirm).Want(t, 422, "it was used before")
	})
}

// TestStepUpAsksForTheFactor: from the moment at which it is on, the password
// alone opens nothing of the wizard.
func TestStepUpAsksForTheFactor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		k, _ := w.switchOn(w.b)
		w.Clock.Advance(late)
		w.b.Get("/paws/account/confirm")
		w.b.Post("/paws/account/confirm", url.Values{"password": {w.vet.Password}, "return": {page}}).Want(t, 422, "two-factor authentication is on")
		w.b.Get(page)
		w.b.Post(page+"/deactivate", nil).Want(t, 200, "Confirm that it is you")
		w.confirm(w.b, w.vet, k).Want(t, 200)
		w.b.Get(page+"/deactivate").Want(t, 200, "Deactivate two-factor authentication?")
		w.b.Post(page+"/deactivate", nil).Want(t, 200, "Two-factor authentication is deactivated", "Step 1 of 4")
		w.told("Two-factor authentication was deactivated")
		w.wantRecorded(audit.FactorRemoved, 1)
		for _, table := range []string{"authenticator", "authenticator_setup", "backup_code", "email_code", "second_factor"} {
			if n := apptest.Number(w.App, `SELECT count(*) FROM `+table); n != 0 {
				t.Errorf("%d rows are left in %s", n, table)
			}
		}
		w.b.Post(page+"/deactivate", nil).Want(t, http.StatusConflict)
		w.Clock.Advance(late)
		w.b.Get("/paws/account/confirm")
		w.b.Post("/paws/account/confirm", url.Values{"password": {w.vet.Password}, "return": {page}}).Want(t, 200, "Step 1 of 4")
	})
}

// TestFewBackupCodes: the page says so in time.
func TestFewBackupCodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, all := w.switchOn(w.b)
		for i, c := range all[:8] {
			w.b.Get("/paws/account/confirm")
			w.b.Post("/paws/account/confirm", url.Values{"password": {w.vet.Password}, "method": {"backup_code"}, "code": {c}, "return": {page}}).Want(t, 200)
			if careful := strings.Contains(w.b.Page.Body, `<span class="status careful">`); careful != (i == 7) {
				t.Errorf("after %d codes: %v", i+1, careful)
			}
			w.Clock.Advance(time.Second)
		}
		w.b.Get(page).Want(t, 200, "2 of 10 are left")
		w.told("You used a backup code, and two are left")
	})
}
