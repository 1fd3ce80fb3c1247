package e2e

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// Welcome e-mails with a link in place of a temporary password, and what is new
// to a pet parent right behind it: corrections that count at once, and a recovery
// address of their own choice.
func TestActivation(t *testing.T) {
	t.Parallel()
	skipShort(t)
	w := newWorld(t, "")
	c := w.crew()
	boss := w.atDesk("Maria Lopez", c.maria, "North")
	w.mailsLinks(c, boss)

	ken := newcomer("Ken Ito", "ken@clients.example")
	w.followsLink(boss, ken, "Biscuit").signOutOfPetApp()
	w.plain = true
	w.followsLink(boss, newcomer("Bea O'Brien", "bea@clients.example"), "Hops").signOutOfPetApp()
	w.plain = false
	w.countsAtOnce(c, boss, newcomer("Aya Mori", "aya@clients.example"))
	w.movesOwnRecovery(newcomer("Leo Ruiz", "leo@clients.example"))
}

// mailsLinks welcomes the clients under a policy without temporary passwords.
func (w *world) mailsLinks(c *crew, boss *browser) {
	w.t.Helper()
	list := filepath.Join(w.t.TempDir(), "clients.csv")
	write(w.t, list, `client_id,first_name,last_name,email,phone,pet_name,species,breed,sex,dob,deceased
1,Ken,Ito,ken@clients.example,+1 206 555 0152,Biscuit,Canine,,,,no
2,Bea,O'Brien,bea@clients.example,+1 206 555 0153,Hops,Goat,,,,no
3,Aya,Mori,aya@clients.example,+1 206 555 0154,Mochi,Cat,Birman,,,no
4,Leo,Ruiz,leo@clients.example,+1 206 555 0155,Pico,Cat,,,,no
`, 0o600)
	boss.upload(list, "North")
	boss.runImport()
	boss.waitFor("The import is finished", "Look again", patience)
	w.policy(c, "temporary_passwords", false)
	w.send(http.MethodPost, "/api/v1/logins", c.token, map[string]any{})
}

// policy changes one setting of the practice.
func (w *world) policy(c *crew, setting string, value any) {
	w.t.Helper()
	w.send(http.MethodPut, "/api/v1/policy", c.token, map[string]any{"policy": map[string]any{setting: value}})
}

// begins opens the link of the welcome e-mail on a phone.
func (w *world) begins(p person) (b *browser, link string) {
	w.t.Helper()
	link = w.link(p.email, "/activate")
	b = w.browser(p.name, narrow)
	b.Open(link)
	b.See("Welcome, "+p.name, "Happy Paws made a login for you: "+p.email)
	b.fits()
	b.Picture("activation")
	b.Click("Begin")
	b.See("Is everything right?", "Step 1 of 2")
	return b, link
}

// followsLink is somebody who comes in by the link alone, and tries it again
// afterwards; their browser is still signed in.
func (w *world) followsLink(boss *browser, p person, pet string) *browser {
	t := w.t
	t.Helper()
	b, link := w.begins(p)
	letter := w.letter(p.email, link)
	for _, text := range []string{letter.Subject, letter.Text, letter.HTML} {
		if strings.Contains(strings.ToLower(text), "temporary") {
			t.Errorf("the welcome e-mail speaks of a temporary password:\n%s", text)
		}
	}
	if !strings.Contains(letter.Text, "has a login for you: "+p.email) {
		t.Errorf("the welcome e-mail does not name the login:\n%s", letter.Text)
	}
	boss.profileOf(p)
	boss.See(p.email)
	boss.Miss("Temporary password", "Show the temporary password")

	b.See(pet)
	b.Click("Go on")
	b.See("Choose your password", p.email, "Step 2 of 2")
	b.fits()
	// Until there is a password the link still works, from another phone too, and
	// what was confirmed is not asked again.
	other := w.browser(p.name+" elsewhere", phone)
	other.Open(link)
	other.Click("Begin")
	other.See("Choose your password")
	left := w.browser(p.name+" at an open page", phone)
	left.Open(link)
	left.See("Welcome, " + p.name)

	b.choosePassword(p, "Save and sign in")
	b.See("Hello, "+strings.Fields(p.name)[0], pet)

	// Now it opens nothing, and says so, whoever tries it and however.
	b.Open(link)
	b.Expect(http.StatusGone)
	b.See("does not work any more")
	left.Click("Begin")
	left.Expect(http.StatusGone)
	left.See("does not work any more", "may have been used", "Ask for a new link")
	other.choosePassword(newcomer(p.name, p.email), "Save and sign in")
	other.Expect(http.StatusConflict)
	other.See("The first sign-in is done", "completed elsewhere", "Sign in with the password you chose there")
	other.Click("Go to sign-in")
	other.See("Email or login ID")
	other.Open(link)
	other.Expect(http.StatusGone)
	other.See("does not work any more", "may have been used")
	other.fits()
	other.Picture("activation-used")
	other.Click("Ask for a new link")
	other.See("Type your login ID")
	other.Open(happyPaws + "/login")
	other.signIn(p)
	other.See("Hello, " + strings.Fields(p.name)[0])
	b.Open(happyPaws + "/pet-app")
	return b
}

// countsAtOnce is a first sign-in whose corrections nobody has to accept.
func (w *world) countsAtOnce(c *crew, boss *browser, p person) {
	w.t.Helper()
	w.policy(c, "accept_changes", true)
	b, _ := w.begins(p)
	b.See("What you change counts as soon as the sign-in is complete")
	b.Fill("Phone", "+1 206 555 0199", "You")
	b.Fill("Breed", "Ragdoll", "Mochi")
	b.Click("Go on")
	b.See("Choose your password")
	boss.profileOf(p)
	boss.See("+1 206-555-0154") // not complete, so nothing has changed
	boss.Miss("+1 206-555-0199")
	b.choosePassword(p, "Save and sign in")
	b.See("Hello, Aya", "+1 206-555-0199", "Ragdoll", "What you change counts at once")
	b.Miss("Your corrections", "Birman")

	boss.profileOf(p)
	boss.See("+1 206-555-0199")
	boss.Miss("+1 206-555-0154", "corrected something")
	boss.Click("Pets", "Basic Info")
	boss.See("Ragdoll")
	boss.Miss("Birman")
	boss.Open(happyPaws + "/pet-parents/proposals")
	boss.See("Corrections", "Nothing to decide")
	boss.Miss(p.name)
	boss.Open(happyPaws + "/")
	boss.See("Good to see you")
	boss.Miss("from pet parents")
	w.policy(c, "accept_changes", false)
}

// movesOwnRecovery is a pet parent with another mailbox, who forgets the password
// later on.
func (w *world) movesOwnRecovery(p person) {
	t := w.t
	t.Helper()
	b, _ := w.begins(p)
	b.Click("Go on")
	b.choosePassword(p, "Save and sign in")
	b.See("Hello, Leo")

	const fresh = "leo@new.example"
	b.Click("Change: Links and codes go to")
	b.See("Where links and codes go", p.email)
	b.Fill("New address", p.email)
	b.Click("Send the e-mail")
	b.Expect(http.StatusUnprocessableEntity)
	b.See("This is your recovery address already")
	b.Fill("New address", fresh)
	b.fits()
	b.Click("Send the e-mail")
	b.See("An e-mail is on its way to "+fresh, p.email, "Not confirmed yet", "Until then the address that you have now counts")
	b.fits()
	b.Picture("recovery-waits")
	w.letter(p.email, "is to become l•••@new.example")
	link := w.link(fresh, "/confirm-recovery")

	mailbox := w.browser(p.name+" at the new mailbox", narrow)
	mailbox.Open(link)
	mailbox.See("Confirm your recovery address", fresh, "You still sign in with "+p.email)
	mailbox.fits()
	b.Open(happyPaws + "/pet-app/recovery")
	b.See("Now", p.email, "Not confirmed yet", fresh) // a link that was only opened confirms nothing
	mailbox.Click("Confirm this address")
	mailbox.See("Your recovery address is confirmed: "+fresh, "Email or login ID")
	w.letter(p.email, "is now l•••@new.example. Nothing is sent here any more.")
	mailbox.Open(link)
	mailbox.Expect(http.StatusGone)
	b.Open(happyPaws + "/pet-app")
	b.See("Links and codes go to", fresh)
	b.Miss("Not confirmed yet")
	b.Open(happyPaws + "/pet-app/recovery")
	b.See("Now", fresh)
	b.Miss("Not confirmed yet", p.email)

	// The login ID is what it was; the link to a new password goes elsewhere.
	b.Open(happyPaws + "/pet-app")
	b.signOutOfPetApp()
	b.Open(happyPaws + "/forgot-password")
	b.Fill("Email or login ID", p.email)
	b.Click("Send the link")
	b.See("an e-mail is on its way")
	b.Open(w.link(fresh, "/reset-password"))
	for _, m := range w.mail.To(p.email) {
		if strings.Contains(m.Text, "/reset-password") {
			t.Errorf("the former mailbox got %s", m.Text)
		}
	}
	p.password = newcomer(p.name, p.email).password
	b.choosePassword(p, "Save password")
	b.Open(happyPaws + "/login")
	b.signIn(p)
	b.See("Hello, Leo")
}
