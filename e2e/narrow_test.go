package e2e

import (
	"strings"
	"testing"
)

// The narrowest phone: the longest words, which are the German ones, for a pet
// parent, and a name of 200 letters for those who work here.
func TestNarrow(t *testing.T) {
	t.Parallel()
	skipShort(t)
	w := newWorld(t, "")
	c := w.crew()
	ken := c.petParent("Ken", strings.Repeat("W", 200), "+1 206 555 0152")
	id := items[struct{ ID string }](w, "/api/v1/pet-parents", c.token)[0].ID

	b := w.browser("Ken", narrow)
	b.Open(happyPaws + "/login")
	b.Click("Deutsch")
	for _, page := range []string{
		"/login", "/forgot-password", "/activate?token=nothing", "/reset-password?token=nothing", "/confirm-recovery?token=nothing",
		"/protect?token=nothing", "/no-such-page",
	} {
		b.Open(happyPaws + page)
		b.fits()
	}
	b.Open(happyPaws + "/login")
	b.Click("English")
	b.signIn(ken)
	b.See("Hello, Ken")
	b.Click("Deutsch")
	for _, page := range []string{
		"/pet-app", "/pet-app/details", "/pet-app/recovery", "/account/sessions", "/account/password", "/account/two-factor",
		"/account/two-factor/email", "/account/two-factor/scan", "/account/confirm?return=" + happyPaws + "/pet-app",
	} {
		b.Open(happyPaws + page)
		b.fits()
	}

	boss := w.atDesk("Maria Lopez", c.maria, "North")
	boss.resize(narrow)
	for _, page := range []string{
		"/pet-parents/pet-app", "/pet-parents/" + id, "/pet-parents/" + id + "/household", "/pet-parents/" + id + "/communication", "/pet-parents/" + id + "/communication/compose",
		"/pet-parents/" + id + "/communication/compose?template=welcome",
		"/pet-parents/" + id + "/activity", "/pet-parents/" + id + "/history", "/pet-parents/" + id + "/login", "/pet-parents/" + id + "/edit",
		"/pet-parents/" + id + "/personal-data", "/pet-parents/" + id + "/erase", "/pet-parents/logins", "/pet-parents/proposals",
		"/marketing/email", "/marketing/email/" + id, "/security/audit",
	} {
		boss.Open(happyPaws + page)
		boss.fits()
	}
	boss.Open(happyPaws + "/")
	boss.Fill("Search pet parents", "ken")
	boss.See(strings.Repeat("W", 200))
	boss.fits()
}
