package factorweb_test

import (
	"context"
	"encoding/base32"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/factor/otp"
	"catflap/internal/role"
)

const page = "/paws/account/two-factor"

// world is a practice with somebody who may have a second factor, and another
// one with an administrator who has to.
type world struct {
	*apptest.App
	t      *testing.T
	clinic apptest.Clinic
	vet    apptest.Person
	b      *apptest.Browser // the vet's
}

func each(t *testing.T, f func(t *testing.T, w *world)) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) { f(t, enter(t, a)) })
}

func enter(t *testing.T, a *apptest.App) *world {
	w := &world{App: a, t: t, clinic: a.Clinic("paws")}
	w.vet = a.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID)
	w.b = a.Enter("paws", w.vet, "")
	return w
}

var (
	keyOnPage   = regexp.MustCompile(`(?s)id="wizard-key">(.*?)</dd>`)
	tag         = regexp.MustCompile(`<[^>]*>`)
	setupOnPage = regexp.MustCompile(`name="setup" value="([^"]+)"`)
	codeOnPage  = regexp.MustCompile(`<li( class="used")?>([0-9a-z]{4}-[0-9a-z]{5}-[0-9a-z]{4})`)
)

// key is what "I can't scan this code" shows.
func key(t *testing.T, p apptest.Page) otp.Key {
	t.Helper()
	m := keyOnPage.FindStringSubmatch(p.Body)
	if m == nil {
		t.Fatalf("%s shows no key (status %d)", p.Path, p.Status)
	}
	return decode(t, strings.Join(strings.Fields(tag.ReplaceAllString(m[1], "")), ""))
}

func decode(t *testing.T, text string) otp.Key {
	t.Helper()
	k, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil || len(k) != otp.KeyBytes {
		t.Fatalf("%q is no key: %v", text, err)
	}
	return k
}

// codes are the backup codes of a page, and how many of them are crossed out.
func codes(p apptest.Page) (all []string, used int) {
	for _, m := range codeOnPage.FindAllStringSubmatch(p.Body, -1) {
		all = append(all, m[2])
		if m[1] != "" {
			used++
		}
	}
	return all, used
}

func setupID(t *testing.T, p apptest.Page) string {
	t.Helper()
	m := setupOnPage.FindStringSubmatch(p.Body)
	if m == nil {
		t.Fatalf("%s names no set-up", p.Path)
	}
	return html.UnescapeString(m[1])
}

// formOf is the form value of a page.
func formOf(t *testing.T, p apptest.Page) string {
	t.Helper()
	m := regexp.MustCompile(`name="form" value="([^"]+)"`).FindStringSubmatch(p.Body)
	if m == nil {
		t.Fatalf("%s has no form", p.Path)
	}
	return html.UnescapeString(m[1])
}

// now is the code that an app with the right time shows.
func (w *world) now(k otp.Key) string { return k.Code(otp.Step(w.Clock.Now())) }

// begin goes through the first two pages of the wizard.
func (w *world) begin(b *apptest.Browser) otp.Key {
	w.t.Helper()
	b.Get(page).Want(w.t, 200)
	return key(w.t, b.Post(page+"/setup", nil).Want(w.t, 200, "Step 2 of 4"))
}

// verify types a code on the third page.
func (w *world) verify(b *apptest.Browser, code string) apptest.Page {
	w.t.Helper()
	p := b.Get(page+"/verify").Want(w.t, 200, "Step 3 of 4")
	return b.Post(page+"/verify", url.Values{"setup": {setupID(w.t, p)}, "code": {code}})
}

// switchOn is the whole wizard.
func (w *world) switchOn(b *apptest.Browser) (otp.Key, []string) {
	w.t.Helper()
	k := w.begin(b)
	all, _ := codes(w.verify(b, w.now(k)).Want(w.t, 200, "Two-factor authentication is on", "Step 4 of 4"))
	b.Post(page+"/stored", url.Values{"stored": {"yes"}}).Want(w.t, 200, "your backup codes are stored")
	return k, all
}

// confirm proves the person again, by the password and a code of the key.
func (w *world) confirm(b *apptest.Browser, p apptest.Person, k otp.Key) apptest.Page {
	w.t.Helper()
	b.Get("/paws/account/confirm")
	return b.Post("/paws/account/confirm", url.Values{
		"password": {p.Password}, "method": {"totp"}, "code": {w.now(k)}, "return": {page},
	})
}

// told checks the newest letter to the vet, which can be answered with "this
// was not me".
func (w *world) told(words string) {
	w.t.Helper()
	l := w.LastMail(w.vet.LoginID)
	if !strings.Contains(l.Text, words) || !strings.Contains(l.Text, "/paws/protect?token=") {
		w.t.Errorf("the newest letter does not say %q: %s", words, l.Text)
	}
}

// recorded counts an action of the vet in the record.
func (w *world) recorded(action audit.Action) int {
	w.t.Helper()
	lines, err := w.Audit.List(context.Background(), w.clinic.ID, audit.Filter{PersonID: w.vet.ID}, "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, l := range lines {
		if l.Action == action {
			n++
		}
	}
	return n
}

func (w *world) wantRecorded(action audit.Action, n int) {
	w.t.Helper()
	if got := w.recorded(action); got != n {
		w.t.Errorf("%s is recorded %d times, want %d", action, got, n)
	}
}

// policy is what the role of the vet says about second factors.
func (w *world) policy(mode string, email bool) {
	w.t.Helper()
	apptest.Exec(w.App, `UPDATE role SET second_factor = $1, second_factor_grace = 7, email_code = $2 WHERE practice_id = $3 AND key = $4`,
		mode, email, w.clinic.ID, role.Veterinarian)
}

// tokenOf signs somebody in through the JSON API.
func (w *world) tokenOf(p apptest.Person, branchID string) string {
	w.t.Helper()
	r := w.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": p.LoginID, "password": p.Password}).Want(w.t, 200)
	if r.Text("next") == "choose_branch" {
		r = w.API("POST", "/sign-in/branch", r.Text("sign_in"), map[string]any{"branch": branchID}).Want(w.t, 200)
	}
	return r.Text("session", "token")
}

// step moves the clock to the next code.
func (w *world) step() { w.Clock.Advance(otp.Period) }

// late is when no proof counts any more, and another code is shown.
const late = 6 * time.Minute
