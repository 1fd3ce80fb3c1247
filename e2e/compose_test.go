package e2e

import (
	"html"
	"io"
	"strings"
	"testing"
)

// Reception gives a client a login, sends the credentials from the Communication
// tab, and the client comes in with them; then words of their own, and what
// Email Marketing says of it.
func TestCompose(t *testing.T) {
	eachWidth(t, composeStory)
}

func composeStory(t *testing.T, w *world) {
	c := w.crew()
	c.client("Ken", "Ishikawa", "+1 206 555 0152")
	ken := person{name: "Ken Ishikawa", email: "ken@home.example"}
	b := w.atDesk("the receptionist", c.hire("Rita Reception", grant{"Receptionist", "North"}, grant{"Receptionist", "South"}), "North")
	temporary := w.sendsCredentials(b, ken)

	client := w.browser(ken.name, phone)
	client.Open(happyPaws + "/login")
	client.signIn(person{email: ken.email, password: temporary})
	client.See("Is everything right?", "Biscuit")
	client.Click("Go on")
	client.choosePassword(newcomer(ken.name, ken.email), "Save and sign in")
	client.See("Hello, Ken")

	w.writesByHand(b, ken)
	b.Open(happyPaws + "/marketing/email")
	b.See("Who can be mailed", ken.name, "Sent")
	b.Click("Never written to")
	b.See("Nobody matches")
	b.Click("Sent", "Never written to")
	b.See(ken.name)
	b.Picture("email-marketing-sent")
	b.Click("View Details", ken.name)
	b.See("Last message", "About Biscuit", "Full login", "a password of their own")
	b.Picture("email-marketing-client")
}

// sendsCredentials is what the desk does, up to the letter. It returns the
// temporary password that stands in it.
func (w *world) sendsCredentials(b *browser, p person) string {
	t := w.t
	t.Helper()
	b.editor(p, "No login yet")
	b.Click("Type one below")
	b.Fill("Temporary password", "cat flap 2026")
	b.Click("Send the welcome e-mail now")
	b.Click("Save Changes")
	b.See("A temporary password is ready: pass it on")
	b.Click("Communication", "Basic Info")
	b.See("Nothing was sent yet")
	b.Click("Compose Email")
	b.Fill("Templates", "Client Login Credentials")
	b.Click("Use this template")
	b.See("brings a temporary password or a link", p.email)
	b.Click("Preview")
	b.See("Preview for "+p.name, "Nothing was sent", "On a phone")
	_, frame, _ := strings.Cut(b.Source(), `<iframe class="letter phone" src="`)
	frame, _, _ = strings.Cut(frame, `"`)
	if letter := b.fetch(html.UnescapeString(frame)); !strings.Contains(letter, "Hello "+p.name) || !strings.Contains(letter, "••••") {
		t.Errorf("the preview is\n%s", letter)
	}
	b.Picture("compose")
	if b.scripts { // the proof is asked for in place
		to := wait[string](b, `document.querySelector("[data-proven]").formAction`)
		if !strings.HasSuffix(to, "/compose/credentials") {
			t.Errorf("the message goes to %s", to)
		}
	}
	b.Click("Send Message")
	b.See("The message is on its way to "+p.name, "Welcome e-mail")
	letter := w.letter(p.email, "Temporary password:")
	_, temporary, _ := strings.Cut(letter.Text, "Temporary password: ")
	temporary, _, _ = strings.Cut(temporary, "\n")
	if temporary = strings.TrimSpace(temporary); temporary != "cat flap 2026" || strings.Contains(b.Source(), temporary) {
		t.Errorf("the letter brings %q, which is not what was set, or is on the page", temporary)
	}
	b.Click("Your login for Happy Paws")
	b.See("What it says", p.email)
	b.Picture("message")
	return temporary
}

func (w *world) writesByHand(b *browser, p person) {
	t := w.t
	t.Helper()
	b.profileOf(p)
	b.Click("Communication", "Basic Info")
	b.Miss("Send new credentials")
	b.Click("Compose Email")
	b.Fill("Subject", "About {{pets}}")
	b.Fill("Message", "Dear {{frist_name}},\n\ncome and see us.")
	b.Click("Send Message")
	b.Expect(422)
	b.See("Did you mean {{first_name}}?")
	b.Picture("compose-wrong")
	b.Fill("Message", "Dear {{first_name}},\n\ncome and see us.")
	b.Click("Send Message")
	b.See("The message is on its way to "+p.name, "About Biscuit")
	w.letter(p.email, "Dear Ken,")
	within(t, patience, "the message is noted as sent", func() error {
		if b.Click("Communication", "Basic Info"); !strings.Contains(b.Text(), "Send again") {
			return io.EOF
		}
		return nil
	})
	b.Picture("communication")
	b.Click("Send again: About Biscuit")
	b.See("Compose Email")
	if words := b.Value("Message"); !strings.Contains(words, "Dear {{first_name}},") {
		t.Errorf("once more it says %q", words)
	}
	b.Fill("Templates", "Client Login Credentials")
	b.Click("Use this template")
	b.See("They have a password of their own")
	b.Click("Send Message")
	b.Expect(422)
	b.See(p.name + ": They have a password of their own")
}
