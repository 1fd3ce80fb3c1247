package petparentweb_test

import (
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

func TestEmailMarketing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		plain := w.temporary(w.ken)
		list, one := "/paws/marketing/email", "/paws/marketing/email/"+w.ken
		show := one + "/temporary-password/show"

		w.Browser().Get(list).Want(t, 200, "Password")
		vet := w.Enter("paws", w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID), "")
		vet.Get("/paws/").Want(t, 200).Without(t, "Email Marketing")
		vet.Get(list).Want(t, 403)
		vet.Get(one).Want(t, 403)
		vet.Get("/paws/")
		vet.Post(show, nil).Want(t, 403).Without(t, plain)
		stranger := w.Enter("other", w.other.Administrator, w.other.North.ID)
		stranger.Get("/other/marketing/email").Want(t, 200, "Fay Foreign").Without(t, "Ken Ito")
		stranger.Get("/other/marketing/email/"+w.ken).Want(t, 404)
		stranger.Get("/other/marketing/email")
		stranger.Post("/other/marketing/email/"+w.ken+"/temporary-password/show", nil).Want(t, 404).Without(t, plain)

		rita := w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID)
		b := w.Enter("paws", rita, "")
		b.Get("/paws/").Want(t, 200, "Marketing", "Email Marketing")
		b.Get(list).Want(t, 200, "Ken Ito", "Aya Ito", "Bea Brown", "No e-mail", "View Details", "Sent").Without(t, plain, "Fay Foreign")
		b.Get(list+"?q=brown").Want(t, 200, "Bea Brown", "Left out").Without(t, "Ken Ito")
		b.Get(list+"?q=zzzz").Want(t, 200, "Nobody matches")
		b.Get(list+"?cursor=x").Want(t, 422, "Leave the cursor out", "Ken Ito")
		b.Get(one).Want(t, 200, "Full login", "ken@", "Invited", "Welcome e-mail", "Temporary password", "Show").Without(t, plain)
		w.Clock.Advance(6 * time.Minute)
		b.Get(one)
		b.Post(show, nil).Want(t, 200, "Confirm that it is you").Without(t, plain)
		u, _ := url.Parse(b.Page.Path)
		b.Post("/paws/account/confirm", url.Values{"password": {rita.Password}, "return": {u.Query().Get("return")}}).Want(t, 200, "Full login").Without(t, plain)
		b.Post(show, nil).Want(t, 200, plain, `data-secret="30"`, "on record")
		if n := len(w.audited(audit.TemporaryShown)); n != 1 {
			t.Errorf("recorded %d times", n)
		}
		b.Get("/paws/marketing/email/"+w.bea).Want(t, 200, "No login yet", "None on record", "Left out").Without(t, ">Show<")
		b.Post("/paws/marketing/email/"+w.bea+"/temporary-password/show", nil).Want(t, 410, "There is no temporary password to show")

		// Nobody may look, it has expired, or they are in: not here either.
		apptest.Exec(w.App, `UPDATE practice SET policy = '{"temporary_readable": false}' WHERE id = $1`, w.clinic.ID)
		b.Get(one).Want(t, 200, "Nobody can read it").Without(t, ">Show<")
		b.Post(show, nil).Want(t, 410, "nobody can read temporary passwords").Without(t, plain)
		apptest.Exec(w.App, `UPDATE practice SET policy = '{}' WHERE id = $1`, w.clinic.ID)
		w.settle("ken@example.com", plain, url.Values{
			"person.first_name": {"Ken"}, "person.last_name": {"Ito"}, "person.email": {"ken@example.com"}, "person.phones": {"+1 206-555-0152"},
		})
		b.Get(one).Want(t, 200, "a password of their own", "Forgot password?").Without(t, "Temporary password</dt>", ">Show<", plain)
		b.Post(show, nil).Want(t, 410).Without(t, plain)

		// The plan and the branch decide.
		apptest.Exec(w.App, `UPDATE branch SET features_off = '["pet_app"]' WHERE id = $1`, w.clinic.North.ID)
		w.invite(w.aya, "aya@example.com", true)
		b.Get("/paws/marketing/email/"+w.aya).Want(t, 200, "Full login").Without(t, ">Show<")
		b.Post("/paws/marketing/email/"+w.aya+"/temporary-password/show", nil).Want(t, 403, "switched off in this branch").Without(t, w.temporary(w.aya))
		apptest.Exec(w.App, `UPDATE practice SET plan = 'standard' WHERE id = $1`, w.clinic.ID)
		b.Get(list).Want(t, 403)
	})
}

// TestEmailMarketingFilter: by what became of the newest message, and by why they
// cannot be mailed.
func TestEmailMarketingFilter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 120 {
			w.put(w.clinic, many(i))
		}
		sent, failed, waiting, dropped := w.find(w.clinic, "Person001"), w.find(w.clinic, "Person002"), w.find(w.clinic, "Person003"), w.find(w.clinic, "Person004")
		b := w.desk()
		for _, who := range []string{sent, failed, waiting, dropped, w.ken} {
			b.Get(composing(who))
			b.Post(composing(who), letter("f"+who, "to", who)).Want(t, 200, "on its way")
		}
		w.Work()
		mark := func(who, state, words string) {
			apptest.Exec(w.App, `UPDATE message SET state = $2, last_error = $3, sent_at = NULL WHERE petparent_id = $1`, who, state, words)
		}
		mark(failed, "failed", "550 No such mailbox")
		mark(dropped, "dropped", "Not sent: it made no sense")
		mark(waiting, "queued", "")
		// The newest one counts.
		mark(w.ken, "failed", "Full")
		b.Get(composing(w.ken))
		b.Post(composing(w.ken), letter("f9", "to", w.ken)).Want(t, 200)
		w.Work()
		mark(waiting, "queued", "")

		list := "/paws/marketing/email"
		for _, row := range []struct {
			query string
			want  []string
			none  []string
		}{
			{"?mail=sent", []string{"Ken Ito", "Person001", "just now"}, []string{"Person002", "Person003", "Person005", "Aya Ito"}},
			{"?mail=failed", []string{"Person002", "Person004", "Failed", "Not sent"}, []string{"Ken Ito", "Person001", "Person005"}},
			{"?mail=waiting", []string{"Person003", "Waiting to be sent"}, []string{"Person001", "Person005"}},
			{"?mail=never", []string{"Aya Ito", "Bea Brown", "Person005", "Load more", "Never written to"}, []string{"Ken Ito", "Person001"}},
			{"?mail=sent&q=person", []string{"Person001"}, []string{"Ken Ito"}},
			{"?show=not_mailable", []string{"Bea Brown", "No e-mail", "Any reason"}, []string{"Ken Ito"}},
			{"?show=not_mailable&reason=opt_out", []string{"Nobody matches"}, []string{"Bea Brown"}},
			{"?mail=sent&show=never_signed_in&invitation=sent", []string{"Person001"}, nil}, // of another list
		} {
			b.Get(list+row.query).Want(t, 200, row.want...).Without(t, row.none...)
		}
		b.Get(list+"?mail=odd").Want(t, 422, "Choose one of the states of mail", "Aya Ito")

		// Each of them once, over all parts.
		seen := map[string]bool{}
		for next := list + "?mail=never"; next != ""; {
			p := b.Get(next).Want(t, 200)
			next = ""
			if strings.Contains(p.Body, "Load more") {
				next = html.UnescapeString(between(between(p.Body, `id="more"`, "</p>"), `href="`, `"`))
				if !strings.Contains(next, "mail=never") {
					t.Fatalf("the next part is %s", next)
				}
			}
			for _, part := range strings.Split(p.Body, `<th scope="row"><a href="`)[1:] {
				who, _, _ := strings.Cut(part, `"`)
				if seen[who] {
					t.Errorf("%s twice", who)
				}
				seen[who] = true
			}
		}
		if len(seen) != 118 { // 120, Ken, Aya and Bea without those five
			t.Errorf("%d people were never written to", len(seen))
		}

		b.Get(list+"/"+failed).Want(t, 200, "Last message", "Failed", "550 No such mailbox", "Try again", `href="`+composing(failed)+`"`, "Full login")
		b.Get(list+"/"+w.aya).Want(t, 200, "Never written to")
		desk := w.Token("paws", w.Hire(w.clinic, "Dora Desk", "dora@paws.example", role.Receptionist, w.clinic.North.ID), "")
		if r := w.API("GET", "/pet-parents?mail=failed", desk, nil).Want(t, 200); strings.Count(r.Raw, `"mail_at"`) != 2 || !strings.Contains(r.Raw, failed) {
			t.Errorf("answered %s", r.Raw)
		}
		w.API("GET", "/pet-parents?mail=odd", desk, nil).Want(t, 422)
	})
}

// TestMarketingHistory: everything that was sent to a client, in parts.
func TestMarketingHistory(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.desk()
		for i := range 25 {
			b.Get(composing(w.ken))
			b.Post(composing(w.ken), letter(fmt.Sprint("g", i), "to", w.ken, "subject", fmt.Sprintf("Letter %02d", i))).Want(t, 200)
		}
		one := b.Get("/paws/marketing/email/"+w.ken).Want(t, 200, "Letter 24", "Letter 05")
		one.Without(t, "Letter 04")
		b.Get("/paws/marketing/email/"+w.ken+"?after="+between(one.Body, "?after=", `"`)).Want(t, 200, "Letter 04", "Letter 00").Without(t, "Letter 05")
	})
}
