package ui

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/clock"
)

const onePage = `{{define "title"}}x{{end}}{{define "content"}}<h1>x</h1><p>{{datetime . .Data}} | {{date .Data}} | {{template "time" (ago . .Data)}}</p>{{end}}`

func framedUI(t *testing.T) *UI {
	t.Helper()
	u, err := New(Options{
		Clock: clock.NewManual(noon),
		Frame: func(context.Context, access.Viewer) (Frame, error) {
			return Frame{
				Branches: []Choice{{Value: "south", Label: "South " + hostile, Hue: 1}},
				Notices:  []Standing{{Tone: "careful", Title: "Held", Text: "Mail waits " + hostile}},
			}, nil
		},
		Arrival: func(context.Context, access.Viewer) (Arrival, error) {
			return Arrival{Before: noon.Add(-time.Hour), On: hostile, Failed: 2}, nil
		},
	}, Source{Name: "x", FS: fstest.MapFS{"page.html": {Data: []byte(onePage)}}})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// seat is a request in a session of the practice that the page belongs to.
func seat(kind access.Kind, change func(*access.Viewer)) *http.Request {
	v := viewer(kind)
	v.Practice = access.Practice{ID: "p", Slug: "lakeside", Name: "Lakeside"}
	v.PracticeID, v.IdleAt, v.ExpiresAt = "p", noon.Add(15*time.Minute), noon.Add(5*time.Hour)
	change(&v)
	r := request("", "/lakeside/staff?q=%22%3E")
	return r.WithContext(access.WithViewer(r.Context(), v))
}

func TestFrameOfASession(t *testing.T) {
	u := framedUI(t)
	page := render(t, u, seat(access.KindStaff, func(v *access.Viewer) { v.SharedDevice, v.OffNetwork = true, true }), "x/page", noon)
	all := checkMarkup(t, page)
	if strings.Contains(page, "<script>") || strings.Contains(page, "<b onclick") {
		t.Error("something hostile came through")
	}
	about := find(all, "div", "id", "session")
	if len(about) != 1 || about[0].attrs["data-idle"] != "900" || about[0].attrs["data-end"] != "18000" || about[0].attrs["data-state"] != "/lakeside/account/state" {
		t.Errorf("the scripts learn %v", about)
	}
	for _, action := range []string{"/lakeside/account/lock", "/lakeside/account/branch", "/lakeside/account/switch-user", "/lakeside/account/stay", "/lakeside/account/unlock"} {
		if len(find(all, "form", "action", action)) == 0 {
			t.Errorf("no form for %s", action)
		}
	}
	for _, want := range []string{"from outside its own networks", "Mail waits", "Switch branch"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	client := render(t, u, seat(access.KindClient, func(*access.Viewer) {}), "x/page", noon)
	checkMarkup(t, client)
	if strings.Contains(client, "/account/lock") || !strings.Contains(client, "/account/stay") {
		t.Error("pet parents are warned, and lock nothing")
	}
	elsewhere := render(t, u, seat(access.KindStaff, func(v *access.Viewer) { v.PracticeID = "q" }), "x/page", noon)
	if strings.Contains(elsewhere, `id="session"`) {
		t.Error("a page of another practice asks about this session")
	}
}

// TestArrivedOnce: the panel is for one page of one session.
func TestArrivedOnce(t *testing.T) {
	u := framedUI(t)
	w := httptest.NewRecorder()
	u.Arrived(w, seat(access.KindStaff, func(*access.Viewer) {}), "s")
	cookie := w.Result().Cookies()[0]
	open := func(session string) (page, set string) {
		r := seat(access.KindStaff, func(v *access.Viewer) { v.SessionID = session })
		r.AddCookie(cookie)
		w := httptest.NewRecorder()
		if err := u.Page(w, r, http.StatusOK, "x/page", noon); err != nil {
			t.Fatal(err)
		}
		checkMarkup(t, w.Body.String())
		return w.Body.String(), w.Header().Get("Set-Cookie")
	}
	if page, set := open("s"); !strings.Contains(page, `id="arrival"`) || !strings.Contains(page, "2 wrong tries") || !strings.Contains(set, "Max-Age=0") {
		t.Errorf("its own session: %s", set)
	}
	if page, set := open("another"); strings.Contains(page, `id="arrival"`) || !strings.Contains(set, "Max-Age=0") {
		t.Errorf("another session: %s", set)
	}
}

// TestTimesOfTheBranch: times are told where the viewer works.
func TestTimesOfTheBranch(t *testing.T) {
	u := framedUI(t)
	zone := time.FixedZone("AEDT", 11*3600)
	late := time.Date(2026, 11, 1, 14, 30, 0, 0, time.UTC)
	page := render(t, u, seat(access.KindStaff, func(v *access.Viewer) { v.Branch.Zone = zone }), "x/page", late)
	for _, want := range []string{
		"2 November 2026, 01:30 AEDT | 1 November 2026 |",
		`<time datetime="2026-11-01T14:30:00Z" title="2 November 2026, 01:30 AEDT">2 November 2026<span`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, bad := range [][]any{{}, {1}, {late, late}, {View{}, 1}} {
		if _, err := datetime(bad...); err == nil {
			t.Errorf("%v is told as a time", bad)
		}
	}
}
