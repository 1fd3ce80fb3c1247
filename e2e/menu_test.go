package e2e

import (
	"strings"
	"testing"
)

// The menu shows what somebody can use; "Missing something?" explains the rest:
// the role, the plan or the branch, and who can change it.
func TestMenu(t *testing.T) {
	each(t, menuStory)
}

func menuStory(t *testing.T, w *world) {
	host, _, admin := w.clinic()
	admin.Click("Missing something?")
	admin.See("Nothing is hidden from you", "in North")

	rita := newcomer("Rita Reception", "rita@happy-paws.example")
	admin.hire(rita, "Receptionist", "North")
	front := w.comeIn(rita, desk)
	front.See("Good to see you, Rita Reception", "North", "Nothing right now", "Pet App", "Corrections", "Logins for all")
	front.Miss("People", "Audit", "API keys", "Settings", "Sign-ins of the last")
	front.Picture("home-few-entries")

	admin.turn("Pet app", "North", "Off: Pet app")
	host.choosePlan("Basic")
	w.causes(front)
	w.firstPage(admin, front, rita)
	w.dashboard(admin, rita)
}

// turn switches a feature of a branch off or on.
func (b *browser) turn(feature, branch, outcome string) {
	b.t.Helper()
	b.Open(happyPaws + "/settings/branches")
	b.Click("Change " + branch)
	b.Click(feature, "What the plan includes and this branch uses")
	b.Click("Save Changes")
	b.See(branch+" is saved", outcome)
}

// causes reads why three entries are hidden, one of them for two reasons.
func (w *world) causes(b *browser) {
	w.t.Helper()
	b.Open(happyPaws + "/pet-parents/pet-app")
	b.Expect(403)
	b.See("not switched on in this branch", "Missing something?")
	b.Click("Missing something?")
	b.Miss("Search pet parents")
	b.Picture("missing-something")
	for entry, words := range map[string][]string{
		"Security › Audit":      {"Role. Your role in North does not allow it.", "Somebody with the role Practice administrator", "can give you a role that has it"},
		"Pet Parents › Pet App": {"Branch. It is switched off in North", "Somebody with the role", "can switch it on"},
		"Pet Parents › Import":  {"Role. Your role in North does not allow it.", "Plan. The plan of Happy Paws does not include it", "Whoever provides Catflap"},
	} {
		said := wait[string](b, `read([...document.querySelectorAll("li:has(h2)")].find((e) => read(e.querySelector("h2")) === %s))`, entry)
		for _, word := range words {
			if !strings.Contains(said, word) {
				w.t.Errorf("%s: nothing says %q:\n%s", entry, word, said)
			}
		}
	}
	b.Fill("Find by name", "shared")
	b.Click("Find")
	b.See("Security › Shared computers")
	b.Miss("Pet Parents › Import")
	b.Fill("Find by name", "bark")
	b.Click("Find")
	b.See("Nothing that is hidden from you is called that")
}

// firstPage lets a role begin elsewhere; where the page is hidden, the person
// begins as usual.
func (w *world) firstPage(admin, front *browser, p person) {
	w.t.Helper()
	admin.Open(happyPaws + "/staff/roles")
	admin.Click("Change Receptionist")
	admin.Fill("First page after sign-in", "Pet Parents: Corrections")
	admin.Click("Save Changes")
	admin.See("The role is saved")
	front.signOut(p)
	front.Open(happyPaws + "/login")
	front.signIn(p)
	front.See("Good to see you, " + p.name)
	admin.turn("Pet app", "North", "All features on")
	front.signOut(p)
	front.Open(happyPaws + "/login")
	front.signIn(p)
	front.See("Nothing to decide")
	if got := front.Path(); got != happyPaws+"/pet-parents/proposals" {
		w.t.Errorf("the first page is %s", got)
	}
}

// dashboard reads the pictures of the administrator as tables.
func (w *world) dashboard(b *browser, p person) {
	w.t.Helper()
	stranger := w.browser("a stranger", phone)
	stranger.Open(happyPaws + "/login")
	stranger.signIn(person{email: p.email, password: "wrong"})
	stranger.Expect(401)

	b.Open(happyPaws + "/")
	b.See("Sign-ins of the last", "4 signed in", "1 refused", "Pet parents on their way in", "Second factor", "0 of 2 members of staff")
	b.Miss("Day Signed in Refused")
	b.Click("The numbers as a table")
	b.See("Day", "Signed in", "Refused")
	b.Picture("home-administrator")
	today := wait[[]string](b, `[...document.querySelectorAll("table.numbers tbody tr:last-child > *")].map(read)`)
	if len(today) != 3 || today[1] != "4" || today[2] != "1" {
		w.t.Errorf("the table says of today %q", today)
	}
	steps := wait[[]string](b, `[...document.querySelectorAll("table.funnel tbody tr")].map(read)`)
	if len(steps) < 3 {
		w.t.Errorf("the steps of pet parents are %q", steps)
	}
}
