package onboardingweb_test

import (
	"encoding/base32"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"catflap/internal/app/apptest"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/lang"
	"catflap/internal/mail"
)

// TestWordsOfPetParents walks in each language through what a pet parent can
// see, mail included, and compares what was read there. Words that are the same
// in every language come from no catalogue, unless they are names.
func TestWordsOfPetParents(t *testing.T) {
	read := map[string][]seen{}
	for _, tag := range lang.All() {
		w := &walk{T: t, tag: tag, App: apptest.On(t, dbtest.New(t, db.SQLite))}
		w.everything()
		read[tag] = w.seen
	}
	english := read[lang.English]
	if len(english) < 60 {
		t.Fatalf("only %d pages were seen", len(english))
	}
	for i, page := range english {
		for _, tag := range lang.All()[1:] {
			if len(read[tag]) != len(english) || read[tag][i].name != page.name {
				t.Fatalf("the way in %s is another one", tag)
			}
		}
		for _, words := range page.words {
			same := 0
			for _, tag := range lang.All()[1:] {
				if slices.Contains(read[tag][i].words, words) {
					same++
				}
			}
			if same == 3 && strings.ContainsFunc(words, unicode.IsLetter) && !named.MatchString(words) {
				t.Errorf("%s: %q is the same in all languages", page.name, words)
			}
		}
	}
}

// named is what is the same in every language: names of people, practices,
// products and languages, addresses, and what is not made of letters.
var named = regexp.MustCompile(`^(Clinic paws|North|Ken|Ken Guest|Rex|Platform|Catflap|` +
	`(Google|Microsoft|LastPass) Authenticator|Twilio Authy|SHA-1|English|Español|Français|Deutsch|` +
	`Mon to Fri 8 to 18|(Ken Guest, )?\S+@\S+|ken@|@?(paws\.)?example(\.com)?|k…@example\.com|https?://\S+|\S*127\.0\.0\.1.*|[A-Z2-7]{4}|[A-Z0-9]{16,})$`)

// seen is a page or a letter with its words, in order.
type seen struct {
	name  string
	words []string
}

type walk struct {
	*testing.T
	*apptest.App
	tag  string
	b    *apptest.Browser
	seen []seen
}

// look keeps what the browser shows.
func (w *walk) look(status int) string {
	w.Helper()
	p := w.b.Page
	if p.Status != status {
		w.Fatalf("%s in %s: status %d, want %d", p.Path, w.tag, p.Status, status)
	}
	if got := p.Header.Get("Content-Language"); got != w.tag {
		w.Errorf("%s is in %q, want %s", p.Path, got, w.tag)
	}
	if !strings.Contains(p.Body, `<html lang="`+w.tag+`">`) {
		w.Errorf("%s does not say that it is in %s", p.Path, w.tag)
	}
	path, _, _ := strings.Cut(p.Path, "?")
	path = ids.ReplaceAllString(path, "*")
	w.seen = append(w.seen, seen{fmt.Sprintf("%d %s %d", len(w.seen), path, status), wordsOf(p.Body)})
	return p.Body
}

func (w *walk) get(path string, status int) string {
	w.Helper()
	w.b.Get(path)
	return w.look(status)
}

func (w *walk) post(path string, status int, form ...string) string {
	w.Helper()
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Add(form[i], form[i+1])
	}
	w.b.Post(path, values)
	return w.look(status)
}

func (w *walk) letter(l mail.Letter) {
	w.seen = append(w.seen, seen{"letter", append(wordsOf(l.HTML), strings.Split(l.Subject+"\n"+l.Text, "\n")...)})
}

var (
	unread = regexp.MustCompile(`(?s)<(script|style|svg)\b.*?</(script|style|svg)>`)
	spoken = regexp.MustCompile(`(?s)\s(?:aria-label|title|placeholder|alt|data-[a-z]+)="([^"]*)"`)
	markup = regexp.MustCompile(`(?s)<[^>]*>`)
)

// wordsOf are the texts of a page as its reader gets them, also those that are
// read aloud or shown by scripts.
func wordsOf(page string) []string {
	page = unread.ReplaceAllString(page, "")
	var all []string
	add := func(s string) {
		if s = strings.Join(strings.Fields(html.UnescapeString(s)), " "); strings.ContainsFunc(s, unicode.IsLetter) {
			all = append(all, s)
		}
	}
	for _, m := range spoken.FindAllStringSubmatch(page, -1) {
		if strings.Contains(m[1], " ") && !strings.HasPrefix(m[1], "/") {
			add(m[1])
		}
	}
	for _, piece := range markup.Split(page, -1) {
		add(piece)
	}
	return all
}

var ids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// shownAs finds something that a page or letter shows.
func (w *walk) shownAs(form, text string) string {
	w.Helper()
	m := regexp.MustCompile(form).FindStringSubmatch(text)
	if m == nil {
		w.Fatalf("%s is not there in %s:\n%s", form, w.tag, text)
	}
	return m[1]
}

func (w *walk) everything() {
	c := w.Clinic("paws")
	apptest.Exec(w.App, `UPDATE practice SET policy = $2 WHERE id = $1`, c.ID, `{"language_clients":"`+w.tag+`"}`)
	apptest.Exec(w.App, `
		INSERT INTO terms (practice_id, version, terms_title, terms_text, terms_url, privacy_title, privacy_text, privacy_url, published_at, published_by)
		VALUES ($1, 1, 'Clinic paws', 'Rex', '', 'North', '', 'https://paws.example/north', $2, '')`, c.ID, w.Clock.Now())
	fill(w, w.App, c.ID, one("C1", "Ken", "Guest", "ken@example.com"))
	if err := giveLogin(w.App, c, person(w, w.App, c.ID, "C1").ID, "ken@example.com", true); err != nil {
		w.Fatal(err)
	}
	welcome := w.LastMail("ken@example.com")
	w.letter(welcome)
	temporary := w.shownAs(`ken@example\.com\n[^:\n]*: (\S+)\n`, welcome.Text)

	w.b = w.Browser()
	w.b.Speaks = w.tag
	w.outside()
	own := w.firstSignIn(c, temporary)
	w.petApp(c)
	w.account(own)
	key := w.authenticator()
	w.secondFactor(own, key)
	w.recovery()
}

// outside is what can be seen before signing in.
func (w *walk) outside() {
	w.get("/paws/login", 200)
	w.post("/paws/login", 401, "login", "ken@example.com", "password", "wrong")
	for _, why := range []string{
		"signed-out-now", "signed-out", "session-idle", "session-expired", "session-ended", "session-signed-out", "session-replaced",
		"session-password-changed", "session-deactivated", "session-ended-by-administrator", "session-practice-closed", "session-factor-reset",
		"session-protected", "sign-in-unfinished", "too-many-wrong-codes", "sign-in-over", "other-practice",
	} {
		w.get("/paws/login?why="+why, 200)
	}
	w.get("/paws/pet-app", 200) // leads to the sign-in page
	w.get("/paws/forgot-password", 200)
	w.post("/paws/forgot-password", 422)
	w.post("/paws/forgot-password", 200, "login", "nobody@example.com")
	w.get("/paws/terms", 200)
	for _, page := range []string{"reset-password", "activate", "protect", "confirm-recovery"} {
		w.get("/paws/"+page+"?token=nothing", 410)
	}
	w.get("/paws/no-such-page", 404)
	w.get("/no-such-practice/login", 404)
	w.b.Post("/", url.Values{"email": {"nobody@example.com"}})
	w.look(200)
}

func (w *walk) firstSignIn(c apptest.Clinic, temporary string) (own string) {
	w.post("/paws/login", 200, "login", "ken@example.com", "password", temporary)
	w.post("/paws/login/terms", 422, "version", "1")
	w.post("/paws/login/terms", 200, "version", "1", "accept", "yes")
	pet := person(w, w.App, c.ID, "C1").Pets[0]
	details := []string{"person.first_name", "Ken", "person.last_name", "Guest", "person.email", "ken@example.com", "person.phones", "",
		"pets[0].id", pet.ID, "pets[0].name", "Rex", "pets[0].species", "dog", "pets[0].sex", "male", "pets[0].breed", "", "pets[0].born_on", "2020-03-01"}
	w.post("/paws/login/details", 422, "person.first_name", "", "person.last_name", "", "person.email", "no address", "person.phones", "1",
		"pets[0].id", pet.ID, "pets[0].name", "", "pets[0].species", "unicorn", "pets[0].sex", "both", "pets[0].born_on", "soon", "pets[0].breed", strings.Repeat("x", 201))
	w.post("/paws/login/details", 200, details...)
	for _, wrong := range [][2]string{{temporary, temporary}, {"short", "other"}, {"password password", "password password"}, {strings.Repeat("long ", 40), ""}, {"Clinic paws 2026", "Clinic paws 2026"}} {
		w.post("/paws/login/new-password", 422, "new_password", wrong[0], "repeat_password", wrong[1])
	}
	own = apptest.Password()
	w.post("/paws/login/new-password", 200, "new_password", own, "repeat_password", own)
	w.get("/paws/pet-app", 200)
	return own
}

// petApp corrects what is on record, and asks for another recovery address.
func (w *walk) petApp(c apptest.Clinic) {
	w.get("/paws/pet-app/details", 200)
	w.post("/paws/pet-app/details", 422, "person.first_name", "", "person.last_name", "", "person.email", "no address", "person.phones", "1")
	pet := "/paws/pet-app/pets/" + person(w, w.App, c.ID, "C1").Pets[0].ID
	w.get(pet, 200)
	w.post(pet, 422, "pets[0].name", "", "pets[0].species", "unicorn", "pets[0].sex", "both", "pets[0].born_on", "soon", "pets[0].breed", strings.Repeat("x", 201))
	w.get("/paws/pet-app/recovery", 200)
	w.post("/paws/pet-app/recovery", 422, "recovery_email", "no address")
	w.post("/paws/pet-app/recovery", 200, "recovery_email", "ken@paws.example")
	w.letter(w.LastMail("ken@example.com"))
	asked := w.LastMail("ken@paws.example")
	w.letter(asked)
	link := w.Link(asked, "confirm-recovery")
	w.get(link, 200)
	w.post("/paws/pet-app/recovery/keep", 200)
	w.get(link, 410)
}

func (w *walk) account(own string) {
	w.get("/paws/account/password", 200)
	w.post("/paws/account/password", 422, "current_password", "wrong", "new_password", own, "repeat_password", own)
	w.post("/paws/account/password", 422, "current_password", own, "new_password", own, "repeat_password", own)
	other := w.Browser()
	other.Speaks = w.tag
	other.Get("/paws/login")
	other.Post("/paws/login", url.Values{"login": {"ken@example.com"}, "password": {own}}).Want(w, 200)
	w.letter(w.LastMail("ken@example.com")) // a device that was not seen before
	w.get("/paws/account/sessions", 200)
	w.post("/paws/account/sessions/end-others", 200)
	w.get("/paws/security/policy", 403)
	w.post("/paws/account/stay", 200)
	w.b.Post("/paws/account/stay", url.Values{"form": {"of somebody else"}})
	w.look(403)
	w.get("/paws/pet-app", 200)
	w.Clock.Advance(20 * time.Minute)
	w.get("/paws/account/password", 200) // asks for a proof first
	w.post("/paws/account/confirm", 422, "password", "")
	w.post("/paws/account/confirm", 422, "password", "wrong")
	w.post("/paws/account/confirm", 200, "password", own)
}

func (w *walk) authenticator() otp.Key {
	const base = "/paws/account/two-factor"
	w.get(base, 200)
	w.get(base+"/email", 200)
	w.post(base+"/email/send", 200)
	w.post(base+"/email", 422, "code", "00000000")
	w.letter(w.LastMail("ken@example.com"))
	page := w.post(base+"/setup", 200)
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(w.shownAs(`secret=([A-Z2-7]+)`, page))
	if err != nil {
		w.Fatal(err)
	}
	page = w.get(base+"/verify", 200)
	setup := w.shownAs(`name="setup" value="([^"]+)"`, page)
	w.post(base+"/verify", 422, "setup", setup, "code", "000000")
	now := otp.Step(w.Clock.Now())
	for _, off := range []int64{-14, -3, 3, 14} {
		w.post(base+"/verify", 422, "setup", setup, "code", otp.Key(key).Code(now+off))
	}
	w.post(base+"/cancel", 200)
	page = w.post(base+"/setup", 200)
	key, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(w.shownAs(`secret=([A-Z2-7]+)`, page))
	if err != nil {
		w.Fatal(err)
	}
	setup = w.shownAs(`name="setup" value="([^"]+)"`, w.get(base+"/verify", 200))
	w.post(base+"/verify", 200, "setup", setup, "code", otp.Key(key).Code(otp.Step(w.Clock.Now())))
	w.letter(w.LastMail("ken@example.com"))
	w.get(base, 200) // the codes are not stored yet
	w.post(base+"/stored", 200, "stored", "yes")
	w.post(base+"/backup-codes", 200)
	w.letter(w.LastMail("ken@example.com"))
	w.post(base+"/key", 200)
	w.letter(w.LastMail("ken@example.com"))
	w.get(base+"/new", 200)
	w.get(base+"/deactivate", 200)
	w.get(base+"/incomplete", 200)
	return key
}

func (w *walk) secondFactor(own string, key otp.Key) {
	w.post("/paws/sign-out", 200)
	w.Clock.Advance(time.Minute)
	w.post("/paws/login", 200, "login", "ken@example.com", "password", own)
	w.get("/paws/login/second-factor?method=email_code", 200)
	w.get("/paws/login/second-factor?method=backup_code", 200)
	w.post("/paws/login/second-factor?method=backup_code", 422, "method", "backup_code", "code", "AAAA-AAAA")
	w.post("/paws/login/email-code", 200)
	w.letter(w.LastMail("ken@example.com"))
	w.post("/paws/login/second-factor?method=email_code", 422, "method", "email_code", "code", "00000000")
	w.post("/paws/login/second-factor?method=totp", 422, "method", "totp", "code", "000000")
	w.post("/paws/login/second-factor", 200, "method", "totp", "code", key.Code(otp.Step(w.Clock.Now())))
	w.get("/paws/account/two-factor", 200)
	w.post("/paws/account/two-factor/deactivate", 200)
	w.letter(w.LastMail("ken@example.com"))
}

func (w *walk) recovery() {
	w.post("/paws/sign-out", 200)
	w.post("/paws/forgot-password", 200, "login", "ken@example.com")
	l := w.LastMail("ken@example.com")
	w.letter(l)
	link := w.Link(l, "reset-password")
	w.get(link, 200)
	_, token, _ := strings.Cut(link, "token=")
	w.post("/paws/reset-password", 422, "token", token, "new_password", "short", "repeat_password", "")
	own := apptest.Password()
	w.post("/paws/reset-password", 200, "token", token, "new_password", own, "repeat_password", own)
	l = w.LastMail("ken@example.com")
	w.letter(l)
	link = w.Link(l, "protect")
	w.get(link, 200)
	_, token, _ = strings.Cut(link, "token=")
	w.post("/paws/protect", 200, "token", token)
}
