package httpd

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
)

// What tokens begin with, so that a bearer header tells which kind it carries.
const (
	SessionPrefix = "cfs_"
	PendingPrefix = "cfp_"
	KeyPrefix     = "cfk_"
)

// errToken is for bearer tokens that are none of ours.
var errToken = fault.New(fault.SignedOut, "signed-out",
	"The token in the Authorization header is not valid here. Sign in again to get a new one.")

// credential is what a request brought along.
type credential struct {
	viewer access.Viewer // zero: nobody
	cookie bool          // the browser sent it by itself, so forms must prove where they come from
	ended  *fault.Error  // why nobody stands behind it
}

// credentialOf finds the viewer: a bearer token if there is one, else the
// session cookie, else the sign-in cookie. A dead cookie is cleared, but not by
// the answer to a script: the page that comes next tells why it is dead. An error
// means that it could not be found out; public routes then go on with nobody.
func (m *Mux) credentialOf(w http.ResponseWriter, r *http.Request, rule access.Rule) (credential, error) {
	public := rule.Audience.Has(access.Public)
	passive := rule.Passive || public
	script := wantsProblem(r, nil)
	c, err := m.look(r, rule.Audience, passive, func(name string) {
		if !script {
			clearCookie(w, name)
		}
	})
	if err != nil && public {
		m.Log.WarnContext(r.Context(), "viewer of a public page not found out",
			"request_id", access.OriginFrom(r.Context()).RequestID, "error", err)
		return credential{ended: errNobody}, nil
	}
	return c, err
}

// lookPassively is for answers that only want to look right.
func (m *Mux) lookPassively(r *http.Request) credential {
	c, err := m.look(r, access.SignedIn, true, func(string) {})
	if err != nil {
		return credential{ended: errNobody}
	}
	return c
}

func (m *Mux) look(r *http.Request, a access.Audience, passive bool, dead func(cookie string)) (credential, error) {
	if token, ok := bearer(r); ok {
		return m.identify(r.Context(), token, passive, false)
	}
	found := credential{ended: errNobody}
	for _, jar := range []struct {
		name, prefix string
	}{
		{m.sessionCookie(), SessionPrefix},
		{m.pendingCookie(), PendingPrefix},
	} {
		// The sign-in cookie is not looked up where it cannot help.
		if jar.prefix == PendingPrefix && found.viewer.SignedIn() && !a.Has(access.Pending) {
			break
		}
		token := cookieValue(r, jar.name)
		if token == "" {
			continue
		}
		c := credential{ended: errNobody}
		if strings.HasPrefix(token, jar.prefix) {
			var err error
			if c, err = m.identify(r.Context(), token, passive, true); err != nil {
				return found, err
			}
		}
		if c.viewer.Audience() == 0 {
			dead(jar.name)
		}
		if better(c, found, a) {
			found = c
		}
	}
	return found, nil
}

// better reports whether c says more about the viewer of a route for a.
func better(c, than credential, a access.Audience) bool {
	switch {
	case than.viewer.Audience() == 0:
		return c.viewer.Audience() != 0 || than.ended == errNobody
	case c.viewer.Audience() == 0:
		return false
	}
	return a.Has(c.viewer.Audience()) && !a.Has(than.viewer.Audience())
}

func (m *Mux) identify(ctx context.Context, token string, passive, cookie bool) (credential, error) {
	var by Identifier
	switch {
	case strings.HasPrefix(token, SessionPrefix):
		by = m.Sessions
	case strings.HasPrefix(token, PendingPrefix):
		by = m.Pending
	case strings.HasPrefix(token, KeyPrefix) && m.Keys != nil && !cookie:
		by = m.Keys
	default:
		return credential{ended: errToken}, nil
	}
	v, err := by.Identify(ctx, token, passive)
	var f *fault.Error
	if errors.As(err, &f) && f.Kind == fault.SignedOut {
		return credential{viewer: v, ended: f, cookie: cookie}, nil
	}
	return credential{viewer: v, cookie: cookie, ended: errNobody}, err
}

// bearer is the token of the Authorization header (RFC 6750). Other schemes
// belong to somebody in front of us and are ignored.
func bearer(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(token), true
}
