package ui

import "net/http"

// Letter answers with the HTML of an e-mail, which our own pages may show in a
// frame. It can do nothing there: no script, no form, no address but pictures of
// ours. origin is scheme and host of the public URL.
func Letter(w http.ResponseWriter, status int, origin, page string) {
	h := w.Header()
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src "+origin+"; base-uri 'none'; form-action 'none'; frame-ancestors 'self'")
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(page))
}

// AllowFrames lets a page show frames of this server; no other page has any.
func AllowFrames(h http.Header) {
	h.Set("Content-Security-Policy", h.Get("Content-Security-Policy")+"; frame-src 'self'")
}
