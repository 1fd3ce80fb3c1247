package httpd

import (
	"context"
	"crypto/hmac"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/fault"
)

// Handler answers a request that the guard let in. Its error is answered by
// the kind of fault.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Identifier tells who stands behind a token. A passive look does not move the
// idle clock. It answers with a SignedOut fault (codes "session-idle",
// "session-expired", "session-ended", "signed-out") when nobody does.
type Identifier interface {
	Identify(ctx context.Context, token string, passive bool) (access.Viewer, error)
}

// PracticeFinder finds the practice in the path; a NotFound fault if there is none.
type PracticeFinder interface {
	FindBySlug(ctx context.Context, slug string) (access.Practice, error)
}

// Options are what a Mux needs. Keys, ErrorPage, Said, FormMatches, OnRefused and Ready may be
// left out.
type Options struct {
	Log            *slog.Logger
	Clock          clock.Clock
	PublicURL      *url.URL       // decides cookies, HSTS and the trusted origin
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	Sessions       Identifier     // for tokens that begin with SessionPrefix
	Pending        Identifier     // for tokens that begin with PendingPrefix
	Keys           Identifier     // for tokens that begin with KeyPrefix, only as bearer
	Practices      PracticeFinder
	// ErrorPage writes the page that says what went wrong and what to do.
	ErrorPage func(w http.ResponseWriter, r *http.Request, status int, e *fault.Error) error
	// Said gives a fault the words of whoever asked, and says in the header which
	// language they are in. Nil: the words it has.
	Said func(h http.Header, r *http.Request, e *fault.Error) *fault.Error
	// FormMAC is a keyed hash of a binding in a form that fits into HTML.
	FormMAC func(binding string) string
	// FormMatches reports whether a mark is FormMAC's of the binding, now or
	// when the form was opened. When it is left out, only now counts.
	FormMatches func(mark, binding string) bool
	// OnRefused is told that a signed-in viewer or a program was refused a route.
	OnRefused func(ctx context.Context, rule access.Rule, pattern string)
	// Ready reports why this process cannot serve; its words are shown.
	Ready func(ctx context.Context) error
}

// Mux dispatches requests. Routes are registered before it serves.
//
// It holds two muxes because net/http refuses "/{practice}/login" beside
// "/static/": the first segment of a path decides between them.
type Mux struct {
	Options
	practice *http.ServeMux // patterns that begin with /{practice}
	reserved *http.ServeMux // everything else
	segments map[string]bool
	routes   []Route
	api      *API
	cross    *http.CrossOriginProtection
	headers  http.Header
	bodyTime time.Duration // how long a standard body may take to arrive
}

// Route is one registered route, for tests that walk all of them.
type Route struct {
	Pattern string // with method, and with /api/v1 for API routes
	Rule    access.Rule
	API     bool
}

// Reserved lists the first path segments that can never be a practice's slug.
func Reserved() []string {
	return []string{
		"platform", "setup", "api", "static", "healthz", "readyz", "metrics", "oauth2", ".well-known",
	}
}

// New makes a mux. It panics when a part is missing that the guard cannot do
// without, because that is a mistake in the program.
func New(o Options) *Mux {
	if o.Log == nil || o.Clock == nil || o.PublicURL == nil || o.Sessions == nil ||
		o.Pending == nil || o.Practices == nil || o.FormMAC == nil {
		panic("httpd: Log, Clock, PublicURL, Sessions, Pending, Practices and FormMAC are needed")
	}
	if o.FormMatches == nil {
		o.FormMatches = func(mark, binding string) bool { return hmac.Equal([]byte(mark), []byte(o.FormMAC(binding))) }
	}
	m := &Mux{
		Options:  o,
		practice: http.NewServeMux(),
		reserved: http.NewServeMux(),
		segments: map[string]bool{"": true},
		cross:    crossOrigin(o.PublicURL),
		headers:  securityHeaders(o.PublicURL),
		bodyTime: standardBodyTime,
	}
	for _, s := range Reserved() {
		m.segments[s] = true
	}
	m.practice.HandleFunc("/", m.fallback(m.practice))
	m.reserved.HandleFunc("/", m.fallback(m.reserved))
	m.api = newAPI(m)
	m.mountHealth()
	return m
}

// Handle registers a page. The pattern names its method, "GET /{practice}/login";
// GET answers HEAD too. It panics without a rule: public is written out.
func (m *Mux) Handle(pattern string, rule access.Rule, h Handler) {
	m.mount(&route{Route: Route{Pattern: pattern, Rule: rule}}, h)
}

// API is where JSON operations are registered, see Register.
func (m *Mux) API() *API { return m.api }

// Routes lists every route in the order of registration.
func (m *Mux) Routes() []Route { return slices.Clone(m.routes) }

// Handler is the whole of it, to be served.
func (m *Mux) Handler() http.Handler { return http.HandlerFunc(m.serve) }

// route is what the guard needs to know about a route.
type route struct {
	Route
	open  bool // answers without looking at credentials: assets and probes
	quiet bool // logged at debug level, like passive routes that are answered
}

// inPractice reports whether the path names a practice.
func (rt *route) inPractice() bool { return strings.Contains(rt.Pattern, "{practice}") }

// onPlatform reports whether the path is one of the platform's own pages.
func (rt *route) onPlatform() bool { return strings.Contains(rt.Pattern, " /platform/") }

// public reports whether anybody may come in.
func (rt *route) public() bool { return rt.Rule.Audience.Has(access.Public) }

func (m *Mux) mount(rt *route, h Handler) {
	method, path, ok := strings.Cut(rt.Pattern, " ")
	if !ok || method == "" || !strings.HasPrefix(path, "/") {
		panic("httpd: the pattern " + rt.Pattern + " must be a method and a path")
	}
	if rt.Rule.Audience == 0 {
		panic("httpd: the route " + rt.Pattern + " has no audience; write access.Public if it is meant for everybody")
	}
	if rt.public() && (rt.Rule.Audience != access.Public || rt.Rule.Permission != "" || rt.Rule.StepUp) {
		panic("httpd: the route " + rt.Pattern + " is public and asks for more; it cannot be both")
	}
	if rt.Rule.Or != "" && rt.Rule.Permission == "" {
		panic("httpd: the route " + rt.Pattern + " names a second permission and no first one")
	}
	m.routes = append(m.routes, rt.Route)
	first, _, _ := strings.Cut(path[1:], "/")
	if first == "{practice}" {
		m.practice.HandleFunc(rt.Pattern, m.guarded(rt, h))
		return
	}
	if first != "{$}" {
		m.segments[first] = true
	}
	m.reserved.HandleFunc(rt.Pattern, m.guarded(rt, h))
}

// muxFor picks the mux by the first segment of a path.
func (m *Mux) muxFor(path string) *http.ServeMux {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if m.segments[first] {
		return m.reserved
	}
	return m.practice
}
