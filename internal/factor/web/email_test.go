package factorweb_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
)

var eightDigits = regexp.MustCompile(`\b\d{4} ?\d{4}\b`)

// mailed is the code of the newest letter.
func (w *world) mailed() string {
	w.t.Helper()
	l := w.LastMail(w.vet.LoginID)
	code := eightDigits.FindString(l.Text)
	if code == "" {
		w.t.Fatalf("no code in %q: %s", l.Subject, l.Text)
	}
	return code
}

// wrong is another code than the right one.
func wrong(code string) string {
	last := code[len(code)-1]
	return code[:len(code)-1] + string('0'+(last-'0'+1)%10)
}

// TestEmail: codes by e-mail as a factor of one's own, and up to an app.
func TestEmail(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.b
		b.Get(page).Want(t, 200, "Use codes by e-mail instead")
		b.Get(page+"/email").Want(t, 200, "vera@paws.example", "An authenticator app is safer")
		p := b.Post(page+"/email/send", nil).Want(t, 200, "We sent a code to", "Code from the e-mail")
		if p.Path != page+"/email?sent=yes" {
			t.Errorf("at %s", p.Path)
		}
		first := w.mailed()
		w.wantRecorded(audit.CodeMailed, 1)
		b.Post(page+"/email", url.Values{"code": {wrong(first)}}).Want(t, 422, "not the code of the newest e-mail")
		b.Post(page+"/email/send", nil).Want(t, 200)
		second := w.mailed()
		b.Post(page+"/email", url.Values{"code": {first}}).Want(t, 422) // the newest counts
		all, _ := codes(b.Post(page+"/email", url.Values{"code": {second}}).Want(t, 200, "Two-factor authentication is on", "A code by e-mail is asked for"))
		if len(all) != 10 {
			t.Errorf("%d codes", len(all))
		}
		w.told("Two-factor authentication was switched on: a code by e-mail")
		w.wantRecorded(audit.FactorSet, 1)
		b.Get(page+"/email").Want(t, 200, "Your choice since 1 July 2026", "Set up an app").Without(t, "Stop using codes by e-mail")
		b.Post(page+"/email/drop", nil).Want(t, http.StatusConflict) // it is all there is

		// An app comes beside it; then they can be given up.
		b.Get(page+"/new").Want(t, 200, "Step 1 of 4")
		w.switchOn(b)
		b.Get(page).Want(t, 200, "Your choice since", "Set up on", "Stop using codes by e-mail")
		b.Post(page+"/email/drop", nil).Want(t, 200, "not your second factor any more", "Can be used in place of the app")
		w.told("Codes by e-mail are not your second factor any more")
		w.wantRecorded(audit.FactorEmailDropped, 1)
	})
}

// TestEmailEnds: five wrong tries, ten minutes, five letters an hour, another
// session, another policy.
func TestEmailEnds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.b
		send := func() string {
			t.Helper()
			b.Get(page+"/email").Want(t, 200)
			b.Post(page+"/email/send", nil).Want(t, 200, "We sent a code to")
			return w.mailed()
		}
		take := func(code string) apptest.Page { return b.Post(page+"/email", url.Values{"code": {code}}) }

		code := send()
		for range 5 {
			take(wrong(code)).Want(t, 422)
		}
		take(code).Want(t, 422)

		code = send()
		tablet := w.Enter("paws", w.vet, "")
		tablet.Get(page + "/email?sent=yes")
		tablet.Post(page+"/email", url.Values{"code": {code}}).Want(t, 422)
		w.Clock.Advance(5 * time.Minute)
		b.Get(page)
		w.Clock.Advance(5 * time.Minute)
		b.Get(page)
		take(code).Want(t, 422)

		b.Get("/paws/account/confirm")
		b.Post("/paws/account/confirm", url.Values{"password": {w.vet.Password}, "return": {page}}).Want(t, 200)
		code = send()
		send()
		send()
		b.Get(page + "/email")
		b.Post(page+"/email/send", nil).Want(t, http.StatusTooManyRequests, "5 codes within an hour", "Code from the e-mail")
		take(code).Want(t, 422)

		code = w.mailed()
		w.policy("optional", false)
		b.Get(page).Want(t, 200).Without(t, "Use codes by e-mail instead")
		b.Get(page+"/email").Want(t, http.StatusForbidden)
		b.Get(page)
		take(code).Want(t, http.StatusForbidden)
		w.policy("optional", true)
		b.Get(page)
		take(code).Want(t, 200, "Two-factor authentication is on")
		w.wantRecorded(audit.FactorSet, 1)
	})
}

// TestCodeOfAStepUpChoosesNothing: a code that was mailed to confirm something
// does not make codes by e-mail a factor, and the one for that confirms nothing.
func TestCodeOfAStepUpChoosesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.b
		k, _ := w.switchOn(b)
		b.Get("/paws/account/confirm?method=email_code")
		b.Post("/paws/account/confirm/code", nil).Want(t, 200, "on its way")
		proving := w.mailed()
		b.Get(page + "/email")
		b.Post(page+"/email", url.Values{"code": {proving}}).Want(t, 422, "not the code of the newest e-mail")

		b.Post(page+"/email/send", nil).Want(t, 200, "We sent a code to")
		choosing := w.mailed()
		confirm := func(code string) apptest.Page {
			b.Get("/paws/account/confirm?method=email_code")
			return b.Post("/paws/account/confirm", url.Values{"password": {w.vet.Password}, "method": {"email_code"}, "code": {code}, "return": {page}})
		}
		confirm(choosing).Want(t, 422, "not the code of the newest e-mail")
		confirm(proving).Want(t, 200, "Set up on")
		b.Get(page + "/email")
		b.Post(page+"/email", url.Values{"code": {choosing}}).Want(t, 200, "Your choice since")
		w.step()
		w.confirm(b, w.vet, k).Want(t, 200)
	})
}
