package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// The people who look after security: the sign-in report, what keeps somebody
// out, the keys of programs, the computers that several people use.
func TestSecurity(t *testing.T) {
	each(t, securityStory)
}

func securityStory(t *testing.T, w *world) {
	_, maria, admin := w.clinic()
	sam, rita := newcomer("Sam Secure", "sam@happy-paws.example"), newcomer("Rita Reception", "rita@happy-paws.example")
	admin.hire(sam, "Security Manager", "All branches")
	admin.hire(rita, "Receptionist", "All branches")

	front := w.join(rita, "South")
	front.signOut(rita)
	w.manyTries(rita)
	guard := w.join(sam, "North")
	w.report(guard, rita)
	w.openAgain(guard, rita)
	front.Open(happyPaws + "/login")
	front.signIn(rita)
	front.See("Where do you work today?")

	w.programs(admin, maria)
	w.sharedComputer(guard, sam, rita)
}

// manyTries is somebody who guesses until the account has to rest.
func (w *world) manyTries(p person) {
	w.t.Helper()
	b := w.browser("a stranger", phone)
	b.Open(happyPaws + "/login")
	b.signIn(person{email: "nobody@happy-paws.example", password: "wrong"})
	b.Expect(401)
	for tries := 1; b.status() != http.StatusTooManyRequests; tries++ {
		if tries > 15 { // the delays begin at the fifth, with two seconds, and double
			w.t.Fatalf("after %d wrong tries the next one is still looked at", tries)
		}
		b.Open(happyPaws + "/login")
		b.signIn(person{email: p.email, password: "wrong"})
	}
	b.See("too many tries that did not match")
	b.Picture("sign-in-too-often")
}

// report finds the exact causes, of which the sign-in page said nothing.
func (w *world) report(b *browser, p person) {
	w.t.Helper()
	b.Open(happyPaws + "/security/sign-ins")
	b.See(p.name, "The password was wrong.", "times", "Unknown login ID", "Nobody here has the login ID that was typed.",
		"There were too many wrong tries before", "127.0.0.1")
	b.Miss("nobody@happy-paws.example") // it may have been a password
	b.Picture("sign-ins")
	b.Fill("Cause", "Unknown login ID")
	b.Click("Show", "Outcome")
	b.See("Nobody here has the login ID that was typed.")
	b.Miss("The password was wrong.")
	b.Click("Clear")
	b.Fill("From", "2001-12-31")
	b.Fill("To", "2001-01-01")
	b.Click("Show", "Outcome")
	b.See("Choose a day that is not before the first one")
}

// openAgain reads what keeps somebody out, and forgets their wrong tries.
func (w *world) openAgain(b *browser, p person) {
	w.t.Helper()
	b.openPerson(p)
	b.Click("Find out why this person cannot sign in")
	b.See("Why can't "+p.name+" sign in?", "wrong tries count against this account", "The password was wrong.", "more times before")
	b.Picture("why-not")
	b.Click("Open again")
	b.See(p.name+" can try again at once", "Nothing stands in the way")
	b.Miss("count against this account")
	w.letter(p.email, "wrong tries")
}

// programs gives another program a key, which works until it is revoked.
func (w *world) programs(b *browser, p person) {
	t := w.t
	t.Helper()
	b.Open(happyPaws + "/security/api-keys")
	b.See("No API keys")
	b.Click("New key", "No API keys")
	b.Picture("api-key-new")
	b.Fill("Name", "nightly list")
	b.Click("Create the key")
	b.Expect(422)
	b.See("Choose at least one thing that the program may do")
	b.Miss("Be a Security Manager", "Change what roles allow")
	b.Click("See pet parents and their pets")
	b.Click("Create the key")
	b.See("shown this once", "Authorization: Bearer")
	b.Picture("api-key-made")
	key := wait[string](b, `document.querySelector(".secret .value").textContent`)
	if status, answer := w.get("/api/v1/pet-parents", key); status != http.StatusOK {
		t.Errorf("GET /pet-parents with the key: %d %s", status, answer)
	}
	for _, path := range []string{"/api/v1/staff", "/api/v1/audit"} {
		if status, answer := w.get(path, key); status != http.StatusForbidden {
			t.Errorf("GET %s, which the key may not: %d %s", path, status, answer)
		}
	}
	b.Click("I have stored it")
	b.See("nightly list", "Works", "127.0.0.1", "by "+p.name)
	if strings.Contains(b.Source(), key) {
		t.Error("the list shows the key")
	}
	b.Picture("api-keys")
	b.Click("View Details of nightly list")
	b.Click("Revoke this key")
	b.See("The key nightly list is revoked")
	b.Picture("api-key-revoked")
	if status, answer := w.get("/api/v1/pet-parents", key); status != http.StatusUnauthorized || !strings.Contains(answer, "revoked") {
		t.Errorf("GET /pet-parents with the revoked key: %d %s", status, answer)
	}
}

// sharedComputer remembers the computer of a branch: its sign-in page says so,
// and its branch is preselected.
func (w *world) sharedComputer(b *browser, keeper, p person) {
	w.t.Helper()
	shared := happyPaws + "/security/shared-computers"
	b.Open(shared)
	b.Fill("Name of the computer", "Consulting room 2")
	b.Fill("Branch", "South")
	b.Picture("shared-computer-new")
	b.Click("Remember this computer as shared")
	b.See("This computer is remembered as Consulting room 2", "South")
	b.signOut(keeper)

	b.Open(happyPaws + "/login")
	b.See("Shared computer: Consulting room 2, South", "Others use this computer too")
	b.signIn(p)
	b.See("Where do you work today?")
	b.Click("Go on") // South is chosen already
	b.See("Good to see you, "+p.name, "South")
	b.Open(happyPaws + "/account/sessions")
	b.See("shared computer")
	b.signOut(p)

	elsewhere := w.browser(keeper.name+" elsewhere", phone)
	elsewhere.Open(happyPaws + "/login")
	elsewhere.Miss("Shared computer:")
	elsewhere.signIn(keeper)
	elsewhere.Click("Go on")
	elsewhere.Open(shared)
	elsewhere.See("Consulting room 2", "Last sign-in")
	elsewhere.Click("Remove Consulting room 2")
	elsewhere.See("Consulting room 2 is not remembered as a shared computer any more")
	b.Open(happyPaws + "/login")
	b.See("Email or login ID")
	b.Miss("Shared computer:")
}
