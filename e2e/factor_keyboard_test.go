package e2e

import (
	"testing"
	"time"
)

// The wizard, and every choice of whoever comes back to it, by keyboard alone on
// a phone: first codes by e-mail, then an app, at last a password alone.
func TestTwoFactorByKeyboard(t *testing.T) {
	t.Parallel()
	skipShort(t)
	w := newWorld(t, "")
	c := w.crew()
	w.width = phone
	vera := c.hire("Vera Vogel", grant{"Veterinarian", "North"})
	b := w.atDesk("Vera Vogel", vera, "")
	b.Reach("Signed in as Vera Vogel")
	b.Type(" ")
	b.Reach("Configure two-factor authentication")
	b.Enter()

	b.Go("Use codes by e-mail instead")
	b.Go("Send a code")
	b.Reach("Code from the e-mail")
	b.Type("12345678")
	b.Enter()
	b.Expect(422)
	b.Reach("Code from the e-mail")
	b.Type(w.mailedCode(vera))
	b.Enter()
	b.See("Two-factor authentication is on")
	b.store()
	b.See("Your choice since", "Not set up")

	b.Go("Set up an app")
	app := b.begin()
	b.Reach("Code from the app")
	b.Type(app.at(time.Now().Add(-3 * time.Minute)))
	b.Enter()
	b.See("3 minutes slow")
	b.Reach("Code from the app")
	b.Type(app.next())
	b.Enter()
	b.See("Two-factor authentication is on")
	b.store()

	b.Go("View or generate backup codes")
	b.See("10 codes are unused")
	codes := b.codes()
	b.Go("Back")
	b.Go("View or generate backup codes")
	b.Go("Generate new backup codes")
	b.See("The former ones do not work any more")
	if again := b.codes(); again[0] == codes[0] {
		t.Error("the same codes again")
	}
	b.store()

	b.Go("Set up this key on an additional device or app")
	b.See("Set up an additional device")
	b.Reach("I can't scan this code")
	b.Press()
	if same := b.scan(); string(same.key) != string(app.key) {
		t.Error("an additional device gets another key")
	}
	w.letter(vera.email, "The key of your authenticator app was shown")
	b.Go("Done")

	b.Go("Deactivate this key and set up a new one")
	b.See("Your present key goes on working until the new one is verified")
	fresh := b.begin()
	if string(fresh.key) == string(app.key) {
		t.Error("the former key again")
	}
	b.Reach("Code from the app")
	b.Type(fresh.next())
	b.Enter()
	b.See("Your new key works")
	w.letter(vera.email, "Another authenticator app was set up")
	b.store()

	b.Go("Stop using codes by e-mail")
	b.See("Codes by e-mail are not your second factor any more")
	b.Go("Deactivate two-factor authentication")
	b.Go("Deactivate")
	b.See("Two-factor authentication is deactivated", "Step 1 of 4")
	w.letter(vera.email, "your password alone opens your account now")
}

// Go reaches the link or button and presses Enter.
func (b *browser) Go(name string) {
	b.t.Helper()
	b.Reach(name)
	b.Enter()
}

// Skip goes past the header and the menu.
func (b *browser) Skip() {
	b.t.Helper()
	b.Reach("Skip to content")
	b.Type("\r")
}

// begin walks from the first page of the wizard to the field for the code.
func (b *browser) begin() *authenticator {
	b.t.Helper()
	b.See("Step 1 of 4")
	b.Go("Start")
	b.Reach("I can't scan this code")
	b.Press()
	b.See("In the app, choose to enter a setup key by hand")
	app := b.scan()
	b.Go("Next")
	b.See("Step 3 of 4")
	return app
}

// store says on the page with backup codes that they are stored.
func (b *browser) store() {
	b.t.Helper()
	b.Reach("I have stored my backup codes")
	b.Type(" ")
	b.Go("Done")
	b.See("your backup codes are stored")
}

// signInByKeyboard fills in the sign-in page that is open.
func (b *browser) signInByKeyboard(p person) {
	b.t.Helper()
	b.Reach("Email or login ID")
	b.Type(p.email)
	b.Reach("Password")
	b.Type(p.password)
	b.Enter()
}

// A lost phone by keyboard alone: the Security Manager lets somebody in and takes
// that back, lets them in again, and resets; so it is for a pet parent.
func TestLostByKeyboard(t *testing.T) {
	t.Parallel()
	skipShort(t)
	w := newWorld(t, "")
	c := w.crew()
	vera := c.hire("Vera Vogel", grant{"Veterinarian", "North"})
	amelia := c.petParent("Amelia", "Cartwright", "+1 206 555 0152")
	w.equip(vera)
	w.equip(amelia)

	boss := w.browser(c.maria.name, desk)
	boss.Open(happyPaws + "/login")
	boss.signInByKeyboard(c.maria)
	boss.Reach("North")
	boss.Type(" ")
	boss.Enter()
	boss.Go("People")
	boss.Skip()
	boss.Reach("Search people")
	boss.Type("vera")
	boss.Enter()
	boss.Skip()
	boss.Go("View " + vera.name)
	boss.Skip()
	boss.Go("Two-factor of " + vera.name)
	boss.See("10 of 10 unused")
	page := boss.Path()

	boss.letIn(vera, "Left the phone on the bus", "")
	boss.Go("Take it back")
	boss.Miss("One sign-in without the second factor waits")
	boss.letIn(vera, "Left it on the bus again", "")
	w.letter(vera.email, "Left it on the bus again")

	b := w.browser(vera.name, phone)
	b.Open(happyPaws + "/login")
	b.signInByKeyboard(vera)
	b.See("You were let in once without a code")
	app := b.begin()
	b.Reach("Code from the app")
	b.Type(app.next())
	b.Enter()
	b.Reach("I have stored my backup codes")
	b.Type(" ")
	b.Go("Sign in")
	b.See("Good to see you, " + vera.name)
	b.Rest()

	boss.Open(page)
	boss.Skip()
	boss.Go("Reset two-factor of " + vera.name)
	boss.Reach("Reason")
	boss.Type("Stolen")
	boss.Go("Reset two-factor")
	boss.See("Two-factor authentication is reset", "It was reset")
	b.Open(happyPaws + "/")
	b.See("Your two-factor authentication was reset", "Email or login ID")
	b.signInByKeyboard(vera)
	b.See("Your two-factor authentication was reset.", "Step 1 of 4")

	boss.Go("Pet App")
	boss.Skip()
	boss.Reach("Search pet parents")
	boss.Go("View Details of " + amelia.name)
	boss.Skip()
	boss.Go("Lost their second factor?")
	boss.letIn(amelia, "New phone", "Showed an ID at the desk")
	w.letter(amelia.email, "Maria Lopez lets you sign in once")
	boss.Go("Reset two-factor of " + amelia.name)
	boss.Reach("How did you check that it is really them?")
	boss.Type("Called back on the number on record")
	boss.Reach("Reason")
	boss.Type("Stolen")
	boss.Go("Reset two-factor")
	boss.See("It was reset")

	boss.Go("Audit")
	boss.See("Maria Lopez took back that Vera Vogel may sign in once without the second factor",
		"Maria Lopez let Amelia Cartwright sign in once without the second factor",
		"Maria Lopez reset the two-factor authentication of Vera Vogel", "Maria Lopez reset the two-factor authentication of Amelia Cartwright")
}

// letIn grants one sign-in without the second factor from the page with the help;
// of a pet parent it is asked how they were recognised.
func (b *browser) letIn(p person, reason, identity string) {
	b.t.Helper()
	b.Go("Skip once for " + p.name)
	if identity != "" {
		b.Reach("How did you check that it is really them?")
		b.Type(identity)
	}
	b.Reach("Reason")
	b.Type(reason)
	b.Go("Skip the second factor once")
	b.See("One sign-in without the second factor waits", reason)
}
