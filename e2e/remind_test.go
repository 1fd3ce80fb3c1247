package e2e

import (
	"cmp"
	"log/slog"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/mail/mailtest"
)

// What staff do until the last pet parent is in: put records in order, see who
// has come how far, and remind those who never signed in.
func TestOnTheWayIn(t *testing.T) {
	t.Parallel()
	skipShort(t)
	onTheWayStory(t, newWorld(t, ""))
}

// underway is a client list of people who come differently far. Those without an
// e-mail address stay where they are.
const underway = `client_id,first_name,last_name,email,pet_name,species
W1,Nora,None,,Nik,dog
W2,Sam,Silent,sam@home.example,Sushi,cat
W3,Sue,Silent,sue@home.example,Salsa,cat
W4,Olga,Opener,olga@home.example,Otis,dog
W5,Enid,Halfway,enid@home.example,Elvis,dog
W6,Finn,Finished,finn@home.example,Figaro,cat
W7,Fay,Finished,fay@home.example,Falafel,cat
W8,Bob,Bounced,bob@home.example,Bagel,dog
R1,Rae,Oldham,rae@home.example,Rusty,dog
R2,Rea,Newman,rae@home.example,Raisin,dog
M1,Mona,Mover,,Basil,dog
M1,Mona,Mover,,Pepper,cat
M2,Hank,Homer,,Waffles,dog
`

const loginsForAll = happyPaws + "/pet-parents/logins"

func onTheWayStory(t *testing.T, w *world) {
	c := w.crew()
	c.bring(underway)
	within(t, patience, "the clients are there", func() error {
		return errUnless(len(items[struct{ ID string }](w, "/api/v1/pet-parents", c.token)) == 12)
	})
	boss := w.atDesk(c.maria.name, c.maria, "North")
	w.reactivates(boss)
	w.movesAway(boss)
	passwords := w.comeDifferentlyFar(boss)
	w.readsTheFunnel(boss)
	w.remindsThem(boss, passwords)
}

type notYet struct{}

func (notYet) Error() string { return "not yet" }

func errUnless(done bool) error {
	if done {
		return nil
	}
	return notYet{}
}

// profile finds somebody on the list and returns the path of their page.
func (b *browser) profile(name string) string {
	b.t.Helper()
	b.Open(happyPaws + "/pet-parents/pet-app?q=" + strings.ToLower(strings.ReplaceAll(name, " ", "+")))
	b.Click("View Details", name)
	b.See(name, "Basic Info")
	return b.Path()
}

// reactivates calls a client inactive, and finds the record in the way of another
// one with the same address.
func (w *world) reactivates(b *browser) {
	w.t.Helper()
	old := b.profile("Rae Oldham") + "/household"
	b.Open(loginsForAll)
	b.See("2 people wait for your decision")
	b.Open(old)
	b.Miss("Inactive client")
	b.Click("Edit", "Client number")
	b.Click("Inactive client")
	b.Click("Save Changes")
	b.See("R1", "Inactive client")

	b.Open(loginsForAll)
	b.See("1 address is shared", "client R1, archived", "1 person waits for your decision", "An archived record has the same address")
	b.Click("Decide about Rea Newman")
	b.See("Has it too", "client R1, archived", "An archived record, or a login that is switched off")
	b.Picture("logins-decide-archived")
	b.Click("Reactivate Rae Oldham")
	b.See("The record is active again.", "Rae Oldham, client R1")
	b.Miss("client R1, archived", "Reactivate Rae Oldham")
	b.Open(old)
	b.See("R1")
	b.Miss("Inactive client")

	// Both wait again, until one of them is left out.
	b.Open(loginsForAll)
	b.See("1 address is shared", "2 people wait for your decision")
	b.Click("Skip Rea Newman")
	b.See("1 person gets no login", "0 addresses are shared", "8 people get a login")
	b.Miss("rae@home.example")
}

// movesAway has the second person of a household move to another one, with one
// of the two pets.
func (w *world) movesAway(b *browser) {
	w.t.Helper()
	hank, mona := b.profile("Hank Homer"), b.profile("Mona Mover")
	b.Open(mona + "/household")
	b.Miss("Move to another household")
	b.Click("Add a person")
	b.Fill("First name", "Otto")
	b.Fill("Last name", "Mover")
	b.Click("Add")
	b.See("Otto Mover is added.")
	b.holds(mona, []string{"Mona Mover", "Otto Mover"}, []string{"Basil", "Pepper"})
	b.holds(hank, []string{"Hank Homer"}, []string{"Waffles"})

	b.Open(mona + "/household")
	b.Click("Otto Mover", "No login yet")
	otto := strings.TrimSuffix(b.Path(), "/household")
	b.Click("Move to another household")
	b.Picture("move-find")
	b.Fill("Search for the other record", "homer")
	b.Click("Search", "Search for the other record")
	b.Click("Choose", "Hank Homer")
	b.See("Move Otto Mover", "Into the household of Hank Homer")
	b.Picture("move")
	b.Click("Pepper")
	b.Click("Move")
	b.See("The household is changed.", "M2", "Hank Homer")
	for _, one := range []string{hank, otto} {
		b.holds(one, []string{"Hank Homer", "Otto Mover"}, []string{"Pepper", "Waffles"})
	}
	b.holds(mona, []string{"Mona Mover"}, []string{"Basil"})
}

// holds checks who and which animals are in the household of a profile.
func (b *browser) holds(profile string, people, pets []string) {
	b.t.Helper()
	for _, part := range []struct {
		page, title string
		want        []string
	}{{"/household", "People", people}, {"/pets", "Pets", pets}} {
		b.Open(profile + part.page)
		got := wait[[]string](b, `(() => {
			const title = [...document.querySelectorAll("main h2")].find((e) => same(seen(e), %s));
			return [...title.closest("section").querySelectorAll("li bdi:first-of-type")].filter((e) => e.closest("b, a:not(.button)")).map(seen);
		})()`, part.title)
		slices.Sort(got)
		if !slices.Equal(got, part.want) {
			b.t.Errorf("%s has %q, want %q", profile+part.page, got, part.want)
		}
	}
}

// readableLine is the line of a welcome e-mail with the temporary password.
var readableLine = regexp.MustCompile(`Temporary password: (\S+)`)

// temporary is the password in the newest of n messages to the address.
func (w *world) temporary(address string, n int) string {
	w.t.Helper()
	found := readableLine.FindStringSubmatch(w.mail.Wait(w.t, address, n).Text)
	if found == nil {
		w.t.Fatalf("the newest message to %s has no temporary password", address)
	}
	return found[1]
}

// comeDifferentlyFar invites everybody, and some of them come. It returns what
// each was given, by address.
func (w *world) comeDifferentlyFar(b *browser) map[string]string {
	w.t.Helper()
	w.mail.Always(mailtest.Answer{Code: 550, Words: "No such person"})
	b.Open(loginsForAll)
	b.Fill("Only people who match", "bounced")
	b.Click("Narrow")
	b.See("1 person gets a login")
	b.Click("Create logins and send welcome e-mails")
	b.waitFor("1 person has a login now", "Look again", time.Minute)
	within(w.t, patience, "the e-mail comes back", func() error {
		b.Open(happyPaws + "/pet-parents/pet-app?invitation=failed")
		return errUnless(strings.Contains(b.Text(), "Bob Bounced"))
	})
	w.mail.Always(mailtest.Answer{})
	b.Open(loginsForAll)
	b.Click("Create logins and send welcome e-mails")
	b.waitFor("7 people have a login now", "Look again", time.Minute)

	passwords := map[string]string{}
	for _, name := range []string{"sam", "sue", "olga", "enid", "finn", "fay", "rae"} {
		passwords[name+"@home.example"] = w.temporary(name+"@home.example", 1)
	}
	olga := w.browser("Olga Opener", narrow)
	olga.Open(w.link("olga@home.example", "/login"))
	olga.See("Email or login ID")
	enid := w.browser("Enid Halfway", narrow)
	enid.Open(happyPaws + "/login")
	enid.signIn(person{email: "enid@home.example", password: passwords["enid@home.example"]})
	enid.See("Is everything right?")
	for _, p := range []person{newcomer("Finn Finished", "finn@home.example"), newcomer("Fay Finished", "fay@home.example")} {
		w.arrives(p, passwords[p.email])
	}
	return passwords
}

// arrives goes through the first sign-in.
func (w *world) arrives(p person, temporary string) {
	w.t.Helper()
	b := w.browser(p.name, narrow)
	b.Open(happyPaws + "/login")
	b.signIn(person{email: p.email, password: temporary})
	b.See("Is everything right?")
	b.Click("Go on")
	b.choosePassword(p, "Save and sign in")
	first, _, _ := strings.Cut(p.name, " ")
	b.See("Hello, " + first)
}

// readsTheFunnel compares the picture on the dashboard with the lists behind it.
func (w *world) readsTheFunnel(b *browser) {
	w.t.Helper()
	b.Open(happyPaws + "/")
	b.See("Pet parents on their way in")
	b.Picture("home-funnel")
	b.fits()
	got := wait[[]string](b, `[...document.querySelectorAll("table.funnel tbody tr")].map((e) => [e.cells[0].firstChild, e.cells[1], e.cells[2]].map((c) => clean(c.textContent)).join(" "))`)
	want := []string{"Imported 13 100 %", "Invited 8 61 %", "Delivered 7 53 %", "Opened 4 30 %", "Signed in 3 23 %", "Finished 2 15 %"}
	if !slices.Equal(got, want) {
		w.t.Errorf("the funnel says\n%q, want\n%q", got, want)
	}
	b.Miss("e-mail waits")
	for _, end := range []struct {
		words, state string
		want         []string
	}{
		{"5 not invited", "Not invited", []string{"Hank Homer", "Mona Mover", "Nora None", "Otto Mover", "Rea Newman"}},
		{"1 could not be sent", "Could not be sent", []string{"Bob Bounced"}},
		{"3 have not opened it", "Sent", []string{"Rae Oldham", "Sam Silent", "Sue Silent"}},
		{"1 has not signed in", "Opened the sign-in page", []string{"Olga Opener"}},
		{"1 has not finished", "Signed in, not finished", []string{"Enid Halfway"}},
		{"2 are in", "Finished", []string{"Fay Finished", "Finn Finished"}},
	} {
		b.Open(happyPaws + "/")
		b.Click(end.words)
		if got := b.listed(); !slices.Equal(got, end.want) {
			w.t.Errorf("%q leads to %q, want %q", end.words, got, end.want)
		}
		if got := wait[string](b, `document.getElementById("invitation").selectedOptions[0].textContent`); got != end.state {
			w.t.Errorf("%q leads to the filter %q, want %q", end.words, got, end.state)
		}
	}
}

// listed are the names on the list of pet parents, in the order of the alphabet.
func (b *browser) listed() []string {
	b.t.Helper()
	names := wait[[]string](b, `[...document.querySelectorAll("#list th")].map(seen)`)
	slices.Sort(names)
	return names
}

// remindsThem sends fresh welcome e-mails a day after the former ones.
func (w *world) remindsThem(b *browser, former map[string]string) {
	t := w.t
	t.Helper()
	b.Open(loginsForAll)
	b.See("6 people have a login and never completed the first sign-in")
	b.Click("Remind those who never signed in")
	b.See("0 people get a fresh welcome e-mail", "5 had one within a day", "E-mail came back")
	b.profile("Bob Bounced")
	b.See("No such person")
	b.Click("Try this address again")
	b.See("tried again from now on")
	b.Miss("Try this address again")
	b.Open(loginsForAll)
	b.Click("Remind those who never signed in")
	b.See("1 person gets a fresh welcome e-mail", "5 had one within a day")
	w.dayPasses("sue@home.example")
	b.Open(loginsForAll)
	b.Click("Remind those who never signed in")
	b.See("5 people get a fresh welcome e-mail", "1 had one within a day")
	b.Picture("reminders-due")
	b.Click("Send 5 reminders")
	b.waitFor("5 people get a fresh welcome e-mail", "Look again", time.Minute)
	b.See("5 reminded", "1 had one within a day")
	b.Picture("reminders-report")

	fresh := map[string]string{"bob@home.example": w.temporary("bob@home.example", 1)}
	for _, name := range []string{"sam", "olga", "enid", "rae"} {
		address := name + "@home.example"
		if fresh[address] = w.temporary(address, 2); fresh[address] == former[address] {
			t.Errorf("%s got the former temporary password once more", address)
		}
	}
	for _, address := range []string{"sue@home.example", "finn@home.example", "fay@home.example"} {
		if n := len(w.mail.To(address)); n != 1 {
			t.Errorf("%s has %d messages", address, n)
		}
	}

	sam := w.browser("Sam with the former e-mail", narrow)
	sam.Open(happyPaws + "/login")
	sam.signIn(person{email: "sam@home.example", password: former["sam@home.example"]})
	sam.Expect(401)
	w.arrives(newcomer("Sam Silent", "sam@home.example"), fresh["sam@home.example"])
	w.arrives(newcomer("Sue Silent", "sue@home.example"), former["sue@home.example"])

	// Who is in is not reminded, nor is anybody twice on a day.
	b.Open(loginsForAll)
	b.See("4 people have a login and never completed the first sign-in", "5 reminders sent")
	b.Click("Remind those who never signed in")
	b.See("0 people get a fresh welcome e-mail", "4 had one within a day")
	b.Miss("Send")
}

// dayPasses moves back what was given out, by 25 hours, for everybody but one.
// Nobody waits for that in front of a browser.
func (w *world) dayPasses(but string) {
	w.t.Helper()
	database := cmp.Or(w.database, "sqlite:"+filepath.Join(w.data, "catflap.db"))
	d, err := db.Open(w.t.Context(), database, slog.New(slog.DiscardHandler))
	if err != nil {
		w.t.Fatal(err)
	}
	defer d.Close()
	day := (25 * time.Hour).Microseconds()
	err = d.Write(w.t.Context(), func(tx *db.Tx) error {
		for _, statement := range []string{
			`UPDATE message SET created_at = created_at - $1, sent_at = sent_at - $1`,
			`UPDATE temporary_password SET issued_at = issued_at - $1, expires_at = expires_at - $1`,
			`UPDATE invitation_visit SET opened_at = opened_at - $1, entered_at = entered_at - $1`,
		} {
			n, err := tx.Exec(w.t.Context(), statement+` WHERE account_id IN (
				SELECT id FROM account WHERE kind = 'client' AND login_id <> $2)`, day, but)
			if err != nil {
				return err
			}
			if n == 0 {
				w.t.Errorf("nothing was moved by %s", statement)
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
