package httpd

import (
	"net/http"
	"time"

	"catflap/internal/foundation/lang"
)

// languageCookie keeps what somebody chose on a page before signing in. It is a
// preference and no secret.
const (
	languageCookie = "catflap-language"
	languageLife   = 180 * 24 * time.Hour
)

// SetLanguage lets the browser ask for a language of ours from now on, whatever
// it is set to.
func SetLanguage(w http.ResponseWriter, r *http.Request, tag string) {
	SetCookie(w, r, languageCookie, tag, languageLife)
}

// languages is what a request asks for: what was chosen in this browser, else
// what the browser is set to.
func (m *Mux) languages(r *http.Request) string {
	if chosen := cookieValue(r, m.cookieName(languageCookie)); lang.Known(chosen) {
		return chosen
	}
	return r.Header.Get("Accept-Language")
}
