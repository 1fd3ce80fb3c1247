package ui

import (
	"encoding/base64"
	"net/http"
	"time"
	"unicode/utf8"

	"catflap/internal/foundation/httpd"
)

const (
	// noticeLimit keeps the cookie small; a notice is one or two sentences.
	noticeLimit  = 600
	noticeLife   = time.Minute
	noticeCookie = "catflap-notice" // under https no other host can set it
)

// Notice leaves words of success for the next page this browser opens within a
// minute; they are shown once. Call it before the redirect. Never put a secret
// in them: they travel in a cookie.
func (u *UI) Notice(w http.ResponseWriter, r *http.Request, text string) {
	for len(text) > noticeLimit {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	httpd.SetCookie(w, r, noticeCookie, base64.RawURLEncoding.EncodeToString([]byte(text)), noticeLife)
}

// takeNotice reads the waiting notice and removes it from the browser.
func (u *UI) takeNotice(w http.ResponseWriter, r *http.Request) string {
	value := httpd.CookieValue(r, noticeCookie)
	if value == "" {
		return ""
	}
	httpd.ClearCookie(w, r, noticeCookie)
	text, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || len(text) > noticeLimit || !utf8.Valid(text) {
		return ""
	}
	return string(text)
}
