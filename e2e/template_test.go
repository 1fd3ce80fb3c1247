package e2e

import (
	"html"
	"strings"
	"testing"
)

// The texts that a practice writes itself: one of its own, and its own words in
// place of a built-in one, which then leave.
func TestTemplates(t *testing.T) {
	eachWidth(t, templateStory)
}

func templateStory(t *testing.T, w *world) {
	c := w.crew()
	c.client("Ken", "Ishikawa", "+1 206 555 0152")
	b := w.atDesk("the administrator", c.maria, "North")

	b.Open(happyPaws + "/settings/look")
	b.Fill("Colour", "#ffff00")
	b.Click("Save Changes")
	b.Expect(422)
	b.See("White words cannot be read well on this colour")
	b.Fill("Colour", "#7a1f5c")
	b.Click("Save Changes")
	b.See("Saved.")
	b.Picture("look-of-e-mails")

	b.Open(happyPaws + "/settings/templates")
	b.See("Client Login Credentials", "None yet.")
	b.Picture("templates")
	b.Click("Write a template")
	b.Fill("Name of the template", "Spring")
	b.Fill("Subject", "Spring at {{practice}}")
	b.Fill("Message", "<p>Dear {{frist_name}}, think of {{pets}}.</p>")
	b.Click("Save this template")
	b.Expect(422)
	b.See("Line 1, column 9: There is no token {{frist_name}} for this text. Did you mean {{first_name}}?")
	b.Picture("template-wrong")
	b.Fill("Message", `<h1>Spring</h1><p>Dear {{first_name}}, think of {{pets}}.</p><p><a class="button" href="{{login_url}}">Sign in</a></p>`)
	b.Click("Save this template")
	b.See("The template is saved", "Preview with examples", "Spring at Happy Paws")
	b.Fill("Search for a recipient", "Ishi")
	b.Click("Search", "Search for a recipient")
	b.Click("Choose Ken Ishikawa")
	b.See("Preview for Ken Ishikawa")
	b.Picture("template")
	_, frame, _ := strings.Cut(b.Source(), `<iframe class="letter phone" src="`)
	frame, _, _ = strings.Cut(frame, `"`)
	if letter := b.fetch(html.UnescapeString(frame)); !strings.Contains(letter, "Dear Ken, think of Biscuit.") || !strings.Contains(letter, "#7a1f5c") {
		t.Errorf("the preview is\n%s", letter)
	}

	b.Open(happyPaws + "/settings/templates/password_reset")
	b.Click("Change the words")
	b.Fill("Subject", "A new password from us")
	b.Click("Save Changes")
	b.See("Saved.", "Put the built-in words back in English")
	b.signOut(c.maria)
	b.Open(happyPaws + "/forgot-password")
	b.Fill("Email or login ID", c.maria.email)
	b.Click("Send the link")
	letter := w.letter(c.maria.email, "password")
	if subject := letter.Header.Get("Subject"); subject != "A new password from us" || !strings.Contains(letter.HTML, "background-color:#7a1f5c") {
		t.Errorf("%q came, with\n%s", subject, letter.HTML)
	}
}
