package mailweb_test

import (
	"net/url"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/role"
)

const templates = "/paws/settings/templates"

func words(more ...string) url.Values {
	form := url.Values{"name": {"Spring"}, "lang": {"en"}, "subject": {"Hello {{first_name}}"}, "html": {`<p>Dear {{first_name}}</p><p><a class="button" href="{{login_url}}">Sign in</a></p>`}, "text": {""}, "seen": {""}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func TestTemplatePages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("claws")
		a.Browser().Get(templates).Want(t, 200, "Forgot password?")
		vet := a.Enter("paws", a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, ""), c.North.ID)
		vet.Get(templates).Want(t, 403)
		desk := a.Enter("paws", a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, ""), c.North.ID)
		desk.Get(templates).Want(t, 200, "Client Login Credentials", "None yet").Without(t, "Write a template")
		desk.Get(templates+"/new").Want(t, 403)
		desk.Get(templates+"/welcome").Want(t, 200, "with examples", "Your login for Clinic paws").Without(t, "Change the words")

		b := a.Enter("paws", c.Administrator, c.North.ID)
		b.Get(templates+"/new").Want(t, 200, "What can be put in", "{{first_name}}", "Name of the pet parent")
		b.Post(templates, words("name", "", "html", "<p>{{nmae}}</p>\n<script>x</script>", "subject", "")).Want(t, 422,
			"Type what it is called", "Line 1, column 4: There is no token {{nmae}} for this text. Did you mean {{name}}?", "Type a subject")
		b.Get(templates + "/new")
		page := b.Post(templates, words()).Want(t, 200, "The template is saved", "Hello Grace", "with examples", "Dear Grace", "On a phone", "On a computer")
		path, _, _ := strings.Cut(page.Path, "?")
		if !strings.Contains(page.Header.Get("Content-Security-Policy"), "frame-src 'self'") {
			t.Error("the page cannot show the letter")
		}
		letter := b.Get(path+"/letter?lang=en").Want(t, 200, "Dear Grace")
		for _, want := range []string{"sandbox;", "default-src 'none'", "frame-ancestors 'self'"} {
			if !strings.Contains(letter.Header.Get("Content-Security-Policy"), want) {
				t.Errorf("the letter comes with %s", letter.Header.Get("Content-Security-Policy"))
			}
		}
		b.Get(path + "/edit?lang=en")
		b.Post(templates+"/try", words("html", "<p>Never saved {{name}}</p>")).Want(t, 200, "Never saved Grace Hopper")
		b.Get(path + "/edit?lang=en")
		b.Post(templates+"/try", words("html", "<b>x")).Want(t, 422, "This cannot be saved yet", "<b> is not closed")

		// Saved over by somebody else.
		first := b.Get(path+"/edit?lang=en").Want(t, 200, "Save Changes")
		seen := between(first.Body, `name="seen" value="`, `"`)
		b.Post(path+"/edit", words("seen", seen, "subject", "Second")).Want(t, 200, "Saved.", "Second")
		b.Get(path + "/edit?lang=en")
		b.Post(path+"/edit", words("seen", seen, "subject", "Third")).Want(t, 409, "Somebody else has changed this text", "What you had typed", "Third", "Second")

		// Another language, a name, the end of it.
		b.Get(path+"?lang=de").Want(t, 200, "There are no words in Deutsch", "Write it in Deutsch")
		b.Get(path + "/edit?lang=de")
		page = b.Post(path+"/edit", words("lang", "de", "subject", "Hallo")).Want(t, 200, "Hallo", "Your own words in Deutsch", "Delete the words in Deutsch")
		mark := between(page.Body, `name="mark" value="`, `"`)
		page = b.Post(path+"/rename", url.Values{"name": {"Summer"}, "mark": {mark}}).Want(t, 200, "Renamed.", "Summer")
		b.Post(path+"/delete", url.Values{"mark": {mark}}).Want(t, 409, "Somebody else has changed")
		page = b.Get(path)
		b.Post(path+"/delete", url.Values{"mark": {between(page.Body, `name="mark" value="`, `"`)}}).Want(t, 200, "The template is deleted", "None yet")
		b.Get(path).Want(t, 404)

		// Built-in words, and back.
		b.Get(templates + "/welcome/edit?lang=en")
		b.Post(templates+"/welcome/edit", words("subject", "Ours", "html", "<p>{{login_id}}</p>")).Want(t, 422, "{{temporary_password}} must stand in it")
		b.Get(templates + "/welcome/edit?lang=en")
		page = b.Post(templates+"/welcome/edit", words("subject", "Ours", "html", "<p>{{login_id}} {{temporary_password}}</p>")).Want(t, 200, "Ours", "Put the built-in words back in English")
		b.Post(templates+"/welcome/reset", url.Values{"lang": {"en"}, "mark": {between(page.Body, `name="mark" value="`, `"`)}}).Want(t, 200, "The built-in words", "Your login for")
		b.Get("/paws/security/audit?subject=template").Want(t, 200, "wrote the e-mail template", "put the former words of the e-mail template")

		stranger := a.Enter("claws", other.Administrator, other.North.ID)
		stranger.Get("/claws/settings/templates").Want(t, 200, "None yet")
		stranger.Get(strings.Replace(path, "/paws/", "/claws/", 1)).Want(t, 404)
	})
}

func between(body, from, to string) string {
	_, rest, _ := strings.Cut(body, from)
	found, _, _ := strings.Cut(rest, to)
	return found
}

func TestTemplateAPI(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		a.API("GET", "/templates", "", nil).Want(t, 401)
		vet := a.Token("paws", a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, ""), c.North.ID)
		a.API("GET", "/templates", vet, nil).Want(t, 403)
		token := a.Token("paws", c.Administrator, c.North.ID)
		body := map[string]any{"name": "Spring", "language": "en", "subject": "Hello", "html": "<p>{{x}}</p>"}
		if r := a.API("POST", "/templates", token, body).Want(t, 422); !strings.Contains(r.Raw, "body.html") || !strings.Contains(r.Raw, "Line 1, column 4") {
			t.Errorf("unexpected: %s", r.Raw)
		}
		body["html"] = "<p>Hello {{name}}</p>"
		made := a.API("POST", "/templates", token, body).Want(t, 201)
		id, version := between(made.Raw, `"template":"`, `"`), between(made.Raw, `"version":"`, `"`)
		a.API("POST", "/templates", token, body).Want(t, 422)
		a.API("GET", "/templates/"+id, token, nil).Want(t, 200)
		if r := a.API("GET", "/templates", token, nil).Want(t, 200); !strings.Contains(r.Raw, `"Spring"`) || !strings.Contains(r.Raw, `"Client Login Credentials"`) {
			t.Errorf("unexpected: %s", r.Raw)
		}
		text := map[string]any{"seen": "", "subject": "Again", "html": "<p>x</p>"}
		a.API("PUT", "/templates/"+id+"/texts/en", token, text).Want(t, 409)
		text["seen"] = version
		a.API("PUT", "/templates/"+id+"/texts/en", token, text).Want(t, 200)
		a.API("GET", "/templates/"+id+"/texts/fr", token, nil).Want(t, 404)
		a.API("GET", "/templates/welcome/texts/fr", token, nil).Want(t, 200)
		a.API("PUT", "/templates/"+id, token, map[string]any{"name": "Summer", "mark": 2}).Want(t, 200)
		a.API("DELETE", "/templates/"+id+"/texts/en?mark=3", token, nil).Want(t, 409)
		a.API("DELETE", "/templates/welcome?mark=0", token, nil).Want(t, 409)
		a.API("DELETE", "/templates/"+id+"?mark=3", token, nil).Want(t, 204)
		a.API("GET", "/templates/"+id, token, nil).Want(t, 404)
	})
}
