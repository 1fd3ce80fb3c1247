package e2e

import (
	"strings"
	"testing"
)

// The PC in the consulting room, which a receptionist and a vet use in turn.
func TestSharedComputer(t *testing.T) {
	each(t, sharedStory)
}

func sharedStory(t *testing.T, w *world) {
	c := w.crew()
	rob := c.hire("Rob Reed", grant{"Receptionist", "North"}, grant{"Receptionist", "South"})
	vera := c.hire("Vera Vogel", grant{"Veterinarian", "South"})
	edit := c.client("Ken", "Ishikawa", "+1 206 555 0152")

	// The administrator sits down at it once.
	pc := w.atDesk("the PC in room 2", c.maria, "North")
	pc.Open(happyPaws + "/security/shared-computers")
	pc.Fill("Name of the computer", "Consulting room 2")
	pc.Fill("Branch", "South")
	pc.Click("Remember this computer as shared")
	pc.See("Consulting room 2", "This computer", "by Maria Lopez")
	pc.Picture("shared-computers")
	pc.signOut(c.maria)
	pc.See("The session of Maria Lopez on", "in North", "From any other device you can check", "Shared computer: Consulting room 2, South")
	pc.Open(happyPaws + "/login")
	pc.Picture("sign-in-shared")
	if marked := wait[bool](pc, `(control("This is a shared computer").checked && control("This is a shared computer").disabled)`); !marked {
		t.Error("the page does not come marked as a shared computer")
	}

	// Rob comes in; where the computer stands is selected.
	pc.signIn(rob)
	if branch := pc.Chosen("branch"); branch != "South" {
		t.Errorf("%s is selected, want South, where the computer stands", branch)
	}
	pc.Click("Go on")
	pc.See("You are signed in", "Rob Reed", "South", "Others use this computer too")
	pc.Picture("arrived-shared")

	w.lockAndUnlock(pc, rob, edit)
	w.switchUser(pc, rob, vera, edit)

	// Vera leaves: nothing stays behind, and the page names what ended.
	wait[bool](pc, `(localStorage.setItem("left", "behind"), true)`)
	pc.signOut(vera)
	pc.See("The session of Vera Vogel on", "in South", "ended at")
	within(t, patience, "the browser forgets", func() error {
		_, err := ask[bool](pc, `(() => { if (localStorage.getItem("left")) throw new Error("it kept something"); return true; })()`)
		return err
	})
	pc.Picture("sign-out-receipt")
	pc.Leave()
	pc.See("Email or login ID")
	pc.Unreadable("Ishikawa", "0199", "Biscuit")

	// For once, on a computer that nobody knows, there is the checkbox.
	guest := w.browser("the PC of a friend", desk)
	guest.Open(happyPaws + "/login")
	guest.Click("This is a shared computer")
	guest.signIn(vera)
	guest.See("You are signed in", "Others use this computer too")
	guest.Open(happyPaws + "/account/sessions")
	guest.See("shared computer", "this one")
	guest.signOut(vera)
	guest.Miss("Shared computer:")
}

// lockAndUnlock is somebody who steps away from the middle of their typing,
// with two tabs open; everything by keyboard.
func (w *world) lockAndUnlock(pc *browser, rob person, edit string) {
	w.t.Helper()
	second := pc.tab()
	second.Open(edit)
	second.See("Contact data of Ken Ishikawa")
	pc.Open(edit)
	pc.Fill("Phone", "+1 206 555 0199")
	pc.Hold("/account/state")
	pc.Notice()
	pc.Held()
	pc.Reach("Lock")
	pc.Press()
	pc.See("Locked", "Rob Reed locked this session", "Unlock within 5 min", "Switch user")
	pc.Release() // what was true before the lock
	pc.Unreadable("Ishikawa", "0199", "Biscuit", "Contact data")
	pc.Picture("locked")
	second.See("Locked", "Rob Reed locked this session")
	second.Unreadable("Ishikawa", "0152", "Contact data")

	// The server is locked as well, not only what covers the page.
	third := pc.tab()
	third.Open(edit)
	third.See("This session is locked", "Unlock")
	third.Unreadable("Ishikawa", "0152", "Contact data")

	pc.Type("not the password")
	pc.Press()
	pc.See("This is not your password")
	pc.Unreadable("Ishikawa", "0199", "Contact data")
	pc.Type(rob.password)
	pc.Press()
	pc.See("Contact data of Ken Ishikawa")
	if got := pc.Value("Phone"); got != "+1 206 555 0199" {
		w.t.Errorf("what was typed is now %q", got)
	}
	second.See("Contact data of Ken Ishikawa")
	third.See("Contact data of Ken Ishikawa")
	pc.Click("Save Changes")
	pc.See("The contact data are saved", "555-0199")
}

// switchUser is the next person who cannot wait: the former session ends first,
// and nothing of it is left in any tab.
func (w *world) switchUser(pc *browser, rob, vera person, edit string) {
	w.t.Helper()
	second := pc.tab()
	second.Open(edit)
	second.Fill("Phone", "+1 206 555 0123")
	pc.Open(edit)
	pc.Click("Lock", "South") // the header's
	pc.See("Rob Reed locked this session")
	second.See("Rob Reed locked this session")
	pc.Click("Switch user")
	pc.See("The session of Rob Reed on", "in South", "The next person can sign in")
	second.See("Email or login ID")
	second.Unreadable("Ishikawa", "0199", "0123")
	pc.Leave()
	pc.See("Email or login ID")
	pc.Unreadable("Ishikawa", "0199")

	pc.Open(happyPaws + "/login")
	pc.signIn(vera)
	pc.See("You are signed in", "Vera Vogel", "South")

	// Who begins over somebody else's session is told so. The page that is still
	// open becomes the other person's start page when somebody looks at it.
	pc.Open(edit)
	pc.Fill("Phone", "+1 206 555 0177")
	pc.Sleep() // awake, it would leave in the middle of the sign-in
	second.Open(happyPaws + "/login")
	second.See("Vera Vogel is signed in in this browser", "Signing in here ends that session first")
	second.signIn(rob)
	second.Click("Go on")
	second.See("You are signed in", "Rob Reed")
	pc.Wake()
	pc.See("Good to see you, Rob Reed")
	pc.Unreadable("0177", "Vera")
	second.Click("Signed in as Rob Reed")
	second.Click("Switch user")
	second.signIn(vera)
	pc.Open(happyPaws + "/")
	pc.See("Good to see you, Vera Vogel")
}

// Without JavaScript locking leads to a page of its own.
func TestSharedComputerWithoutJavaScript(t *testing.T) {
	t.Parallel()
	skipShort(t)
	w := newWorld(t, "")
	w.plain = true
	c := w.crew()
	rob := c.hire("Rob Reed", grant{"Receptionist", "South"})
	vera := c.hire("Vera Vogel", grant{"Veterinarian", "South"})
	edit := c.client("Ken", "Ishikawa", "+1 206 555 0152")

	pc := w.browser("the PC in room 2", desk)
	pc.Open(happyPaws + "/login")
	pc.Click("This is a shared computer")
	pc.signIn(rob)
	pc.See("You are signed in", "Rob Reed")
	pc.Open(edit)
	pc.Fill("Phone", "+1 206 555 0199")
	pc.Click("Lock")
	pc.See("This session is locked", "What was typed on a page before and not saved is lost")
	pc.Unreadable("Ishikawa", "0199")
	pc.Open(edit)
	pc.See("This session is locked")
	pc.Fill("Password", "not the password")
	pc.Click("Unlock")
	pc.Expect(422)
	pc.See("This is not your password")
	pc.Fill("Password", rob.password)
	pc.Click("Unlock")
	pc.See("Contact data of Ken Ishikawa")

	// What Rob left open cannot be sent once somebody else is there.
	left := pc.tab()
	left.Open(edit)
	left.Fill("Phone", "+1 206 555 0123")
	pc.Click("Signed in as Rob Reed")
	pc.Click("Switch user")
	pc.See("The session of Rob Reed on", "The next person can sign in")
	pc.Leave()
	pc.See("Email or login ID")
	pc.Unreadable("Ishikawa", "0152")
	pc.Open(happyPaws + "/login")
	pc.signIn(vera)
	pc.See("You are signed in", "Vera Vogel")
	left.Click("Save Changes")
	left.Expect(403)
	left.See("earlier sign-in")
	left.Open(edit)
	if got := left.Value("Phone"); !strings.Contains(got, "555-0152") {
		t.Errorf("the phone is now %q", got)
	}
	left.signOut(vera)
	left.See("The session of Vera Vogel on")
}
