package e2e

import (
	"strings"
	"testing"
)

// Somebody is signed in in more places than they know.
func TestWhereSignedIn(t *testing.T) {
	each(t, sessionStory)
}

func sessionStory(t *testing.T, w *world) {
	c := w.crew()
	vera := c.hire("Vera Vogel", grant{"Veterinarian", "North"})
	desk := w.atDesk("Vera Vogel", vera, "")
	if got := w.mail.To(vera.email); strings.Contains(got[len(got)-1].Text, "signed in") {
		t.Errorf("the very first sign-in was told by mail:\n%s", got[len(got)-1].Text)
	}
	phone := w.atDesk("Vera Vogel on the phone", vera, "")
	tablet := w.atDesk("Vera Vogel on the tablet", vera, "")

	// She ends one, then all others, by keyboard.
	tablet.Rest()
	phone.Rest()
	desk.Open(happyPaws + "/account/sessions")
	desk.See("this one", "Chrome", "127.0.0.1", "North", "since", "last used")
	newest := wait[string](desk, `read(document.querySelector("form[action$='/end'] button"))`)
	desk.Reach(newest)
	desk.Enter()
	desk.See("The session is over")
	tablet.Open(happyPaws + "/account/sessions")
	tablet.See("Your session was ended from another device")
	tablet.signIn(vera)
	if tablet.Path() != happyPaws+"/account/sessions" {
		t.Errorf("the same person came back to %s", tablet.Path())
	}
	desk.Open(happyPaws + "/account/sessions")
	desk.Reach("End all other sessions")
	desk.Enter()
	desk.See("2 other sessions are over")
	phone.Open(happyPaws + "/")
	phone.See("Your session was ended from another device")

	// The administrator ends what she sees there; the person reads why.
	boss := w.atDesk("Maria Lopez", c.maria, "North")
	boss.Open(happyPaws + "/security/sessions")
	boss.See("Vera Vogel", "Maria Lopez", "this one", "127.0.0.1")
	boss.Picture("practice-sessions")
	boss.Fill("Search sessions", "vogel")
	if !boss.scripts {
		boss.Click("Search", "Everybody")
	}
	wait[bool](boss, `(() => { if (clean(document.getElementById("rows").textContent).includes("Maria")) throw new Error("Maria is still listed"); return true; })()`)
	desk.Rest()
	boss.Click("End", "Vera Vogel")
	boss.See("The session is over")
	desk.Open(happyPaws + "/")
	desk.See("An administrator of your practice ended your session")
	desk.Picture("ended-by-administrator")
	desk.signIn(vera)
	desk.See("You are signed in")
	boss.Open(happyPaws + "/security/sessions")
	boss.Click("Vera Vogel")
	boss.Click("End all sessions of Vera Vogel")
	boss.See("One session is over")
	desk.ComeBack()
	desk.See("An administrator of your practice ended your session")
	desk.signIn(vera)
	desk.See("You are signed in")

	// A mail told her of the new devices. Its link does nothing by itself.
	link := w.link(vera.email, "/protect")
	mails := w.mail.To(vera.email)
	if said := mails[len(mails)-1].Text; !strings.Contains(said, "on a device on which you had not signed in before") || !strings.Contains(said, "127.0.0.1") {
		t.Errorf("the mail says:\n%s", said)
	}
	away := w.browser("Vera Vogel on her way home", 390)
	for range 2 {
		away.Open(link)
		away.See("Was this not you?", vera.email, "Every session ends", "Nothing changes until you press the button")
	}
	desk.Click("Home")
	desk.See("Good to see you, Vera Vogel")
	away.Click("Protect my account")
	away.See("Your account is protected", "An e-mail with a link to a new password is on its way")
	desk.ComeBack()
	desk.See("Your session was ended to protect the account", "Forgot password?")
	desk.signIn(vera)
	desk.Expect(401)
	away.Open(link)
	away.Expect(410)

	renewed := newcomer(vera.name, vera.email)
	away.Open(w.link(vera.email, "/reset-password"))
	away.choosePassword(renewed, "Save password")
	away.See("Your new password is saved")
	away.signIn(renewed)
	away.See("You are signed in", "Vera Vogel")
}
