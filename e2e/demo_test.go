package e2e

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The demonstration: everybody whom it names can sign in with what it prints.
func TestDemonstration(t *testing.T) {
	t.Parallel()
	skipShort(t)
	demoStory(t, newWorld(t, ""))
}

// member is a line of what the demonstration prints.
type member struct {
	what string
	person
}

func demoStory(t *testing.T, w *world) {
	w.smtp = "" // its mail stays in the built-in mailbox
	w.start("demo", 2*time.Minute)
	within(t, patience, "the names are printed", func() error {
		if said := w.server.out.String(); !strings.Contains(said, "gone when you stop it") {
			return errors.New(said)
		}
		return nil
	})
	met := map[string]bool{}
	for _, m := range members(w.server.out.String()) {
		if met[m.what] {
			continue
		}
		met[m.what] = true
		b := w.browser(m.what, desk)
		if m.what == "Platform administrator" {
			b.Open("/platform/login")
			b.signIn(m.person)
			b.forcedWizard(m.person)
			w.readMailbox(b)
			continue
		}
		b.Open(happyPaws + "/login")
		b.signIn(m.person)
		b.See("Happy Paws")
		if strings.HasSuffix(b.Path(), "/login/branch") {
			b.Click("Go on")
		}
		switch m.what {
		case "Pet parent":
			b.See("Hello, ", "Your pets")
		case "Pet parent, first time":
			b.See("Is everything right?")
		default:
			b.See("Good to see you", m.what)
			b.Picture("home-" + strings.ToLower(strings.ReplaceAll(m.what, " ", "-")))
		}
	}
	for _, role := range []string{"Practice administrator", "Security Manager", "Veterinarian", "Manager", "Receptionist", "Trainer", "Sitter", "Pet parent", "Pet parent, first time"} {
		if !met[role] {
			t.Errorf("the demonstration names no %s", role)
		}
	}
}

// members reads the table of the demonstration: what, where, login ID, password.
func members(printed string) []member {
	var all []member
	apart := regexp.MustCompile(`\s{2,}`)
	for line := range strings.Lines(printed) {
		cells := apart.Split(strings.TrimSpace(line), -1)
		if n := len(cells); n >= 3 && strings.Contains(cells[n-2], "@") {
			all = append(all, member{what: cells[0], person: person{email: cells[n-2], password: cells[n-1]}})
		}
	}
	return all
}

// readMailbox opens the newest message of the practice in the built-in mailbox.
func (w *world) readMailbox(b *browser) {
	w.t.Helper()
	b.Click("Mailbox")
	b.See("kept in memory only")
	b.Picture("mailbox")
	message := wait[string](b, `[...document.querySelectorAll("tr")].find((e) => e.textContent.includes("Happy Paws")).querySelector("td.action a").getAttribute("href")`)
	b.Open(message)
	b.See("Back to the mailbox", "Happy Paws")
	b.Picture("mailbox-message")
}
