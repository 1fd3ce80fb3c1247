package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Platform support changes a practice's plan, suspends it, takes its data out
// and closes it.
func TestPlatform(t *testing.T) {
	each(t, platformStory)
}

func platformStory(t *testing.T, w *world) {
	host, maria, admin := w.clinic()

	offered := func(want bool) {
		t.Helper()
		admin.Open(happyPaws + "/")
		if menu := admin.menu(); slices.Contains(menu, "Import") != want || !slices.Contains(menu, "Pet App") {
			t.Errorf("the menu offers %q", menu)
		}
	}
	offered(true)
	host.choosePlan("Basic")
	offered(false)
	admin.Open(happyPaws + "/pet-parents/import")
	admin.Expect(403)
	admin.See("not part of your practice's plan")
	host.choosePlan("Complete")
	offered(true)

	refusal := w.refusal(maria)
	admin.Rest()
	host.suspend()
	admin.Open(happyPaws + "/")
	admin.See("This practice is not open for signing in at the moment")
	w.staysOut(admin, maria, refusal)
	host.Click("Open the practice again")
	host.See("The practice is open again")
	admin.Open(happyPaws + "/login")
	admin.signIn(maria)
	admin.Click("Go on")
	admin.See("Good to see you", "North")

	w.export(host, admin, maria)
	admin.Rest()
	host.closePractice()
	admin.Open(happyPaws + "/")
	admin.See("This practice is not open for signing in at the moment")
	w.staysOut(admin, maria, refusal)
	host.Open("/platform/")
	host.See("Happy Paws", "Closed")
	host.Picture("platform-practices")
	host.Open("/platform/audit")
	host.See("Pat Host closed the practice Happy Paws", "Pat Host suspended the practice Happy Paws", "Pat Host exported the data of Happy Paws")
}

// openPracticePage goes to the page of the practice on the platform.
func (b *browser) openPracticePage() {
	b.t.Helper()
	b.Open("/platform/")
	b.Click("View Details of Happy Paws")
}

// choosePlan changes what the practice has bought.
func (b *browser) choosePlan(plan string) {
	b.t.Helper()
	b.openPracticePage()
	b.Click("Change the plan")
	b.Picture("practice-plan")
	b.Click(plan)
	b.Click("Change the plan")
	b.See("The plan is changed", plan)
}

// suspend closes the practice for a while.
func (b *browser) suspend() {
	b.t.Helper()
	b.openPracticePage()
	b.Click("Suspend Happy Paws")
	b.See("What happens")
	b.Fill("Reason", "Late with the bill")
	b.Picture("practice-suspend")
	b.Click("Suspend the practice")
	b.See("The practice is suspended", "Late with the bill")
	b.Picture("practice-suspended")
}

// closePractice closes it for good; its address has to be typed.
func (b *browser) closePractice() {
	b.t.Helper()
	b.openPracticePage()
	b.Click("Close Happy Paws")
	b.Fill("Reason", "They moved to another town")
	b.Fill("Type happy-paws to confirm", "happy")
	b.Click("Close the practice")
	b.Expect(422)
	b.Fill("Type happy-paws to confirm", "happy-paws")
	b.Picture("practice-close")
	b.Click("Close the practice")
	b.See("The practice is closed", "They moved to another town")
}

// refusal is what the sign-in page of the practice answers to a wrong password.
func (w *world) refusal(p person) string {
	w.t.Helper()
	b := w.browser("a stranger", phone)
	b.Open(happyPaws + "/login")
	b.signIn(person{email: p.email, password: "wrong"})
	b.Expect(401)
	return b.Text()
}

// staysOut tries the right password, which is answered like a wrong one, on the
// page and in the API.
func (w *world) staysOut(b *browser, p person, refusal string) {
	w.t.Helper()
	b.resize(phone)
	b.Open(happyPaws + "/login")
	b.signIn(p)
	b.Expect(401)
	if got := b.Text(); got != refusal {
		w.t.Errorf("the refusals differ:\n%s\n---\n%s", got, refusal)
	}
	b.resize(desk)
	status, answer := w.post("/api/v1/practices/happy-paws/sign-in", "", asJSON(w.t, map[string]string{"login": p.email, "password": p.password}))
	if status != http.StatusUnauthorized || !strings.Contains(answer, "sign-in-refused") {
		w.t.Errorf("sign-in at a practice that is not open: %d %s", status, answer)
	}
}

// export takes the data out, as platform support and as the practice itself.
func (w *world) export(host, admin *browser, p person) {
	t := w.t
	t.Helper()
	admin.Open(happyPaws + "/settings/export")
	admin.Picture("export")
	host.openPracticePage()
	for _, path := range []string{host.Download("Export Happy Paws"), admin.Download("Export everything")} {
		files := unzip(t, path)
		for name, words := range map[string]string{
			"README.txt": "staff", "practice.json": "Happy Paws", "branches": "South", "staff": p.email, "audit.jsonl": "Pat Host",
		} {
			i := slices.IndexFunc(files, func(f file) bool { return strings.Contains(f.name, name) && strings.Contains(f.content, words) })
			if i < 0 {
				t.Errorf("%s is not in the export, or does not say %q", name, words)
			}
		}
		for _, f := range files {
			if strings.Contains(f.content, "$argon2") || strings.Contains(f.content, p.password) {
				t.Errorf("%s holds a secret", f.name)
			}
		}
	}
}
