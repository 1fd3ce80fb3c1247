package petparentweb_test

import (
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/id"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

func composing(who string) string { return page(who, "communication", "compose") }

// letter is a form of Compose Email that is sent; more are pairs.
func letter(mark string, more ...string) url.Values {
	v := url.Values{"mark": {mark}, "subject": {"Hello"}, "body": {"Come and see us."}, "do": {"send"}}
	for i := 0; i < len(more); i += 2 {
		if more[i] != "to" {
			v.Del(more[i])
		}
		v.Add(more[i], more[i+1])
	}
	return v
}

// owns writes a template of the practice's own, or other words for it, and
// returns its id.
func (w *world) owns(templateID, lang, html string) string {
	w.t.Helper()
	token := w.Token("paws", w.clinic.Administrator, w.clinic.North.ID)
	text := map[string]any{"language": lang, "subject": "Spring", "html": html}
	if templateID == "" {
		text["name"] = "Spring " + id.New()
		return w.API("POST", "/templates", token, text).Want(w.t, 201).Text("template")
	}
	delete(text, "language")
	text["seen"] = w.API("GET", "/templates/"+templateID+"/texts/"+lang, token, nil).Text("version")
	w.API("PUT", "/templates/"+templateID+"/texts/"+lang, token, text).Want(w.t, 200)
	return templateID
}

// TestComposeProof: whatever brings credentials needs a fresh proof, and nothing
// that was typed is lost on the way there.
func TestComposeProof(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		first := w.temporary(w.ken)
		rita := w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID)
		b := w.Enter("paws", rita, "")
		compose := composing(w.ken)
		guarded := w.owns("", "en", "<p>Hi{{#temporary_password}}, {{temporary_password}}{{/temporary_password}}</p>")
		elsewhere := w.owns("", "en", "<p>Nothing in English</p>")
		w.owns(elsewhere, "de", "<p>{{#link}}{{link}}{{/link}} Deutsch</p>")
		w.Clock.Advance(6 * time.Minute)
		messages := apptest.Number(w.App, `SELECT count(*) FROM message`)

		typed := letter("p1", "to", w.ken)
		typed.Set("body", "Yours: {{ #temporary_password }}{{temporary_password}}{{/temporary_password}}")
		for name, form := range map[string]url.Values{
			"typed":            typed,
			"in a section":     letter("p2", "to", w.ken, "used", guarded, "brings", "yes"),
			"another language": letter("p3", "to", w.ken, "used", elsewhere, "brings", "yes"),
			"the usual one":    letter("p4", "to", w.ken, "used", "welcome"),
		} {
			if name != "typed" {
				opened := b.Get(compose+"?template="+form.Get("used")).Want(t, 200, "brings a temporary password or a link", `data-proven="`+compose+`/credentials"`)
				form.Set("subject", subjectOn(opened))
				form.Set("body", bodyOn(opened))
				form.Set("format", "html")
			}
			b.Get(compose)
			asked := b.Post(compose, form).Want(t, 200, "Confirm that it is you")
			u, _ := url.Parse(asked.Path)
			back := u.Query().Get("return")
			if !strings.HasPrefix(back, compose+"?kept=") || u.Query().Get("again") != "yes" {
				t.Fatalf("%s: leads back to %q", name, asked.Path)
			}
			kept := b.Get(back).Want(t, 200, "Send Message")
			if got := bodyOn(kept); strings.TrimSpace(got) != strings.TrimSpace(form.Get("body")) {
				t.Errorf("%s: the form says %q, want %q", name, got, form.Get("body"))
			}
			// Where a page with scripts asks.
			b.Post(compose+"/credentials", form).Want(t, 200, "Confirm that it is you")
		}
		if n := apptest.Number(w.App, `SELECT count(*) FROM message`); n != messages || w.temporary(w.ken) != first {
			t.Fatalf("%d messages more, or another temporary password, without a proof", n-messages)
		}
		// Somebody else's, of another person, and of long ago.
		other := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		other.Get(compose+"?kept=p4").Want(t, 410, "not kept any more")
		b.Get(composing(w.aya)+"?kept=p4").Want(t, 410)
		b.Get(compose+"/letter?kept=p4").Want(t, 200, "••••").Without(t, first)
		w.Clock.Advance(61 * time.Minute)
		b = w.Enter("paws", rita, "")
		b.Get(compose+"?kept=p4").Want(t, 410, "Write the message again")
		if err := w.Campaigns.Sweep(w.ctx()); err != nil || apptest.Number(w.App, `SELECT count(*) FROM composed`) != 0 {
			t.Error("what was typed is still there", err)
		}

		w.Clock.Advance(6 * time.Minute)
		form := letter("p6", "to", w.ken, "used", guarded, "format", "html", "brings", "yes")
		form.Set("subject", "Spring")
		form.Set("body", "<p>Hi{{#temporary_password}}, {{temporary_password}}{{/temporary_password}}</p>")
		b.Get(compose)
		u, _ := url.Parse(b.Post(compose, form).Want(t, 200, "Confirm that it is you").Path)
		b.Post("/paws/account/confirm", url.Values{"password": {rita.Password}, "return": {u.Query().Get("return")}, "again": {"yes"}}).
			Want(t, 200, "send once more", "Hi{{#temporary_password}}")
		b.Post(compose+"/credentials", form).Want(t, 200, "on its way to Ken Ito").Without(t, first)
		now := w.temporary(w.ken)
		if now == first || !strings.Contains(w.LastMail("ken@example.com").Text, "Hi, "+now) {
			t.Errorf("the letter says %s", w.LastMail("ken@example.com").Text)
		}
		everything := apptest.Everything(w.App) + w.Logged()
		for _, secret := range []string{first, now} {
			if strings.Contains(everything, secret) {
				t.Error("a temporary password is in the database or the log")
			}
		}
		w.Clock.Advance(8 * 24 * time.Hour)
		if err := w.Campaigns.Sweep(w.ctx()); err != nil || apptest.Number(w.App, `SELECT count(*) FROM composed`) != 0 {
			t.Error("marks are kept for ever", err)
		}
	})
}

// subjectOn is what the field says.
func subjectOn(p apptest.Page) string {
	return html.UnescapeString(between(between(p.Body, `<input id="field-subject"`, ">"), `value="`, `"`))
}

// bodyOn is what the field says.
func bodyOn(p apptest.Page) string {
	return html.UnescapeString(between(p.Body[strings.Index(p.Body, `<textarea id="field-body"`):], ">", "</textarea>"))
}

// TestComposeAllowed: who may write, to whom, and with what.
func TestComposeAllowed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		first := w.temporary(w.ken)
		compose := composing(w.ken)
		own := w.owns("", "en", "<p>Dear {{name}}</p>")
		secret := w.owns("", "en", "<p>Dear {{name}}: {{link}}</p>")
		desk := w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID)
		vet := w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID)

		w.Browser().Get(compose).Want(t, 200, "Password")
		w.Browser().Post(compose, letter("a1", "to", w.ken)).Want(t, 200, "Password")
		v := w.Enter("paws", vet, "")
		for _, path := range []string{compose, compose + "/letter?kept=x"} {
			v.Get(path).Want(t, 403)
		}
		v.Get("/paws/")
		v.Post(compose, letter("a2", "to", w.ken)).Want(t, 403)
		v.Get("/paws/")
		v.Post(compose+"/credentials", letter("a2", "to", w.ken)).Want(t, 403)
		s := w.Enter("other", w.other.Administrator, w.other.North.ID)
		s.Get("/other/pet-parents/"+w.ken+"/communication/compose").Want(t, 404)
		s.Get("/other/pet-parents/" + w.foreign + "/communication/compose")
		s.Post("/other/pet-parents/"+w.ken+"/communication/compose", letter("a3", "to", w.ken)).Want(t, 404)
		s.Get("/other/pet-parents/" + w.foreign + "/communication/compose")
		s.Post("/other/pet-parents/"+w.foreign+"/communication/compose", letter("a4", "to", w.ken)).Want(t, 422, "people of this household")
		s.Post("/other/pet-parents/"+w.foreign+"/communication/compose", letter("a5", "to", w.foreign, "used", own)).Want(t, 409, "no such template", "Come and see us.")
		s.Get("/other/pet-parents/"+w.foreign+"/communication/compose?template="+own).Want(t, 404)

		// Who writes but does not manage logins.
		apptest.Exec(w.App, `UPDATE role SET permissions = '["petparent.read","mail.read","mail.send"]' WHERE key = $1`, role.Veterinarian)
		v = w.Enter("paws", vet, "")
		v.Get(compose).Want(t, 200, "Spring").Without(t, "Client Login Credentials")
		for _, form := range []url.Values{
			letter("a6", "to", w.ken, "used", "welcome"),
			letter("a7", "to", w.ken, "used", secret, "format", "html"),
			letter("a8", "to", w.ken, "format", "html"),
		} {
			form.Set("body", "<p>Dear {{name}}: {{link}}</p>")
			form.Set("subject", "Spring")
			if form.Get("used") == "welcome" {
				form.Set("body", "<p>{{login_id}} {{temporary_password}} {{login_url}}</p>")
				form.Set("format", "html")
			}
			v.Get(compose)
			v.Post(compose, form).Want(t, 403, "may not manage logins").Without(t, first)
			v.Get(compose)
			v.Post(compose+"/credentials", form).Want(t, 403).Without(t, first)
		}
		v.Get(compose)
		v.Post(compose, letter("a9", "to", w.ken)).Want(t, 200, "on its way to Ken Ito")
		if w.temporary(w.ken) != first {
			t.Error("another temporary password")
		}
		// Who manages logins but does not write.
		apptest.Exec(w.App, `UPDATE role SET permissions = '["petparent.read","login.manage"]' WHERE key = $1`, role.Veterinarian)
		v = w.Enter("paws", vet, "")
		v.Get(page(w.ken))
		v.Post(compose+"/credentials", letter("a10", "to", w.ken, "used", "welcome")).Want(t, 403)

		// The branch decides about logins; people belong to all branches.
		b := w.Enter("paws", desk, "")
		b.Get(composing(w.bea)).Want(t, 200, "no e-mail address on record")
		apptest.Exec(w.App, `UPDATE branch SET features_off = '["pet_app"]' WHERE id = $1`, w.clinic.North.ID)
		b.Get(compose).Want(t, 200).Without(t, "Client Login Credentials")
		form := letter("a12", "to", w.ken)
		form.Set("body", "{{link}}")
		b.Post(compose, form).Want(t, 403, "may not manage logins")
		b.Get(compose)
		b.Post(compose, letter("a13", "to", w.ken)).Want(t, 200, "on its way to Ken Ito")

		// Changed to carry a secret since the page was opened: the words on the page are
		// the English ones, and people who read German would get others.
		apptest.Exec(w.App, `UPDATE branch SET features_off = '[]' WHERE id = $1`, w.clinic.North.ID)
		opened := b.Get(compose+"?template="+own).Want(t, 200, "Dear {{name}}")
		opened.Without(t, "brings a temporary password")
		w.owns(own, "de", "<p>{{temporary_password}}</p>")
		form = letter("a14", "to", w.ken, "used", own, "format", "html")
		form.Set("subject", "Spring")
		form.Set("body", "<p>Dear {{name}}</p>")
		b.Post(compose, form).Want(t, 409, "changed meanwhile", "Dear {{name}}", `name="brings"`)
		if w.temporary(w.ken) != first {
			t.Error("another temporary password by a template that changed")
		}
	})
}

// TestComposeRecovery: credentials go where the login is recovered, and never
// move that.
func TestComposeRecovery(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		apptest.Exec(w.App, `UPDATE pet_parent SET email = 'thief@example.com' WHERE id = $1`, w.ken)
		b := w.desk()
		compose := composing(w.ken)
		shown := b.Get(compose+"?template=welcome").Want(t, 200, "Goes to the recovery address, which differs from the contact e-mail thief@example.com", "System Login Editor")
		form := letter("r1", "to", w.ken, "used", "welcome", "format", "html", "brings", "yes")
		form.Set("subject", subjectOn(shown))
		form.Set("body", bodyOn(shown))
		b.Post(compose, form).Want(t, 200, "on its way to Ken Ito")
		if l := w.LastMail("ken@example.com"); !strings.Contains(l.Text, w.temporary(w.ken)) {
			t.Errorf("the letter says %s", l.Text)
		}
		if n := apptest.Number(w.App, `SELECT count(*) FROM account WHERE recovery_email = 'thief@example.com'`); n != 0 {
			t.Error("the recovery address was moved")
		}
		if n := apptest.Number(w.App, `SELECT count(*) FROM message WHERE to_address = 'thief@example.com'`); n != 0 {
			t.Errorf("%d messages with credentials to the contact e-mail", n)
		}
		apptest.Exec(w.App, `UPDATE account SET recovery_email = '' WHERE login_id = 'ken@example.com'`)
		b.Get(compose+"?template=welcome").Want(t, 200, "no recovery address")
		form.Set("mark", "r2")
		b.Post(compose, form).Want(t, 422, "no recovery address")
	})
}

// TestComposePeople: who is barred, who is left out by bulk mail, and who gets it.
func TestComposePeople(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put(w.clinic, petparent.HouseholdInput{
			System: "generic", ExternalID: "H3", Active: true,
			People: []petparent.PersonInput{
				{FirstName: "Ann", LastName: "Three", Emails: []string{"ann@example.com"}},
				{FirstName: "Ben", LastName: "Three", Emails: []string{"ben@example.com"}},
				{FirstName: "Cid", LastName: "Three", Emails: []string{"cid@example.com"}},
			},
			Pets: []petparent.PetInput{{ExternalID: "Q1", Name: "Rex", Species: "dog"}},
		})
		ann, ben, cid := w.find(w.clinic, "ann three"), w.find(w.clinic, "ben three"), w.find(w.clinic, "cid three")
		b := w.desk()
		b.Get(composing(ann)).Want(t, 200, "Ben Three", "Cid Three", "Each gets a message of their own")
		all := letter("h1", "to", ann, "to", ben, "to", cid)
		all.Set("body", "Dear {{first_name}}, think of {{pets}}.")
		b.Post(composing(ann), all).Want(t, 200, "on its way to Ann Three, Ben Three, Cid Three")
		for _, first := range []string{"Ann", "Ben", "Cid"} {
			if l := w.LastMail(strings.ToLower(first) + "@example.com"); !strings.Contains(l.Text, "Dear "+first+", think of Rex.") {
				t.Errorf("%s reads %s", first, l.Text)
			}
		}
		if n := len(w.audited(audit.MailComposed)); n != 3 {
			t.Errorf("recorded %d times", n)
		}
		// All or nobody.
		w.invite(ann, "ann@example.com", true)
		former := w.temporary(ann)
		some := letter("h2", "to", ann, "to", ben)
		some.Set("body", "{{temporary_password}}")
		b.Get(composing(ann))
		b.Post(composing(ann), some).Want(t, 422, "Ben Three: There is no login yet")
		if w.temporary(ann) != former {
			t.Error("one of them got another temporary password")
		}
		// A required token without a value.
		b.Get(composing(ann))
		needs := letter("h3", "to", ann)
		needs.Set("body", "Your branch is {{branch}}")
		b.Post(composing(ann), needs).Want(t, 422, "Ann Three: there is no value for {{branch}}")
		needs.Set("do", "preview")
		b.Post(composing(ann), needs).Want(t, 200, "Would not be sent", "branch")
		needs.Set("body", "{{#branch}}Your branch is {{branch}}{{/branch}}Hello")
		needs.Set("do", "send")
		b.Post(composing(ann), needs).Want(t, 200, "on its way to Ann Three")

		secret := func(mark string) url.Values {
			v := letter(mark, "to", ann)
			v.Set("body", "{{temporary_password}}")
			return v
		}
		for i, row := range []struct{ statement, plain, credentials string }{
			{`UPDATE household SET opt_out = TRUE WHERE external_id = 'H3'`, "Ann Three: Opted out", ""},
			{`UPDATE household SET opt_out = FALSE, active = FALSE WHERE external_id = 'H3'`, "Ann Three: Inactive client", "Ann Three: Inactive client"},
			{`UPDATE household SET active = TRUE, deleted = TRUE WHERE external_id = 'H3'`, "The record was deleted", "The record was deleted"},
			{`UPDATE household SET deleted = FALSE WHERE external_id = 'H3'`, "", ""},
			{`UPDATE pet SET deceased = TRUE WHERE name = 'Rex'`, "Ann Three: All pets deceased", "All pets have died"},
			{`UPDATE pet SET deceased = FALSE WHERE name = 'Rex'`, "", ""},
			{`UPDATE account SET active = FALSE WHERE login_id = 'ann@example.com'`, "", "switched off"},
			{`UPDATE account SET active = TRUE, onboarded_at = 1 WHERE login_id = 'ann@example.com'`, "", "a password of their own"},
		} {
			apptest.Exec(w.App, row.statement)
			for _, try := range []struct {
				form url.Values
				want string
			}{{letter(fmt.Sprint("k", i), "to", ann), row.plain}, {secret(fmt.Sprint("l", i)), row.credentials}} {
				b.Get(composing(ann))
				got := b.Post(composing(ann), try.form)
				switch {
				case try.want == "":
					got.Want(t, 200, "on its way to Ann Three")
				default:
					got.Want(t, 422, try.want, try.form.Get("body"))
				}
			}
			if strings.HasPrefix(row.plain, "Ann Three") {
				b.Post(composing(ann), letter(fmt.Sprint("m", i), "to", ann, "despite", "yes")).Want(t, 200, "on its way to Ann Three")
			}
		}
	})
}

// TestComposeHeaders: nothing that somebody typed or imported adds a header.
func TestComposeHeaders(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.desk()
		compose := composing(w.ken)
		for i, subject := range []string{"Hi\r\nBcc: all@example.com", "Hi\nBcc: all@example.com", "Hi\rBcc: x", "Hi\x00", "Hi\u2028Bcc: x"} {
			form := letter(fmt.Sprint("i", i), "to", w.ken)
			form.Set("subject", subject)
			b.Get(compose)
			b.Post(compose, form).Want(t, 422, "one line")
		}
		apptest.Exec(w.App, `UPDATE pet_parent SET first_name = $2 WHERE id = $1`, w.ken, "Ken\r\nBcc: all@example.com\r\n\r\nBody")
		form := letter("i9", "to", w.ken)
		form.Set("subject", "Hello {{first_name}}")
		b.Get(compose)
		b.Post(compose, form).Want(t, 200, "on its way")
		l := w.LastMail("ken@example.com")
		if strings.ContainsAny(l.Subject+l.To.Name+l.From.Name, "\r\n") || !strings.HasPrefix(l.Subject, "Hello Ken Bcc:") {
			t.Errorf("subject %q, to %q", l.Subject, l.To.Name)
		}
		for i, body := range []string{"{{unknown}}", "{{#pets}}", "{{{name}}}", "{{> x}}"} {
			form := letter(fmt.Sprint("j", i), "to", w.ken)
			form.Set("body", body)
			b.Get(compose)
			b.Post(compose, form).Want(t, 422, body, "Line 1")
		}
	})
}

// TestComposeWhatWasSet: a temporary password that staff set and nobody was mailed
// is the one that goes out; written again, it is another one.
func TestComposeWhatWasSet(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", false)
		desk := w.Token("paws", w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID), "")
		set := "Biscuit likes walks"
		w.API("PUT", "/pet-parents/"+w.ken+"/login", desk, map[string]any{"login_id": "ken@example.com", "active": true, "temporary_password": map[string]any{"typed": set}}).Want(t, 200)
		for n, kept := range []bool{true, false} {
			w.API("POST", "/messages", desk, map[string]any{"pet_parent_id": w.ken, "template": "welcome"}).Want(t, 202)
			w.Work()
			if got := w.LastMail("ken@example.com"); strings.Contains(got.Text, set) != kept {
				t.Errorf("message %d says %q", n, got.Text)
			}
			if (w.temporary(w.ken) == set) != kept {
				t.Errorf("after message %d another one opens the first sign-in", n)
			}
		}
	})
}

// TestComposeOnce: of the same form sixteen times at once, one sends.
func TestComposeOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("needs PostgreSQL")
	}
	w := newWorld(t, apptest.On(t, dbtest.New(t, db.PostgreSQL)))
	w.invite(w.ken, "ken@example.com", true)
	desk := w.Token("paws", w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID), "")
	send := func(body map[string]any) func(int) bool {
		return func(int) bool {
			r := w.API("POST", "/messages", desk, body)
			if r.Status != 202 && (r.Status != 409 || !strings.HasSuffix(r.Text("type"), "sent-already")) {
				t.Errorf("%d: %s", r.Status, r.Raw)
			}
			return r.Status == 202
		}
	}
	for _, body := range []map[string]any{
		{"pet_parent_id": w.ken, "to": []string{w.ken, w.aya}, "subject": "Hi", "text": "Come", "mark": "once"},
		{"pet_parent_id": w.ken, "template": "welcome", "mark": "twice"},
	} {
		if n := apptest.AtOnce(16, send(body)); n != 1 {
			t.Errorf("%v was sent %d times", body, n)
		}
	}
	if n := apptest.Number(w.App, `SELECT count(*) FROM message WHERE template = 'own'`); n != 2 {
		t.Errorf("%d messages", n)
	}
	if n := apptest.Number(w.App, `SELECT count(*) FROM message WHERE template = 'welcome'`); n != 2 { // and the first invitation
		t.Errorf("%d invitations", n)
	}
}

func TestComposeAPI(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		first := w.temporary(w.ken)
		own := w.owns("", "en", "<p>Dear {{name}}</p>")
		secret := w.owns("", "en", "<p>{{#temporary_password}}{{temporary_password}}{{/temporary_password}}</p>")
		rita := w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID)
		vet := w.Token("paws", w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID), "")
		other := w.Token("other", w.other.Administrator, w.other.North.ID)
		key := w.key(access.MailSend, access.MailRead, access.LoginManage, access.PetParentRead)
		body := func(more ...any) map[string]any {
			all := map[string]any{"pet_parent_id": w.ken, "subject": "Hi", "text": "Come"}
			for i := 0; i < len(more); i += 2 {
				if all[more[i].(string)] = more[i+1]; more[i+1] == nil {
					delete(all, more[i].(string))
				}
			}
			return all
		}
		usual := body("subject", nil, "text", nil, "template", "welcome")
		stale := w.Token("paws", rita, "")
		w.Clock.Advance(6 * time.Minute)
		desk := w.Token("paws", rita, "")
		w.Tries([]apptest.Try{
			{"POST", "/messages", "", body(), 401, ""},
			{"POST", "/messages", vet, body(), 403, "permission-missing"},
			{"POST", "/messages", other, body(), 404, ""},
			{"POST", "/messages", other, body("pet_parent_id", w.foreign, "to", []string{w.ken}), 422, ""},
			{"POST", "/messages", other, body("pet_parent_id", w.foreign, "template", own), 404, "template-not-found"},
			{"POST", "/messages", desk, body("pet_parent_id", "x"), 404, ""},
			{"POST", "/messages", desk, body("to", []string{w.bea}), 422, ""},
			{"POST", "/messages", desk, body("subject", "a\r\nBcc: b@example.com"), 422, ""},
			{"POST", "/messages", desk, body("text", "{{unknown}}"), 422, ""},
			{"POST", "/messages", desk, body("unknown", 1), 422, ""},
			{"POST", "/messages", desk, body("template", "password_reset"), 404, "template-not-found"},
			{"POST", "/messages", stale, usual, 403, "step-up-required"},
			{"POST", "/messages", stale, body("subject", nil, "text", nil, "template", secret), 403, "step-up-required"},
			{"POST", "/messages", stale, body("text", "{{link}}"), 403, "step-up-required"},
			{"POST", "/messages", desk, body("text", "{{link}}"), 409, "activation-links-off"},
			{"POST", "/messages", key, usual, 403, "not-for-programs"},
			{"POST", "/messages", key, body("subject", nil, "text", nil, "template", secret), 403, "not-for-programs"},
			{"POST", "/messages", key, body("text", "{{temporary_password}}"), 403, "not-for-programs"},
			{"POST", "/messages", key, body(), 202, ""},
			{"POST", "/messages", stale, body("subject", nil, "text", nil, "template", own), 202, ""},
		})
		if w.temporary(w.ken) != first {
			t.Fatal("another temporary password")
		}
		if r := w.API("POST", "/messages", desk, usual).Want(t, 202); strings.Contains(r.Raw, w.temporary(w.ken)) || !strings.Contains(r.Raw, w.ken) {
			t.Errorf("answered %s", r.Raw)
		}
		now := w.temporary(w.ken)
		if r := w.API("GET", "/pet-parents/"+w.ken+"/messages", desk, nil).Want(t, 200); strings.Contains(r.Raw, now) || strings.Contains(r.Raw, first) {
			t.Errorf("the messages say %s", r.Raw)
		}
		if !strings.Contains(w.LastMail("ken@example.com").Text, now) {
			t.Error("the new one was not mailed")
		}
		if all := apptest.Everything(w.App) + w.Logged(); strings.Contains(all, now) || strings.Contains(all, first) {
			t.Error("a temporary password is in the database or the log")
		}
	})
}
