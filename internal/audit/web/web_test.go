package auditweb

import (
	"context"
	"encoding/json"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/ui"
	"catflap/internal/practice"
)

// people is who stands behind a session token.
type people map[string]access.Viewer

func (p people) Identify(_ context.Context, token string, _ bool) (access.Viewer, error) {
	v, ok := p[token]
	if !ok {
		return v, fault.New(fault.SignedOut, "signed-out", "You are not signed in. Sign in to go on.")
	}
	return v, nil
}

// world is the face with one practice, behind the real mux.
type world struct {
	t        *testing.T
	handler  http.Handler
	log      *audit.Log
	practice practice.Practice
	branch   practice.Branch
	maria    access.Viewer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	d := dbtest.New(t, db.SQLite)
	c := clock.NewManual(noon)
	w := &world{t: t, log: &audit.Log{DB: d, Clock: c}}
	practices := &practice.Service{DB: d, Clock: c, Audit: w.log}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		p, branches, err := practices.Create(t.Context(), tx, practice.Input{
			Slug: "happy-paws", Name: "Happy Paws", Kind: practice.Clinic, Plan: "basic", Branches: []string{"North"},
		})
		if err != nil {
			return err
		}
		w.practice, w.branch = p, branches[0]
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	staff := access.Viewer{
		Kind: access.KindStaff, AccountID: id.New(), Name: "Maria Lopez", SessionID: id.New(),
		PracticeID: w.practice.ID, Practice: w.practice.Access(), Branch: w.branch.Access(),
	}
	w.maria = staff.WithPermissions([]access.Permission{access.AuditRead})
	client := access.Viewer{
		Kind: access.KindClient, AccountID: id.New(), SessionID: id.New(), PracticeID: w.practice.ID, Practice: w.practice.Access(),
	}
	sessions := people{
		"cfs_maria": w.maria, "cfs_staff": staff, "cfs_client": client,
		"cfs_platform": {Kind: access.KindPlatform, AccountID: id.New(), SessionID: id.New(), Name: "Ada"},
	}
	log := slog.New(slog.DiscardHandler)
	u, err := ui.New(ui.Options{Clock: c, Log: log}, ui.Source{Name: "audit", FS: Files})
	if err != nil {
		t.Fatal(err)
	}
	m := httpd.New(httpd.Options{
		Log: log, Clock: c, PublicURL: &url.URL{Scheme: "http", Host: "localhost:8080"},
		Sessions: sessions, Pending: sessions, Practices: practices, ErrorPage: u.ErrorPage,
		FormMAC: func(binding string) string { return binding },
	})
	(&Face{UI: u, Log: w.log, Practices: practices, Accounts: &account.Service{DB: d, Clock: c}}).Routes(m)
	w.handler = m.Handler()
	return w
}

func (w *world) write(e audit.Entry) {
	w.t.Helper()
	ctx := access.WithOrigin(access.WithViewer(context.Background(), w.maria), access.Origin{IP: "10.0.0.7", Device: "Firefox on Windows"})
	if err := w.log.Write(ctx, e); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) get(token, target string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://localhost:8080"+target, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if !strings.HasPrefix(target, httpd.APIPrefix) && token != "" {
		r.Header.Del("Authorization")
		r.AddCookie(&http.Cookie{Name: "catflap", Value: token})
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

var tag = regexp.MustCompile(`<[^>]*>`)

// sentences are the words of the timeline, newest first.
func sentences(page string) []string {
	var all []string
	for _, li := range strings.Split(page, "<li")[1:] {
		if _, after, found := strings.Cut(li, "</time>"); found {
			_, p, _ := strings.Cut(after, "<p>")
			p, _, _ = strings.Cut(p, "</p>")
			all = append(all, html.UnescapeString(tag.ReplaceAllString(p, "")))
		}
	}
	return all
}

// TestWhoMayRead: the rule of each address.
func TestWhoMayRead(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		token, target string
		want          int
	}{
		{"", "/happy-paws/security/audit", http.StatusSeeOther},
		{"cfs_staff", "/happy-paws/security/audit", http.StatusForbidden},
		{"cfs_client", "/happy-paws/security/audit", http.StatusForbidden},
		{"cfs_platform", "/happy-paws/security/audit", http.StatusSeeOther},
		{"cfs_maria", "/happy-paws/security/audit", http.StatusOK},
		{"", "/platform/audit", http.StatusSeeOther},
		{"cfs_maria", "/platform/audit", http.StatusForbidden},
		{"cfs_platform", "/platform/audit", http.StatusOK},
		{"", "/api/v1/audit", http.StatusUnauthorized},
		{"cfs_staff", "/api/v1/audit", http.StatusForbidden},
		{"cfs_client", "/api/v1/audit", http.StatusForbidden},
		{"cfs_maria", "/api/v1/audit", http.StatusOK},
		{"cfs_platform", "/api/v1/audit", http.StatusOK},
	} {
		if got := w.get(c.token, c.target).Code; got != c.want {
			t.Errorf("%q at %s: %d, want %d", c.token, c.target, got, c.want)
		}
	}
}

func TestTimeline(t *testing.T) {
	w := newWorld(t)
	ken := id.New()
	w.write(audit.Entry{Action: audit.TemporaryShown, AccountID: ken, AccountName: "Ken <b>Ito</b>"})
	for range 3 {
		w.write(audit.Entry{Action: audit.SignInRefused, Outcome: audit.Refused, Cause: "wrong-password", AccountID: ken, AccountName: "Ken", FloodKey: "k"})
	}
	w.write(audit.Entry{Action: audit.PlatformCreated, OnPlatform: true, AccountName: "Ada"})
	w.write(audit.Entry{Action: audit.BranchCreated, PracticeID: id.New(), Target: audit.Target{Name: "Elsewhere"}})
	shown := "Maria Lopez showed the temporary password of Ken <b>Ito</b>, branch North, from 10.0.0.7."
	refused := "A sign-in of Ken was refused, branch North, from 10.0.0.7. The password was wrong. And 2 more times until 12:00 UTC."

	page := "/happy-paws/security/audit"
	for _, c := range []struct {
		query string
		want  []string
	}{
		{"?person=" + ken, []string{refused, shown}},
		{"?person=" + ken + "&outcome=refused", []string{refused}},
		{"?subject=temporary_password", []string{shown}},
		{"?text=ITO", []string{shown}},
		{"?subject=sign_in&branch=" + w.branch.ID + "&from=2026-03-01&to=2026-03-01", []string{refused}},
		{"?subject=sign_in&to=2026-02-28", nil},
	} {
		rec := w.get("cfs_maria", page+c.query)
		body := rec.Body.String()
		if got := sentences(body); rec.Code != http.StatusOK || strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%s: %d %q, want %q", c.query, rec.Code, got, c.want)
		}
		if c.want == nil && !strings.Contains(body, "Nothing matches") {
			t.Errorf("%s: no word about the empty list", c.query)
		}
	}
	all := w.get("cfs_maria", page).Body.String()
	if strings.Contains(all, "Elsewhere") || strings.Contains(all, "platform administrator") {
		t.Error("entries of others are shown")
	}
	for _, part := range []string{
		"sign_in.refused", "wrong-password", w.maria.SessionID, "Firefox on Windows", `class="stop"`, "Refused", `?person=` + ken,
	} {
		if !strings.Contains(all, part) {
			t.Errorf("the page does not have %q", part)
		}
	}
	if !strings.Contains(all, `value="pet_parent"`) || strings.Contains(all, `value="setup"`) {
		t.Error("a practice is offered the wrong subjects")
	}
	platform := w.get("cfs_platform", "/platform/audit").Body.String()
	if strings.Contains(platform, `value="pet_parent"`) || !strings.Contains(platform, `value="setup"`) {
		t.Error("the platform is offered the wrong subjects")
	}
	if got := sentences(platform); len(got) != 2 || !strings.Contains(got[0], "made Ada a platform administrator") ||
		!strings.Contains(got[1], "opened the practice Happy Paws") {
		t.Errorf("the platform's record: %q", got)
	}
}

// TestBadFilters: the page comes back with what was typed and what is wrong.
func TestBadFilters(t *testing.T) {
	w := newWorld(t)
	for query, want := range map[string]string{
		"from=1.3.2026":                    "year-month-day",
		"from=2026-03-02&to=2026-03-01":    "not before the first",
		"subject=moon":                     "one of the subjects",
		"outcome=maybe":                    "done or refused",
		"branch=north":                     "one of the branches",
		"person=ken":                       "nobody&#39;s id",
		"before=1":                         "no place in the list",
		"text=" + strings.Repeat("a", 201): "at most 200",
	} {
		rec := w.get("cfs_maria", "/happy-paws/security/audit?"+query)
		if rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%s: %d, without %q", query, rec.Code, want)
		}
	}
	if rec := w.get("cfs_maria", "/api/v1/audit?subject=moon&color=red"); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("the API takes what it does not know: %d", rec.Code)
	}
}

var more = regexp.MustCompile(`<p class="pager"><a class="button" href="([^"]*)"`)

// TestLoadMore: the pages follow each other with their filters, nothing twice.
func TestLoadMore(t *testing.T) {
	w := newWorld(t)
	for i := range 2*pageSize + 5 {
		w.write(audit.Entry{Action: audit.StaffInvited, AccountName: "Person " + string(rune('A'+i%26)), AccountID: id.New()})
	}
	target, seen, pages := "/happy-paws/security/audit?subject=staff&text=person&branch=", 0, 0
	for target != "" {
		body := w.get("cfs_maria", target).Body.String()
		seen += len(sentences(body))
		if back := strings.Contains(body, "Back to the newest"); back != (pages > 0) {
			t.Errorf("page %d: the way back to the newest is there: %t", pages, back)
		}
		pages++
		target = ""
		if m := more.FindStringSubmatch(body); m != nil {
			target = html.UnescapeString(m[1])
			if !strings.Contains(target, "subject=staff") || !strings.Contains(target, "text=person") {
				t.Fatalf("the filters are lost: %s", target)
			}
		}
	}
	if seen != 2*pageSize+5 || pages != 3 {
		t.Errorf("%d lines on %d pages", seen, pages)
	}

	type answer struct {
		Items []lineBody `json:"items"`
		Next  string     `json:"next"`
	}
	ids := map[string]bool{}
	for cursor := ""; ; {
		rec := w.get("cfs_maria", "/api/v1/audit?subject=staff&limit=40&cursor="+cursor)
		var a answer
		if err := json.Unmarshal(rec.Body.Bytes(), &a); err != nil || rec.Code != http.StatusOK {
			t.Fatalf("%d %s: %v", rec.Code, rec.Body, err)
		}
		for _, item := range a.Items {
			ids[item.ID] = true
			if !strings.HasPrefix(item.Sentence, "Maria Lopez invited Person ") || item.Actor.ID != w.maria.AccountID || item.Branch.Name != "North" {
				t.Fatalf("%+v", item)
			}
		}
		if cursor = a.Next; cursor == "" {
			break
		}
	}
	if len(ids) != 2*pageSize+5 {
		t.Errorf("%d lines through the API", len(ids))
	}
}
