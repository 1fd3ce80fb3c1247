package e2e

import (
	"strings"
	"testing"
)

// A password is changed, and somebody who did not do that closes the account
// with the link from the mail.
func TestPassword(t *testing.T) {
	each(t, passwordStory)
}

func passwordStory(t *testing.T, w *world) {
	_, maria, here := w.clinic()
	there := w.browser(maria.name+" on the phone", phone)
	there.Open(happyPaws + "/login")
	there.signIn(maria)
	there.Click("South")
	there.Click("Go on")
	there.See("Good to see you")
	there.Rest()

	changed := w.changePassword(here, maria)
	there.Open(happyPaws + "/account/sessions")
	there.See("Your password was changed, which ended this session")
	there.signIn(maria)
	there.Expect(401)
	here.Open(happyPaws + "/account/sessions")
	here.See("this one")
	here.Miss("South")

	protected := w.protect(here, changed)
	there.Open(happyPaws + "/login")
	there.signIn(protected)
	there.See("Where do you work today?")
}

// changePassword tries bad ones first; it returns the person with the new one.
func (w *world) changePassword(b *browser, p person) person {
	w.t.Helper()
	b.Click("Signed in as " + p.name)
	b.Click("Change password")
	b.See("With a new password all your other sessions end")
	fill := func(current, renewed string) {
		b.Fill("Current password", current)
		b.Fill("New password", renewed)
		b.Fill("New password again", renewed)
	}
	rated := func(words string) {
		if b.scripts { // the meter asks the server while somebody types
			b.See(words)
		}
	}
	renewed := newcomer(p.name, p.email)
	for _, bad := range []struct{ password, rating, refusal string }{
		{"pet", "Too short", "at least 12 characters"},
		{"password1234", "This is one of the first things a guesser tries", "guess"},
		{"Maria Lopez 2024", "This is a name or login that others know", "name"},
	} {
		fill(p.password, bad.password)
		rated(bad.rating)
		b.Click("Change password", "Cancel")
		b.Expect(422)
		b.See(bad.refusal)
	}
	b.Picture("password-refused")
	fill("not the one of now", renewed.password)
	rated("Strong")
	b.Click("Change password", "Cancel")
	b.Expect(422)
	b.See("This is not your password")
	fill(p.password, renewed.password)
	rated("Strong")
	b.Picture("password")
	b.Click("Change password", "Cancel")
	b.See("Your password is changed", "All your other sessions are over")
	return renewed
}

// protect says "This was not me" to the change; it returns the person with the
// password that they chose then.
func (w *world) protect(here *browser, p person) person {
	t := w.t
	t.Helper()
	link := w.letter(p.email, "Your password was changed.").Link("/protect")
	b := w.browser("somebody who reads mail", phone)
	for range 2 { // a mail program looks first
		b.Open(link)
		b.See("Was this not you?", p.email)
	}
	b.Picture("protect")
	here.Open(happyPaws + "/account/sessions")
	here.See("this one") // looking does nothing

	b.Click("Protect my account")
	b.See("Your account is protected", "A link", "30 minutes")
	b.Picture("protected")
	if here.scripts {
		here.Notice() // the open page leaves by itself
	} else {
		here.Open(happyPaws + "/account/sessions")
	}
	here.See("Your session was ended to protect the account", "Email or login ID")
	here.signIn(p)
	here.Expect(401)
	b.Open(link)
	b.Expect(410)
	b.See("This link no longer works")

	renewed := newcomer(p.name, p.email)
	b.Open(w.link(p.email, "/reset-password"))
	b.Fill("New password", "happypaws2024")
	b.Fill("New password again", "happypaws2024")
	b.Click("Save password")
	b.Expect(422)
	b.choosePassword(renewed, "Save password")
	b.See("Your new password is saved")
	here.signIn(renewed)
	here.See("Where do you work today?")
	here.Click("North")
	here.Click("Go on")
	here.See("You are signed in", "this one") // on the page that they were on
	if told := w.letter(p.email, "through a link in an e-mail"); !strings.Contains(told.Text, "/protect?token=") {
		t.Errorf("the notice of the new password has no link against it:\n%s", told.Text)
	}
	return renewed
}
