package staffweb

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/staff"
)

const twoFactorPath = "/security/two-factor"

func (f *Face) twoFactorRoutes(m *httpd.Mux) {
	see := access.Rule{Audience: access.Staff, Permission: access.SecurityManage}
	proven := access.Rule{Audience: access.Staff, Permission: access.SecurityManage, StepUp: true}
	m.Handle("GET /{practice}"+twoFactorPath, see, f.twoFactor)
	m.Handle("GET /{practice}"+twoFactorPath+"/remind", proven, f.showRemind)
	m.Handle("POST /{practice}"+twoFactorPath+"/remind", proven, f.remind)
	f.twoFactorAPI(m.API())
}

type twoFactorPage struct {
	ui.Form
	Filter   staff.TwoFactorFilter
	Rows     []protectedLine
	Shown    int
	Without  int
	Part     bool // only the rows are asked for
	Next     string
	Chips    []chip
	Adoption *adoption
	Clients  *clientShare // nil for who does not see the whole practice
	Everyone bool         // the viewer sees the whole practice, and its policy
	People   bool         // the viewer may open the page of a person
}

// clientShare is how many pet parents have a second factor.
type clientShare struct {
	factor.ClientStand
	Percent int
}

// protectedLine is one person with the words for where they stand.
type protectedLine struct {
	staff.TwoFactorRow
	now  time.Time
	zone *time.Location
}

// Factors are what the person has, each with its day.
func (l protectedLine) Factors() []string {
	var all []string
	if at := l.Second.AuthenticatorAt; !at.IsZero() {
		all = append(all, "Authenticator App since "+l.day(at))
	}
	if at := l.Second.EmailSince; !at.IsZero() {
		all = append(all, "Email Code since "+l.day(at))
	}
	return all
}

// Codes tells how many backup codes are left; "" where there are none.
func (l protectedLine) Codes() string {
	if l.Second.Codes == 0 {
		return ""
	}
	words := strconv.Itoa(l.Second.Unused) + " of " + strconv.Itoa(l.Second.Codes) + " left"
	if l.Second.StoredAt.IsZero() {
		words += ", perhaps not stored"
	}
	return words
}

// Mark says in a tone and a few words where the person stands.
func (l protectedLine) Mark() mark {
	lacks := l.Second.Lacks(l.Demand, l.now)
	switch {
	case l.Second.Owed:
		return mark{"careful", "Reset: sets one up at the next sign-in"}
	case lacks && l.Second.EmailOnly():
		return mark{"careful", "Needs an app at the next sign-in"}
	case l.Second.Any():
		return mark{"good", "Has one"}
	case lacks:
		return mark{"stop", "Required: sets one up at the next sign-in"}
	case l.Demand.Required() && l.Second.GraceFrom.IsZero():
		return mark{"careful", "Required " + l.Demand.Days() + " after the next sign-in"}
	case l.Demand.Required():
		return mark{"careful", "Required from " + l.day(l.Deadline())}
	case !l.Demand.Offered():
		return mark{"off", "Switched off for their roles"}
	}
	return mark{"info", "None"}
}

// Skip is until when one sign-in without the second factor is granted, "" for
// not at all.
func (l protectedLine) Skip() string {
	if l.SkipUntil.IsZero() {
		return ""
	}
	return l.SkipUntil.In(l.zone).Format("2 January, 15:04")
}

func (l protectedLine) day(t time.Time) string { return t.In(l.zone).Format("2 January 2006") }

func protectionLabel(p staff.Protection) string {
	switch p {
	case staff.Without:
		return "Without"
	case staff.InGrace:
		return "In grace"
	case staff.EmailOnly:
		return "E-mail only"
	case staff.RequiredWithout:
		return "Required but without"
	}
	return "All"
}

func twoFactorAddress(path string, f staff.TwoFactorFilter, cursor string) string {
	q := url.Values{}
	for name, value := range map[string]string{"q": f.Query, "show": string(f.Protection), "cursor": cursor} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return path + "?" + q.Encode()
}

func (f *Face) twoFactor(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	filter := staff.TwoFactorFilter{Query: strings.TrimSpace(q.Get("q")), Protection: staff.Protection(q.Get("show"))}
	page, err := f.twoFactorPage(r.Context(), filter, q.Get("cursor"))
	if fault.Is(err, fault.Invalid) { // an old or mistyped address: everybody, and what is wrong with it
		everybody, listErr := f.twoFactorPage(r.Context(), staff.TwoFactorFilter{}, "")
		if listErr != nil {
			return listErr
		}
		everybody.Form = ui.Form{}.With(err)
		return f.twoFactorAnswer(w, r, http.StatusUnprocessableEntity, everybody)
	}
	if err != nil {
		return err
	}
	if httpd.WantsPart(r) {
		page.Part = true
		return f.UI.Part(w, r, http.StatusOK, "staff/two_factor", "rows", page)
	}
	return f.twoFactorAnswer(w, r, http.StatusOK, page)
}

// twoFactorAnswer adds what stands above the list.
func (f *Face) twoFactorAnswer(w http.ResponseWriter, r *http.Request, status int, page twoFactorPage) error {
	ctx := r.Context()
	v := access.ViewerFrom(ctx)
	found, err := f.Staff.Adoption(ctx)
	if err != nil {
		return err
	}
	page.Adoption = newAdoption(found, inPractice(ctx).Zone())
	page.Everyone, page.People = v.MayEverywhere(access.SecurityManage), v.May(access.StaffRead)
	if page.Everyone {
		clients, err := f.Staff.Factors.ClientStand(ctx, f.Staff.DB, v.PracticeID)
		if err != nil {
			return err
		}
		page.Clients = &clientShare{clients, percent(clients.With, clients.Logins)}
	}
	return f.UI.Page(w, r, status, "staff/two_factor", page)
}

func (f *Face) twoFactorPage(ctx context.Context, filter staff.TwoFactorFilter, cursor string) (page twoFactorPage, err error) {
	part, err := f.Staff.TwoFactor(ctx, filter, cursor, 0)
	if err != nil {
		return page, err
	}
	counts, err := f.Staff.TwoFactorCounts(ctx, filter)
	if err != nil {
		return page, err
	}
	page = twoFactorPage{Filter: filter, Shown: counts[filter.Protection], Without: counts[staff.Without]}
	page.People = access.ViewerFrom(ctx).May(access.StaffRead)
	for _, row := range part.Rows {
		page.Rows = append(page.Rows, protectedLine{row, f.Staff.Clock.Now(), inPractice(ctx).Zone()})
	}
	path := "/" + access.ViewerFrom(ctx).Practice.Slug + twoFactorPath
	if part.Next != "" {
		page.Next = twoFactorAddress(path, filter, part.Next)
	}
	for _, p := range append([]staff.Protection{""}, staff.Protections()...) {
		other := filter
		other.Protection = p
		page.Chips = append(page.Chips, chip{protectionLabel(p), counts[p], twoFactorAddress(path, other, ""), p == filter.Protection})
	}
	return page, nil
}

type remindPage struct {
	ui.Form
	staff.Reminder
}

func (f *Face) showRemind(w http.ResponseWriter, r *http.Request) error {
	return f.remindPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) remindPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	m, err := f.Staff.ReminderPreview(r.Context())
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "staff/two_factor_remind", remindPage{form, m})
}

func (f *Face) remind(w http.ResponseWriter, r *http.Request) error {
	n, err := f.Staff.Remind(r.Context())
	switch {
	case fault.Is(err, fault.TooMany):
		return f.remindPage(w, r, http.StatusTooManyRequests, ui.Form{}.With(err))
	case fault.Is(err, fault.Conflict):
		return f.remindPage(w, r, http.StatusConflict, ui.Form{}.With(err))
	case err != nil:
		return err
	}
	words := strconv.Itoa(n) + " people are written to."
	if n == 1 {
		words = "One person is written to."
	}
	f.UI.Notice(w, r, words+" The e-mails are on their way.")
	return httpd.Redirect(w, r, "/"+practiceOf(r).Slug+twoFactorPath)
}
