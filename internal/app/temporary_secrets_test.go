package app_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/secret"
	"catflap/internal/mail"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
)

// planted is a pet parent whose temporary password is known to the test.
type planted struct {
	id, account, login, plain string
	sealed                    string // what the database holds of it, as hexadecimal digits
	away                      bool   // the record is gone
}

type garden struct {
	a *apptest.App
	c apptest.Clinic
	t *testing.T
}

// refusing is a mail server that refuses letters to some for good, and quotes
// what it refuses.
type refusing struct{ mail.Transport }

func (r refusing) Send(ctx context.Context, l mail.Letter) error {
	if strings.HasPrefix(l.To.Address, "refused.") {
		return &mail.Undelivered{Words: "Refused: " + l.Text, Permanent: true}
	}
	return r.Transport.Send(ctx, l)
}

// admin is the context of somebody who may do all of it.
func (g garden) admin() context.Context {
	ctx := access.WithPractice(context.Background(), g.c.Access())
	return access.WithViewer(ctx, access.Viewer{
		Kind: access.KindStaff, AccountID: g.c.Administrator.ID, Name: "Ada Admin", PracticeID: g.c.ID, Practice: g.c.Access(),
	})
}

// plant gives somebody a login and a temporary password that staff typed.
func (g garden) plant(name, plain string, mailed bool) planted {
	g.t.Helper()
	email := strings.ReplaceAll(name, " ", ".") + "@planted.example"
	if err := g.a.DB.Write(g.admin(), func(tx *db.Tx) error {
		_, err := g.a.PetParents.Upsert(g.admin(), tx, g.c.ID, petparent.HouseholdInput{
			System: "generic", ExternalID: name, Active: true,
			People: []petparent.PersonInput{{FirstName: "Planted", LastName: name, Emails: []string{email}}},
		})
		return err
	}); err != nil {
		g.t.Fatal(err)
	}
	page, err := g.a.PetParents.List(g.admin(), g.c.ID, petparent.Filter{Query: name}, "", 0)
	if err != nil || len(page.Rows) != 1 {
		g.t.Fatalf("%d people called %s: %v", len(page.Rows), name, err)
	}
	p := planted{id: page.Rows[0].ID, login: email, plain: plain}
	out := g.save(p, onboarding.LoginInput{
		Login: &p.login, Temporary: onboarding.TypeTemporary, Typed: secret.Text(plain), Welcome: mailed,
	})
	p.account = out.Account.ID
	g.a.Work()
	g.hold(&p)
	return p
}

func (g garden) save(p planted, in onboarding.LoginInput) onboarding.LoginSaved {
	g.t.Helper()
	out, err := g.a.Onboarding.SaveLogin(g.admin(), g.c.Access(), p.id, in)
	if err != nil {
		g.t.Fatal(err)
	}
	return out
}

// hold reads what the database holds of it.
func (g garden) hold(p *planted) {
	g.t.Helper()
	sealed, err := db.One(g.admin(), g.a.DB, func(s db.Scanner) (b []byte, err error) { return b, s.Scan(&b) },
		`SELECT sealed FROM temporary_password WHERE account_id = $1`, p.account)
	if err != nil || len(sealed) == 0 {
		g.t.Fatalf("nothing is held of %s: %v", p.login, err)
	}
	p.sealed = hex.EncodeToString(sealed)
	if !strings.Contains(strings.ToLower(apptest.Everything(g.a)), p.sealed) {
		g.t.Fatal("the look for sealed ones finds nothing")
	}
}

// gone insists that nothing can open it any more, before anything else happens.
func (g garden) gone(p planted) {
	g.t.Helper()
	if strings.Contains(strings.ToLower(apptest.Everything(g.a)), p.sealed) {
		g.t.Errorf("what was sealed of %s is still there", p.login)
	}
	g.a.Clock.Advance(time.Hour) // whoever tried often waits
	g.signIn(p, p.plain, 401)
}

func (g garden) signIn(p planted, password string, want int) string {
	g.t.Helper()
	return g.a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": p.login, "password": password}).Want(g.t, want).Text("sign_in")
}

// TestNoTemporaryIsLeft plants temporary passwords, ends each in one of the ways
// they can end, and looks for all of them: in the files of the database, the
// write-ahead log and a dump, in the tables, the log, the mail log, the JSON API
// and the export. What was sealed is gone from the tables too.
func TestNoTemporaryIsLeft(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.PostgreSQL} {
		t.Run(string(dialect), func(t *testing.T) {
			address := dbtest.URL(t, dialect)
			a := apptest.On(t, dbtest.Open(t, address), func(o *app.Options) { o.Transport = refusing{o.Transport} })
			g := garden{a: a, c: a.Clinic("paws"), t: t}
			var all []planted
			plant := func(name, plain string, mailed bool) planted {
				p := g.plant(name, plain, mailed)
				all = append(all, p)
				return p
			}

			p := plant("first sign-in", "planted marmalade one", true)
			pending := g.signIn(p, p.plain, 200)
			shown := func(pending string) map[string]any {
				r := a.API("GET", "/sign-in/details", pending, nil).Want(t, 200)
				delete(r.Body, "$schema")
				return r.Body
			}
			a.API("POST", "/sign-in/details", pending, shown(pending)).Want(t, 200)
			a.API("POST", "/sign-in/new-password", pending, map[string]any{"new_password": apptest.Password()}).Want(t, 200)
			g.gone(p)

			p = plant("wrong tries", "planted marmalade two", false)
			for i := range 5 {
				g.signIn(p, "planted marmalade "+strings.Repeat("x", i+1), 401)
				a.Clock.Advance(10 * time.Minute)
			}
			g.gone(p)

			p = plant("issued again", "planted marmalade three", true)
			if _, err := a.Onboarding.Reissue(g.admin(), g.c.Access(), p.id); err != nil {
				t.Fatal(err)
			}
			a.Work()
			g.gone(p)
			g.hold(&p)
			p.plain = "never planted at all" // generated: its own words are not known here
			all = append(all, p)
			if _, err := a.Onboarding.Reissue(g.admin(), g.c.Access(), p.id); err != nil {
				t.Fatal(err)
			}
			g.gone(p)

			p = plant("typed over", "planted marmalade four", false)
			g.save(p, onboarding.LoginInput{Temporary: onboarding.TypeTemporary, Typed: "something else"})
			g.gone(p)

			p = plant("recovery address", "planted marmalade five", true)
			other := "other@planted.example"
			g.save(p, onboarding.LoginInput{Recovery: &other})
			g.gone(p)

			p = plant("switched off", "planted marmalade six", true)
			off := false
			g.save(p, onboarding.LoginInput{Active: &off})
			g.gone(p)

			p = plant("switched off while it waits", "planted marmalade seven", false)
			g.save(p, onboarding.LoginInput{Temporary: onboarding.TypeTemporary, Typed: secret.Text(p.plain), Welcome: true})
			g.save(p, onboarding.LoginInput{Active: &off})
			a.Work()
			g.gone(p)

			p = plant("time", "planted marmalade eight", true)
			a.Clock.Advance(73 * time.Hour)
			a.Work()
			g.gone(p)

			// The mail server refuses it for good: staff can pass it on until its
			// time is over.
			p = plant("refused for good", "planted marmalade thirteen", true)
			if n := apptest.Number(a, `SELECT count(*) FROM message WHERE state = 'failed'`); n != 1 {
				t.Errorf("%d messages failed, want 1", n)
			}
			a.Clock.Advance(73 * time.Hour)
			a.Work()
			g.gone(p)

			apptest.Exec(a, `UPDATE practice SET policy = '{"activation_link": true}' WHERE id = $1`, g.c.ID)
			p = plant("activation link", "planted marmalade ten", true)
			link, err := url.Parse(a.Link(a.LastMail(p.login), "/activate"))
			if err != nil {
				t.Fatal(err)
			}
			pending = a.API("POST", "/activation", "", map[string]any{"token": link.Query().Get("token")}).Want(t, 200).Text("sign_in")
			a.API("POST", "/sign-in/details", pending, shown(pending)).Want(t, 200)
			a.API("POST", "/sign-in/new-password", pending, map[string]any{"new_password": apptest.Password()}).Want(t, 200)
			g.gone(p)
			apptest.Exec(a, `UPDATE practice SET policy = '{}' WHERE id = $1`, g.c.ID)

			p = plant("merged", "planted marmalade eleven", true)
			if err := a.PetParents.Merge(access.WithViewer(t.Context(), access.System("test")), g.c.ID,
				petparent.MergeInput{Stays: all[0].id, Goes: p.id, Same: true}); err != nil {
				t.Fatal(err)
			}
			g.gone(p)
			all[len(all)-1].away = true

			p = plant("erased", "planted marmalade twelve", true)
			if err := a.Privacy.Erase(g.admin(), g.c.ID, p.id, ""); err != nil {
				t.Fatal(err)
			}
			g.gone(p)
			all[len(all)-1].away = true

			// Strict mode last: it ends those that are left.
			p = plant("strict mode", "planted marmalade nine", true)
			apptest.Exec(a, `UPDATE practice SET policy = '{}' WHERE id = $1`, g.c.ID)
			b := a.Enter("paws", g.c.Administrator, g.c.North.ID)
			b.Get("/paws/security/policy/strict").Want(t, 200)
			b.Post("/paws/security/policy/strict", url.Values{"strict": {"yes"}}).Want(t, 200, "Strict mode is on")
			a.Work()
			g.gone(p)
			b = a.Enter("paws", g.c.Administrator, g.c.North.ID)

			places := map[string][]byte{"tables": []byte(apptest.Everything(a)), "log": []byte(a.Logged())}
			for name, content := range files(t, address) {
				places[name] = content
			}
			bearer := a.Token("paws", g.c.Administrator, g.c.North.ID)
			for _, p := range all {
				if p.away {
					continue
				}
				for _, path := range []string{"", "/messages", "/login"} {
					places["answer "+path] = append(places["answer "+path], a.API("GET", "/pet-parents/"+p.id+path, bearer, nil).Want(t, 200).Raw...)
				}
				for _, path := range []string{"/pet-parents/" + p.id, "/pet-parents/" + p.id + "/communication", "/pet-parents/" + p.id + "/activity",
					"/pet-parents/" + p.id + "/login", "/marketing/email/" + p.id} {
					b.Get("/paws"+path).Want(t, 200)
					places["pages"] = append(places["pages"], b.Page.Body...)
				}
			}
			for _, content := range apptest.Unzip(t, a.API("GET", "/export", bearer, nil).Want(t, 200).Raw) {
				places["export"] = append(places["export"], content...)
			}
			for place, content := range places {
				if place != "log" && !bytes.Contains(content, []byte("planted.example")) {
					t.Errorf("nothing at all is found in the %s", place)
				}
				lower := strings.ToLower(string(content))
				for _, p := range all {
					for form, text := range map[string]string{"itself": p.plain, "hexadecimal": hex.EncodeToString([]byte(p.plain))} {
						if strings.Contains(lower, text) {
							t.Errorf("the temporary password of %s (%s) stands in the %s", p.login, form, place)
						}
					}
					if place == "tables" && strings.Contains(lower, p.sealed) {
						t.Errorf("the sealed temporary password of %s stands in the tables", p.login)
					}
				}
			}
			if n := apptest.Number(a, `SELECT count(*) FROM temporary_password WHERE sealed IS NOT NULL OR hash <> ''`); n != 0 {
				t.Errorf("%d can still be opened", n)
			}
		})
	}
}
