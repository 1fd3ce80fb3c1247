package httpd

import (
	"context"
	"net/http"
	"net/url"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
)

// lead answers the faults of a page that a step elsewhere cures: signing in,
// confirming, or going home. It reports whether it did.
func (m *Mux) lead(w http.ResponseWriter, r *http.Request, f *fault.Error) bool {
	var target string
	switch {
	case f.Kind == fault.SignedOut:
		target = m.loginPath(r, f)
	case f.Kind == fault.StepUp:
		again := ""
		if !safe(r.Method) {
			again = "yes" // what they sent has to be sent once more
		}
		target = home(r) + "account/confirm" + query("return", m.back(r), "again", again)
	case f == errLocked:
		target = home(r) + "account/locked" + query("return", m.back(r))
	case f == errAlreadyIn:
		target = home(r)
	default:
		return false
	}
	if WantsPart(r) {
		if f == errLocked {
			return false // the page is covered and keeps what was typed on it
		}
		// A fragment cannot show another page; htmx goes there as a whole.
		w.Header().Set("HX-Redirect", target)
		w.WriteHeader(statusOf(f))
		return true
	}
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusSeeOther)
	return true
}

// loginPath is the login page for this path, practice or platform, which learns where
// to return to and, if something ended, why.
func (m *Mux) loginPath(r *http.Request, f *fault.Error) string {
	why := f.Code
	if f == errNobody {
		why = "" // nothing ended: they have just come
	}
	base := "/platform/"
	if ex := exchangeFrom(r.Context()); ex.route.inPractice() {
		base = home(r)
	}
	back, whose := m.back(r), ""
	if v := access.ViewerFrom(r.Context()); back != "" && v.AccountID != "" && v.Audience() == 0 {
		whose = m.FormMAC(ReturnBinding(v.AccountID)) // their session is over
	}
	return base + "login" + query("return", back, "for", whose, "why", why)
}

// ReturnMark is the "for" of a sign-in page that leads the viewer back, for pages
// that go there by themselves.
func ReturnMark(ctx context.Context) string {
	ex, v := exchangeFrom(ctx), access.ViewerFrom(ctx)
	if ex == nil || v.AccountID == "" {
		return ""
	}
	return ex.mux.FormMAC(ReturnBinding(v.AccountID))
}

// ReturnBinding is what the "for" of a login page binds its return path to: the
// account whose session ended there. Nobody else is led to where that was.
func ReturnBinding(accountID string) string { return "return/" + accountID }

// home is the first page of the practice in the path or of the viewer, else of
// the platform.
func home(r *http.Request) string {
	if p := access.PracticeFrom(r.Context()); p.Slug != "" {
		return "/" + p.Slug + "/"
	}
	return "/platform/"
}

// back is where to return to: this page, or after an unsafe request the page
// that sent it, if it is one of ours. Empty if that is unknown.
func (m *Mux) back(r *http.Request) string {
	if safe(r.Method) && !WantsPart(r) {
		return localOr(r.URL.RequestURI(), "")
	}
	u, err := url.Parse(r.Referer())
	if err != nil || u.Scheme != m.PublicURL.Scheme || u.Host != m.PublicURL.Host {
		return ""
	}
	return localOr(u.RequestURI(), "")
}

// query is "?name=value" of the pairs that have a value.
func query(pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}
