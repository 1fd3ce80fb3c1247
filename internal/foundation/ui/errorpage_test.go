package ui

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
)

func TestErrorPage(t *testing.T) {
	u := newUI(t)
	for name, c := range map[string]struct {
		kind    access.Kind
		method  string
		path    string
		referer string
		err     *fault.Error
		way     string   // the address of the one link
		words   []string // what else must be said
	}{
		"not found, nobody":  {"", "GET", "/lakeside/x", "", fault.New(fault.NotFound, "no-page", hostile), "/lakeside/login", []string{"There is no page here"}},
		"not found, staff":   {access.KindStaff, "GET", "/lakeside/x", "", fault.New(fault.NotFound, "no-page", "m"), "/lakeside/", nil},
		"forbidden":          {access.KindStaff, "GET", "/lakeside/staff", "", fault.New(fault.Forbidden, "not-allowed", "m"), "/lakeside/", []string{"not open to you"}},
		"role lacks it":      {access.KindStaff, "GET", "/lakeside/staff", "", fault.New(fault.Forbidden, "permission-missing", "m"), "/lakeside/missing", []string{"Missing something?"}},
		"switched off":       {access.KindStaff, "GET", "/lakeside/staff", "", fault.New(fault.Forbidden, "feature-off", "m"), "/lakeside/missing", nil},
		"client":             {access.KindClient, "GET", "/lakeside/staff", "", fault.New(fault.Forbidden, "feature-off", "m"), "/lakeside/", nil},
		"stale form":         {access.KindStaff, "POST", "/lakeside/staff", "http://example.com/lakeside/staff?q=1", fault.New(fault.Forbidden, "form-expired", "m"), "/lakeside/staff?q=1", []string{"out of date"}},
		"foreign referer":    {access.KindStaff, "POST", "/lakeside/staff", "http://evil.example/x", fault.New(fault.Invalid, "unreadable-form", "m"), "/lakeside/", nil},
		"link":               {"", "GET", "/lakeside/activate", "", fault.New(fault.Gone, "link-used", "Ask the practice for a new one."), "/lakeside/login", []string{"no longer works", "Ask the practice for a new one."}},
		"done elsewhere":     {"", "POST", "/lakeside/login/new-password", "http://example.com/lakeside/login/new-password", fault.New(fault.Conflict, "first-sign-in-done", "m"), "/lakeside/login", []string{"The first sign-in is done", "Go to sign-in"}},
		"done, at the desk":  {access.KindStaff, "POST", "/lakeside/x", "http://example.com/lakeside/y", fault.New(fault.Conflict, "first-sign-in-done", "m"), "/lakeside/y", nil},
		"too many":           {"", "POST", "/lakeside/login", "http://example.com/lakeside/login", fault.New(fault.TooMany, "too-many", "m").After(61 * time.Second), "/lakeside/login", []string{"Try again in 61 seconds."}},
		"busy":               {"", "GET", "/lakeside/login", "", fault.New(fault.Busy, "too-busy", "m").After(150 * time.Second), "/lakeside/login", []string{"Try again in 3 minutes."}},
		"idle":               {"", "GET", "/lakeside/staff?q=1", "", fault.New(fault.SignedOut, "session-idle", "m"), "/lakeside/login?return=%2Flakeside%2Fstaff%3Fq%3D1", []string{"signed out after a pause"}},
		"platform":           {access.KindPlatform, "GET", "/platform/x", "", fault.New(fault.NotFound, "no-page", "m"), "/platform/", nil},
		"another host":       {"", "GET", "//evil.example/x", "", fault.New(fault.Busy, "too-busy", "m"), "/lakeside/login", nil},
		"internal":           {access.KindStaff, "GET", "/lakeside/staff", "", fault.From(http.ErrAbortHandler), "/lakeside/", []string{"request-7"}},
		"no error after all": {"", "GET", "/lakeside/x", "", nil, "/lakeside/login", []string{"request-7"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(c.kind, "/lakeside/")
			r.Method = c.method
			r.URL.Path, r.URL.RawQuery, _ = strings.Cut(c.path, "?")
			r.Header.Set("Referer", c.referer)
			r = r.WithContext(access.WithOrigin(r.Context(), access.Origin{RequestID: "request-7"}))
			w := httptest.NewRecorder()
			if err := u.ErrorPage(w, r, http.StatusTeapot, c.err); err != nil {
				t.Fatal(err)
			}
			page := w.Body.String()
			all := checkMarkup(t, page)
			ways := find(all, "a", "class", "button primary")
			if len(ways) != 1 || ways[0].attrs["href"] != c.way {
				t.Errorf("the way on is %v, want %s", ways, c.way)
			}
			for _, words := range c.words {
				if !strings.Contains(page, words) {
					t.Errorf("it does not say %q", words)
				}
			}
			if w.Code != http.StatusTeapot || strings.Contains(page, "<script>") || strings.Contains(page, "abort Handler") {
				t.Errorf("status %d, or words that must not be shown", w.Code)
			}
			if !strings.Contains(strings.Join(c.words, ""), "request-7") && strings.Contains(page, "request-7") {
				t.Error("the reference is for defects only")
			}
		})
	}
}

// TestErrorTitles: each kind has its own heading in the catalogue.
func TestErrorTitles(t *testing.T) {
	u := newUI(t)
	for kind := fault.Internal; kind <= fault.Busy; kind++ {
		name := errorTitles[kind]
		if name == "" {
			name = "internal"
		}
		if (name == "internal") != (kind == fault.Internal) || !u.texts.knows("ui.error."+name) {
			t.Errorf("kind %d has no heading", kind)
		}
	}
}

// nobody is asked for by the mux and never found.
type nobody struct{}

func (nobody) Identify(context.Context, string, bool) (access.Viewer, error) {
	return access.Viewer{}, fault.New(fault.SignedOut, "signed-out", "Nobody is here.")
}

func (nobody) FindBySlug(context.Context, string) (access.Practice, error) {
	return access.Practice{}, fault.New(fault.NotFound, "practice-not-found", "There is no practice.")
}

func TestNotice(t *testing.T) {
	u := newUI(t, gallery())
	for scheme, secure := range map[string]bool{"http": false, "https": true} {
		m := httpd.New(httpd.Options{
			Log: slog.New(slog.DiscardHandler), Clock: clock.System{}, PublicURL: &url.URL{Scheme: scheme, Host: "localhost"},
			Sessions: nobody{}, Pending: nobody{}, Practices: nobody{}, FormMAC: func(string) string { return "" },
		})
		public := access.Rule{Audience: access.Public}
		m.Handle("GET /platform/say", public, func(w http.ResponseWriter, r *http.Request) error {
			u.Notice(w, r, "Branch saved. "+hostile+strings.Repeat("é", 500))
			return nil
		})
		m.Handle("GET /platform/show", public, func(w http.ResponseWriter, r *http.Request) error {
			return u.Page(w, r, http.StatusOK, "gallery/signin", galleryOf(u, Form{}))
		})
		get := func(path string, cookie *http.Cookie) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			if cookie != nil {
				r.AddCookie(cookie)
			}
			w := httptest.NewRecorder()
			m.Handler().ServeHTTP(w, r)
			return w
		}
		cookie := get("/platform/say", nil).Result().Cookies()[0]
		if !cookie.HttpOnly || cookie.Secure != secure || strings.HasPrefix(cookie.Name, "__Host-") != secure || len(cookie.Value) > 1000 {
			t.Errorf("cookie %v", cookie)
		}
		w := get("/platform/show", cookie)
		checkMarkup(t, w.Body.String())
		if !strings.Contains(w.Body.String(), "Branch saved. &#34;&#39;&gt;") {
			t.Error("the notice is not on the page")
		}
		if left := w.Result().Cookies(); len(left) != 1 || left[0].MaxAge >= 0 {
			t.Errorf("the notice stays: %v", left)
		}
		broken := &http.Cookie{Name: cookie.Name, Value: "%%%"}
		if w := get("/platform/show", broken); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "Branch saved") {
			t.Errorf("a broken cookie says %d", w.Code)
		}
	}
	r := request("", "/lakeside/login")
	r.AddCookie(&http.Cookie{Name: noticeCookie, Value: "%%%"})
	if got := u.takeNotice(httptest.NewRecorder(), r); got != "" {
		t.Errorf("a broken cookie says %q", got)
	}
}
