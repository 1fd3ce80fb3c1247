package app_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/onboarding"
	"catflap/internal/practice"
)

// TestNoSecretIsWritten walks from the set-up to a reset password, with typing
// errors on the way, and then looks for every password and token that was used:
// in every table, audit, jobs and messages among them, and in the log.
func TestNoSecretIsWritten(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		secrets := map[string]string{}
		keep := func(name, s string) string {
			if s == "" {
				t.Fatalf("no %s", name)
			}
			secrets[name] = s
			return s
		}
		tokenIn := func(name, link string) string {
			u, err := url.Parse(link)
			if err != nil {
				t.Fatal(err)
			}
			return keep(name, u.Query().Get("token"))
		}
		two := func(token, password string) url.Values {
			return url.Values{"token": {token}, "new_password": {password}, "repeat_password": {password}}
		}
		setUp, err := a.SetupURL(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		host, staff, later := keep("host's password", apptest.Password()), keep("password", apptest.Password()), keep("later password", apptest.Password())
		token := tokenIn("set-up token", setUp)
		b := a.Browser()
		b.Get("/setup?token=" + token)
		f := two(token, host)
		f.Set("name", "Pat")
		f.Set("email", "pat@host.example")
		b.Post("/setup", f).Want(t, 200)
		b.Post("/setup", f).Want(t, 410)
		b.Get("/platform/login")
		b.Post("/platform/login", url.Values{"login": {"pat@host.example"}, "password": {host}}).Want(t, 200, "Two-factor authentication")
		keep("key of the host", b.SetUpSecond("/platform").Text())
		b.Page.Want(t, 200, "Practices")
		keep("session of the host", cookies(b)["catflap"])

		_, err = a.Onboarding.OpenPractice(t.Context(), onboarding.PracticeInput{
			Input:             practice.Input{Slug: "paws", Name: "Paws", Kind: practice.Clinic, Plan: "complete", Branches: []string{"North", "South"}},
			AdministratorName: "Ada", AdministratorEmail: "ada@paws.example",
		})
		if err != nil {
			t.Fatal(err)
		}
		invitation := tokenIn("invitation", a.Link(a.LastMail("ada@paws.example"), "/activate"))
		b = a.Browser()
		b.Get("/paws/activate?token="+invitation).Want(t, 200)
		b.Post("/paws/activate", two(invitation, "short")).Want(t, 422)
		b.Post("/paws/activate", two(invitation, staff)).Want(t, 200)

		wrong, mistyped := keep("wrong password", apptest.Password()), keep("password typed as login ID", apptest.Password())
		login := func(login, password string) url.Values { return url.Values{"login": {login}, "password": {password}} }
		b.Get("/paws/login")
		b.Post("/paws/login", login("ada@paws.example", wrong)).Want(t, 401)
		b.Post("/paws/login", login(mistyped, staff)).Want(t, 401)
		b.Post("/paws/forgot-password", url.Values{"login": {mistyped}}).Want(t, 200)
		b.Get("/paws/login?return=/paws/account/sessions")
		f = login("ada@paws.example", staff)
		f.Set("return", "/paws/account/sessions")
		b.Post("/paws/login", f).Want(t, 200, "Where do you work today?")
		keep("sign-in token", cookies(b)["catflap-signin"])
		north := branchID(t, a, "North")
		b.Post("/paws/login/branch", url.Values{"branch": {north}}).Want(t, 200, "Where you are signed in")
		keep("session", cookies(b)["catflap"])
		keep("form value", formValueOf(b.Page.Body))
		b.Get("/paws/account/confirm")
		b.Post("/paws/account/confirm", url.Values{"password": {wrong}}).Want(t, 422)
		b.Post("/paws/account/confirm", url.Values{"password": {staff}}).Want(t, 200)
		keep("session after step-up", cookies(b)["catflap"])

		r := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": "ada@paws.example", "password": staff}).Want(t, 200)
		keep("sign-in token of a program", r.Text("sign_in"))
		r = a.API("POST", "/sign-in/branch", r.Text("sign_in"), map[string]any{"branch": north}).Want(t, 200)
		keep("session of a program", r.Text("session", "token"))
		a.API("GET", "/session", "cfs_"+keep("token of nobody", apptest.Password()), nil).Want(t, 401)

		a.API("POST", "/practices/paws/password-reset", "", map[string]any{"login": "ada@paws.example"}).Want(t, 202)
		reset := tokenIn("reset token", a.Link(a.LastMail("ada@paws.example"), "/reset-password"))
		b.Get("/paws/reset-password?token="+reset).Want(t, 200)
		b.Post("/paws/reset-password", two(reset, "short")).Want(t, 422)
		b.Post("/paws/reset-password", two(reset, later)).Want(t, 200)
		b.Post("/paws/reset-password", two(reset, later)).Want(t, 410)
		a.Work()
		a.Clock.Advance(time.Hour)
		a.Work()

		for place, text := range map[string]string{"database": apptest.Everything(a), "log": a.Logged()} {
			if !strings.Contains(text, "ada@paws.example") && place == "database" {
				t.Error("the search finds nothing at all")
			}
			text = strings.ToLower(text)
			for name, s := range secrets {
				for _, form := range []string{s, url.QueryEscape(s), hex.EncodeToString([]byte(s)), base64.StdEncoding.EncodeToString([]byte(s)), jsonText(s)} {
					if strings.Contains(text, strings.ToLower(form)) {
						t.Errorf("the %s stands in the %s", name, place)
					}
				}
			}
		}
		if !strings.Contains(a.Logged(), `route="POST /{practice}/login"`) {
			t.Error("the log tells nothing")
		}
		wantRecord(t, a, "", "setup.done", "platform.administrator_created", "sign_in.done", "practice.created")
		wantRecord(t, a, practiceID(t, a), "practice.created", "branch.created", "staff.invited", "staff.invitation_accepted",
			"sign_in.refused wrong-password", "sign_in.refused unknown-login", "password.reset_requested unknown-login", "sign_in.begun",
			"sign_in.done", "step_up.refused wrong-password", "step_up.done", "password.reset_requested", "password.reset",
			"session.ended password-changed")
	})
}

// wantRecord insists that each of these stands in the record.
func wantRecord(t *testing.T, a *apptest.App, practiceID string, wanted ...string) {
	t.Helper()
	lines, err := a.Audit.List(context.Background(), practiceID, audit.Filter{}, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, l := range lines {
		there[strings.TrimSpace(string(l.Action)+" "+l.Cause)] = true
	}
	for _, w := range wanted {
		if !there[w] {
			t.Errorf("no %q in the record of %q", w, practiceID)
		}
	}
}

func practiceID(t *testing.T, a *apptest.App) string {
	t.Helper()
	p, err := a.Practices.FindBySlug(t.Context(), "paws")
	if err != nil {
		t.Fatal(err)
	}
	return p.ID
}

func branchID(t *testing.T, a *apptest.App, name string) string {
	t.Helper()
	all, err := a.Practices.Branches(t.Context(), a.DB, practiceID(t, a))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range all {
		if b.Name == name {
			return b.ID
		}
	}
	t.Fatalf("no branch %s", name)
	return ""
}

func cookies(b *apptest.Browser) map[string]string {
	all := map[string]string{}
	if u, err := url.Parse(b.App.URL); err == nil {
		for _, c := range b.Client.Jar.Cookies(u) {
			all[c.Name] = c.Value
		}
	}
	return all
}

func formValueOf(body string) string {
	_, after, _ := strings.Cut(body, `name="form" value="`)
	value, _, _ := strings.Cut(after, `"`)
	return value
}

func jsonText(s string) string {
	b, _ := json.Marshal(s)
	return strings.Trim(string(b), `"`)
}
