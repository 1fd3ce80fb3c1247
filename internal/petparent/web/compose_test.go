package petparentweb_test

import (
	"html"
	"net/url"
	"strings"
	"testing"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/role"
)

func TestComposeEmail(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		compose := "/paws/pet-parents/" + w.ken + "/communication/compose"
		w.Browser().Get(compose).Want(t, 200, "Password")
		stranger := w.Enter("other", w.other.Administrator, w.other.North.ID)
		stranger.Get("/other/pet-parents/"+w.ken+"/communication/compose").Want(t, 404)

		b := w.Enter("paws", w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID), "")
		b.Get("/paws/pet-parents/"+w.ken+"/communication").Want(t, 200, `href="`+compose+`"`, "Compose Email")
		b.Get(compose).Want(t, 200, `action="`+compose+`"`, "Templates", "Client Login Credentials", "Send Message", "Aya Ito")
		letter := url.Values{
			"mark": {"m1"}, "to": {w.ken, w.aya}, "subject": {"Hello {{first_name}}"}, "body": {"Come and see us.\n\nYours"}, "do": {"preview"},
		}
		b.Post(compose, letter).Want(t, 200, "Hello Ken", "Nothing was sent", "Come and see us.")
		letter.Set("do", "send")
		b.Post(compose, letter).Want(t, 200, "on its way to Ken Ito, Aya Ito", "Hello Ken")
		b.Get(compose)
		b.Post(compose, letter).Want(t, 200, "was sent already")
		if n := len(w.audited(audit.MailComposed)); n != 2 {
			t.Errorf("recorded %d times", n)
		}
		bad := func(field, value, want string) {
			t.Helper()
			in := url.Values{"mark": {"m2"}, "to": {w.ken}, "subject": {"Hi"}, "body": {"Words that stay"}, "do": {"send"}}
			in.Set(field, value)
			b.Get(compose)
			b.Post(compose, in).Want(t, 422, want)
		}
		bad("subject", "Hi\r\nBcc: all@example.com", "one line")
		bad("to", w.bea, "people of this household")
		bad("to", w.foreign, "people of this household")
		bad("body", "{{nonsense}}", "nonsense")
		b.Get(compose)
		b.Post(compose, url.Values{"body": {strings.Repeat("x", 10<<20)}}).Want(t, 413)

		old := w.temporary(w.ken)
		b.Get(compose)
		b.Post(compose, url.Values{"template": {"welcome"}, "to": {w.ken}, "mark": {"m3"}, "do": {"use"}}).Want(t, 200, "temporary_password").Without(t, old)
		b.Post(compose, url.Values{"used": {"welcome"}, "to": {w.ken}, "mark": {"m3"}, "do": {"send"}, "format": {"html"}}).
			Want(t, 422, "Type a subject")
		if now := w.temporary(w.ken); now != old {
			t.Error("another temporary password although nothing was sent")
		}
		// The template as it stands, by a program or a page.
		b.Get(compose)
		b.Post(compose, url.Values{"used": {"welcome"}, "to": {w.aya}, "subject": {"Hi"}, "body": {"<p>x</p>"}, "format": {"html"}, "mark": {"m4"}, "do": {"send"}}).
			Want(t, 422, "must stand in it")
		words := "<p>Hello {{name}}: {{login_id}}, {{temporary_password}}, {{login_url}}, {{valid_for}}</p>"
		hand := url.Values{"to": {w.ken}, "subject": {"Your login"}, "body": {words}, "format": {"html"}, "mark": {"m5"}, "do": {"send"}}
		b.Get(compose)
		b.Post(compose, hand).Want(t, 200, "on its way to Ken Ito").Without(t, old)
		if now := w.temporary(w.ken); now == old || now == "" {
			t.Error("no new temporary password")
		}
		if _, words, err := w.Campaigns.Usual(access.WithViewer(t.Context(), access.Viewer{PracticeID: w.clinic.ID}), "welcome"); err != nil {
			t.Error(err)
		} else {
			usual := url.Values{
				"used": {"welcome"}, "to": {w.aya}, "subject": {words.Subject}, "body": {strings.ReplaceAll(words.HTML, "\n", "\r\n")},
				"format": {"html"}, "mark": {"m6"}, "do": {"send"},
			}
			b.Get(compose)
			b.Post(compose, usual).Want(t, 422, "There is no login yet")
			usual.Set("to", w.ken)
			b.Get(compose)
			b.Post(compose, usual).Want(t, 200, "on its way to Ken Ito")
		}
	})
}

func between(body, from, to string) string {
	_, rest, _ := strings.Cut(body, from)
	found, _, _ := strings.Cut(rest, to)
	return found
}

// TestComposePreview: what would be sent, and what is wrong, each said once.
func TestComposePreview(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		plain := w.temporary(w.ken)
		b := w.desk()
		compose := composing(w.ken)
		typed := letter("v1", "to", w.ken, "body", "Dear {{frist_name}}", "do", "preview")
		b.Get(compose).Want(t, 200, "{{first_name}}", "First name", "Never shown to staff")
		if p := b.Post(compose, typed).Want(t, 422, "Line 1, column 6", "Did you mean {{first_name}}?"); strings.Contains(p.Body, "column 9") {
			t.Error("it is said twice")
		}
		typed.Set("body", "Dear {{first_name}}: {{#temporary_password}}{{temporary_password}}{{/temporary_password}}{{#link}} or a link{{/link}}")
		shown := b.Post(compose, typed).Want(t, 200, "Preview for", "Dear Ken: ••••", "brings a temporary password")
		shown.Without(t, plain, "or a link\n") // the practice mails none
		frame := html.UnescapeString(between(shown.Body, `<iframe class="letter" src="`, `"`))
		letter := b.Get(frame).Want(t, 200, "Dear Ken: ••••")
		letter.Without(t, plain, "or a link")
		if !strings.HasPrefix(letter.Header.Get("Content-Security-Policy"), "sandbox;") || !strings.Contains(shown.Header.Get("Content-Security-Policy"), "frame-src 'self'") {
			t.Error("the frame and its page do not fit")
		}
		w.write(func(tx *db.Tx) error { return w.Campaigns.ForgetDrafts(w.ctx(), tx, w.clinic.ID, w.bea) })
		b.Get(frame).Want(t, 200)
		w.write(func(tx *db.Tx) error { return w.Campaigns.ForgetDrafts(w.ctx(), tx, w.clinic.ID, w.ken) })
		b.Get(frame).Want(t, 410)
		typed.Set("mark", "v2")
		typed.Set("body", "Here is {{link}}")
		b.Get(compose)
		b.Post(compose, typed).Want(t, 200, "Would not be sent", "There is nothing for")
		typed.Set("do", "send")
		b.Post(compose, typed).Want(t, 409, "does not mail activation links", "Here is {{link}}")
		if n := apptest.Number(w.App, `SELECT count(*) FROM message WHERE template = 'own'`); n != 0 {
			t.Errorf("%d messages", n)
		}
	})
}
