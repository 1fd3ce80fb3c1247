package auditweb

import (
	"net/url"
	"slices"
	"time"
	"unicode/utf8"

	"catflap/internal/audit"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/ui"
)

// dateForm is how a browser sends a day.
const dateForm = time.DateOnly

// wish is what somebody wants to see, as it arrived.
type wish struct {
	subject, outcome, branch, person, text string
	from, to                               time.Time // from <= at < to
	before                                 string    // id of the last line seen
}

// filter checks a wish.
func (w wish) filter() (audit.Filter, error) {
	var c fault.Complaints
	w.complain(&c)
	return audit.Filter{
		Subject: w.subject, Outcome: audit.Outcome(w.outcome), BranchID: w.branch, PersonID: w.person,
		Text: w.text, From: w.from, To: w.to,
	}, c.Err()
}

func (w wish) complain(c *fault.Complaints) {
	c.Check(w.subject == "" || slices.Contains(audit.Subjects(), w.subject), "subject", "Choose one of the subjects in the list.")
	c.Check(slices.Contains([]audit.Outcome{"", audit.Done, audit.Refused}, audit.Outcome(w.outcome)), "outcome", "Choose done or refused.")
	c.Check(w.branch == "" || id.Valid(w.branch), "branch", "Choose one of the branches in the list.")
	c.Check(w.person == "" || id.Valid(w.person), "person", "Follow the link on the person's page again; this is nobody's id.")
	c.Check(utf8.RuneCountInString(w.text) <= 200, "text", "Use at most 200 characters.")
	c.Check(w.to.IsZero() || w.from.Before(w.to), "to", "Choose a day that is not before the first one.")
	c.Check(w.before == "" || id.Valid(w.before), "cursor", "Begin again with the newest; this is no place in the list.")
}

// filterFrom reads the query of the page, whose two days are both included.
func filterFrom(q url.Values) (audit.Filter, error) {
	var c fault.Complaints
	day := func(name string) time.Time {
		if q.Get(name) == "" {
			return time.Time{}
		}
		t, err := time.Parse(dateForm, q.Get(name))
		c.Check(err == nil, name, "Type the day as year-month-day, for instance 2026-03-01.")
		return t
	}
	w := wish{
		subject: q.Get("subject"), outcome: q.Get("outcome"), branch: q.Get("branch"), person: q.Get("person"),
		text: q.Get("text"), before: q.Get("before"), from: day("from"), to: day("to"),
	}
	if !w.to.IsZero() {
		w.to = w.to.AddDate(0, 0, 1)
	}
	f, err := w.filter()
	if dates := c.Err(); dates != nil {
		return f, dates
	}
	return f, err
}

// subjects are the choices of the first filter.
func subjects(onPlatform bool) []ui.Choice {
	all := []ui.Choice{{Label: "Everything"}}
	for _, s := range audit.Subjects() {
		if onPlatform && ofPlatform(s) || !onPlatform && !ofPlatformOnly(s) {
			all = append(all, ui.Choice{Value: s, Label: subjectLabel(s)})
		}
	}
	return all
}

// ofPlatform reports whether the platform's own record has the subject.
func ofPlatform(s string) bool {
	return ofPlatformOnly(s) || slices.Contains([]string{"sign_in", "session", "step_up", "password", "two_factor", "staff", "practice", "export", "access"}, s)
}

func ofPlatformOnly(s string) bool { return s == "setup" || s == "platform" || s == "key_ring" }

// subjectLabel is what people call a subject, "" if nobody has named it yet.
func subjectLabel(s string) string {
	return map[string]string{
		"sign_in":            "Sign-ins",
		"session":            "Sessions",
		"step_up":            "Confirmations",
		"shared_computer":    "Shared computers",
		"password":           "Passwords",
		"two_factor":         "Two-factor authentication",
		"temporary_password": "Temporary passwords",
		"setup":              "Set-up",
		"platform":           "Administrators",
		"practice":           "Practice",
		"policy":             "Policy",
		"branch":             "Branches",
		"staff":              "Staff",
		"role":               "Roles",
		"login":              "Logins",
		"mail":               "E-mail",
		"campaign":           "E-mail alerts",
		"template":           "E-mail templates",
		"terms":              "Terms and privacy",
		"onboarding":         "First sign-ins",
		"pet_parent":         "Pet parents",
		"household":          "Households",
		"pet":                "Pets",
		"proposal":           "Corrections",
		"import":             "Import",
		"export":             "Exports",
		"api_key":            "API keys",
		"key_ring":           "Key ring",
		"access":             "Refused access",
	}[s]
}
