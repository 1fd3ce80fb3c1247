package e2e

import (
	"encoding/base64"
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"
)

// Every e-mail that Catflap writes by itself, as it looks on a phone and on a
// computer, in each language.
func TestLetters(t *testing.T) {
	t.Parallel()
	skipShort(t)
	lettersStory(t, newWorld(t, ""))
}

func lettersStory(t *testing.T, w *world) {
	c := w.crew()
	b := w.atDesk(c.maria.name, c.maria, "North")
	type template struct {
		ID      string
		BuiltIn bool `json:"built_in"`
	}
	shown := 0
	for _, one := range items[template](w, "/api/v1/templates", c.token) {
		if !one.BuiltIn {
			continue
		}
		shown++
		for _, language := range []string{"en", "de", "es", "fr"} {
			b.Open(happyPaws + "/settings/templates")
			letter := b.fetch(happyPaws + "/settings/templates/" + one.ID + "/letter?lang=" + language)
			if from := elsewhere.FindString(letter); from != "" {
				t.Errorf("%s in %s shows something of another server: %s", one.ID, language, from)
			}
			b.show(letter)
			for _, width := range []int64{320, phone, desk} {
				b.resize(width)
				b.fits()
			}
			if language == "en" {
				b.Picture("mail-" + one.ID)
			}
		}
	}
	if shown < 6 {
		t.Errorf("%d built-in e-mails", shown)
	}
}

// elsewhere is what a mail program would fetch by itself.
var elsewhere = regexp.MustCompile(`(?i)<(img|link|script|iframe)\b[^>]*|@import[^;]*|url\([^)]*\)`)

// show opens a page that no server has.
func (b *browser) show(page string) {
	b.t.Helper()
	b.do(chromedp.Navigate("data:text/html;charset=utf-8;base64," + base64.StdEncoding.EncodeToString([]byte(page))))
}
