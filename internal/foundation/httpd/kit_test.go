package httpd

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/fault"
)

// people is an Identifier with a fixed list of tokens.
type people struct {
	mu      sync.Mutex
	viewers map[string]access.Viewer
	errs    map[string]error
	passive map[string]bool // how the token was last looked at
}

func (p *people) Identify(_ context.Context, token string, passive bool) (access.Viewer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passive[token] = passive
	if err := p.errs[token]; err != nil {
		return access.Viewer{}, err
	}
	v, ok := p.viewers[token]
	if !ok {
		return access.Viewer{}, fault.New(fault.SignedOut, "session-ended", "That session has ended.")
	}
	return v, nil
}

type practices map[string]access.Practice

func (p practices) FindBySlug(_ context.Context, slug string) (access.Practice, error) {
	found, ok := p[slug]
	if !ok {
		return access.Practice{}, fault.New(fault.NotFound, "not-found", "No such practice.")
	}
	return found, nil
}

// kit is a mux with one route of every sort, and what happened behind it.
type kit struct {
	*Mux
	t       *testing.T
	people  *people
	log     *lockedBuffer
	refused []string
	reached int
	seen    *http.Request // the request as the last handler met it
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var testNow = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func newKit(t *testing.T, publicURL string, change ...func(*Options)) *kit {
	t.Helper()
	north := access.Practice{ID: "p-north", Slug: "north", Name: "North Vets"}
	south := access.Practice{ID: "p-south", Slug: "south", Name: "South Vets"}
	staff := access.Viewer{
		Kind: access.KindStaff, AccountID: "a-staff", SessionID: "s-staff", PracticeID: north.ID, Practice: north,
	}
	trusted := staff.WithPermissions([]access.Permission{access.BranchWrite})
	trusted.AccountID, trusted.SessionID, trusted.ProvenUntil = "a-admin", "s-admin", testNow.Add(time.Minute)
	stale := trusted
	stale.AccountID, stale.SessionID, stale.ProvenUntil = "a-stale", "s-stale", testNow
	client := access.Viewer{
		Kind: access.KindClient, AccountID: "a-client", SessionID: "s-client", PracticeID: north.ID, Practice: north,
	}
	foreign := staff
	foreign.AccountID, foreign.SessionID, foreign.PracticeID, foreign.Practice = "a-south", "s-south", south.ID, south
	p := &people{
		viewers: map[string]access.Viewer{
			"cfs_staff": staff, "cfs_admin": trusted, "cfs_stale": stale, "cfs_client": client, "cfs_south": foreign,
			"cfs_platform": {Kind: access.KindPlatform, AccountID: "a-platform", SessionID: "s-platform"},
			"cfp_pending":  {Kind: access.KindStaff, AccountID: "a-staff", SignInID: "i-1", PracticeID: north.ID, Practice: north},
		},
		errs: map[string]error{
			"cfs_idle":   fault.New(fault.SignedOut, "session-idle", "You were away for a while."),
			"cfs_broken": fmt.Errorf("database is gone"),
		},
		passive: map[string]bool{},
	}
	k := &kit{t: t, people: p, log: &lockedBuffer{}}
	key := []byte(t.Name())
	public, err := url.Parse(publicURL)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Log:   slog.New(slog.NewJSONHandler(k.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Clock: clock.NewManual(testNow), PublicURL: public,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		Sessions:       p, Pending: p, Practices: practices{"north": north, "south": south},
		ErrorPage: func(w http.ResponseWriter, _ *http.Request, status int, e *fault.Error) error {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(status)
			_, err := fmt.Fprintf(w, "<h1>%s</h1>", e.Message)
			return err
		},
		FormMAC: func(binding string) string {
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(binding))
			return hex.EncodeToString(mac.Sum(nil))
		},
		OnRefused: func(ctx context.Context, _ access.Rule, pattern string) {
			k.refused = append(k.refused, access.ViewerFrom(ctx).AccountID+" "+pattern)
		},
	}
	for _, c := range change {
		c(&o)
	}
	k.Mux = New(o)
	k.pages()
	return k
}

// pages registers pages; API operations are in api_test.go.
func (k *kit) pages() {
	ok := func(w http.ResponseWriter, r *http.Request) error {
		k.reached++
		k.seen = r
		_, err := io.WriteString(w, "in")
		return err
	}
	staff := access.Rule{Audience: access.Staff}
	k.Handle("GET /{$}", access.Rule{Audience: access.Public}, ok)
	k.Handle("GET /platform/{$}", access.Rule{Audience: access.Platform}, ok)
	k.Handle("GET /platform/login", access.Rule{Audience: access.Public}, ok)
	k.Handle("POST /platform/practices", access.Rule{Audience: access.Platform, StepUp: true}, ok)
	k.Handle("GET /{practice}/{$}", access.Rule{Audience: access.Staff | access.Client}, ok)
	k.Handle("GET /{practice}/login", access.Rule{Audience: access.Public}, ok)
	k.Handle("POST /{practice}/login", access.Rule{Audience: access.Public}, ok)
	k.Handle("GET /{practice}/sign-in/code", access.Rule{Audience: access.Pending}, ok)
	k.Handle("POST /{practice}/sign-in/code", access.Rule{Audience: access.Pending}, ok)
	k.Handle("GET /{practice}/staff", staff, ok)
	k.Handle("GET /{practice}/poll", access.Rule{Audience: access.Staff, Passive: true}, ok)
	k.Handle("GET /{practice}/branches", access.Rule{Audience: access.Staff, Permission: access.BranchWrite}, ok)
	k.Handle("POST /{practice}/branches", access.Rule{Audience: access.Staff, Permission: access.BranchWrite, StepUp: true}, ok)
	k.Handle("GET /{practice}/secret", access.Rule{Audience: access.Staff, StepUp: true}, ok)
	k.Handle("POST /{practice}/note", staff, ok)
	k.Handle("POST /{practice}/upload", access.Rule{Audience: access.Staff, Upload: 64 << 10}, ok)
	k.Handle("GET /{practice}/panic", access.Rule{Audience: access.Public}, func(http.ResponseWriter, *http.Request) error {
		panic("a secret in a panic")
	})
	k.Handle("GET /{practice}/broken", access.Rule{Audience: access.Public}, func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Disposition", "attachment")
		return fmt.Errorf("the cause stays inside")
	})
}

// ask is a request in the making.
type ask struct {
	method, target, cookie, body string
	header                       map[string]string
}

func (k *kit) do(a ask) *httptest.ResponseRecorder {
	k.t.Helper()
	if a.method == "" {
		a.method = http.MethodGet
	}
	var body io.Reader
	if a.body != "" {
		body = strings.NewReader(a.body)
	}
	r := httptest.NewRequest(a.method, a.target, body)
	if a.body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range a.header {
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Set(name, value)
	}
	for _, token := range strings.Fields(a.cookie) {
		name := k.sessionCookie()
		if strings.HasPrefix(token, PendingPrefix) {
			name = k.pendingCookie()
		}
		r.AddCookie(&http.Cookie{Name: name, Value: token})
	}
	w := httptest.NewRecorder()
	k.Handler().ServeHTTP(w, r)
	return w
}

// form is the body of a form of the session or sign-in of a token.
func (k *kit) form(token string, more ...string) string {
	k.t.Helper()
	q := url.Values{FormField: {k.formValue(k.people.viewers[token])}}
	for i := 0; i < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return q.Encode()
}

func problemOf(t *testing.T, w *httptest.ResponseRecorder) Problem {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("content type %q, body %s", got, w.Body)
	}
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != w.Code {
		t.Errorf("status %d in the body, %d on the wire", p.Status, w.Code)
	}
	if !strings.HasPrefix(p.Type, problemType) || p.Title == "" || p.RequestID != w.Header().Get("X-Request-Id") {
		t.Errorf("incomplete problem: %+v", p)
	}
	return p
}
