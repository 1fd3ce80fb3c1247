package httpd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
)

func TestHeaders(t *testing.T) {
	k := newKit(t, "https://flap.example")
	k.Static("/static/", fstest.MapFS{"app.css": {Data: []byte("a{}")}, "fonts/x.woff2": {Data: []byte("wOF2")}})
	for _, target := range []string{"/north/login", "/north/nothing", "/north/panic", "/static/app.css", "/static/none.css", "/api/v1/none", "/healthz"} {
		h := k.do(ask{target: target}).Header()
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: CSP %q", target, csp)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", target, name, h.Get(name))
			}
		}
		wantCache := "no-store"
		if target == "/static/app.css" {
			wantCache = "public, max-age=31536000, immutable"
		}
		if got := h.Get("Cache-Control"); got != wantCache {
			t.Errorf("%s: Cache-Control %q", target, got)
		}
		if h.Get("X-Request-Id") == "" {
			t.Errorf("%s: no request id", target)
		}
	}
	for target, want := range map[string]int{"/static/": 404, "/static/fonts": 404, "/static/..%2fapp.css": 404, "/static/fonts/x.woff2": 200} {
		if w := k.do(ask{target: target}); w.Code != want {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
	if h := newKit(t, "http://localhost:8080").do(ask{target: "/north/login"}).Header(); h.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS on plain http")
	}
}

func TestPanic(t *testing.T) {
	k := newKit(t, "https://flap.example")
	w := k.do(ask{target: "/north/panic"})
	if w.Code != 500 || w.Header().Get("X-Request-Id") == "" || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if log := k.log.String(); !strings.Contains(log, `"stack"`) || !strings.Contains(log, w.Header().Get("X-Request-Id")) {
		t.Errorf("log: %s", log)
	}
	worse := newKit(t, "https://flap.example", func(o *Options) {
		o.ErrorPage = func(http.ResponseWriter, *http.Request, int, *fault.Error) error { panic("page") }
	})
	if w := worse.do(ask{target: "/north/panic"}); w.Code != 500 || !strings.Contains(w.Body.String(), "Something went wrong") {
		t.Errorf("broken error page: %d %q", w.Code, w.Body)
	}
	worse = newKit(t, "https://flap.example", func(o *Options) {
		o.ErrorPage = func(http.ResponseWriter, *http.Request, int, *fault.Error) error { return errors.New("page") }
	})
	if w := worse.do(ask{target: "/north/nothing"}); w.Code != 404 || !strings.Contains(w.Body.String(), "no page") {
		t.Errorf("failing error page: %d %q", w.Code, w.Body)
	}
}

func TestKindsOfFault(t *testing.T) {
	k := newKit(t, "https://flap.example")
	var answer error
	k.Handle("GET /{practice}/answer", access.Rule{Audience: access.Public}, func(http.ResponseWriter, *http.Request) error { return answer })
	for kind, want := range map[fault.Kind]int{
		fault.Internal: 500, fault.Invalid: 422, fault.SignedOut: 401, fault.Refused: 401, fault.Forbidden: 403,
		fault.StepUp: 403, fault.NotFound: 404, fault.Conflict: 409, fault.Gone: 410, fault.TooLarge: 413,
		fault.TooMany: 429, fault.Busy: 503,
	} {
		answer = fmt.Errorf("wrapped: %w", fault.New(kind, "some-code", "Do this.").After(1500*time.Millisecond).Because(errors.New("hidden")))
		for accept, isProblem := range map[string]bool{"text/html,*/*": false, "application/json": true} {
			w := k.do(ask{target: "/north/answer", header: map[string]string{"Accept": accept}})
			if w.Code != want || w.Header().Get("Retry-After") != "2" || strings.Contains(w.Body.String(), "hidden") {
				t.Errorf("kind %d: %d %v %s", kind, w.Code, w.Header(), w.Body)
			}
			if (w.Header().Get("WWW-Authenticate") != "") != (want == 401) {
				t.Errorf("kind %d: WWW-Authenticate %q", kind, w.Header().Get("WWW-Authenticate"))
			}
			if isProblem {
				if p := problemOf(t, w); p.Type != problemType+"some-code" || p.Title != "Some code" || p.Detail != "Do this." {
					t.Errorf("%+v", p)
				}
			} else if !strings.Contains(w.Body.String(), "<h1>Do this.</h1>") {
				t.Errorf("kind %d: no page: %s", kind, w.Body)
			}
		}
	}
	answer = fault.New(fault.Busy, "too-busy", "Wait.")
	if w := k.do(ask{target: "/north/answer"}); w.Header().Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
	w := k.do(ask{target: "/north/broken"})
	if w.Code != 500 || w.Header().Get("Content-Disposition") != "" || strings.Contains(w.Body.String(), "inside") {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if !strings.Contains(k.log.String(), "the cause stays inside") {
		t.Error("the cause is not in the log")
	}
}

func TestLogKeepsSecretsOut(t *testing.T) {
	k := newKit(t, "https://flap.example")
	k.do(ask{method: "POST", target: "/north/note?token=hush", cookie: "cfs_staff", body: k.form("cfs_staff", "password", "hush"),
		header: map[string]string{"Referer": "https://flap.example/hush", "User-Agent": "hush"}})
	k.do(ask{target: "/north/hush", header: map[string]string{"Authorization": "Bearer hush"}})
	k.do(ask{target: "/north/staff?hush=1", cookie: "cfs_hush"})
	log := k.log.String()
	for _, secret := range []string{"hush", "cfs_", k.formValue(k.people.viewers["cfs_staff"])} {
		if strings.Contains(log, secret) {
			t.Errorf("%q is in the log:\n%s", secret, log)
		}
	}
	for _, want := range []string{`"route":"POST /{practice}/note"`, `"status":200`, `"account_id":"a-staff"`, `"ip":"192.0.2.1"`, `"method":"POST"`, `"request_id"`} {
		if !strings.Contains(log, want) {
			t.Errorf("log lacks %s:\n%s", want, log)
		}
	}
}

func TestHealth(t *testing.T) {
	var ready error
	k := newKit(t, "https://flap.example", func(o *Options) { o.Ready = func(context.Context) error { return ready } })
	for _, row := range []struct {
		err    error
		status int
		text   string
	}{
		{nil, 200, "ready"},
		{fault.New(fault.Busy, "database-down", "The database does not answer.").Because(errors.New("hidden")), 503, "The database does not answer."},
		{errors.New("hidden"), 503, "not ready"},
	} {
		ready = row.err
		w := k.do(ask{target: "/readyz"})
		if w.Code != row.status || !strings.Contains(w.Body.String(), row.text) || strings.Contains(w.Body.String(), "hidden") {
			t.Errorf("%v: %d %s", row.err, w.Code, w.Body)
		}
		if w := k.do(ask{target: "/healthz"}); w.Code != 200 {
			t.Errorf("/healthz: %d", w.Code)
		}
	}
}

func TestCookies(t *testing.T) {
	for public, prefix := range map[string]string{"https://flap.example": "__Host-", "http://localhost:8080": ""} {
		k := newKit(t, public)
		k.Handle("POST /{practice}/in", access.Rule{Audience: access.Public}, func(w http.ResponseWriter, r *http.Request) error {
			ClearSession(w, r)
			SetPending(w, r, "cfp_1")
			ClearPending(w, r)
			SetSession(w, r, "cfs_1", time.Hour)
			SetCookie(w, r, "notice", "hello", 0)
			return Redirect(w, r, "/north/")
		})
		got := map[string]*http.Cookie{}
		for _, c := range k.do(ask{method: "POST", target: "/north/in"}).Result().Cookies() {
			if got[c.Name] != nil {
				t.Errorf("%s is set twice", c.Name)
			}
			got[c.Name] = c
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Secure != (prefix != "") || c.Domain != "" {
				t.Errorf("loose cookie %v", c)
			}
		}
		if c := got[prefix+"catflap"]; c == nil || c.Value != "cfs_1" || c.MaxAge != 3600 {
			t.Errorf("%s: session %v", public, c)
		}
		if c := got[prefix+"catflap-signin"]; c == nil || c.MaxAge >= 0 {
			t.Errorf("%s: sign-in %v", public, c)
		}
		if c := got[prefix+"notice"]; c == nil || c.MaxAge != 0 {
			t.Errorf("%s: notice %v", public, c)
		}
	}
}
