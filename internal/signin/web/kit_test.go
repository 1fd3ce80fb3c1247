package signinweb_test

import (
	"net/url"
	"regexp"
	"testing"

	"catflap/internal/app/apptest"
)

// cookie is the value of a browser's cookie.
func cookie(t *testing.T, b *apptest.Browser, name string) string {
	t.Helper()
	u, err := url.Parse(b.App.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.Client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	t.Fatalf("no cookie %s", name)
	return ""
}

// preselected reports whether the radio button with the value is checked.
func preselected(body, value string) bool {
	for _, input := range regexp.MustCompile(`<input[^>]*>`).FindAllString(body, -1) {
		if regexp.MustCompile(`value="`+value+`"`).MatchString(input) && regexp.MustCompile(`\bchecked\b`).MatchString(input) {
			return true
		}
	}
	return false
}
