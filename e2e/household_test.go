package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// A household put in order: a second person with a login of their own, two
// records merged into one, a pet corrected, what was stored handed out and erased.
func TestHouseholdStory(t *testing.T) {
	each(t, householdStory)
}

// twice is a client list in which one person stands under two numbers.
const twice = `client_id,first_name,last_name,email,phone,pet_name,species,breed,sex,dob,deceased
H1,Ines,Okafor,ines@okafor.example,+1 206 555 0152,Biscuit,Dog,Beagle,M,2021-03-05,
H2,Inés,Okafor,ines.okafor@work.example,+1 206 555 0177,Biscuit,Dog,,,,
H2,Inés,Okafor,ines.okafor@work.example,+1 206 555 0177,Mochi,Cat,,,,
`

func householdStory(t *testing.T, w *world) {
	_, maria, admin := w.clinic()
	june := newcomer("June Park", "june@happy-paws.example")
	admin.hire(june, "Receptionist", "North")
	list := filepath.Join(t.TempDir(), "clients.csv")
	write(t, list, twice, 0o600)
	admin.upload(list, "North")
	admin.See("2 new")
	admin.runImport()
	admin.waitFor("The import is finished", "Look again", time.Minute)

	reception := w.comeIn(june, phone)
	reception.See("Good to see you, June Park")
	profile := w.mergeTwo(reception)
	w.editBiscuit(reception, profile)
	ned := w.secondPerson(reception, profile)
	w.importAgain(admin, list, "2 unchanged", profile)

	// Who asks what is stored of them gets it from an administrator.
	reception.Open(profile + "/household")
	reception.Miss("Personal data")
	w.handOut(admin, maria, profile)
	w.eraseInes(admin, ned, profile)
	w.importAgain(admin, list, "2 unchanged", "")
	admin.Open(happyPaws + "/security/audit")
	admin.See("Maria Lopez erased the personal data of a pet parent")
	admin.Miss("Inés")
}

// mergeTwo makes one record of the two, on a phone, and returns its path.
func (w *world) mergeTwo(b *browser) string {
	w.t.Helper()
	find := func(words, name string) string {
		b.Open(happyPaws + "/pet-parents/pet-app?q=" + words)
		b.Click("View Details", name)
		return b.Path()
	}
	other := find("0177", "ines.okafor@work.example")
	profile := find("0152", "ines@okafor.example")
	b.Click("Household", "Basic Info")
	b.See("H1", "No login yet")
	b.Picture("household")
	b.Click("Merge with another record")
	b.See("With the same name or e-mail address")
	b.Picture("merge-find")
	b.Click("Choose", "ines.okafor@work.example")
	b.See("This record stays", "This one is taken over", "H1", "H2")
	b.Picture("merge-who")
	b.Click("One and the same person")
	b.Click("Show what happens")
	b.See("What is right?", "Biscuit of both is the same animal", "1 pet comes along: Mochi", "This cannot be undone")
	b.Picture("merge-preview")
	b.Click("Inés", "First name")
	b.Click("Merge", "What happens")
	b.See("The records are merged.", "H1", "H2", "Inés Okafor")
	b.Open(profile)
	b.See("Inés Okafor", "ines@okafor.example", "ines.okafor@work.example", "Biscuit", "Mochi")

	// The old address leads to the new one.
	b.Open(other)
	if b.Path() != profile {
		w.t.Errorf("the old address leads to %s, want %s", b.Path(), profile)
	}
	return profile
}

// editBiscuit corrects a pet and reads back what changed.
func (w *world) editBiscuit(b *browser, profile string) {
	w.t.Helper()
	b.Open(profile + "/pets")
	b.Click("Edit", "Biscuit")
	b.See("Edit Biscuit")
	b.Picture("pet-edit")
	b.Fill("Breed", "Border Collie")
	b.Click("Save Changes")
	b.See("Biscuit is saved.", "Border Collie")
	b.Open(profile + "/history?field=first_name")
	b.See("Ines", "Inés", "June Park")
	b.Fill("Field", "All fields")
	b.Click("Show", "History")
	b.See("Biscuit: Breed", "Beagle", "Border Collie")
	b.Picture("history")
}

// readable is a temporary password in a welcome e-mail.
var readable = regexp.MustCompile(`\b[a-z]+(-[a-z]+){3}\b`)

// secondPerson adds somebody to the household by keyboard alone, and gives them
// a login of their own.
func (w *world) secondPerson(b *browser, profile string) person {
	w.t.Helper()
	ned := newcomer("Ned Okafor", "ned@okafor.example")
	b.Open(profile + "/household")
	b.Reach("Skip to content")
	b.Type(kb.Enter)
	b.Reach("Add a person")
	b.Enter()
	b.Reach("Skip to content")
	b.Type(kb.Enter)
	b.Reach("First name")
	b.Type("Ned")
	b.Reach("Last name")
	b.Type("Okafor")
	b.Type(kb.Tab)
	b.Type(ned.email)
	b.Reach("Add")
	b.Enter()
	b.See("Ned Okafor is added.", "Inés Okafor", "Biscuit", "Mochi")

	b.Open(happyPaws + "/pet-parents/logins")
	b.Click("Create logins and send welcome e-mails")
	b.waitFor("The welcome e-mails are on their way", "Look again", time.Minute)
	b.Open(profile + "/household")
	b.See("Signs in with ines@okafor.example", "Signs in with ned@okafor.example")
	b.Picture("household-two")

	welcome := w.letter(ned.email, "ned@okafor.example")
	in := w.browser(ned.name, phone)
	in.Open(happyPaws + "/login")
	in.signIn(person{email: ned.email, password: readable.FindString(welcome.Text)})
	in.See("Is everything right?", "Biscuit", "Mochi")
	in.Click("Go on")
	in.choosePassword(ned, "Save and sign in")
	in.See("Hello, Ned", "Biscuit", "Mochi")
	return ned
}

// importAgain brings the same list in once more: nothing that was put in order
// here is undone.
func (w *world) importAgain(b *browser, list, words, profile string) {
	w.t.Helper()
	b.upload(list, "North")
	b.See("Nothing new", words)
	b.runImport()
	b.waitFor("Nothing has changed", "Look again", time.Minute)
	b.Open(happyPaws + "/pet-parents/pet-app?q=okafor")
	if profile == "" {
		b.Miss("Inés", "ines@")
		return
	}
	b.See("Inés Okafor", "2 pet parents")
}

// handOut exports what is stored of one person.
func (w *world) handOut(b *browser, p person, profile string) {
	w.t.Helper()
	b.Open(profile + "/household")
	b.Click("Personal data", "Export everything")
	if strings.Contains(b.Text(), "Confirm that it is you") {
		b.Fill("Password", p.password)
		b.Click("Confirm")
	}
	b.See("Personal data of Inés Okafor")
	b.Picture("personal-data")
	files := unzip(w.t, b.Download("Export personal data"))
	if len(files) != 2 {
		w.t.Errorf("%d files in the export", len(files))
	}
	for _, f := range files {
		for _, words := range []string{"Inés", "ines.okafor@work.example", "Biscuit", "Border Collie", "H1", "H2"} {
			if !strings.Contains(f.content, words) {
				w.t.Errorf("%s does not say %q", f.name, words)
			}
		}
		if strings.Contains(f.content, "Ned") || strings.Contains(f.content, "June Park") {
			w.t.Errorf("%s names somebody else", f.name)
		}
	}
}

// eraseInes erases the first person; the second one stays with the pets.
func (w *world) eraseInes(b *browser, ned person, profile string) {
	w.t.Helper()
	b.Open(profile + "/personal-data")
	b.Click("Erase personal data", "You see first what goes")
	b.See("What goes", "ines@okafor.example", "What stays", "Ned Okafor", "Biscuit")
	b.Picture("erase")
	b.Click("Erase everything personal of Inés Okafor")
	b.Click("Erase for good")
	b.See("The personal data are erased.")
	b.Open(profile)
	b.Expect(404)
	in := w.browser(ned.name, phone)
	in.Open(happyPaws + "/login")
	in.signIn(ned)
	in.See("Hello, Ned", "Biscuit")
}
