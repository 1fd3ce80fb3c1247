package e2e

import (
	"strings"
	"testing"
)

// From an empty data directory to a staff member at work.
func TestStaffStory(t *testing.T) {
	each(t, staffStory)
}

func staffStory(t *testing.T, w *world) {
	w.serve()
	link := w.server.setUpLink()
	pat, maria := newcomer("Pat Host", "pat@host.example"), newcomer("Maria Lopez", "maria@happy-paws.example")

	// Before the set-up there is nothing to sign in to.
	visitor := w.browser("a visitor", phone)
	visitor.Open("/")
	visitor.See("There is no practice on this server yet")
	visitor.Picture("front-page-empty")
	visitor.Open("/setup?token=guessed")
	visitor.See("This link no longer works")

	host := w.setUp(pat)
	host.See("No practices yet")
	host.Picture("platform-empty")

	// The door is closed for ever.
	visitor.Open(link)
	visitor.Expect(410)
	visitor.Picture("link-used")
	visitor.See("This link no longer works")

	// Bad input comes back with the words that were typed.
	host.Click("New practice", "No practices yet")
	host.Fill("Name", "Happy Paws", "Address")
	host.Fill("Address", "platform")
	host.Fill("Branches", "North")
	host.Fill("Name", maria.name, "Administrator")
	host.Fill("E-mail", maria.email, "Administrator")
	host.Click("Create and invite")
	host.Expect(422)
	host.Picture("new-practice-mistake")
	if got := host.Value("Name", "Address"); got != "Happy Paws" {
		t.Errorf("the name is now %q; what was typed is lost", got)
	}
	w.openPractice(host, maria)
	host.Picture("practice")

	// The link in the mail: opening it changes nothing.
	invitation := w.invitation(maria)
	for range 3 {
		visitor.Open(invitation)
		visitor.See("Welcome, Maria Lopez", maria.email)
	}
	visitor.Picture("invitation")
	visitor.Fill("New password", "short")
	visitor.Fill("New password again", "short")
	visitor.Click("Save password")
	visitor.Expect(422)
	desk := w.join(maria, "North")
	visitor.Open(invitation)
	visitor.Expect(410)
	visitor.See("This link no longer works")

	// The header says who, where and as what.
	desk.Click("Signed in as Maria Lopez")
	desk.See("Happy Paws", "North", "Maria Lopez", maria.email, "Practice administrator")
	desk.Picture("person-menu")
	desk.Click("Signed in as Maria Lopez")

	w.sessions(desk, maria)
	w.forgotten(maria)
	desk.Open(happyPaws + "/")
	desk.See("Happy Paws", "Email or login ID") // the new password ended every session

	// One word for every wrong combination.
	visitor.Open(happyPaws + "/login")
	visitor.signIn(person{email: maria.email, password: "wrong"})
	visitor.Expect(401)
	wrong := visitor.Text()
	visitor.Open(happyPaws + "/login")
	visitor.signIn(person{email: "nobody@happy-paws.example", password: "wrong"})
	visitor.Expect(401)
	if visitor.Text() != wrong {
		t.Errorf("the refusals differ:\n%s\n---\n%s", wrong, visitor.Text())
	}

	// A second practice administrator has no business on the platform.
	visitor.Open("/platform/login")
	visitor.signIn(maria)
	visitor.Expect(401)
	visitor.Open("/no-such-practice/login")
	visitor.Expect(404)
	visitor.See("There is no page here")
	visitor.Picture("not-found")

	host.signOut(pat)
	host.Open("/platform/practices/new")
	host.See("Email or login ID")
}

// sessions ends one session from another.
func (w *world) sessions(here *browser, p person) {
	w.t.Helper()
	there := w.browser(p.name+" on the phone", phone)
	there.Open(happyPaws + "/login")
	there.signIn(p)
	there.Click("South")
	there.Click("Go on")
	there.See("Good to see you")

	here.Click("Signed in as " + p.name)
	here.Click("Where you are signed in")
	here.See("this one", "North", "South")
	here.Picture("sessions")
	there.Rest()
	here.Click("End", "South")
	here.See("The session is over")
	here.Miss("South")

	there.Open(happyPaws + "/")
	there.See("Your session was ended from another device", "Sign in")
	there.Picture("session-ended")
	there.signIn(p)
	there.Click("South")
	there.Click("Go on")
	there.See("Good to see you")
	there.Rest()

	here.Open(happyPaws + "/account/sessions")
	here.Click("End all other sessions")
	here.See("One other session is over")
	there.Open(happyPaws + "/account/sessions")
	there.See("Your session was ended from another device")
	here.signOut(p)
	here.Back()
	here.Open(happyPaws + "/")
	here.See("Happy Paws", "Email or login ID")
	here.signIn(p)
	here.Click("North")
	here.Click("Go on")
	here.See("Good to see you")
}

// forgotten is a password chosen anew with a link from a mail; p changes. The
// answer is the same for somebody whom nobody knows.
func (w *world) forgotten(p person) {
	w.t.Helper()
	b := w.browser("somebody who forgot", phone)
	ask := func(login string) string {
		b.Open(happyPaws + "/login")
		b.Click("Forgot password?")
		b.Fill("Email or login ID", login)
		b.Picture("forgot-password")
		b.Click("Send the link")
		b.See("an e-mail is on its way")
		b.Picture("forgot-password-sent")
		return b.Text()
	}
	if unknown, known := ask("nobody@happy-paws.example"), ask(p.email); unknown != known {
		w.t.Errorf("the answers differ:\n%s\n---\n%s", unknown, known)
	}
	link := w.link(p.email, "/reset-password")
	b.Open(link)
	b.Open(link) // a mail program looked first
	b.Picture("reset-password")
	renewed := newcomer(p.name, p.email)
	b.choosePassword(renewed, "Save password")
	b.See("Your new password is saved")
	b.signIn(p)
	b.Expect(401)
	b.signIn(renewed)
	b.See("Where do you work today?")
	if got := w.mail.To("nobody@happy-paws.example"); len(got) > 0 {
		w.t.Errorf("a stranger got mail: %s", got[0].Subject)
	}

	// Used, forged, and of another purpose: one page that knows a way on.
	used := link
	forged := link[:len(link)-4] + "AAAA"
	other := strings.Replace(w.invitation(p), "/activate", "/reset-password", 1)
	for _, dead := range []string{used, forged, other} {
		b.Open(dead)
		b.Expect(410)
		b.See("This link no longer works")
		b.Click("Ask for a new link")
		b.See("Type your login ID")
	}
}
