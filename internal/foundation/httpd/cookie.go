package httpd

import (
	"context"
	"net/http"
	"strings"
	"time"

	"catflap/internal/access"
)

// The names of the credentials' cookies, before the prefix.
const (
	sessionCookie = "catflap"
	pendingCookie = "catflap-signin"
)

// cookieName adds the prefix that makes browsers refuse the cookie from
// anywhere but this host over https. Plain http is localhost only; there the
// prefix would make the cookie vanish.
func (m *Mux) cookieName(name string) string {
	if m.PublicURL.Scheme == "https" {
		return "__Host-" + name
	}
	return name
}

func (m *Mux) sessionCookie() string { return m.cookieName(sessionCookie) }
func (m *Mux) pendingCookie() string { return m.cookieName(pendingCookie) }

// SetSession gives the browser a session token. With maxAge 0 it is forgotten
// when the browser closes.
func SetSession(w http.ResponseWriter, r *http.Request, token string, maxAge time.Duration) {
	SetCookie(w, r, sessionCookie, token, maxAge)
}

// RenewSession gives the browser the new token of the session that it has: one
// that is kept stays so until its end.
func RenewSession(w http.ResponseWriter, r *http.Request, token string) {
	var maxAge time.Duration
	if v, ex := access.ViewerFrom(r.Context()), exchangeFrom(r.Context()); v.Kept && ex != nil {
		maxAge = v.ExpiresAt.Sub(ex.mux.Clock.Now())
	}
	SetSession(w, r, token, maxAge)
}

// ClearSession makes the browser forget its session token.
func ClearSession(w http.ResponseWriter, r *http.Request) { ClearCookie(w, r, sessionCookie) }

// SetPending gives the browser the token of a sign-in in progress, until it closes.
func SetPending(w http.ResponseWriter, r *http.Request, token string) {
	SetCookie(w, r, pendingCookie, token, 0)
}

// ClearPending makes the browser forget the sign-in in progress.
func ClearPending(w http.ResponseWriter, r *http.Request) { ClearCookie(w, r, pendingCookie) }

// SetCookie sets a cookie that scripts cannot read, for the whole site and this
// host only. With maxAge 0 it is forgotten when the browser closes.
func SetCookie(w http.ResponseWriter, r *http.Request, name, value string, maxAge time.Duration) {
	putCookie(w, &http.Cookie{Name: fullName(r, name), Value: value, MaxAge: int(maxAge / time.Second)})
}

// ClearCookie makes the browser forget a cookie of SetCookie.
func ClearCookie(w http.ResponseWriter, r *http.Request, name string) {
	clearCookie(w, fullName(r, name))
}

// CookieValue is the value of a cookie of SetCookie, empty if there is none.
func CookieValue(r *http.Request, name string) string { return cookieValue(r, fullName(r, name)) }

// CookieIn is CookieValue where only the context of the request is at hand.
func CookieIn(ctx context.Context, name string) string {
	ex := exchangeFrom(ctx)
	if ex == nil {
		return ""
	}
	return cookieValue(ex.request, ex.mux.cookieName(name))
}

func fullName(r *http.Request, name string) string {
	if ex := exchangeFrom(r.Context()); ex != nil {
		return ex.mux.cookieName(name)
	}
	return name
}

func clearCookie(w http.ResponseWriter, fullName string) {
	putCookie(w, &http.Cookie{Name: fullName, MaxAge: -1})
}

func cookieValue(r *http.Request, fullName string) string {
	c, err := r.Cookie(fullName)
	if err != nil {
		return ""
	}
	return c.Value
}

// putCookie replaces what this answer said about the cookie before.
func putCookie(w http.ResponseWriter, c *http.Cookie) {
	c.Path, c.HttpOnly, c.SameSite = "/", true, http.SameSiteLaxMode
	c.Secure = strings.HasPrefix(c.Name, "__Host-")
	const header = "Set-Cookie"
	earlier := w.Header()[header]
	w.Header().Del(header)
	for _, line := range earlier {
		if !strings.HasPrefix(line, c.Name+"=") {
			w.Header().Add(header, line)
		}
	}
	w.Header().Add(header, c.String())
}
