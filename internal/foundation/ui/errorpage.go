package ui

import (
	"html/template"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
)

// errorData is what the error page shows: what happened, what it means, and
// one way on.
type errorData struct {
	Icon, Title, Message string
	Wait                 string // when to come back, "" when waiting does not help
	Reference            string // the request's id, only where support needs it
	Way, WayLabel        string
}

// errorTitles names the heading of a kind; what is not here is "internal".
var errorTitles = map[fault.Kind]string{
	fault.Invalid:   "invalid",
	fault.SignedOut: "signed-out",
	fault.Refused:   "refused",
	fault.Forbidden: "forbidden",
	fault.StepUp:    "step-up",
	fault.NotFound:  "not-found",
	fault.Conflict:  "conflict",
	fault.Gone:      "gone",
	fault.TooLarge:  "too-large",
	fault.TooMany:   "too-many",
	fault.Busy:      "busy",
}

// ErrorPage answers with the card that says what went wrong. It is the same
// for everybody, so that a broken page never depends on the frame around it.
func (u *UI) ErrorPage(w http.ResponseWriter, r *http.Request, status int, e *fault.Error) error {
	if e == nil {
		e = fault.From(errNothing)
	}
	v := u.view(r, nil)
	e = u.saidIn(v.speech(), e)
	kind, ok := errorTitles[e.Kind]
	if !ok {
		kind = "internal"
	}
	title := "ui.error." + kind
	if specific := "ui.error." + e.Code; u.texts.knows(specific) {
		title = specific
	}
	d := errorData{Icon: "careful", Title: u.Text(r, title), Message: e.Message}
	if d.Message == "" {
		d.Message = u.Text(r, "ui.error.words")
	}
	if kind == "internal" {
		d.Reference = access.OriginFrom(r.Context()).RequestID
	}
	if e.RetryAfter > 0 {
		d.Wait = u.wait(r, e.RetryAfter)
	}
	var label string
	d.Icon, d.Way, label = wayOn(v, r, e)
	d.WayLabel = u.Text(r, "ui.way."+label)
	v.Data = d
	content, err := u.block(page{name: "error"}, "content", v)
	if err != nil {
		return err
	}
	title = u.Text(r, title)
	return u.write(w, status, v, "frame-card", framed{View: v, Title: escaped(title), Content: content})
}

// errNothing stands in when there is no error to show.
var errNothing = fault.New(fault.Internal, "internal-error", "")

// wayOn chooses the one link of an error page, and its picture.
func wayOn(v View, r *http.Request, e *fault.Error) (icon, href, label string) {
	home, homeLabel := framed{View: v}.Home(), "home"
	if !v.Viewer.SignedIn() && (v.Practice.Slug != "" || strings.HasPrefix(v.Path, "/platform")) {
		home, homeLabel = v.URL("/login"), "sign-in"
	}
	switch e.Kind {
	case fault.SignedOut:
		if r.Method == http.MethodGet && homeLabel == "sign-in" {
			home += "?return=" + url.QueryEscape(local(r.URL))
		}
		return "key", home, homeLabel
	case fault.Gone:
		if e.Code == "link-void" && homeLabel == "sign-in" { // a new one is what they want
			return "clock", v.URL("/forgot-password"), "new-link"
		}
		return "clock", home, homeLabel
	case fault.NotFound:
		return "search", home, homeLabel
	case fault.Forbidden, fault.StepUp:
		if back := before(r); back != "" && r.Method == http.MethodPost {
			return "lock", back, "back"
		}
		if v.Viewer.Kind == access.KindStaff && (e.Code == "feature-off" || e.Code == "permission-missing") {
			return "lock", v.URL("/missing"), "missing" // says why, and who can change it
		}
		return "lock", home, homeLabel
	case fault.TooMany, fault.Busy:
		if back := before(r); back != "" {
			return "clock", back, "again"
		}
		return "clock", home, homeLabel
	case fault.Invalid, fault.Conflict, fault.TooLarge, fault.Refused:
		if e.Code == "first-sign-in-done" && homeLabel == "sign-in" { // back is a step that is over
			return "key", home, homeLabel
		}
		if back := before(r); back != "" && r.Method == http.MethodPost {
			return "careful", back, "back"
		}
	}
	return "careful", home, homeLabel
}

// before is the page that a form was sent from, or the page itself if it was
// only read; "" when that is unknown or not ours.
func before(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return local(r.URL)
	}
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host == "" || from.Host != r.Host {
		return ""
	}
	return local(from)
}

// local is the path and query of u, "" if a browser could read another host
// into it.
func local(u *url.URL) string {
	s := u.RequestURI()
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.Contains(s, `\`) {
		return ""
	}
	return s
}

// wait says when to come back, rounded up so that it is never too early.
func (u *UI) wait(r *http.Request, d time.Duration) string {
	if d <= 90*time.Second {
		return u.Text(r, "ui.wait.seconds", "Count", int(math.Ceil(d.Seconds())))
	}
	return u.Text(r, "ui.wait.minutes", "Count", int(math.Ceil(d.Minutes())))
}

// escaped makes plain words part of a page.
func escaped(s string) template.HTML { return template.HTML(template.HTMLEscapeString(s)) }
