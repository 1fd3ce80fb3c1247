package e2e

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"catflap/internal/mail/mailtest"
)

// person is somebody who signs in.
type person struct {
	name, email, password string
}

// newcomer has chosen a password that nobody else has.
func newcomer(name, email string) person {
	return person{name: name, email: email, password: "pw " + rand.Text()}
}

// signIn fills in the sign-in page that is open.
func (b *browser) signIn(p person) {
	b.t.Helper()
	b.Fill("Email or login ID", p.email)
	b.Fill("Password", p.password)
	b.Click("Sign in")
}

// choosePassword fills in the page that is open.
func (b *browser) choosePassword(p person, button string) {
	b.t.Helper()
	b.Fill("New password", p.password)
	b.Fill("New password again", p.password)
	b.Click(button)
}

// signOut uses the menu with the person's name.
func (b *browser) signOut(p person) {
	b.t.Helper()
	b.Click("Signed in as " + p.name)
	b.Click("Sign out", p.email)
	b.See("You are signed out")
}

// setUp makes the first administrator of a new server and signs them in.
func (w *world) setUp(host person) *browser {
	w.t.Helper()
	b := w.browser(host.name, w.width)
	b.Open(w.server.setUpLink())
	b.Picture("set-up")
	b.Fill("Your name", host.name)
	b.Fill("E-mail", host.email)
	b.choosePassword(host, "Set up")
	b.See("Catflap is set up", "Email or login ID")
	b.Picture("platform-sign-in")
	b.signIn(host)
	b.forcedWizard(host)
	b.See("Practices")
	return b
}

// forcedWizard goes through the wizard that a sign-in demands.
func (b *browser) forcedWizard(p person) (codes []string) {
	b.t.Helper()
	b.See("Step 1 of 4", "Set it up now, and you are in")
	b.Picture("forced-two-factor")
	b.Click("Start")
	app := b.scan()
	b.w.phones[p.email] = app
	b.Click("Next")
	b.Fill("Code from the app", app.next())
	b.Click("Verify")
	b.See("Step 4 of 4", "Two-factor authentication is on")
	codes = b.codes()
	b.Picture("forced-two-factor-codes")
	b.Click("I have stored my backup codes")
	b.Click("Sign in")
	return codes
}

// happyPaws is the practice of the stories.
const happyPaws = "/happy-paws"

// openPractice creates it with two branches; Maria is invited to run it.
func (w *world) openPractice(host *browser, maria person) {
	w.t.Helper()
	host.Open("/platform/practices/new")
	host.Fill("Name", "Happy Paws", "Address")
	host.Fill("Address", strings.TrimPrefix(happyPaws, "/"))
	host.Fill("Kind", "Clinic")
	host.Fill("Branches", "North\nSouth")
	host.Fill("Phone", "+1 555 0100")
	host.Fill("E-mail", "desk@happy-paws.example", "Opening hours")
	host.Fill("Opening hours", "Mon to Fri 8 to 18")
	host.Fill("Name", maria.name, "Administrator")
	host.Fill("E-mail", maria.email, "Administrator")
	host.Click("Create and invite")
	host.See("Happy Paws is open", "North", "South")
}

// join follows the invitation, signs in and goes to a branch.
func (w *world) join(p person, branch string) *browser {
	w.t.Helper()
	b := w.comeIn(p, w.width)
	b.See("Where do you work today?")
	b.Picture("branch")
	b.Click(branch)
	b.Click("Go on")
	b.See("Good to see you, "+p.name, branch)
	return b
}

// comeIn follows the invitation and signs in.
func (w *world) comeIn(p person, width int64) *browser {
	w.t.Helper()
	b := w.browser(p.name, width)
	b.Open(w.invitation(p))
	b.See("Welcome, " + p.name)
	b.choosePassword(p, "Save password")
	b.See("Your password is saved")
	b.signIn(p)
	return b
}

// hire invites somebody with one role, in a branch or in "All branches".
func (b *browser) hire(p person, role, branch string) {
	b.t.Helper()
	b.Open(happyPaws + "/staff/invite")
	b.Fill("Name", p.name)
	b.Fill("E-mail", p.email)
	b.Fill("Role", role)
	b.Fill("Where it counts", branch)
	b.Click("Send invitation")
	b.See("The invitation to " + p.name + " is on its way")
}

// openPerson goes to somebody's page by way of the search among the staff.
func (b *browser) openPerson(p person) {
	b.t.Helper()
	b.Open(happyPaws + "/staff")
	b.Fill("Search people", strings.ToLower(p.name[:4]))
	b.Click("Search", "Veterinarian") // the button beside the lists of roles
	b.Click("View", p.name)
	b.See(p.name, "Facts")
}

// invitation is the link with which a person who was invited chooses a password.
func (w *world) invitation(p person) string {
	w.t.Helper()
	return w.link(p.email, "/activate")
}

// letter waits for a message to the address that says this; the newest counts.
func (w *world) letter(address, words string) mailtest.Message {
	w.t.Helper()
	var letter mailtest.Message
	within(w.t, patience, "a message to "+address+" that says "+words, func() error {
		all := w.mail.To(address)
		for _, m := range slices.Backward(all) {
			if strings.Contains(m.Text, words) {
				letter = m
				return nil
			}
		}
		return fmt.Errorf("got %d messages", len(all))
	})
	return letter
}

// link waits for a message to the address with such a link and takes it; the
// newest counts.
func (w *world) link(address, part string) string {
	w.t.Helper()
	link := ""
	within(w.t, patience, "a message to "+address+" with "+part, func() error {
		for _, m := range w.mail.To(address) {
			link = cmp.Or(m.Link(part), link)
		}
		if !strings.HasPrefix(link, w.url("/")) {
			return fmt.Errorf("got %d messages, link %q", len(w.mail.To(address)), link)
		}
		return nil
	})
	return link
}

// clinic is a server with the practice of the stories, and its administrator at
// work in North.
func (w *world) clinic() (host *browser, maria person, admin *browser) {
	w.t.Helper()
	w.serve()
	maria = newcomer("Maria Lopez", "maria@happy-paws.example")
	host = w.setUp(newcomer("Pat Host", "pat@host.example"))
	w.openPractice(host, maria)
	return host, maria, w.join(maria, "North")
}

// countLetters reports whether so many messages have come to the address.
func (w *world) countLetters(address string, want int) error {
	if got := len(w.mail.To(address)); got < want {
		return fmt.Errorf("%d of %d have come", got, want)
	}
	return nil
}
