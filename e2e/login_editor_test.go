package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// The System Login Editor: logins created, changed and switched off by the desk,
// temporary passwords typed and generated, and what the pet parents make of them.
func TestLoginEditor(t *testing.T) {
	each(t, loginEditorStory)
}

// few are clients as the desk knows them: with an e-mail and without.
const few = `client_id,first_name,last_name,email,phone,pet_name,species,breed,sex,dob,deceased
1,Ken,Ito,ken@clients.example,+1 206 555 0152,Biscuit,Canine,,,,no
2,Bea,O'Brien,,+1 206 555 0153,Hops,Goat,,,,no
3,Aya,Mori,aya@clients.example,+1 206 555 0154,Mochi,Cat,,,,no
`

func loginEditorStory(t *testing.T, w *world) {
	_, maria, admin := w.clinic()
	list := filepath.Join(t.TempDir(), "few.csv")
	write(t, list, few, 0o600)
	admin.upload(list, "North")
	admin.runImport()
	admin.waitFor("The import is finished", "Look again", patience)
	rita := newcomer("Rita Reception", "rita@happy-paws.example")
	admin.hire(rita, "Receptionist", "North")
	ken := person{name: "Ken Ito", email: "ken@clients.example"}
	bea := person{name: "Bea O'Brien"}
	aya := person{name: "Aya Mori", email: "aya@clients.example"}

	front := w.comeIn(rita, phone)
	front.See("Good to see you, "+rita.name, "North")
	w.createsByMail(front, maria, ken)
	w.createsByHand(front, bea)
	own := w.generates(front, ken)
	w.sendsReset(front, own)
	w.movesRecovery(front, own)
	w.handsAgain(front, bea)
	w.switchesOff(front, own)
	w.marketing(admin, aya)
}

// profileOf goes to a profile by the words of the search.
func (b *browser) profileOf(p person) {
	b.t.Helper()
	b.Open(happyPaws + "/pet-parents/pet-app?q=" + strings.ToLower(p.name[:3]))
	b.Click("View Details", p.name)
	b.See(p.name, "System Login")
}

// editor opens the System Login Editor by its button, which is called like the
// login.
func (b *browser) editor(p person, button string) {
	b.t.Helper()
	b.profileOf(p)
	b.Click(button + ", open the System Login Editor")
	b.See("System Login of " + p.name)
}

func (w *world) createsByMail(b *browser, maria, p person) {
	w.t.Helper()
	b.editor(p, "No login yet")
	b.See("There is no login yet")
	b.Picture("login-editor-new")
	b.Fill("Login ID", maria.email)
	if b.scripts { // told while typing
		b.See("signs in with this already")
	}
	b.Click("Save Changes")
	b.Expect(422)
	b.See("Somebody in this practice signs in with this already")
	b.Click("ken.ito")
	if got := b.Value("Login ID"); got != "ken.ito" {
		w.t.Errorf("the suggestion fills in %q", got)
	}
	if b.scripts {
		b.See("Free")
	}
	b.Click("Save Changes")
	b.See("The login ken.ito is created", "A welcome e-mail is on its way to "+p.email, "Temporary password")
	letter := w.letter(p.email, "Temporary password:")
	if !strings.Contains(letter.Text, "Login ID: ken.ito") {
		w.t.Errorf("the welcome e-mail says %s", letter.Text)
	}
}

func (w *world) createsByHand(b *browser, p person) {
	w.t.Helper()
	b.editor(p, "No login yet")
	b.Click("Type one below")
	b.Fill("Temporary password", "short")
	b.Click("Save Changes")
	b.Expect(422)
	b.See("Type at least 8 characters")
	b.Click("Type one below")
	b.Fill("Temporary password", "hops the goat")
	b.Click("Save Changes")
	b.See("The login bea.obrien is created", "A temporary password is ready: pass it on", "Show")

	client := w.browser(p.name, phone)
	client.Open(happyPaws + "/login")
	client.signIn(person{email: "bea.obrien", password: "hops the goat"})
	client.See("Is everything right?", "Hops")
	client.Click("Go on")
	client.choosePassword(newcomer(p.name, ""), "Save and sign in")
	client.See("Hello, Bea", "Hops")
	client.signOutOfPetApp()
}

// generates has a readable one made in place of the one that was mailed, and
// returns the pet parent with a password of their own, still signed in.
func (w *world) generates(b *browser, p person) *resident {
	w.t.Helper()
	b.editor(p, "ken.ito")
	b.See("Another one, or a welcome e-mail, takes its place")
	b.Click("Generate a readable one")
	b.Click("Save Changes")
	b.See("A temporary password is ready: pass it on")
	b.Click("Show the temporary password")
	b.See("That you looked at it is on record")
	secret := wait[string](b, `document.querySelector(".secret .value").textContent`)

	own := newcomer(p.name, "ken.ito")
	client := w.browser(p.name, phone)
	client.Open(happyPaws + "/login")
	client.signIn(person{email: "ken.ito", password: secret})
	client.See("Is everything right?", "Biscuit")
	client.Click("Go on")
	client.choosePassword(own, "Save and sign in")
	client.See("Hello, Ken")
	return &resident{person: own, mailbox: p.email, at: client}
}

// resident is a pet parent who is signed in.
type resident struct {
	person
	mailbox string
	at      *browser
}

func (w *world) sendsReset(b *browser, p *resident) {
	w.t.Helper()
	b.editor(p.person, "ken.ito")
	b.See("signs in with a password of their own")
	b.Miss("Generate a readable one", "Send the welcome e-mail now")
	b.Picture("login-editor")
	b.Click("Send a reset link")
	b.See("A link to a new password is on its way to " + p.mailbox)
	p.person = newcomer(p.name, "ken.ito")
	p.at.Rest()
	p.at.Open(w.link(p.mailbox, "/reset-password"))
	p.at.choosePassword(p.person, "Save password")
	p.at.Open(happyPaws + "/login")
	p.at.signIn(p.person)
	p.at.See("Hello, Ken")

	// Another login ID: the former one opens nothing, the session goes on.
	b.editor(p.person, "ken.ito")
	b.Fill("Login ID", "kenji")
	b.Click("Save Changes")
	b.See("The login is saved", "kenji")
	w.letter(p.mailbox, "you sign in with kenji from now on")
	other := w.browser(p.name+" elsewhere", phone)
	other.Open(happyPaws + "/login")
	other.signIn(p.person)
	other.Expect(401)
	p.email = "kenji"
	other.signIn(p.person)
	other.See("Hello, Ken")
	other.signOutOfPetApp()
}

func (w *world) movesRecovery(b *browser, p *resident) {
	w.t.Helper()
	b.editor(p.person, "kenji")
	b.Fill("Recovery address", "ken@new.example")
	b.Click("Save Changes")
	b.See("A message asks ken@new.example to confirm")
	w.letter(p.mailbox, "is to become k")
	b.editor(p.person, "kenji")
	b.See("Not confirmed yet", "Keep "+p.mailbox)
	other := w.browser(p.name+" at the mailbox", phone)
	other.Open(w.link("ken@new.example", "/confirm-recovery"))
	other.See("Confirm your recovery address", "You still sign in with kenji")
	other.Picture("confirm-recovery")
	other.Click("Confirm this address")
	other.See("Your recovery address is confirmed: ken@new.example")
	w.letter(p.mailbox, "Nothing is sent here any more")
}

// handsAgain is somebody at the desk who forgot the password and has no e-mail.
func (w *world) handsAgain(b *browser, p person) {
	w.t.Helper()
	b.editor(p, "bea.obrien")
	b.See("has no e-mail address, so no link can be sent")
	b.Miss("Send a reset link")
	b.Click("Generate a readable one")
	b.Click("Save Changes")
	b.See("Pass it on now: nobody can look at it again")
	secret := wait[string](b, `document.querySelector(".secret .value").textContent`)
	b.Click("Back to " + p.name)
	b.Miss("Temporary password")
	if strings.Contains(b.Source(), secret) {
		w.t.Error("the profile shows it")
	}
	client := w.browser(p.name+" again", phone)
	client.Open(happyPaws + "/login")
	client.signIn(person{email: "bea.obrien", password: secret})
	client.See("Choose your password")
	client.choosePassword(newcomer(p.name, ""), "Save and sign in")
	client.See("Hello, Bea")
	client.signOutOfPetApp()
}

func (w *world) switchesOff(b *browser, p *resident) {
	w.t.Helper()
	b.editor(p.person, "kenji")
	b.Click("Active")
	b.Click("Save Changes")
	b.See("The login is switched off", "kenji (inactive)")
	p.at.Rest()
	p.at.Open(happyPaws + "/pet-app")
	p.at.See("Sign in")
	p.at.Miss("Hello, Ken")
	b.editor(p.person, "kenji (inactive)")
	b.See("The login is switched off, so no link can be sent")
	b.Click("Active")
	b.Click("Save Changes")
	b.See("The login is switched on again")
}

// marketing is the second place where the full login stands.
func (w *world) marketing(b *browser, p person) {
	w.t.Helper()
	b.editor(p, "No login yet")
	b.Click("Save Changes")
	b.See("A welcome e-mail is on its way to " + p.email)
	w.letter(p.email, "Temporary password:")
	b.Click("Email Marketing")
	b.See("Who can be mailed", p.name, "Bea O'Brien", "No e-mail")
	b.Picture("email-marketing")
	b.Fill("Search pet parents", "mori", "Who can be mailed")
	b.Click("Search", "Who can be mailed")
	b.See(p.name)
	b.Click("View Details", p.name)
	b.See("Full login", p.email, "Temporary password", "Welcome e-mail", "Sent")
	b.Click("Show the temporary password")
	b.See("That you looked at it is on record")
	secret := wait[string](b, `document.querySelector(".secret .value").textContent`)
	if !strings.Contains(w.letter(p.email, "Temporary password:").Text, secret) {
		w.t.Error("it is not the one that was mailed")
	}
}

// The editor by keyboard alone.
func TestLoginEditorByKeyboard(t *testing.T) {
	t.Parallel()
	skipShort(t)
	w := newWorld(t, "")
	_, _, admin := w.clinic()
	list := filepath.Join(t.TempDir(), "few.csv")
	write(t, list, few, 0o600)
	admin.upload(list, "North")
	admin.runImport()
	admin.waitFor("The import is finished", "Look again", patience)
	admin.profileOf(person{name: "Ken Ito"})
	admin.Reach("No login yet, open the System Login Editor")
	admin.Enter()
	admin.See("System Login of Ken Ito")
	admin.Reach("Login ID")
	admin.Type("ken.by.key")
	wait[bool](admin, `(() => { if (!document.querySelector("#login-state p")) throw new Error("it is not said whether it is free"); return true; })()`)
	admin.Reach("Recovery address")
	admin.Reach("Active")
	admin.Reach("Send the welcome e-mail now")
	admin.Type(" ")
	admin.Reach("Save Changes")
	admin.Enter()
	admin.See("The login ken.by.key is created")
	admin.Miss("on its way")
}
