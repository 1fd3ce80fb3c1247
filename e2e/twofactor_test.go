package e2e

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Somebody who has never heard of two-factor authentication sets it up alone,
// and comes back to it later: at a desk, and on the narrowest phone.
func TestTwoFactor(t *testing.T) {
	eachWidth(t, twoFactorStory)
}

const twoFactor = happyPaws + "/account/two-factor"

func twoFactorStory(t *testing.T, w *world) {
	if w.width == phone {
		w.width = narrow
	}
	c := w.crew()
	vera := c.hire("Vera Vogel", grant{"Veterinarian", "North"})
	b := w.atDesk("Vera Vogel", vera, "")
	w.leaveTheWizard(b, vera)
	app, codes := w.throughTheWizard(b, vera)
	w.fourChoices(b, vera, app, codes)

	// The same on a phone, by somebody who has to have it, and by e-mail first.
	boss := w.browser("Maria Lopez on the phone", narrow)
	boss.Open(happyPaws + "/login")
	boss.signIn(c.maria)
	boss.Click("North")
	boss.Click("Go on")
	w.byEmail(boss, c.maria)
}

// leaveTheWizard begins it and does not finish, in three ways.
func (w *world) leaveTheWizard(b *browser, p person) {
	t := w.t
	t.Helper()
	b.Click("Signed in as " + p.name)
	b.Click("Configure two-factor authentication")
	b.See("Step 1 of 4", "authenticator app", "Google Authenticator", "Twilio Authy", "Microsoft Authenticator", "LastPass Authenticator", "the right time")
	b.fits()
	b.Picture("two-factor-how")
	b.Click("Not now")
	b.Open(twoFactor)
	b.Miss("never finished")

	b.Click("Start")
	b.See("Step 2 of 4", "Scan the picture")
	b.fits()
	b.Picture("two-factor-scan")
	given := b.scan()
	b.See("Account name", p.email, "Issuer", "Happy Paws", "Time-based (TOTP)", "30 seconds", "SHA-1")
	b.fits()
	b.Picture("two-factor-key")
	if b.scripts {
		b.Click("Copy key")
		wait[bool](b, `(() => { if (!document.querySelector(".by-hand .said").textContent) throw new Error("nothing is said"); return true; })()`)
	}
	b.Click("Next")
	b.See("Step 3 of 4")
	b.fits()
	b.Picture("two-factor-verify")
	b.Click("Cancel")
	b.See("The set-up is not complete", "remove that entry from the app", "with your password alone")
	b.fits()
	b.Picture("two-factor-incomplete")

	// Back by the browser's button: what was given up does not come back.
	wait[bool](b, `(setTimeout(() => history.back()), true)`)
	if b.scripts {
		b.See("That set-up is over")
	}
	b.Open(twoFactor + "/verify")
	b.See("That set-up is over", "Step 1 of 4")
	b.Click("Start")
	if again := b.scan(); string(again.key) == string(given.key) {
		t.Error("the key that was given up is shown again")
	}
	// The browser asks before the tab is left; who stays loses nothing, who goes
	// is told at the next visit.
	if b.scripts {
		b.prompted(happyPaws+"/", false)
		b.See("Step 2 of 4")
		b.prompted(happyPaws+"/", true)
		b.arrive()
	} else {
		b.Open(happyPaws + "/")
	}
	b.See("Good to see you")
	b.Open(twoFactor)
	b.See("You have begun a set-up and not finished it", "Go on")
	elsewhere := w.atDesk(p.name+" elsewhere", p, "")
	elsewhere.Open(twoFactor)
	elsewhere.See("was never finished", "remove it before you begin again")
	elsewhere.signOutAnywhere(p)
}

// signOutAnywhere also leaves pages without a menu.
func (b *browser) signOutAnywhere(p person) {
	b.t.Helper()
	b.Open(happyPaws + "/account/sessions")
	b.signOut(p)
}

// prompted leaves for another address, has the browser ask, and answers.
func (b *browser) prompted(path string, leave bool) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	dialogs := chromedp.Events(ctx, page.JavascriptDialogOpening)
	wait[bool](b, `(document.left = %s, setTimeout(() => location.assign(%s)), true)`, leave, path)
	for d, err := range dialogs {
		if err != nil || d.Type != page.DialogTypeBeforeunload {
			b.t.Fatalf("%s is not asked before the page is left: %q %v", b.who, d.Type, err)
		}
		break
	}
	call(b, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: leave})
}

// throughTheWizard finishes what was begun, with a mistake on the way.
func (w *world) throughTheWizard(b *browser, p person) (*authenticator, []string) {
	t := w.t
	t.Helper()
	b.Click("Go on")
	app := b.scan()
	second := b.tab()
	second.Open(twoFactor + "/scan")
	if other := second.scan(); string(other.key) != string(app.key) {
		t.Error("the second tab shows another key")
	}
	second.Click("Next")
	b.Click("Next")
	b.Fill("Code from the app", app.at(time.Now().Add(5*time.Minute)))
	b.Click("Verify")
	b.Expect(422)
	b.See("The clock of your phone is about 5 minutes fast", "automatic date and time")
	b.Fill("Code from the app", "000 000")
	b.Click("Verify")
	b.Expect(422)
	b.See("This is not the code that the app shows now")
	b.fits()
	b.Picture("two-factor-wrong")
	code := app.next()
	b.Fill("Code from the app", code[:3]+" "+code[3:])
	b.Click("Verify")
	b.See("Step 4 of 4", "Two-factor authentication is on", "I have stored my backup codes")
	b.fits()
	b.Picture("two-factor-codes")
	codes := b.codes()
	w.letter(p.email, "Two-factor authentication was switched on")

	// The other tab is told that it is over.
	second.Fill("Code from the app", app.at(time.Now()))
	second.Click("Verify")
	second.See("That set-up is over", "View or generate backup codes")

	file, err := os.ReadFile(b.Download("Download"))
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range append(codes, "Happy Paws", p.email) {
		if !strings.Contains(string(file), words) {
			t.Errorf("the file does not say %q:\n%s", words, file)
		}
	}
	b.keepCodes()
	b.See("your backup codes are stored", "10 of 10 are left", "View or generate backup codes")
	b.fits()
	b.Picture("two-factor-on")
	return app, codes
}

// codes are the backup codes on the page that are not crossed out.
func (b *browser) codes() []string {
	b.t.Helper()
	codes := wait[[]string](b, `[...document.querySelectorAll(".codes li:not(.used)")].map((e) => clean(e.textContent))`)
	if len(codes) != 10 {
		b.t.Fatalf("%s sees %d backup codes", b.who, len(codes))
	}
	return codes
}

// setUpApp goes through the wizard from its first page to the backup codes.
func (b *browser) setUpApp() {
	b.t.Helper()
	b.Click("Start")
	app := b.scan()
	b.Click("Next")
	b.Fill("Code from the app", app.next())
	b.Click("Verify")
}

// keepCodes says on the last page of the wizard that they are stored.
func (b *browser) keepCodes() {
	b.t.Helper()
	b.Click("I have stored my backup codes")
	b.Click("Done")
}

// fourChoices tries each of what the page offers once it is on.
func (w *world) fourChoices(b *browser, p person, app *authenticator, codes []string) {
	t := w.t
	t.Helper()
	b.Click("View or generate backup codes")
	b.See("Backup codes", "10 codes are unused")
	if again := b.codes(); strings.Join(again, " ") != strings.Join(codes, " ") {
		t.Errorf("other codes are shown: %v", again)
	}
	b.fits()
	b.Picture("two-factor-codes-again")
	w.letter(p.email, "Your backup codes were shown")
	b.Click("Generate new backup codes")
	b.See("New backup codes", "The former ones do not work any more")
	if again := b.codes(); again[0] == codes[0] {
		t.Error("the same codes again")
	}
	b.keepCodes()
	b.See("your backup codes are stored")

	b.Click("Set up this key on an additional device or app")
	b.See("Set up an additional device", "I can't scan this code")
	if same := b.scan(); string(same.key) != string(app.key) {
		t.Error("an additional device gets another key")
	}
	b.fits()
	b.Picture("two-factor-additional")
	w.letter(p.email, "The key of your authenticator app was shown")
	b.Click("Done")

	b.Click("Deactivate this key and set up a new one")
	b.See("Step 1 of 4", "Your present key goes on working until the new one is verified")
	b.fits()
	b.Picture("two-factor-new-key")
	b.setUpApp()
	b.See("Your new key works", "Remove the old entry from your app")
	w.letter(p.email, "Another authenticator app was set up")
	b.keepCodes()

	b.Click("Deactivate two-factor authentication")
	b.See("Deactivate two-factor authentication?", "your password alone opens your account")
	b.fits()
	b.Picture("two-factor-deactivate")
	b.Click("Deactivate")
	b.See("Two-factor authentication is deactivated", "Step 1 of 4")
	b.fits()
	w.letter(p.email, "your password alone opens your account now")
}

// byEmail uses codes by e-mail, then an app, which cannot be deactivated by who
// has to have it.
func (w *world) byEmail(b *browser, p person) {
	t := w.t
	t.Helper()
	b.Open(twoFactor)
	b.See("Your practice asks you to set this up by", "Use codes by e-mail instead")
	b.Click("Use codes by e-mail instead")
	b.See(p.email, "An authenticator app is safer")
	b.fits()
	b.Picture("two-factor-email")
	b.Click("Send a code")
	b.See("We sent a code to")
	b.fits()
	b.Picture("two-factor-email-code")
	b.Fill("Code from the e-mail", "12345678")
	b.Click("Verify")
	b.Expect(422)
	b.Fill("Code from the e-mail", w.mailedCode(p))
	b.Click("Verify")
	b.See("Two-factor authentication is on", "Backup codes")
	b.keepCodes()
	b.See("Your choice since", "Not set up")

	b.Click("Set up an app")
	b.setUpApp()
	b.See("Two-factor authentication is on")
	b.keepCodes()
	b.See("so it cannot be deactivated", "Stop using codes by e-mail")
	if !wait[bool](b, `[...document.querySelectorAll("button")].find((e) => same(seen(e), "Deactivate two-factor authentication")).disabled`) {
		t.Error("who has to have it is offered to deactivate it")
	}
	b.fits()
	b.Picture("two-factor-required")
	b.Click("Stop using codes by e-mail")
	b.See("Codes by e-mail are not your second factor any more")
}

// mailedCode is the code in the newest message to somebody.
func (w *world) mailedCode(p person) string {
	w.t.Helper()
	letter := w.letter(p.email, "10 minutes")
	for _, word := range strings.Fields(strings.ReplaceAll(letter.Text, "\n", " ")) {
		if digits := strings.Trim(word, "."); len(digits) == 8 && strings.Trim(digits, "0123456789") == "" {
			return digits
		}
	}
	w.t.Fatalf("there is no code in the message:\n%s", letter.Text)
	return ""
}

// What is printed is a sheet with the codes and whose they are, and nothing else.
func TestBackupCodesOnPaper(t *testing.T) {
	t.Parallel()
	skipShort(t)
	w := newWorld(t, "")
	c := w.crew()
	vera := c.hire("Vera Vogel", grant{"Veterinarian", "North"})
	b := w.atDesk("Vera Vogel", vera, "")
	b.Open(twoFactor)
	b.setUpApp()
	codes := b.codes()
	sheet := b.onPaper()
	for _, words := range append(codes, "Backup codes", "Happy Paws", vera.email, time.Now().UTC().Format("2006")) {
		if !strings.Contains(sheet, words) {
			t.Errorf("the sheet lacks %q:\n%s", words, sheet)
		}
	}
	for _, words := range []string{"Step 4", "Print", "stored", "Done", "is on"} {
		if strings.Contains(sheet, words) {
			t.Errorf("the sheet says %q:\n%s", words, sheet)
		}
	}
}

// onPaper is the text that the printer would get.
func (b *browser) onPaper() string {
	b.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	text := b.Text()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	b.scheme("light")
	return text
}
