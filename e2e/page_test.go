package e2e

import (
	"strings"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Open goes to a path of the server or to a link from a message.
func (b *browser) Open(address string) {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.w.url(address)
	}
	b.do(chromedp.Navigate(address))
	b.arrive()
}

// Back goes to the page before.
func (b *browser) Back() {
	b.t.Helper()
	b.do(chromedp.NavigateBack())
	b.arrive()
}

// Rest leaves the page for an empty one, so that nothing asks the server about
// the session until the next Open. A page that is open notices an end by itself,
// and then the next one would not tell it again.
func (b *browser) Rest() {
	b.t.Helper()
	b.do(chromedp.Navigate("about:blank"))
}

// Notice has the page look after its session, as it does when somebody comes
// back to it.
func (b *browser) Notice() {
	b.t.Helper()
	wait[bool](b, `window.dispatchEvent(new Event("focus"))`)
}

// Click presses the link, button, menu, box or choice that is named so, and
// waits for the page that it leads to. Several of one name are told apart by
// words that stand beside the right one.
func (b *browser) Click(name string, beside ...string) {
	b.t.Helper()
	type place struct {
		X, Y            float64
		Leads, Scripted bool
	}
	p := wait[place](b, "place(pressable(%s, %s))", name, strings.Join(beside, ""))
	// The next page has a document without this sign.
	wait[bool](b, "document.left = true")
	b.do(chromedp.MouseClickXY(p.X, p.Y))
	if p.Leads && !(p.Scripted && b.scripts) {
		b.arrive()
	}
}

// arrive waits for another page than the one that was left, complete, and has
// it examined.
func (b *browser) arrive() {
	b.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		there, err := ask[bool](b, "arrived()")
		if err == nil && there {
			break
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("%s: no other page came within %s\n%s", b.who, patience, b.situation())
		}
	}
	b.examine()
}

// Fill puts a value into the field with this label: typed into text fields, by
// its words in a list of choices, as YYYY-MM-DD for a date, as a path for a file.
func (b *browser) Fill(label, value string, beside ...string) {
	b.t.Helper()
	type field struct{ ID, Kind string }
	f := wait[field](b, "field(%s, %s)", label, strings.Join(beside, ""))
	switch f.Kind {
	case "select", "date":
		wait[bool](b, "set(%s, %s)", f.ID, value)
	case "file":
		b.do(chromedp.SetUploadFiles(chromedp.ID(f.ID), []string{value}))
	default:
		b.write(value)
	}
}

// write types at the cursor; what is selected goes.
func (b *browser) write(text string) {
	b.t.Helper()
	if text == "" {
		b.do(chromedp.KeyEvent(kb.Delete))
		return
	}
	call(b, input.InsertText, input.InsertTextParams{Text: text})
}

// Value is what the field with this label holds.
func (b *browser) Value(label string, beside ...string) string {
	b.t.Helper()
	return wait[string](b, "control(%s, %s).value", label, strings.Join(beside, ""))
}

// See waits until the page shows all of these words, in any order.
func (b *browser) See(words ...string) {
	b.t.Helper()
	var missing string
	for deadline := time.Now().Add(patience); ; time.Sleep(25 * time.Millisecond) {
		var err error
		if missing, err = ask[string](b, "lacks(%s)", words); err == nil && missing == "" {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("%s does not see %q.\n%s", b.who, missing, b.situation())
		}
	}
}

// Miss fails if the page shows one of the words. See comes first: what has not
// come yet is not missing.
func (b *browser) Miss(words ...string) {
	b.t.Helper()
	for _, word := range words {
		if wait[string](b, "lacks(%s)", []string{word}) == "" {
			b.t.Errorf("%s sees %q and should not.\n%s", b.who, word, b.situation())
		}
	}
}

// Text is what the page shows.
func (b *browser) Text() string {
	b.t.Helper()
	return wait[string](b, "document.body.innerText")
}

// Source is the page as HTML, with what nobody sees.
func (b *browser) Source() string {
	b.t.Helper()
	return wait[string](b, "document.documentElement.outerHTML")
}

// Path is the path of the page, without the query.
func (b *browser) Path() string {
	b.t.Helper()
	return wait[string](b, "location.pathname")
}

// Expect checks the status with which the page came.
func (b *browser) Expect(status int) {
	b.t.Helper()
	if got := b.status(); got != status {
		b.t.Errorf("%s: the page came with status %d, want %d\n%s", b.who, got, status, b.situation())
	}
}

func (b *browser) status() int {
	b.t.Helper()
	return wait[int](b, `performance.getEntriesByType("navigation")[0].responseStatus`)
}

// menu is what the menu at the side offers.
func (b *browser) menu() []string {
	b.t.Helper()
	return wait[[]string](b, `[...document.querySelectorAll("#menu a")].map((e) => read(e.querySelector("span")))`)
}

// Choose goes to an entry of the menu, which is a drawer on a phone.
func (b *browser) Choose(entry string) {
	b.t.Helper()
	if b.width <= phone {
		b.Click("Menu")
	}
	b.Click(entry)
}

// Reach presses Tab until the named thing has the focus, and finds it by eye.
func (b *browser) Reach(name string) {
	b.t.Helper()
	var passed []string
	for range 60 {
		at := wait[string](b, "focused()")
		if strings.EqualFold(at, name) {
			if len(passed) > 0 {
				wait[bool](b, "marked()")
			}
			return
		}
		passed = append(passed, at)
		b.do(chromedp.KeyEvent(kb.Tab))
	}
	b.t.Fatalf("%s cannot reach %q with the Tab key; passed %q", b.who, name, passed)
}

// Type presses a key for each letter.
func (b *browser) Type(text string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(text))
}

// Enter presses the key at a link or in a form, and waits for the next page.
func (b *browser) Enter() {
	b.t.Helper()
	wait[bool](b, "document.left = true")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.arrive()
}
