package httpd

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestReturnPathStaysHere(t *testing.T) {
	for path, here := range map[string]bool{
		"/north/":                        true,
		"/north/staff?page=2&a=%2F#x":    true,
		"":                               false,
		"north":                          false,
		"//evil.example":                 false,
		"///evil.example":                false,
		`/\evil.example`:                 false,
		`\/evil.example`:                 false,
		`/north\..\..\evil`:              false,
		"https:":                         false,
		"https://evil.example":           false,
		"https:evil.example":             false,
		"javascript:alert(1)":            false,
		"/\t/evil.example":               false,
		"/\n/evil.example":               false,
		" //evil.example":                false,
		"/%zz":                           false,
		"/" + strings.Repeat("a", 4<<10): false,
	} {
		want := "/home"
		if here {
			want = path
		}
		r := httptest.NewRequest("GET", "/north/login?return="+url.QueryEscape(path), nil)
		if got := ReturnPath(r, "/home"); got != want {
			t.Errorf("%q: got %q", path, got)
		}
		w := httptest.NewRecorder()
		if err := Redirect(w, r, path); (err == nil) != here || (w.Header().Get("Location") == path) != (here || path == "") {
			t.Errorf("redirect to %q: %v, location %q", path, err, w.Header().Get("Location"))
		}
	}
}
