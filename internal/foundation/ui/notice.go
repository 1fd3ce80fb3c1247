package ui

import (
	"encoding/base64"
	"net/http"
	"unicode/utf8"
)

// noticeLimit keeps the cookie small; a notice is one or two sentences.
const noticeLimit = 600

// Notice leaves words of success for the next page this browser opens within a
// minute; they are shown once. Call it before the redirect. Never put a secret
// in them: they travel in a cookie.
func (u *UI) Notice(w http.ResponseWriter, _ *http.Request, text string) {
	for len(text) > noticeLimit {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	http.SetCookie(w, u.noticeCookie(base64.RawURLEncoding.EncodeToString([]byte(text)), 60))
}

// takeNotice reads the waiting notice and removes it from the browser.
func (u *UI) takeNotice(w http.ResponseWriter, r *http.Request) string {
	c, err := r.Cookie(u.noticeCookie("", 0).Name)
	if err != nil || c.Value == "" {
		return ""
	}
	http.SetCookie(w, u.noticeCookie("", -1))
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(text) > noticeLimit || !utf8.Valid(text) {
		return ""
	}
	return string(text)
}

// noticeCookie has the __Host- prefix under https, so that no other host can
// put words on our pages.
func (u *UI) noticeCookie(value string, maxAge int) *http.Cookie {
	name := "catflap-notice"
	if u.options.Secure {
		name = "__Host-" + name
	}
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: u.options.Secure, SameSite: http.SameSiteLaxMode}
}
