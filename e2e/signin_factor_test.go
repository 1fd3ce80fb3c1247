package e2e

import (
	"strings"
	"testing"
	"time"
)

// Somebody with two-factor authentication signs in by every way there is, proves
// themselves again, and gets things wrong on the way.
func TestSecondFactor(t *testing.T) {
	eachWidth(t, secondFactorStory)
}

func secondFactorStory(t *testing.T, w *world) {
	c := w.crew()
	vera := c.hire("Vera Vogel", grant{"Veterinarian", "North"})
	codes := w.equip(vera)
	app := w.phones[vera.email]

	desktop := w.browser("Vera at the desk", w.width)
	desktop.Open(happyPaws + "/login")
	desktop.signIn(vera)
	desktop.See("Type your code", "Authenticator App", "Email Code", "Backup code", "I don't have my phone")
	desktop.Picture("second-factor")
	desktop.Fill("Code from your authenticator app", "000000")
	desktop.Click("Go on")
	desktop.Expect(422)
	desktop.See("This code does not match")
	desktop.Picture("second-factor-wrong")

	// By e-mail: chosen, sent, still there after a reload, replaced by a new one.
	desktop.Click("Email Code")
	desktop.See("We send eight digits to v•••@happy-paws.example")
	desktop.Click("Send the code")
	desktop.See("A code is on its way to v•••@happy-paws.example", "Code from the e-mail")
	desktop.Picture("second-factor-email")
	first := w.mailedCode(vera)
	desktop.Open(happyPaws + "/login/second-factor?method=email_code")
	desktop.See("Code from the e-mail", "Send a new code")
	desktop.Click("Send a new code")
	desktop.See("A code is on its way")
	var second string
	within(t, patience, "another code comes", func() error {
		if second = w.mailedCode(vera); second == first {
			return errSame
		}
		return nil
	})
	desktop.Fill("Code from the e-mail", first)
	desktop.Click("Go on")
	desktop.Expect(422)
	desktop.See("not the code of the newest e-mail")
	desktop.Fill("Code from the e-mail", second[:4]+" "+second[4:])
	desktop.Click("Go on")
	desktop.See("You are signed in", "Good to see you")

	w.confirmWithCode(desktop, vera, codes[1])

	// On the phone, by a backup code, and then the wizard is there.
	mobile := w.browser("Vera on the phone", narrow)
	mobile.Open(happyPaws + "/login")
	mobile.signIn(vera)
	mobile.See("Type your code")
	mobile.fits()
	mobile.Click("Email Code")
	mobile.See("We send eight digits")
	mobile.fits()
	mobile.Click("Send the code")
	mobile.See("A code is on its way", "Code from the e-mail", "Send a new code")
	mobile.fits()
	mobile.Click("I don't have my phone")
	mobile.See("ask your Security Manager")
	mobile.fits()
	mobile.Click("Backup code")
	mobile.See("One of the ten codes")
	mobile.fits()
	mobile.Picture("second-factor-backup")
	mobile.Fill("Backup code", strings.ToUpper(codes[0]))
	mobile.Click("Go on")
	mobile.See("You are in with a backup code", "are left", "Deactivate this key and set up a new one")
	mobile.fits()
	mobile.Picture("second-factor-after-backup")
	mobile.Click("Deactivate this key and set up a new one")
	mobile.See("Step 1 of 4") // nothing more is asked for
	mobile.fits()

	// Five wrong codes end it.
	guesser := w.browser("somebody who knows the password", phone)
	guesser.Open(happyPaws + "/login")
	guesser.signIn(vera)
	guesser.Click("Backup code")
	for range 5 {
		guesser.See("Type your code")
		guesser.Fill("Backup code", "0000-00000-0000")
		guesser.Click("Go on")
	}
	guesser.See("That was the fifth code", "Email or login ID")
	guesser.Picture("second-factor-ended")
	guesser.Open(happyPaws + "/login/second-factor")
	guesser.See("Email or login ID")

	// Vera, on a device that knows her, does not wait for that.
	desktop.signOutAnywhere(vera)
	desktop.Open(happyPaws + "/login")
	desktop.signIn(vera)
	desktop.Fill("Code from your authenticator app", app.next())
	desktop.Click("Go on")
	desktop.See("Good to see you")
}

type sameCode struct{}

func (sameCode) Error() string { return "the former code is still the newest" }

var errSame = sameCode{}

// confirmWithCode proves somebody again: on the page for it, and in place where
// scripts run.
func (w *world) confirmWithCode(b *browser, p person, code string) {
	w.t.Helper()
	app := w.phones[p.email]
	b.Open(happyPaws + "/account/confirm?return=" + happyPaws + "/account/sessions")
	b.See("Confirm that it is you", "and a code", "Authenticator App")
	b.Picture("confirm-code")
	b.Fill("Password", p.password)
	b.Fill("Code from your authenticator app", "000000")
	b.Click("Confirm")
	b.Expect(422)
	b.See("This code does not match")
	b.Fill("Password", p.password)
	b.Fill("Code from your authenticator app", app.next())
	b.Click("Confirm")
	b.See("Where you are signed in", "this one")
	if !b.scripts {
		return
	}

	// Five minutes later the page asks in place. The story does not wait for that:
	// the page hears once that a proof is needed.
	b.Open(twoFactor)
	sent := len(w.mail.To(p.email))
	b.outOfProof()
	b.Reach("Set up this key on an additional device or app")
	b.Press()
	b.See("Confirm that it is you", "Authenticator App", "Code from your authenticator app")
	b.Picture("confirm-code-in-place")
	b.Fill("Password", p.password)
	b.Fill("Code from your authenticator app", "000000")
	b.Click("Confirm")
	b.See("This code does not match")
	b.Click("Email Code")
	b.See("We send eight digits to v•••@")
	b.Click("Send the code")
	b.See("Code from the e-mail", "Send a new code")
	b.Fill("Code from the e-mail", "12345678")
	b.Press()
	b.See("not the code of the newest e-mail")
	b.Hold("method=email_code")
	b.Click("Send a new code")
	b.Held()
	within(w.t, patience, "a third and a fourth code come", func() error {
		if n := len(w.mail.To(p.email)); n < sent+2 {
			return errSame
		}
		return nil
	})
	b.Click("Backup code")
	b.See("One of the ten codes")
	b.Release() // comes too late to change what was chosen since
	b.Fill("Backup code", code)
	b.Click("Confirm")
	b.See("Set up an additional device")
}

// outOfProof has the page believe that the last proof counts no more.
func (b *browser) outOfProof() {
	b.t.Helper()
	wait[bool](b, `((real, now) => {
		Date.now = () => now() + 360_000;
		window.fetch = async (...of) => {
			if (!of[1]?.headers?.["Catflap-Ask"]) return real(...of);
			window.fetch = real;
			return new Response(JSON.stringify({ type: "urn:catflap:problem:step-up-required" }), { status: 403 });
		};
		return true;
	})(window.fetch.bind(window), Date.now)`)
}

// The second proof by keyboard alone, on a phone and without scripts at a desk.
func TestSecondFactorByKeyboard(t *testing.T) {
	t.Parallel()
	skipShort(t)
	for _, plain := range []bool{false, true} {
		w := newWorld(t, "")
		w.plain = plain
		c := w.crew()
		vera := c.hire("Vera Vogel", grant{"Veterinarian", "North"})
		codes := w.equip(vera)
		b := w.browser("Vera", width(plain))
		b.Open(happyPaws + "/login")
		b.signInByKeyboard(vera)
		b.See("Type your code")
		b.Reach("Code from your authenticator app")
		b.Type(w.phones[vera.email].at(time.Now().Add(-5 * time.Minute)))
		b.Enter()
		b.See("does not match")
		b.Go("Email Code")
		b.Go("Send the code")
		b.See("A code is on its way")
		b.Reach("Code from the e-mail")
		b.Type(w.mailedCode(vera))
		b.Enter()
		b.See("You are signed in", "Good to see you")
		b.Reach("Signed in as " + vera.name)
		b.Type(" ")
		b.Go("Sign out")

		b.Open(happyPaws + "/login")
		b.signInByKeyboard(vera)
		b.Go("Backup code")
		b.Reach("Backup code")
		b.Type(codes[3])
		b.Enter()
		b.See("You are in with a backup code")
	}
}

// width has scripts run on a phone, and pages without them at a desk.
func width(plain bool) int64 {
	if plain {
		return desk
	}
	return phone
}

// The wizard that a sign-in demands, by keyboard alone, on a phone and without
// scripts at a desk; what is left halfway leads back to it.
func TestForcedWizardByKeyboard(t *testing.T) {
	t.Parallel()
	skipShort(t)
	for _, plain := range []bool{false, true} {
		w := newWorld(t, "")
		w.plain = plain
		w.serve()
		pat := newcomer("Pat Host", "pat@host.example")
		b := w.browser(pat.name, width(plain))
		b.Open(w.server.setUpLink())
		b.Fill("Your name", pat.name)
		b.Fill("E-mail", pat.email)
		b.choosePassword(pat, "Set up")
		b.signIn(pat)
		b.See("Everybody who runs this server needs this", "Step 1 of 4")
		b.Open("/platform/")
		b.See("Your sign-in is not finished yet")
		b.Reach("Go on with the sign-in")
		b.Enter()
		b.Reach("Start")
		b.Enter()
		app := b.scan()
		b.Reach("Next")
		b.Enter()
		b.Reach("Code from the app")
		b.Type(app.next())
		b.Enter()
		b.See("Two-factor authentication is on")
		codes := b.codes()
		if b.scripts {
			b.prompted("/platform/", true)
			b.arrive()
		} else {
			b.Open("/platform/")
		}
		b.See("Your sign-in is not finished yet")
		b.Click("Go on with the sign-in")
		b.See("Have you stored your backup codes?")
		b.Click("Show backup codes")
		if again := b.codes(); strings.Join(again, " ") != strings.Join(codes, " ") {
			t.Errorf("other codes are shown: %v", again)
		}
		b.Reach("I have stored my backup codes")
		b.Type(" ")
		b.Reach("Sign in")
		b.Enter()
		b.See("No practices yet", "You are signed in")
	}
}
