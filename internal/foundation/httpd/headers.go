package httpd

import (
	"net/http"
	"net/url"
	"strings"
)

// securityHeaders are the headers of every answer.
//
// Referrer-Policy is same-origin, not no-referrer: with no-referrer browsers
// send "Origin: null" with our own forms, which then look like foreign ones,
// and a person who signs in again could not be led back to the page they were
// on. Other sites learn nothing either way.
func securityHeaders(public *url.URL) http.Header {
	h := http.Header{}
	h.Set("Content-Security-Policy", strings.Join([]string{
		"default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self' data:",
		"font-src 'self'", "connect-src 'self'", "form-action 'self'", "base-uri 'none'",
		"frame-ancestors 'none'",
	}, "; "))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if public.Scheme == "https" {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	return h
}

// setHeaders puts them on an answer. The value slices are shared: Set and Add
// of http.Header never write into them.
func (m *Mux) setHeaders(h http.Header, requestID string) {
	for name, values := range m.headers {
		h[name] = values
	}
	h["X-Request-Id"] = []string{requestID}
}
