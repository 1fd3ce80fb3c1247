package ui

import (
	"net/http"
	"net/url"
)

// SamePage is the address of the page being shown with other values, name by
// name; without those that are empty.
func SamePage(r *http.Request, changed ...string) string {
	q := url.Values{}
	for name, values := range r.URL.Query() {
		if len(values) > 0 && values[0] != "" {
			q.Set(name, values[0])
		}
	}
	for i := 0; i+1 < len(changed); i += 2 {
		if q.Del(changed[i]); changed[i+1] != "" {
			q.Set(changed[i], changed[i+1])
		}
	}
	return (&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String()
}
