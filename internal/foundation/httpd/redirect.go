package httpd

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Redirect leads the browser to a path of this site with a GET (303). Anything
// but a local path is a defect and is answered as one.
func Redirect(w http.ResponseWriter, _ *http.Request, path string) error {
	if !local(path) {
		return fmt.Errorf("httpd: redirect to %q leaves the site", path)
	}
	w.Header().Set("Location", path)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// ReturnPath is the "return" parameter of a form or a link if it is a path of
// this site, else the fallback.
func ReturnPath(r *http.Request, fallback string) string {
	path := r.PostForm.Get("return")
	if path == "" {
		path = r.URL.Query().Get("return")
	}
	return localOr(path, fallback)
}

func localOr(path, fallback string) string {
	if local(path) {
		return path
	}
	return fallback
}

// local reports whether a browser that is sent to s stays on this site. Browsers
// take a backslash for a slash and drop control characters, so neither may occur.
func local(s string) bool {
	const longest = 2048
	if len(s) > longest || !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") {
		return false
	}
	if strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' }) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "" && u.Host == "" && u.User == nil
}
