package petparentweb_test

import (
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/mail"
	"catflap/internal/role"
)

// newest is the id of the newest message to somebody.
func (w *world) newest(petParentID string) string {
	w.t.Helper()
	list, err := w.Mail.ForPetParent(w.ctx(), w.clinic.ID, petParentID, mail.Page{Limit: 1})
	if err != nil || len(list.Messages) != 1 {
		w.t.Fatalf("%d messages: %v", len(list.Messages), err)
	}
	return list.Messages[0].ID
}

// TestMessage: what was sent can be looked at, secrets as dots.
func TestMessage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		plain := w.temporary(w.ken)
		one := page(w.ken, "communication", w.newest(w.ken))
		tab := page(w.ken, "communication")

		w.Browser().Get(one).Want(t, 200, "Password")
		w.Browser().Get(one+"/letter").Want(t, 200, "Password").Without(t, plain)
		vet := w.Enter("paws", w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID), "")
		vet.Get(one).Want(t, 403)
		vet.Get(one+"/letter").Want(t, 403)
		stranger := w.Enter("other", w.other.Administrator, w.other.North.ID)
		for _, path := range []string{
			strings.Replace(one, "/paws/", "/other/", 1), "/other/pet-parents/" + w.foreign + "/communication/" + w.newest(w.ken),
			"/other/pet-parents/" + w.foreign + "/communication/compose?again=" + w.newest(w.ken),
		} {
			stranger.Get(path).Want(t, 404).Without(t, plain)
		}
		b := w.desk()
		b.Get(page(w.aya, "communication", w.newest(w.ken))).Want(t, 404)
		b.Get(page(w.ken, "communication", "x")).Want(t, 404)
		b.Get(tab).Want(t, 200, "Your login for", "Sent", `href="`+one+`"`, "Send new credentials", `href="`+tab+`/compose?template=welcome"`).Without(t, plain)
		shown := b.Get(one).Want(t, 200, "What it says", "••••", "ken@example.com", `src="`+one+`/letter"`)
		shown.Without(t, plain)
		if !strings.Contains(shown.Header.Get("Content-Security-Policy"), "frame-src 'self'") {
			t.Error("the page cannot show the letter")
		}
		letter := b.Get(one+"/letter").Want(t, 200, "••••", "Ken Ito")
		letter.Without(t, plain)
		if !strings.HasPrefix(letter.Header.Get("Content-Security-Policy"), "sandbox;") {
			t.Errorf("the letter comes with %s", letter.Header.Get("Content-Security-Policy"))
		}
		b.Get(composing(w.ken)+"?again="+w.newest(w.ken)).Want(t, 410)

		// Who is in has no more use for credentials.
		apptest.Exec(w.App, `UPDATE account SET onboarded_at = 1 WHERE login_id = 'ken@example.com'`)
		b.Get(tab).Want(t, 200).Without(t, "Send new credentials")
		// A link is dots too, and leads nowhere.
		desk := w.Token("paws", w.Hire(w.clinic, "Dora Desk", "dora@paws.example", role.Receptionist, w.clinic.North.ID), "")
		w.API("POST", "/pet-parents/"+w.ken+"/login/reset-link", desk, nil).Want(t, 202)
		w.Work()
		reset := page(w.ken, "communication", w.newest(w.ken))
		link := w.Link(w.LastMail("ken@example.com"), "reset-password")
		b.Get(reset).Want(t, 200, "Password reset", "••••").Without(t, link, "Send again", "Try again")
		b.Get(reset+"/letter").Want(t, 200, "••••").Without(t, link)
		// Erased.
		apptest.Exec(w.App, `UPDATE message SET to_address = '', subject = '', data = '{}'`)
		b.Get(one).Want(t, 200, "not stored any more", "Erased").Without(t, "<iframe")
		b.Get(one+"/letter").Want(t, 410)
		b.Get(tab).Want(t, 200, "Welcome e-mail")
	})
}

// TestTryAgain: what failed goes into the queue again, unless it carried a secret.
func TestTryAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		invitation := w.newest(w.ken)
		b := w.desk()
		b.Get(composing(w.ken))
		b.Post(composing(w.ken), letter("t1", "to", w.ken)).Want(t, 200, "on its way")
		w.Work()
		apptest.Exec(w.App, `UPDATE message SET state = 'failed', attempts = 3, last_error = '550 No such mailbox', sent_at = NULL WHERE petparent_id = $1`, w.ken)
		own := w.newest(w.ken)
		again := func(id string) string { return page(w.ken, "communication", id, "again") }
		tab := b.Get(page(w.ken, "communication")).Want(t, 200, "Failed", "550 No such mailbox", "3 tries", `href="`+composing(w.ken)+"?again="+own+`"`, `action="`+again(own)+`"`, "Send new credentials")
		if n := strings.Count(tab.Body, "/again\""); n != 1 {
			t.Errorf("%d messages can be tried again", n)
		}
		w.Browser().Post(again(own), nil).Want(t, 200, "Password")
		vet := w.Enter("paws", w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID), "")
		vet.Get("/paws/")
		vet.Post(again(own), nil).Want(t, 403)
		stranger := w.Enter("other", w.other.Administrator, w.other.North.ID)
		stranger.Get("/other/pet-parents/" + w.foreign)
		stranger.Post("/other/pet-parents/"+w.foreign+"/communication/"+own+"/again", nil).Want(t, 404)
		stranger.Get("/other/pet-parents/" + w.foreign)
		stranger.Post("/other/pet-parents/"+w.ken+"/communication/"+own+"/again", nil).Want(t, 404)
		b.Post(page(w.aya, "communication", own, "again"), nil).Want(t, 404)
		b.Get(page(w.ken, "communication"))
		b.Post(again(invitation), nil).Want(t, 200, "carried a temporary password")
		if n := apptest.Number(w.App, `SELECT count(*) FROM message WHERE state = 'failed'`); n != 2 {
			t.Fatalf("%d failed", n)
		}
		b.Post(again(own), nil).Want(t, 200, "in the queue again", "Waiting to be sent")
		if n := len(w.audited(audit.MailTriedAgain)); n != 1 {
			t.Errorf("recorded %d times", n)
		}
		w.Work()
		b.Get(page(w.ken, "communication")).Want(t, 200, "Sent")
		b.Post(again(own), nil).Want(t, 200, "did not fail")
	})
}

// TestSendAgain: the same words once more, for the values of today.
func TestSendAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		own := w.owns("", "en", "<p>Dear {{first_name}}</p>")
		w.owns(own, "de", "<p>Guten Tag {{first_name}}</p>")
		b := w.desk()
		hand := letter("s1", "to", w.ken)
		hand.Set("body", "Dear {{first_name}},\n\ncome & see us.")
		b.Get(composing(w.ken))
		b.Post(composing(w.ken), hand).Want(t, 200, "on its way")
		byHand := w.newest(w.ken)
		used := b.Get(composing(w.ken)+"?template="+own).Want(t, 200, "Dear {{first_name}}")
		form := letter("s2", "to", w.ken, "used", own, "format", "html")
		form.Set("subject", subjectOn(used))
		form.Set("body", bodyOn(used))
		b.Post(composing(w.ken), form).Want(t, 200, "on its way")
		byTemplate := w.newest(w.ken)

		apptest.Exec(w.App, `UPDATE pet_parent SET first_name = 'Kenneth' WHERE id = $1`, w.ken)
		again := b.Get(composing(w.ken)+"?again="+byHand).Want(t, 200, "Send Message")
		if strings.TrimSpace(bodyOn(again)) != hand.Get("body") || strings.Contains(again.Body, `value="html" checked`) {
			t.Errorf("the form says %q", bodyOn(again))
		}
		form = letter("s3", "to", w.ken)
		form.Set("body", bodyOn(again))
		b.Post(composing(w.ken), form).Want(t, 200, "on its way")
		if l := w.LastMail("ken@example.com"); !strings.Contains(l.Text, "Dear Kenneth,\n\ncome & see us.") {
			t.Errorf("the letter says %s", l.Text)
		}
		// A template speaks to each in their own language.
		apptest.Exec(w.App, `UPDATE practice SET policy = '{"language_clients": "de"}' WHERE id = $1`, w.clinic.ID)
		b.Get(composing(w.ken)+"?again="+byTemplate).Want(t, 200, `name="used" value="`+own+`"`)
		german := b.Get(composing(w.ken)+"?template="+own).Want(t, 200, "Guten Tag")
		form = letter("s4", "to", w.ken, "used", own, "format", "html", "do", "preview")
		form.Set("body", bodyOn(german))
		form.Set("subject", subjectOn(german))
		shown := b.Post(composing(w.ken), form).Want(t, 200, "Guten Tag Kenneth", "Nothing was sent")
		frame := between(shown.Body, `<iframe class="letter phone" src="`, `"`)
		b.Get(strings.ReplaceAll(frame, "&amp;", "&")).Want(t, 200, "Guten Tag Kenneth")
		b.Get(composing(w.ken))
		form.Set("do", "send")
		b.Post(composing(w.ken), form).Want(t, 200, "on its way")
		if l := w.LastMail("ken@example.com"); !strings.Contains(l.Text, "Guten Tag Kenneth") {
			t.Errorf("the letter says %s", l.Text)
		}
		w.invite(w.ken, "ken@example.com", false)
		apptest.Exec(w.App, `UPDATE account SET lang = 'en', onboarded_at = 1 WHERE login_id = 'ken@example.com'`)
		form.Set("mark", "s5")
		b.Get(composing(w.ken))
		b.Post(composing(w.ken), form).Want(t, 200, "on its way")
		if l := w.LastMail("ken@example.com"); !strings.Contains(l.Text, "Dear Kenneth") {
			t.Errorf("the letter says %s", l.Text)
		}
		// Deleted meanwhile: the words are still there.
		token := w.Token("paws", w.clinic.Administrator, w.clinic.North.ID)
		w.API("DELETE", "/templates/"+own+"?mark=2", token, nil).Want(t, 204)
		b.Get(composing(w.ken)+"?again="+byTemplate).Want(t, 200, "Dear {{first_name}}", `name="used" value=""`)
		// Words are not shown to who must not read messages.
		w.Clock.Advance(time.Second)
		apptest.Exec(w.App, `UPDATE role SET permissions = '["petparent.read","mail.send"]' WHERE key = $1`, role.Veterinarian)
		vet := w.Enter("paws", w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID), "")
		vet.Get(composing(w.ken)+"?again="+byHand).Want(t, 404)
		vet.Get(composing(w.ken)).Want(t, 200)
		vet.Post(composing(w.ken), letter("s6", "to", w.ken)).Want(t, 200, "on its way", "Basic Info")
	})
}
