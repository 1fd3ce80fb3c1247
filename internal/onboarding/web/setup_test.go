package onboardingweb_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/onboarding"
	"catflap/internal/practice"
)

func TestSetup(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		older, err := a.Onboarding.OpenSetup(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		token, err := a.Onboarding.OpenSetup(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		b := a.Browser()
		b.Get("/setup?token="+older.Reveal()).Want(t, 410, "set up already, or the link is an older one")
		b.Get("/setup").Want(t, 410)
		b.Get("/setup?token="+token.Reveal()).Want(t, 200, "Set up Catflap")
		pw := apptest.Password()
		send := func(name, email string) url.Values {
			return url.Values{"token": {token.Reveal()}, "name": {name}, "email": {email}, "new_password": {pw}, "repeat_password": {pw}}
		}
		b.Post("/setup", send("", "not an address")).Want(t, 422, "Type your name.", "Type a whole e-mail address")
		won := apptest.AtOnce(16, func(int) bool {
			return a.Browser().Post("/setup", send("Pat", "pat@host.example")).Path == "/platform/login"
		})
		if won != 1 {
			t.Errorf("%d were set up", won)
		}
		b.Get("/setup?token="+token.Reveal()).Want(t, 410)
		if again, err := a.Onboarding.OpenSetup(context.Background()); err != nil || again != "" {
			t.Errorf("the set-up opened again: %v", err)
		}
		b.Get("/platform/login")
		b.Post("/platform/login", url.Values{"login": {"pat@host.example"}, "password": {pw}}).Want(t, 200, "Two-factor authentication")
		b.SetUpSecond("/platform")
		b.Page.Want(t, 200, "Practices", "Pat")
	})
}

func TestInvitation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		open := func(slug string) string {
			_, err := a.Onboarding.OpenPractice(context.Background(), onboarding.PracticeInput{
				Input:             practice.Input{Slug: slug, Name: "Clinic " + slug, Kind: "clinic", Plan: "basic", Branches: []string{"Main"}},
				AdministratorName: "Ada Admin", AdministratorEmail: "ada@" + slug + ".example",
			})
			if err != nil {
				t.Fatal(err)
			}
			return a.Link(a.LastMail("ada@"+slug+".example"), "/activate")
		}
		link := open("paws")
		u, _ := url.Parse(link)
		token := u.Query().Get("token")
		b := a.Browser()
		for range 3 {
			b.Get(link).Want(t, 200, "Welcome, Ada Admin", "ada@paws.example")
		}
		b.Get("/paws/reset-password?token="+token).Want(t, 410)
		b.Get("/platform/activate?token="+token).Want(t, 410)
		b.Post("/paws/activate", url.Values{"token": {token}, "new_password": {"ada@paws.example"}, "repeat_password": {"ada@paws.example"}}).
			Want(t, 422, "a name or login")
		pw := apptest.Password()
		won := apptest.AtOnce(16, func(int) bool {
			return a.API("POST", "/activation", "", map[string]any{"token": token, "new_password": pw}).Status == 204
		})
		if won != 1 {
			t.Errorf("%d accepted one invitation", won)
		}
		b.Get(link).Want(t, 410, "Ask for a new one")
		b.Get("/paws/login")
		b.Post("/paws/login", url.Values{"login": {"ada@paws.example"}, "password": {pw}}).Want(t, 200, "Ada Admin", "Main")

		late := open("late")
		a.Clock.Advance(7*24*time.Hour + time.Minute)
		b.Get(late).Want(t, 410)
	})
}

func TestInviteAgain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host := a.Administrator()
		p, err := a.Onboarding.OpenPractice(context.Background(), onboarding.PracticeInput{
			Input:             practice.Input{Slug: "paws", Name: "Paws", Kind: "clinic", Plan: "basic", Branches: []string{"Main"}},
			AdministratorName: "Ada Admin", AdministratorEmail: "ada@paws.example",
		})
		if err != nil {
			t.Fatal(err)
		}
		first := a.Link(a.LastMail("ada@paws.example"), "/activate")
		b := a.Enter("platform", host, "")
		b.Get("/platform/practices/"+p.ID).Want(t, 200, "Main", "/paws/login")
		b.Post("/platform/practices/"+p.ID+"/invite", nil).Want(t, 200, "A fresh invitation is on its way")
		a.Clock.Advance(time.Second)
		second := a.Link(a.LastMail("ada@paws.example"), "/activate")
		visitor := a.Browser()
		visitor.Get(first).Want(t, 410)
		visitor.Get(second).Want(t, 200, "Welcome, Ada Admin")
	})
}

func TestAdministratorFromTheServer(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		setup, err := a.Onboarding.OpenSetup(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		token, err := a.Onboarding.CreateAdministrator(context.Background(), "Pat", "pat@host.example")
		if err != nil {
			t.Fatal(err)
		}
		b := a.Browser()
		b.Get("/setup?token="+setup.Reveal()).Want(t, 410)
		b.Get("/platform/activate?token="+token.Reveal()).Want(t, 200, "Welcome, Pat")
		pw := apptest.Password()
		b.Post("/platform/activate", url.Values{"token": {token.Reveal()}, "new_password": {pw}, "repeat_password": {pw}}).Want(t, 200, "Sign in with it")
		b.Post("/platform/login", url.Values{"login": {"pat@host.example"}, "password": {pw}}).Want(t, 200, "Two-factor authentication")
		b.SetUpSecond("/platform")
		b.Page.Want(t, 200, "Practices")
	})
}
