package httpd

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"catflap/internal/access"
)

func TestGuard(t *testing.T) {
	k := newKit(t, "https://flap.example")
	const in = "in" // the handler was reached
	for _, row := range []struct {
		name     string
		ask      ask
		status   int
		location string
		body     string // part of it
		refused  string
	}{
		{"public, nobody", ask{target: "/north/login"}, 200, "", in, ""},
		{"public, slug typed by a phone", ask{target: "/North/login"}, 200, "", in, ""},
		{"unknown practice", ask{target: "/nowhere/login"}, 404, "", "no practice at this address", ""},
		{"junk for a practice", ask{target: "/%00%27/login"}, 404, "", "no practice at this address", ""},
		{"signed out", ask{target: "/north/staff?page=2"}, 303, "/north/login?return=%2Fnorth%2Fstaff%3Fpage%3D2", "", ""},
		{"idle", ask{target: "/north/staff", cookie: "cfs_idle"}, 303, "/north/login?return=%2Fnorth%2Fstaff&why=session-idle", "", ""},
		{"ended", ask{target: "/north/staff", cookie: "cfs_unknown"}, 303, "/north/login?return=%2Fnorth%2Fstaff&why=session-ended", "", ""},
		{"session cookie with something else in it", ask{target: "/north/staff", header: map[string]string{"Cookie": "__Host-catflap=cfp_pending"}},
			303, "/north/login?return=%2Fnorth%2Fstaff", "", ""},
		{"signed out on the platform", ask{target: "/platform/"}, 303, "/platform/login?return=%2Fplatform%2F", "", ""},
		{"staff", ask{target: "/north/staff", cookie: "cfs_staff"}, 200, "", in, ""},
		{"staff by bearer", ask{target: "/north/staff", header: map[string]string{"Authorization": "Bearer cfs_staff"}}, 200, "", in, ""},
		{"bearer wins over the cookie", ask{target: "/north/staff", cookie: "cfs_staff", header: map[string]string{"Authorization": "bearer x"}},
			303, "/north/login?return=%2Fnorth%2Fstaff&why=signed-out", "", ""},
		{"another scheme belongs to a proxy", ask{target: "/north/staff", cookie: "cfs_staff", header: map[string]string{"Authorization": "Basic eDp5"}}, 200, "", in, ""},
		{"HEAD", ask{method: "HEAD", target: "/north/staff", cookie: "cfs_staff"}, 200, "", "", ""},
		{"client on a staff page", ask{target: "/north/staff", cookie: "cfs_client"}, 403, "", "not meant for your kind", "a-client GET /{practice}/staff"},
		{"staff on the platform", ask{target: "/platform/", cookie: "cfs_staff"}, 403, "", "not meant for your kind", "a-staff GET /platform/{$}"},
		{"platform", ask{target: "/platform/", cookie: "cfs_platform"}, 200, "", in, ""},
		{"platform in a practice", ask{target: "/north/staff", cookie: "cfs_platform"}, 303, "/north/login?return=%2Fnorth%2Fstaff&why=other-practice", "", ""},
		{"staff of another practice", ask{target: "/north/staff", cookie: "cfs_south"}, 303, "/north/login?return=%2Fnorth%2Fstaff&why=other-practice", "", ""},
		{"pending", ask{target: "/north/sign-in/code", cookie: "cfp_pending"}, 200, "", in, ""},
		{"pending beside a former session", ask{target: "/north/sign-in/code", cookie: "cfs_client cfp_pending"}, 200, "", in, ""},
		{"pending on a page for the signed in", ask{target: "/north/staff", cookie: "cfp_pending"}, 303, "/north/login?return=%2Fnorth%2Fstaff&why=sign-in-unfinished", "", ""},
		{"pending on the platform", ask{target: "/platform/", cookie: "cfp_pending"}, 303, "/platform/login?return=%2Fplatform%2F&why=sign-in-unfinished", "", ""},
		{"signed in on a pending page", ask{target: "/north/sign-in/code", cookie: "cfs_staff"}, 303, "/north/", "", ""},
		{"without the permission", ask{target: "/north/branches", cookie: "cfs_staff"}, 403, "", "Ask an administrator", "a-staff GET /{practice}/branches"},
		{"with the permission", ask{target: "/north/branches", cookie: "cfs_admin"}, 200, "", in, ""},
		{"step-up owed", ask{target: "/north/secret?x=1", cookie: "cfs_stale"}, 303, "/north/account/confirm?return=%2Fnorth%2Fsecret%3Fx%3D1", "", ""},
		{"step-up done", ask{target: "/north/secret", cookie: "cfs_admin"}, 200, "", in, ""},
		{"step-up owed by a form", ask{method: "POST", target: "/north/branches", cookie: "cfs_stale", body: "x=1",
			header: map[string]string{"Referer": "https://flap.example/north/branches/new?a=1"}},
			303, "/north/account/confirm?again=yes&return=%2Fnorth%2Fbranches%2Fnew%3Fa%3D1", "", ""},
		{"step-up on the platform", ask{method: "POST", target: "/platform/practices", cookie: "cfs_platform", body: "x=1"}, 303, "/platform/account/confirm?again=yes", "", ""},
		{"signed out by a form", ask{method: "POST", target: "/north/note", body: "x=1", header: map[string]string{"Referer": "https://flap.example/north/note"}},
			303, "/north/login?return=%2Fnorth%2Fnote", "", ""},
		{"signed out by a form from who knows where", ask{method: "POST", target: "/north/note", body: "x=1", header: map[string]string{"Referer": "https://evil.example/north/note"}},
			303, "/north/login", "", ""},
		{"page asked for as JSON", ask{target: "/north/staff", header: map[string]string{"Accept": "application/json"}}, 401, "", "urn:catflap:problem:signed-out", ""},
		{"database gone", ask{target: "/north/staff", cookie: "cfs_broken"}, 500, "", "Something went wrong", ""},
		{"database gone, public page", ask{target: "/north/login", cookie: "cfs_broken"}, 200, "", in, ""},
		{"trailing slash", ask{target: "/north?a=b"}, 307, "/north/?a=b", "", ""},
		{"trailing slash, reserved", ask{target: "/platform"}, 307, "/platform/", "", ""},
		{"unknown page", ask{target: "/north/nothing"}, 404, "", "no page at this address", ""},
		{"unknown page, reserved", ask{target: "/metrics/x"}, 404, "", "no page at this address", ""},
		{"wrong method", ask{method: "POST", target: "/north/staff", cookie: "cfs_staff"}, 405, "", "does not take that kind", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			k.reached, k.refused = 0, nil
			w := k.do(row.ask)
			if w.Code != row.status || w.Header().Get("Location") != row.location {
				t.Errorf("got %d to %q, want %d to %q", w.Code, w.Header().Get("Location"), row.status, row.location)
			}
			if !strings.Contains(w.Body.String(), row.body) {
				t.Errorf("body %q lacks %q", w.Body, row.body)
			}
			if reached := row.status == http.StatusOK; reached != (k.reached == 1) {
				t.Errorf("handler ran %d times", k.reached)
			}
			if got := strings.Join(k.refused, ", "); got != row.refused {
				t.Errorf("told of refusals %q, want %q", got, row.refused)
			}
		})
	}
}

func TestWhatTheHandlerSees(t *testing.T) {
	k := newKit(t, "https://flap.example")
	k.do(ask{target: "/north/login", cookie: "cfs_staff", header: map[string]string{
		"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
	}})
	ctx := k.seen.Context()
	if v := access.ViewerFrom(ctx); v.AccountID != "a-staff" {
		t.Errorf("a public page does not see the viewer: %+v", v)
	}
	if p := access.PracticeFrom(ctx); p.ID != "p-north" {
		t.Errorf("practice %+v", p)
	}
	o := access.OriginFrom(ctx)
	if o.IP != "192.0.2.1" || o.Device != "Firefox on Windows" || o.RequestID == "" {
		t.Errorf("origin %+v", o)
	}
	if FormValue(ctx) == "" || FormValue(ctx) == k.formValue(k.people.viewers["cfs_admin"]) {
		t.Error("the form value is not the session's own")
	}
}

func TestIdleClock(t *testing.T) {
	k := newKit(t, "https://flap.example")
	for target, passive := range map[string]bool{
		"/north/staff": false, "/north/poll": true, "/north/login": true, "/north/nothing": true,
	} {
		delete(k.people.passive, "cfs_staff")
		k.do(ask{target: target, cookie: "cfs_staff"})
		if got, looked := k.people.passive["cfs_staff"]; !looked || got != passive {
			t.Errorf("%s: looked %v, passive %v, want %v", target, looked, got, passive)
		}
	}
	delete(k.people.passive, "cfs_staff")
	k.do(ask{target: "/healthz", cookie: "cfs_staff"})
	if _, looked := k.people.passive["cfs_staff"]; looked {
		t.Error("a probe asks who it is")
	}
}

func TestDeadCookieIsCleared(t *testing.T) {
	for public, name := range map[string]string{
		"https://flap.example": "__Host-catflap", "http://localhost:8080": "catflap",
	} {
		k := newKit(t, public)
		for _, target := range []string{"/north/staff", "/north/login"} {
			w := k.do(ask{target: target, cookie: "cfs_idle"})
			cookies := w.Result().Cookies()
			if len(cookies) != 1 || cookies[0].Name != name || cookies[0].MaxAge >= 0 {
				t.Errorf("%s%s: cookies %v", public, target, cookies)
			}
		}
		if c := k.do(ask{target: "/north/staff", cookie: "cfs_staff"}).Result().Cookies(); len(c) > 0 {
			t.Errorf("a living session lost its cookie: %v", c)
		}
		if c := k.do(ask{target: "/north/staff", cookie: "cfs_broken"}).Result().Cookies(); len(c) > 0 {
			t.Errorf("a broken database ends the session in the browser: %v", c)
		}
	}
}

func TestFragmentsLeadTheWholePage(t *testing.T) {
	k := newKit(t, "https://flap.example")
	w := k.do(ask{target: "/north/poll", cookie: "cfs_idle", header: map[string]string{
		"HX-Request": "true", "Referer": "https://flap.example/north/staff",
	}})
	want := "/north/login?return=%2Fnorth%2Fstaff&why=session-idle"
	if w.Code != 401 || w.Header().Get("HX-Redirect") != want || w.Header().Get("Location") != "" {
		t.Errorf("got %d, %v", w.Code, w.Header())
	}
}

func TestRoutesNeedARule(t *testing.T) {
	k := newKit(t, "https://flap.example")
	nothing := func(http.ResponseWriter, *http.Request) error { return nil }
	for name, f := range map[string]func(){
		"no audience": func() { k.Handle("GET /{practice}/x", access.Rule{StepUp: true}, nothing) },
		"no method":   func() { k.Handle("/{practice}/x", access.Rule{Audience: access.Staff}, nothing) },
		"public and more": func() {
			k.Handle("GET /{practice}/x", access.Rule{Audience: access.Public, Permission: access.BranchWrite}, nothing)
		},
		"only a second permission": func() {
			k.Handle("GET /{practice}/x", access.Rule{Audience: access.Staff, Or: access.BranchWrite}, nothing)
		},
		"no parts": func() { New(Options{}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			f()
		}()
	}
	if !slices.ContainsFunc(k.Routes(), func(r Route) bool {
		return r.Pattern == "POST /{practice}/branches" && r.Rule.StepUp && !r.API
	}) {
		t.Error("the routes are not listed with their rules")
	}
}

func TestReservedSegments(t *testing.T) {
	k := newKit(t, "https://flap.example", func(o *Options) {
		all := practices{}
		for _, s := range Reserved() {
			all[s] = access.Practice{ID: s, Slug: s}
		}
		o.Practices = all
	})
	for _, s := range Reserved() {
		if w := k.do(ask{target: "/" + s + "/forgot-password"}); w.Code != 404 {
			t.Errorf("/%s is a practice: %d", s, w.Code)
		}
	}
	if w := k.do(ask{target: "/static%2Flogin/login"}); w.Code != 404 {
		t.Errorf("an escaped slash is part of a slug: %d", w.Code)
	}
}

// TestAsking: what only asks is answered like the form itself, and nothing is done.
func TestAsking(t *testing.T) {
	k := newKit(t, "https://flap.example")
	for _, row := range []struct {
		cookie, target string
		want           int
	}{
		{"cfs_staff", "/north/note", 204}, {"cfs_stale", "/north/branches", 403}, {"cfs_admin", "/north/branches", 204},
		{"cfs_staff", "/north/branches", 403}, {"", "/north/note", 401},
	} {
		w := k.do(ask{method: "POST", target: row.target, cookie: row.cookie, header: map[string]string{
			AskHeader: "yes", "Accept": "application/json", FormHeader: k.formValue(k.people.viewers[row.cookie]),
		}})
		if w.Code != row.want || k.reached != 0 {
			t.Errorf("%s %s: %d, handler ran %d times: %s", row.cookie, row.target, w.Code, k.reached, w.Body)
		}
	}
	if w := k.do(ask{method: "POST", target: "/north/note", cookie: "cfs_staff", header: map[string]string{AskHeader: "yes", "Accept": "application/json"}}); w.Code != 403 {
		t.Errorf("without the form's value: %d", w.Code)
	}
}
