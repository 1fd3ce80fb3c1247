package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// narrow is the narrowest phone that everything has to fit on.
const narrow = 360

// A pet parent with a narrow phone: terms, first sign-in, corrections, staying
// signed in, and a forgotten password.
func TestPetApp(t *testing.T) {
	each(t, petAppStory)
}

func TestPetAppWithoutJavaScript(t *testing.T) {
	t.Parallel()
	skipShort(t)
	w := newWorld(t, "")
	w.plain = true
	petAppStory(t, w)
}

func petAppStory(t *testing.T, w *world) {
	c := w.crew()
	boss := w.atDesk("Maria Lopez", c.maria, "North")
	w.writesTerms(c, boss)
	amelia, temporary := c.guest("Amelia", "Cartwright")

	b := w.browser(amelia.name, narrow)
	b.Open(happyPaws + "/login")
	b.See("Keep me signed in", "14 days")
	b.Click("Keep me signed in")
	b.signIn(person{email: amelia.email, password: temporary})
	b.See("Before you go on", "Step 1 of 3", "Privacy notice")
	b.fits()
	b.Picture("first-sign-in-terms")
	b.Click("Terms of use")
	b.See("Be kind to those who help.")
	// Half-done opens nothing else, and goes on where it was.
	b.Open(happyPaws + "/pet-app")
	b.See("Your sign-in is not finished yet")
	b.Click("Go on with the sign-in")
	b.Click(`I accept "Terms of use" and have read "Privacy notice"`)
	b.Click("Accept and go on")
	b.See("Is everything right?", "Step 2 of 3")
	b.fits()
	b.Click("Go on")
	b.See("Step 3 of 3")
	b.fits()
	b.choosePassword(amelia, "Save and sign in")
	b.See("Hello, Amelia", "Biscuit")

	w.correctsOwn(b, boss)

	// The phone that said so stays signed in; the list says until when.
	b.Open(happyPaws + "/account/sessions")
	b.See("stays signed in until")
	b.fits()
	b.Open(happyPaws + "/pet-app")
	b.Click("Terms and privacy notice")
	b.See("You accepted this version")
	b.Click("Back to your pet app")
	b.signOutOfPetApp()
	w.forgets(b, amelia)
}

// writesTerms publishes what pet parents accept, and lets them stay signed in.
func (w *world) writesTerms(c *crew, boss *browser) {
	w.t.Helper()
	boss.Open(happyPaws + "/settings/terms")
	boss.See("nobody is asked")
	boss.Fill("Text", "Be kind to those who help.", "Terms of use")
	boss.Fill("Address", "ftp://www.happy-paws.example/privacy", "Privacy notice")
	boss.Click("Publish version 1")
	boss.Expect(422)
	boss.See("Type a whole address")
	boss.Fill("Address", "https://www.happy-paws.example/privacy", "Privacy notice")
	boss.Click("Publish version 1")
	boss.See("Version 1 is published", "0 pet parents")
	boss.Picture("terms-settings")
	w.send(http.MethodPut, "/api/v1/policy", c.token, map[string]any{"policy": map[string]any{"keep_clients": 14}})
	w.send(http.MethodPut, "/api/v1/practice", c.token, map[string]any{
		"name": "Happy Paws", "phone": "+1 555 0100", "email": "desk@happy-paws.example", "hours": "Mon to Fri 8 to 18", "time_zone": "UTC",
	})
	w.send(http.MethodPut, "/api/v1/branches/"+c.branches["North"], c.token, map[string]any{
		"name": "North", "hue": 0, "phone": "+1 555 0142", "hours": "Mon to Fri 7 to 19", "address": "1 Harbour Road",
	})
}

// guest brings one pet parent in and mails them a temporary password.
func (c *crew) guest(first, last string) (p person, temporary string) {
	w := c.w
	w.t.Helper()
	c.client(first, last, "+1 206 555 0152")
	p = newcomer(first+" "+last, strings.ToLower(first)+"@home.example")
	w.send(http.MethodPost, "/api/v1/logins", c.token, map[string]any{})
	letter := w.letter(p.email, "Temporary password")
	found := regexp.MustCompile(`Temporary password: (\S+)`).FindStringSubmatch(letter.Text)
	if found == nil {
		w.t.Fatalf("no temporary password in:\n%s", letter.Text)
	}
	return p, found[1]
}

// correctsOwn wants something different, takes one wish back, and the practice
// accepts the other.
func (w *world) correctsOwn(b, boss *browser) {
	w.t.Helper()
	b.Click("Correct your details")
	b.fits()
	b.Picture("pet-app-details")
	b.Fill("Last name", "Carter")
	b.Click("Send to Happy Paws")
	b.See("Your corrections", "Cartwright", "Carter", "looks at it")
	b.Click("Correct Biscuit")
	b.Fill("Breed", "Collie")
	b.fits()
	b.Picture("pet-app-pet")
	b.Click("Send to Happy Paws")
	b.See("Biscuit: Breed", "Collie")
	b.Click("Correct your details")
	b.Fill("Last name", "Cartwright")
	b.Click("Send to Happy Paws")
	b.See("is taken back")
	b.fits()

	boss.Open(happyPaws + "/pet-parents/proposals/all")
	boss.See("1 correction of 1 person", "Breed of a pet")
	boss.Picture("corrections-all")
	boss.Click("Accept all 1")
	boss.See("One correction is accepted", "Nothing to decide")
	b.Open(happyPaws + "/pet-app")
	b.See("Collie")
	b.Miss("Biscuit: Breed")
}

// forgets comes back with a link, and reads what to do without one.
func (w *world) forgets(b *browser, p person) {
	w.t.Helper()
	b.Open(happyPaws + "/login")
	b.signIn(person{email: p.email, password: "not that one"})
	b.Expect(401)
	b.See("can give you a new one", "+1 555 0100")
	b.fits()
	b.Click("Forgot password?")
	b.Fill("Email or login ID", p.email)
	b.Click("Send the link")
	b.See("an e-mail is on its way", "spam folder", "No e-mail address on record")
	b.fits()
	letter := w.letter(p.email, "/reset-password")
	link, err := url.Parse(regexp.MustCompile(`https?://\S+/reset-password\S*`).FindString(letter.Text))
	if err != nil {
		w.t.Fatal(err)
	}
	b.Open(link.RequestURI())
	p.password = newcomer(p.name, p.email).password
	b.choosePassword(p, "Save password")
	b.Open(link.RequestURI())
	b.Expect(410)
	b.Click("Ask for a new link")
	b.See("Type your login ID")
	b.Open(happyPaws + "/login")
	b.signIn(p)
	b.See("Hello, Amelia")
}

// fits insists that nothing is wider than the screen.
func (b *browser) fits() {
	b.t.Helper()
	if over := wait[int](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
		b.t.Errorf("%s is %d px too wide for %d px", b.Path(), over, b.width)
	}
}

// The corrections by keyboard alone.
func TestPetAppByKeyboard(t *testing.T) {
	t.Parallel()
	skipShort(t)
	w := newWorld(t, "")
	c := w.crew()
	amelia, temporary := c.guest("Amelia", "Cartwright")
	b := w.browser(amelia.name, narrow)
	b.Open(happyPaws + "/login")
	b.signIn(person{email: amelia.email, password: temporary})
	b.Click("Go on")
	b.choosePassword(amelia, "Save and sign in")
	b.See("Hello, Amelia")
	b.Reach("Correct Biscuit")
	b.Enter()
	b.Reach("Breed")
	b.Type("Collie")
	b.Enter()
	b.See("Biscuit: Breed", "Collie")
	b.Reach("Correct your details")
	b.Enter()
	b.Reach("First name")
	b.Type("Amy")
	b.Enter()
	b.See("Amy")
	b.Reach("Configure two-factor authentication")
	b.Enter()
	b.See("Have an authenticator app")
}
