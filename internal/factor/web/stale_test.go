package factorweb_test

import (
	"net/url"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/factor/otp"
)

// TestLeftOpen: a wizard that was left open changes no factor that is there
// without another proof, and loses nothing over it.
func TestLeftOpen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.b
		former, _ := w.switchOn(b)

		t.Run("another key", func(t *testing.T) {
			k := w.begin(b)
			w.Clock.Advance(late)
			sent := w.letters()
			p := w.verify(b, w.now(k)).Want(t, 200, "Confirm that it is you", "can send it again")
			if !strings.Contains(p.Path, url.QueryEscape(page+"/verify")) {
				t.Errorf("it leads back to %s", p.Path)
			}
			w.wantRecorded(audit.FactorReplaced, 0)
			if w.letters() != sent {
				t.Error("a letter tells of what did not happen")
			}
			// The key that counts proves them, and the set-up goes on where it was.
			back := b.Post("/paws/account/confirm", url.Values{
				"password": {w.vet.Password}, "method": {"totp"}, "code": {w.now(former)}, "again": {"yes"}, "return": {page + "/verify"},
			}).Want(t, 200, "Step 3 of 4", "send once more")
			if key(t, b.Get(page+"/scan")).Text() != k.Text() {
				t.Error("the set-up that was begun is lost")
			}
			b.Get(page + "/verify")
			b.Post(page+"/verify", url.Values{"setup": {setupID(t, back)}, "code": {w.now(k)}}).Want(t, 200, "Your new key works", "Step 4 of 4")
			w.wantRecorded(audit.FactorReplaced, 1)
			former = k
		})
		t.Run("codes by e-mail beside it", func(t *testing.T) {
			b.Get(page + "/email")
			b.Post(page+"/email/send", nil).Want(t, 200)
			code := w.mailed()
			w.Clock.Advance(late)
			b.Get(page + "/email?sent=yes")
			b.Post(page+"/email", url.Values{"code": {code}}).Want(t, 200, "Confirm that it is you")
			w.confirm(b, w.vet, former).Want(t, 200)
			b.Get(page+"/email?sent=yes").Want(t, 200)
			b.Post(page+"/email", url.Values{"code": {code}}).Want(t, 200, "A code by e-mail is asked for") // it was not used up
		})
		t.Run("through the JSON API", func(t *testing.T) {
			token := w.tokenBy(former)
			begun := w.API("POST", api+"/setup", token, nil).Want(t, 200)
			k := decode(t, begun.Text("secret"))
			verify := func() apptest.Answer {
				return w.API("POST", api+"/verify", token, map[string]any{"setup": begun.Text("setup"), "code": w.now(k)})
			}
			w.Clock.Advance(late)
			if r := verify().Want(t, 403); !strings.HasSuffix(r.Text("type"), "step-up-required") {
				t.Errorf("refused as %s", r.Raw)
			}
			token = w.API("POST", "/session/step-up", token, map[string]any{"password": w.vet.Password, "method": "totp", "code": w.now(former)}).
				Want(t, 200).Text("token")
			if all := listOf(t, verify().Want(t, 200)); len(all) != 10 {
				t.Errorf("%v", all)
			}
		})
	})
}

// TestLeftOpenAfterABackupCode: whoever came in by one has no other proof, so
// that sign-in counts for the set-up that was begun with it, and for no other.
func TestLeftOpenAfterABackupCode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, all := w.switchOn(w.b)
		enter := func(code string) *apptest.Browser {
			b := w.Browser()
			b.Get("/paws/login")
			b.Post("/paws/login", url.Values{"login": {w.vet.LoginID}, "password": {w.vet.Password}}).Want(t, 200)
			b.Post("/paws/login/second-factor", url.Values{"method": {"backup_code"}, "code": {code}}).Want(t, 200)
			return b
		}
		b := enter(all[0])
		k := w.begin(b)
		w.Clock.Advance(late)
		fresh, _ := codes(w.verify(b, w.now(k)).Want(t, 200, "Your new key works"))

		b = enter(fresh[0])
		w.Clock.Advance(late)
		w.confirm(b, w.vet, k).Want(t, 200)
		other := w.begin(b)
		w.Clock.Advance(late)
		w.verify(b, w.now(other)).Want(t, 200, "Confirm that it is you")
		w.wantRecorded(audit.FactorReplaced, 1)
	})
}

// tokenBy signs the vet in through the JSON API with a code of the key.
func (w *world) tokenBy(k otp.Key) string {
	w.t.Helper()
	w.step()
	r := w.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": w.vet.LoginID, "password": w.vet.Password}).Want(w.t, 200)
	return w.API("POST", "/sign-in/second-factor", r.Text("sign_in"), map[string]any{"method": "totp", "code": w.now(k)}).
		Want(w.t, 200).Text("session", "token")
}

// letters is how many letters there ever were.
func (w *world) letters() int { return apptest.Number(w.App, `SELECT count(*) FROM message`) }
