package signinweb

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/ui"
	"catflap/internal/signin"
)

// reportSize is how many sign-ins a page shows at once.
const reportSize = 50

// reportRoutes registers what administrators see of sign-ins. Who may ask why
// somebody does not get in depends on the person, so the core decides.
func (f *Face) reportRoutes(m *httpd.Mux) {
	m.Handle("GET /{practice}/security/sign-ins", access.Rule{Audience: access.Staff, Permission: access.AuditRead}, f.report)
	m.Handle("GET /{practice}/security/why/{id}", access.Rule{Audience: access.Staff}, f.why)
	m.Handle("POST /{practice}/security/why/{id}/open", access.Rule{Audience: access.Staff, StepUp: true}, f.openAgain)
	f.reportAPI(m.API())
}

// reportWish is what somebody wants to see of the report, as it arrived.
type reportWish struct {
	outcome, cause, person, text string
	from, to                     time.Time // from <= at < to
	before                       string    // id of the last line seen
}

// outcomes are the outcomes of a sign-in by their words in addresses.
func outcomes() map[string]audit.Action {
	return map[string]audit.Action{"": "", "done": audit.SignInDone, "refused": audit.SignInRefused, "begun": audit.SignInBegun}
}

func (w reportWish) filter() (signin.ReportFilter, error) {
	var c fault.Complaints
	action, known := outcomes()[w.outcome]
	c.Check(known, "outcome", "Choose done, refused or begun.")
	c.Check(w.cause == "" || slices.Contains(signin.Causes(), w.cause), "cause", "Choose one of the causes in the list.")
	c.Check(w.person == "" || id.Valid(w.person), "person", "Follow the link on the person's page again; this is nobody's id.")
	c.Check(utf8.RuneCountInString(w.text) <= 200, "text", "Use at most 200 characters.")
	c.Check(w.to.IsZero() || w.from.Before(w.to), "to", "Choose a day that is not before the first one.")
	c.Check(w.before == "" || id.Valid(w.before), "cursor", "Begin again with the newest; this is no place in the list.")
	return signin.ReportFilter{
		Action: action, Cause: w.cause, PersonID: w.person, Text: w.text, From: w.from, To: w.to,
	}, c.Err()
}

// reportWishFrom reads the query of the page, whose two days are both included
// and are those of the viewer's time zone.
func reportWishFrom(q url.Values, zone *time.Location) (reportWish, error) {
	var c fault.Complaints
	day := func(name string) time.Time {
		if q.Get(name) == "" {
			return time.Time{}
		}
		t, err := time.ParseInLocation(time.DateOnly, q.Get(name), zone)
		c.Check(err == nil, name, "Type the day as year-month-day, for instance 2026-03-01.")
		return t
	}
	w := reportWish{
		outcome: q.Get("outcome"), cause: q.Get("cause"), person: q.Get("person"), text: q.Get("text"),
		before: q.Get("before"), from: day("from"), to: day("to"),
	}
	if !w.to.IsZero() {
		w.to = w.to.AddDate(0, 0, 1)
	}
	return w, c.Err()
}

type reportPage struct {
	ui.Form
	Lines      []reportLine
	Outcomes   []ui.Choice
	Causes     []ui.Choice
	Person     string // whom the list is about, "" for everybody
	PersonName string
	Everybody  string // address of the same list without the person
	Newest     string // address of the first page, "" on it
	Next       string // address of the next page, "" on the last
	Filtered   bool
	Everywhere bool // the viewer sees the whole practice
}

// reportLine is one outcome in words.
type reportLine struct {
	signin.ReportLine
	When, Until string // in the viewer's time zone; Until when it happened last, "" for once
	Who         string
	Mark        mark
	Cause       string
	Branch      string
	Why         bool // the viewer may look what keeps the person out
}

// mark is an outcome in a tone and a word.
type mark struct{ Tone, Text string }

// Times is how often it happened.
func (l reportLine) Times() string { return strconv.FormatInt(l.Repeated+1, 10) }

func (f *Face) report(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	v := access.ViewerFrom(ctx)
	page := reportPage{
		Form: ui.Form{Values: q}, Outcomes: outcomeChoices(), Causes: causeChoices(), Everywhere: v.MayEverywhere(access.AuditRead),
	}
	wish, err := reportWishFrom(q, v.Zone())
	var filter signin.ReportFilter
	if err == nil {
		filter, err = wish.filter()
	}
	if fault.Is(err, fault.Invalid) {
		page.Form = page.Form.With(err)
		return f.UI.Page(w, r, http.StatusUnprocessableEntity, "signin/report", page)
	}
	if err != nil {
		return err
	}
	lines, next, err := f.SignIn.Report(ctx, filter, wish.before, reportSize)
	if err != nil {
		return err
	}
	branches, err := f.branchNames(r)
	if err != nil {
		return err
	}
	for _, l := range lines {
		page.Lines = append(page.Lines, f.reportLine(v, l, branches))
	}
	page.Filtered = filter != signin.ReportFilter{}
	if page.Person = filter.PersonID; page.Person != "" {
		page.Everybody = ui.SamePage(r, "person", "", "before", "")
		if len(lines) > 0 {
			page.PersonName = page.Lines[0].Who
		}
	}
	if wish.before != "" {
		page.Newest = ui.SamePage(r, "before", "")
	}
	if next != "" {
		page.Next = ui.SamePage(r, "before", next)
	}
	return f.UI.Page(w, r, http.StatusOK, "signin/report", page)
}

func (f *Face) branchNames(r *http.Request) (map[string]string, error) {
	all, err := f.Practices.Branches(r.Context(), f.Practices.DB, access.ViewerFrom(r.Context()).PracticeID)
	names := make(map[string]string, len(all))
	for _, b := range all {
		names[b.ID] = b.Name
	}
	return names, err
}

func (f *Face) reportLine(v access.Viewer, l signin.ReportLine, branches map[string]string) reportLine {
	one := reportLine{
		ReportLine: l, When: exactly(v, l.At), Who: who(l), Mark: outcomeMark(l.Action), Cause: f.Cause(l.Line), Branch: branches[l.BranchID],
	}
	if l.Repeated > 0 {
		one.Until = exactly(v, l.LastAt)
	}
	switch l.Account.Kind {
	case access.KindStaff:
		one.Why = v.May(access.SecurityManage)
	case access.KindClient:
		one.Why = v.May(access.SecurityManage) || v.May(access.LoginManage)
	}
	return one
}

// who is whose sign-in it was.
func who(l signin.ReportLine) string {
	switch {
	case l.Personal.Account != "":
		return l.Personal.Account
	case l.Account.Name != "":
		return l.Account.Name
	case l.AccountID != "":
		return "Somebody whose details were erased"
	case l.TargetID == "":
		return "Different login IDs"
	}
	return "Unknown login ID"
}

func outcomeMark(a audit.Action) mark {
	switch a {
	case audit.SignInDone:
		return mark{"good", "Signed in"}
	case audit.SignInBegun:
		return mark{"info", "Began"}
	}
	return mark{"stop", "Refused"}
}

func outcomeChoices() []ui.Choice {
	return []ui.Choice{
		{Value: "", Label: "Any outcome"}, {Value: "done", Label: "Signed in"}, {Value: "refused", Label: "Refused"},
		{Value: "begun", Label: "Password right, steps open"},
	}
}

func causeChoices() []ui.Choice {
	words := map[string]string{
		"wrong-password": "Wrong password", "wrong-code": "Wrong code", "unknown-login": "Unknown login ID", "wrong-temporary-password": "Wrong temporary password",
		"temporary-password-expired": "Temporary password expired", "temporary-password-burnt": "Temporary password burnt",
		"no-password-yet": "No password yet", "password-void": "Password taken away", "throttled": "Had to wait", "closed": "Closed after wrong tries",
		"address-throttled": "Network had to wait", "no-branch": "No role in any branch", "network": "Outside the network",
		"outside-network": "Outside, only warned", "account-inactive": "Account deactivated", "practice-closed": "Practice not open",
	}
	all := []ui.Choice{{Label: "Any cause"}}
	for _, c := range signin.Causes() {
		all = append(all, ui.Choice{Value: c, Label: words[c]})
	}
	return all
}

// exactly is a moment in the viewer's time zone.
func exactly(v access.Viewer, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(v.Zone()).Format("2 Jan 2006, 15:04 MST")
}
