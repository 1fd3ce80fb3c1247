package pimsweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/role"
)

// Where the practice wants it, new clients get logins and welcome e-mails after an
// import, and nobody who was here before does.
func TestAfterImport(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d := newDesk(t, a)
		const after = page + "/after"
		run := func(file string) {
			t.Helper()
			a.Clock.Advance(time.Minute)
			d.Get(page)
			d.Upload(page, nil, text(file)).Want(t, 200)
			at, _, _ := strings.Cut(d.Page.Path, "?")
			d.Post(at+"/run", nil).Want(t, 200)
			a.Work()
		}
		run(header + rowOne)
		d.Get(page).Want(t, 200, "After an import")
		d.Get(after).Want(t, 200, "After an import, create logins for new clients")
		d.Post(after, url.Values{"logins": {"yes"}}).Want(t, 200, "Saved", "checked")
		run(header + rowOne + "C2,Bea,Brown,bea@example.com,,,,,,,\n")
		a.LastMail("bea@example.com")
		if n := apptest.Number(a, `SELECT count(*) FROM account WHERE kind = 'client'`); n != 1 {
			t.Errorf("%d logins, want that of the new client", n)
		}
		d.Get(after)
		d.Post(after, url.Values{}).Want(t, 200, "Saved")
		run(header + rowOne + "C3,Cy,Cole,cy@example.com,,,,,,,\n")
		if n := apptest.Number(a, `SELECT count(*) FROM account WHERE kind = 'client'`); n != 1 {
			t.Errorf("%d logins after it was switched off", n)
		}
		if n := apptest.Number(a, `SELECT count(*) FROM audit WHERE action = 'import.after_changed'`); n != 2 {
			t.Errorf("%d records of the change", n)
		}
		vet := a.Enter("paws", a.Hire(d.Clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, d.North.ID), "")
		vet.Get(after).Want(t, 403)
		vet.Post(after, url.Values{"logins": {"yes"}}).Want(t, 403)
		a.Browser().Get(after).Want(t, 200, "Sign in")
		a.Browser().Post(after, nil).Want(t, 200, "Sign in")
	})
}
