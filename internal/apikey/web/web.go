package apikeyweb

import (
	"embed"
	"net/http"
	"time"

	"catflap/internal/access"
	"catflap/internal/apikey"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/role"
)

// Files are the pages.
//
//go:embed *.html
var Files embed.FS

const (
	// pageSize is how many keys a list shows at once.
	pageSize = 50
	// usualDays is the end that the form suggests, counted from today.
	usualDays = 90
	// mostDays is the last day that the form admits.
	mostDays = 365
)

// Face answers for API keys.
type Face struct {
	UI   *ui.UI
	Keys *apikey.Service
}

// Routes registers the pages and the JSON operations.
func (f *Face) Routes(m *httpd.Mux) {
	rule := access.Rule{Audience: access.Staff, Permission: access.KeyManage, AllBranches: true}
	proven := rule
	proven.StepUp = true
	const base = "/{practice}/security/api-keys"
	m.Handle("GET "+base, rule, f.list)
	m.Handle("POST "+base, proven, f.create)
	m.Handle("GET "+base+"/new", proven, f.showNew)
	m.Handle("GET "+base+"/{id}", rule, f.show)
	m.Handle("POST "+base+"/{id}/revoke", proven, f.revoke)
	f.api(m.API(), rule, proven)
}

// line is a key as the pages show it.
type line struct {
	apikey.Key
	State   apikey.State
	LastDay string   // in the viewer's time zone
	Words   []string // what it may do
}

func (f *Face) line(v access.Viewer, k apikey.Key) line {
	l := line{Key: k, State: k.State(f.Keys.Clock.Now()), LastDay: k.ExpiresAt.Add(-time.Second).In(v.Zone()).Format("2 January 2006")}
	for _, p := range k.Permissions {
		l.Words = append(l.Words, role.Words(p))
	}
	return l
}

type listPage struct {
	Keys []line
	Next string
}

func (f *Face) list(w http.ResponseWriter, r *http.Request) error {
	v := access.ViewerFrom(r.Context())
	keys, err := f.Keys.List(r.Context(), v.PracticeID, r.URL.Query().Get("before"), pageSize+1)
	if err != nil {
		return err
	}
	var page listPage
	for i, k := range keys {
		if i == pageSize {
			page.Next = base(v) + "?before=" + keys[i-1].ID
			break
		}
		page.Keys = append(page.Keys, f.line(v, k))
	}
	return f.UI.Page(w, r, http.StatusOK, "apikey/list", page)
}

func base(v access.Viewer) string { return "/" + v.Practice.Slug + "/security/api-keys" }

func (f *Face) find(r *http.Request) (line, error) {
	keyID, err := httpd.PathID(r, "id")
	if err != nil {
		return line{}, apikey.ErrNotFound
	}
	v := access.ViewerFrom(r.Context())
	k, err := f.Keys.Get(r.Context(), f.Keys.DB, v.PracticeID, keyID)
	return f.line(v, k), err
}

func (f *Face) show(w http.ResponseWriter, r *http.Request) error {
	one, err := f.find(r)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "apikey/show", one)
}

func (f *Face) revoke(w http.ResponseWriter, r *http.Request) error {
	one, err := f.find(r)
	if err != nil {
		return err
	}
	if err := f.Keys.Revoke(r.Context(), one.PracticeID, one.ID); err != nil {
		return err
	}
	f.UI.Notice(w, r, "The key "+one.Name+" is revoked. It works nowhere any more.")
	return httpd.Redirect(w, r, base(access.ViewerFrom(r.Context())))
}

type newPage struct {
	ui.Form
	Offered                      []role.Described
	FirstDay, UsualDay, FinalDay string
}

func (f *Face) newPage(r *http.Request, form ui.Form) newPage {
	v := access.ViewerFrom(r.Context())
	today := f.Keys.Clock.Now().In(v.Zone())
	day := func(n int) string { return today.AddDate(0, 0, n).Format(time.DateOnly) }
	page := newPage{Form: form, FirstDay: day(1), UsualDay: day(usualDays), FinalDay: day(mostDays)}
	for _, p := range apikey.Grantable(v) {
		page.Offered = append(page.Offered, role.Described{Permission: p, Words: role.Words(p)})
	}
	return page
}

func (f *Face) showNew(w http.ResponseWriter, r *http.Request) error {
	return f.UI.Page(w, r, http.StatusOK, "apikey/new", f.newPage(r, ui.Form{}))
}

type madePage struct {
	line
	Token string
}

// create answers with the key itself: it is in no address and in no store, so
// this answer is the only place where it ever stands. Sent again, the form
// meets its own name and makes no second key.
func (f *Face) create(w http.ResponseWriter, r *http.Request) error {
	form, v := ui.FormFrom(r), access.ViewerFrom(r.Context())
	ends, err := lastDay(form.Get("expires_at"), v.Zone())
	if err != nil {
		return f.UI.Page(w, r, http.StatusUnprocessableEntity, "apikey/new", f.newPage(r, form.With(err)))
	}
	in := apikey.Input{Name: form.Get("name"), ExpiresAt: ends}
	for _, p := range r.PostForm["permission"] {
		in.Permissions = append(in.Permissions, access.Permission(p))
	}
	made, token, err := f.Keys.Create(r.Context(), in)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		return f.UI.Page(w, r, http.StatusUnprocessableEntity, "apikey/new", f.newPage(r, form.With(err)))
	}
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "apikey/made", madePage{line: f.line(v, made), Token: token.Reveal()})
}

// lastDay is the end of a day as a browser sends it.
func lastDay(day string, zone *time.Location) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return t, fault.Complain("expires_at", "Choose the last day on which the key works, from tomorrow to a year from now.")
	}
	return t.AddDate(0, 0, 1), nil
}
