package practiceweb_test

import (
	"net/url"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
)

func TestCreatePractice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host := a.Administrator()
		clinic := a.Clinic("paws")
		b := a.Enter("platform", host, "")
		good := func() url.Values {
			return url.Values{
				"name": {"Second <b>Clinic</b>"}, "slug": {"second"}, "kind": {"sitting"}, "plan": {"basic"}, "branches": {"Main\r\n\r\n Annex \r\n"},
				"administrator_name": {"Bo"}, "administrator_email": {"bo@second.example"},
			}
		}
		for _, row := range []struct{ field, value, words string }{
			{"slug", "platform", "reserved"},
			{"slug", "paws", "has this address already"},
			{"slug", "No Spaces", "small letters"},
			{"slug", "x", "2 to 40"},
			{"name", "", "Type the name"},
			{"kind", "zoo", "clinic, sitting or training"},
			{"plan", "free", "one of the plans"},
			{"branches", " \n ", "at least one branch"},
			{"branches", "Main\nMAIN", "of this name already"},
			{"administrator_email", "bo", "whole e-mail address"},
			{"name", strings.Repeat("n", 2000), "at most 100"},
		} {
			b.Get("/platform/practices/new").Want(t, 200, "New practice")
			f := good()
			f.Set(row.field, row.value)
			b.Post("/platform/practices", f).Want(t, 422, row.words)
		}
		b.Get("/platform/").Want(t, 200, "Clinic paws").Without(t, "Second")
		b.Get("/platform/practices/new")
		b.Post("/platform/practices", good()).Want(t, 200, "Second <b>Clinic</b> is open", "Main", "Annex")
		if strings.Contains(b.Page.Body, "<b>Clinic</b>") {
			t.Error("the name was not escaped")
		}
		a.LastMail("bo@second.example")

		token := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": clinic.Administrator.LoginID, "password": clinic.Administrator.Password}).Text("sign_in")
		token = a.API("POST", "/sign-in/branch", token, map[string]any{"branch": clinic.North.ID}).Text("session", "token")
		a.API("GET", "/platform/practices", token, nil).Want(t, 403)
	})
}

func TestPracticesForPrograms(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host := a.Administrator()
		token := a.Token("platform", host, "")
		body := map[string]any{
			"name": "Paws", "slug": "paws", "kind": "clinic", "plan": "complete", "branches": []string{"Main"},
			"administrator": map[string]any{"name": "Ada", "email": "ada@paws.example"},
		}
		a.API("POST", "/platform/practices", "", body).Want(t, 401)
		made := a.API("POST", "/platform/practices", token, body).Want(t, 201)
		a.API("GET", "/platform/practices/"+made.Text("id"), token, nil).Want(t, 200)
		a.API("GET", "/platform/practices/none", token, nil).Want(t, 404)
		r := a.API("POST", "/platform/practices", token, body).Want(t, 422)
		if !strings.Contains(r.Raw, `"location":"body.slug"`) || !strings.HasSuffix(r.Text("type"), "invalid-input") {
			t.Errorf("unexpected problem: %s", r.Raw)
		}
		body["surprise"] = true
		a.API("POST", "/platform/practices", token, body).Want(t, 422)
		if r := a.API("GET", "/platform/practices?limit=1", token, nil).Want(t, 200); strings.Contains(r.Raw, `"next"`) {
			t.Errorf("a next page of one practice: %s", r.Raw)
		}
	})
}
