package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// Lost phones: of somebody who works here, of a pet parent, and of the one whom
// nobody else can help.
func TestLost(t *testing.T) {
	eachWidth(t, lostStory)
}

func lostStory(t *testing.T, w *world) {
	c := w.crew()
	maria := c.maria
	w.otherHosts(c.pat)
	rita := c.hire("Rita Reception", grant{"Receptionist", "North"}, grant{"Receptionist", "South"})
	admin := w.atDesk(maria.name, maria, "North")
	admin.See("You are the only Security Manager", "Give a second person your role")

	former := w.equip(rita)
	w.letsIn(admin, maria, rita)
	front := w.browser(rita.name, w.width)
	front.Open(happyPaws + "/login")
	fresh := w.comesBack(front, rita)

	// What was lost is void, and what is new works once.
	front.signOut(rita)
	front.signIn(rita)
	front.See("Type your code")
	front.proveByCode(former[0])
	front.Expect(422)
	front.proveByCode(fresh[0])
	front.See("Where do you work today?")

	w.resets(admin, front, rita)
	w.lastWayIn(admin, maria)
}

// The same for a pet parent, by the reception.
func TestLostByPetParent(t *testing.T) {
	eachWidth(t, lostByPetParentStory)
}

func lostByPetParentStory(t *testing.T, w *world) {
	c := w.crew()
	rita := c.hire("Rita Reception", grant{"Receptionist", "North"})
	amelia := c.petParent("Amelia", "Cartwright", "+1 206 555 0152")
	b := w.browser(amelia.name, phone)
	b.Open(happyPaws + "/login")
	b.signIn(amelia)
	b.See("Hello, ")
	former := b.phoneFor(amelia)
	b.Open(happyPaws + "/pet-app")
	b.signOutOfPetApp()

	front := w.atDesk(rita.name, rita, "")
	front.findClient(amelia)
	front.Click("Lost their second factor?")
	front.See("Two-factor authentication of Am", "10 of 10 unused", "Ask for the backup codes first")
	front.Picture("lost-help-pet-parent")
	front.Click("Skip once")
	front.Fill("Reason", "New phone, the app was not moved")
	front.Fill("How did you check that it is really them?", "      ")
	front.Click("Skip the second factor once")
	front.Expect(422)
	front.See("how you checked that it is really them")
	front.Fill("How did you check that it is really them?", "Came to the desk and showed an ID")
	front.Click("Skip the second factor once")
	front.See("One sign-in without the second factor waits")
	w.letter(amelia.email, "Rita Reception lets you sign in once")
	w.letter(c.maria.email, "Came to the desk and showed an ID")

	b.Open(happyPaws + "/login")
	b.signIn(amelia)
	b.See("You were let in once without a code")
	b.forcedWizard(amelia)
	b.See("Hello, ")
	b.Open(happyPaws + "/pet-app")
	b.signOutOfPetApp()
	b.Open(happyPaws + "/login")
	b.signIn(amelia)
	b.See("Type your code")
	b.proveByCode(former[0])
	b.Expect(422)
}

// phoneFor sets up an authenticator app in an open session.
func (b *browser) phoneFor(p person) (codes []string) {
	b.t.Helper()
	b.Open(twoFactor)
	b.Click("Start")
	app := b.scan()
	b.w.phones[p.email] = app
	b.Click("Next")
	b.Fill("Code from the app", app.next())
	b.Click("Verify")
	codes = b.codes()
	b.Click("I have stored my backup codes")
	b.Click("Done")
	b.See("your backup codes are stored")
	return codes
}

// proveByCode gives a backup code at the second step of a sign-in.
func (b *browser) proveByCode(code string) {
	b.t.Helper()
	if !strings.Contains(b.Path(), "backup_code") {
		b.Click("Backup code")
	}
	b.Fill("Backup code", code)
	b.Click("Go on")
}

// otherHosts is the list of those who run the platform.
func (w *world) otherHosts(host person) {
	w.t.Helper()
	b := w.browser(host.name, w.width)
	b.Open("/platform/login")
	b.signIn(host)
	b.Fill("Code from your authenticator app", w.phones[host.email].next())
	b.Click("Go on")
	b.See("You are signed in")
	b.Open("/platform/administrators")
	b.See("Pat Host", "This is you", "You are the only administrator")
	if made := command(w.t, w.environment(), "admin", "create", "--email", "quinn@host.example", "--name", "Quinn Host"); made.code != 0 {
		w.t.Fatalf("exit code %d:\n%s%s", made.code, made.out, made.log)
	}
	b.Open("/platform/administrators")
	b.See("Quinn Host", "Invited")
	b.Picture("platform-administrators")
	b.Click("Two-factor of Quinn Host")
	b.See("This person has not chosen a password yet")
}

// letsIn grants somebody one sign-in without the second factor.
func (w *world) letsIn(b *browser, helper, p person) {
	w.t.Helper()
	b.openPerson(p)
	b.Click("Two-factor of " + p.name)
	b.See("Two-factor authentication of "+p.name, "10 of 10 unused", "Ask for the backup codes first")
	b.Picture("lost-help")
	b.Click("Skip once for " + p.name)
	b.Picture("lost-skip")
	b.Fill("Reason", "  bus  ")
	b.Click("Skip the second factor once")
	b.Expect(422)
	b.See("Say why in 5 to 500 characters")
	b.Fill("Reason", "Left the phone on the bus")
	b.Click("Skip the second factor once")
	b.See("One sign-in without the second factor waits", "Left the phone on the bus", "by "+helper.name)
	b.Picture("lost-skip-waits")
	w.letter(p.email, helper.name+" lets you sign in once")
}

// comesBack signs somebody in with the password alone, through the wizard.
func (w *world) comesBack(b *browser, p person) (codes []string) {
	w.t.Helper()
	b.signIn(p)
	b.See("Two-factor authentication")
	b.Open(happyPaws + "/staff") // nothing else is open
	b.Miss("People")
	b.Open(happyPaws + "/login/two-factor")
	codes = b.forcedWizard(p)
	b.See("Where do you work today?")
	b.Click("South")
	b.Click("Go on")
	b.See("Good to see you, " + p.name)
	return codes
}

// resets ends everything that somebody is in with.
func (w *world) resets(b, front *browser, p person) {
	w.t.Helper()
	front.Click("South")
	front.Click("Go on")
	front.See("You are in with a backup code") // and the way to a new key is open
	front.Rest()
	b.openPerson(p)
	b.Click("Two-factor of " + p.name)
	b.See("let them skip it once")
	b.Click("Reset two-factor of " + p.name)
	b.See("Every session of theirs ends")
	b.Fill("Reason", "The phone was stolen")
	b.Picture("lost-reset")
	b.Click("Reset two-factor")
	b.See("Two-factor authentication is reset", "It was reset")
	front.Open(happyPaws + "/")
	front.See("Your two-factor authentication was reset", "Email or login ID")
	front.signIn(p)
	front.See("Your two-factor authentication was reset.")
	front.forcedWizard(p)
	front.See("Where do you work today?")
}

// lastWayIn lets the only Security Manager in on the server itself.
func (w *world) lastWayIn(b *browser, p person) {
	t := w.t
	t.Helper()
	w.equip(p)
	b.Rest()
	again := []string{"admin", "recover", "--email", p.email, "--practice", strings.TrimPrefix(happyPaws, "/"), "--reason", "The only phone is broken"}
	for _, wrong := range []struct {
		args []string
		code int
		said string
	}{
		{again[:4], 2, "--reason"},
		{append(append([]string{}, again[:4]...), again[6:]...), 1, "Nobody signs in there"},
		{append(append([]string{}, again[:6]...), "--reason", "why"), 1, "5 to 500 characters"},
	} {
		if got := command(t, w.environment(), wrong.args...); got.code != wrong.code || !strings.Contains(got.log, wrong.said) {
			t.Errorf("%v: exit code %d:\n%s%s", wrong.args, got.code, got.out, got.log)
		}
	}
	b.Open(happyPaws + "/")
	b.See("Good to see you, " + p.name)
	b.Rest()

	made := command(t, w.environment(), append(again, "--json")...)
	var way struct {
		Name, Link  string
		FactorReset bool `json:"factor_reset"`
	}
	if err := json.Unmarshal([]byte(made.out), &way); err != nil || made.code != 0 || way.Name != p.name || !way.FactorReset {
		t.Fatalf("exit code %d, %v:\n%s%s", made.code, err, made.out, made.log)
	}
	if !strings.Contains(made.log, "a way in was made on the server") || strings.Contains(made.log, way.Link) {
		t.Errorf("the log says\n%s", made.log)
	}
	w.letter(p.email, "made on the server itself")
	b.Open(happyPaws + "/")
	b.See("Your two-factor authentication was reset", "Email or login ID")
	if status, _ := w.post("/api/v1/practices/happy-paws/sign-in", "", asJSON(t, map[string]string{"login": p.email, "password": "wrong"})); status != http.StatusUnauthorized {
		t.Errorf("a wrong password: %d", status)
	}
	anew := newcomer(p.name, p.email)
	b.Open(way.Link)
	b.See("Choose a new password")
	b.choosePassword(anew, "Save password")
	b.See("Your new password is saved")
	b.signIn(anew)
	b.forcedWizard(anew)
	b.See("Where do you work today?")
	b.Open(way.Link)
	b.Expect(410)

	printed := command(t, w.environment(), again...)
	if printed.code != 0 || !strings.HasPrefix(firstLink(printed.out), w.url(happyPaws+"/reset-password?token=")) {
		t.Errorf("exit code %d:\n%s%s", printed.code, printed.out, printed.log)
	}
}
