package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Logins for all: narrowed, tried, settled, made, reported, reminded, and made by
// platform support.
func TestLoginsForAll(t *testing.T) {
	each(t, loginsForAllStory)
}

// The same on a phone without JavaScript.
func TestLoginsForAllPlain(t *testing.T) {
	t.Parallel()
	skipShort(t)
	w := newWorld(t, "")
	w.plain = true
	loginsForAllStory(t, w)
}

// sharers is a client list with clashes.
const sharers = `client_id,first_name,last_name,email,pet_name,species
1,Ann,Alone,ann@example.com,Rex,dog
2,Sam,Shared,both@example.com,Tom,cat
3,Kim,Shared,both@example.com,Mia,cat
4,Hal,House,home@example.com,Bo,dog
5,Hope,House,home@example.com,Bea,dog
6,Nan,None,none@example.com,Nik,dog
7,Nora,None,none@example.com,Nell,dog
8,Lee,Letter,,Lou,dog
`

func loginsForAllStory(t *testing.T, w *world) {
	host, _, admin := w.clinic()
	list := filepath.Join(t.TempDir(), "clients.csv")
	write(t, list, sharers, 0o600)
	admin.upload(list, "North")
	admin.runImport()
	admin.waitFor("The import is finished", "Look again", time.Minute)

	// Platform support tries it and sees numbers.
	host.openPracticePage()
	host.Click("Open logins for all")
	host.See("1 person gets a login", "3 addresses are shared", "Several people have the address")
	host.Miss("ann@example.com", "Kim Shared")
	host.Picture("platform-logins")

	if w.plain {
		admin.resize(phone)
	}
	const logins = happyPaws + "/pet-parents/logins"
	admin.Open(logins)
	admin.See("1 person gets a login", "3 addresses are shared", "1 cannot be mailed", "both@example.com")
	admin.Picture("logins-conflicts")
	admin.Fill("Only people who match", "house")
	admin.Click("Narrow")
	admin.See("0 people get a login", "home@example.com")
	admin.Miss("both@example.com")
	admin.Click("Everybody")

	w.settle(admin)

	admin.See("2 people get a login", "2 left out")
	admin.Click("Create logins and send welcome e-mails")
	admin.waitFor("2 people have a login now", "Look again", time.Minute)
	admin.Picture("logins-all-report")
	if admin.scripts {
		content, err := os.ReadFile(admin.Download("Download the report (CSV)"))
		if err != nil {
			t.Fatal(err)
		}
		for _, words := range []string{"Ann Alone,ann@example.com,ann@example.com,sent", "Nan None,none@example.com,,skipped", "Lee Letter,,,not_mailable"} {
			if !strings.Contains(string(content), words) {
				t.Errorf("the report does not say %q:\n%s", words, content)
			}
		}
	}
	welcome := w.mail.Wait(t, "ann@example.com", 1)
	if !strings.Contains(welcome.Text, "ann@example.com") {
		t.Errorf("welcome:\n%s", welcome.Text)
	}

	// Nobody is reminded on the day of the welcome e-mail.
	admin.Open(logins)
	admin.Click("Remind those who never signed in")
	admin.See("0 people get a fresh welcome e-mail", "Written to within a day")
	admin.Picture("reminders")

	// Then platform support makes the rest.
	admin.Open(logins)
	admin.Click("Take back: Nora None")
	admin.See("Not left out any more", "1 person gets a login")
	host.openPracticePage()
	host.Click("Open logins for all")
	host.Click("Create logins and send welcome e-mails")
	host.waitFor("1 welcome e-mail is on the way", "Look again", time.Minute)
	host.Picture("platform-logins-report")
	admin.Open(logins)
	admin.See("Earlier", "(platform support)")
}

// settle decides about each clash.
func (w *world) settle(b *browser) {
	b.t.Helper()
	b.Click("Decide about Kim Shared")
	b.See("A login for Kim Shared", "Sam Shared", "others may read too", "kim.shared is free")
	b.Picture("logins-decide")
	if b.scripts {
		b.Fill("Login ID", "ann@example.com", "Create the login")
		b.See("ann@example.com is free")
	}
	b.Fill("Login ID", "kim.shared", "Create the login")
	b.Click("Create the login and send the e-mail")
	b.See("The login is made", "2 people get a login")

	b.Click("Decide about Hal House")
	b.See("Make a household", "Hope House")
	b.Fill("Login ID of the other one", "hal.house")
	b.Click("Make one household")
	b.See("They are one household now")

	b.Click("Decide about Nan None")
	b.Click("Skip everybody who waits with this address: 2 people")
	b.Click("Skip")
	b.See("Left out", "2 people get no login", "Nora None", "Nan None")
}
