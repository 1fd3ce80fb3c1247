package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// One person at the desk finds one of hundreds of pet parents: by keyboard, by
// mouse, on a phone, and without JavaScript.
func TestSearch(t *testing.T) {
	t.Parallel()
	skipShort(t)
	for name, plain := range map[string]bool{"scripts": false, "plain": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "")
			w.plain = plain
			searchStory(t, w)
		})
	}
}

var amelia = person{name: "Amelia Cartwright", email: "amelia1958@cartwright.example"}

func searchStory(t *testing.T, w *world) {
	_, _, b := w.clinic()
	w.importClients(b)
	b.boxLeadsOn()
	if b.scripts {
		b.menuByKeyboard()
		b.menuByMouse()
	}
	b.resize(phone)
	if b.scripts {
		b.menuByMouse()
	}
	b.boxLeadsOn()
	b.resize(desk)
	w.createLogins(b)
	w.listOfStates(b)
}

// find types into the box of the header, on a page that has no other one.
func (b *browser) find(words string) {
	b.t.Helper()
	b.Open(happyPaws + "/")
	b.Fill("Search pet parents", words)
}

func (b *browser) press(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// boxLeadsOn presses Enter alone: to the only one that matches, else to the list.
func (b *browser) boxLeadsOn() {
	b.t.Helper()
	for _, words := range []string{"AMELIA cartw", "amelia1958@", "(615) 555-0102 amelia", "am 303.555.0192", "cartw 0102", "10459", "meli henry diesel artwr"} {
		b.find(words)
		b.Enter()
		b.See(amelia.name, "Basic Info", "System Login")
	}
	b.find("o’faol CAOI") // another sign for the apostrophe
	b.Enter()
	b.See("Caoimhe O'Faolain", "Basic Info")
	b.find("cartwright")
	b.Enter()
	b.See("Pet App", amelia.name, "Beatrice Cartwright")
	if got := b.Value("Search pet parents", "All branches"); got != "cartwright" {
		b.t.Errorf("the list was asked for %q", got)
	}
	b.find("zzzzzz")
	b.Enter()
	b.See("Nobody matches", "Show all pet parents")
}

// menuByKeyboard chooses with the arrow keys while the focus stays in the box.
func (b *browser) menuByKeyboard() {
	b.t.Helper()
	expanded := func() string {
		b.t.Helper()
		return wait[string](b, `document.getElementById("find").getAttribute("aria-expanded")`)
	}
	b.Open(happyPaws + "/")
	b.Reach("Search pet parents")
	b.Type("cartwr")
	b.See(amelia.name, "Henry", "Beatrice Cartwright")
	b.Picture("search-menu")
	b.examine()
	if said := wait[string](b, `document.getElementById("found-said").textContent`); !strings.Contains(said, "pet parents match") {
		b.t.Errorf("a screen reader hears %q", said)
	}
	chosen := func() string {
		b.t.Helper()
		return wait[string](b, `(() => { const id = document.getElementById("find").getAttribute("aria-activedescendant");
			return document.activeElement.id + " " + (id ? seen(document.getElementById(id)) : "nobody"); })()`)
	}
	for _, step := range []struct{ key, want string }{
		{kb.ArrowDown, "find Amelia Cartwright"}, {kb.ArrowDown, "find Beatrice Cartwright"},
		{kb.ArrowUp, "find Amelia Cartwright"}, {kb.ArrowUp, "find nobody"}, {kb.ArrowDown, "find Amelia Cartwright"},
	} {
		b.press(step.key)
		if got := chosen(); got != step.want {
			b.t.Errorf("chosen is %q, want %q", got, step.want)
		}
	}
	b.press(kb.Escape)
	if b.Miss(amelia.name); expanded() != "false" || b.Value("Search pet parents") != "cartwr" {
		b.t.Error("Escape closes the menu and leaves the words")
	}
	b.Type("i")
	b.See(amelia.name)
	b.press(kb.ArrowDown)
	b.Enter()
	b.See(amelia.name, "Basic Info")

	// Leaving the box closes the menu.
	b.find("cartwr")
	b.See(amelia.name)
	b.press(kb.Tab)
	b.Miss(amelia.name)
}

// menuByMouse clicks on what the menu shows.
func (b *browser) menuByMouse() {
	b.t.Helper()
	b.find("ame cartw")
	b.See(amelia.name, amelia.email, "Henry")
	b.Click(amelia.name)
	b.See(amelia.name, "Basic Info")
	b.find("aoimh") // in the middle of a name
	b.See("Caoimhe O'Faolain")
	b.find("nobody at all")
	b.See("Nobody matches", "Look on the list")
	b.find("e")
	b.See("All that match")
	b.Picture("search-menu-more")
	b.Click("All that match")
	b.See("Pet App", "View Details")
}

// count has the numbers of the chips come: by themselves, or by the link.
func (b *browser) count() {
	b.t.Helper()
	if !b.scripts {
		b.Click("Count them")
	}
}

// choose sets one of the lists above the table.
func (b *browser) choose(label, value string) {
	b.t.Helper()
	b.Fill(label, value, "All branches")
	if !b.scripts {
		b.Click("Search", "All branches")
	}
}

// listOfStates narrows the list by the state of the invitation, and puts it in
// another order.
func (w *world) listOfStates(b *browser) {
	b.t.Helper()
	w.letter(amelia.email, "Temporary password")
	b.Open(happyPaws + "/pet-parents/pet-app?q=cartwright")
	b.count()
	b.See("All 3")
	b.choose("Invitation", "Sent")
	b.See(amelia.name, "Invited")
	b.Miss("Not invited 3")
	b.Picture("pet-app-states")

	guest := w.browser(amelia.name, phone)
	guest.Open(w.invited(amelia.email))
	guest.See("Email or login ID")
	b.Open(happyPaws + "/pet-parents/pet-app?q=cartwright&invitation=opened")
	b.See(amelia.name, "Opened the sign-in page")
	b.Miss("Vernon Cartwright")
	b.choose("Invitation", "Could not be sent")
	b.See("Nobody matches")
	b.choose("Invitation", "Any invitation")
	b.See("Vernon Cartwright", amelia.name)
	b.choose("Order", "By: Newest first")
	b.See("On record since")
	b.choose("Order", "By: Last sign-in")
	b.See("Never signed in")
	if !b.scripts {
		return
	}
	b.Open(happyPaws + "/pet-parents/pet-app?sort=newest")
	first := b.shownPeople()
	b.Click("Load more")
	for deadline := time.Now().Add(patience); b.shownPeople() == first; time.Sleep(25 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("no more than %d came", first)
		}
	}
}

func (b *browser) shownPeople() int {
	b.t.Helper()
	return wait[int](b, `document.querySelectorAll("#list > tr").length`)
}

// invited is where the welcome e-mail leads.
func (w *world) invited(address string) string {
	w.t.Helper()
	found := regexp.MustCompile(`https?://\S+/login\?invitation=\S+`).FindString(w.letter(address, "Temporary password").Text)
	if found == "" {
		w.t.Fatalf("the welcome mail to %s does not lead to the sign-in page by its invitation", address)
	}
	return found
}
