package httpd

import (
	"net/http"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
)

// fallback answers what no route answers: a wrong method or an unknown path. A
// missing trailing slash is met by net/http, which leads on.
func (m *Mux) fallback(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ex := exchangeFrom(r.Context())
		ex.route = &route{Route: Route{Pattern: "(none)", Rule: access.Rule{Audience: access.Public}}}
		if allowed := allowedMethods(mux, r); len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			m.finish(w, r, errMethod)
			return
		}
		m.finish(w, m.furnish(r), errNoPage)
	}
}

// errMethod and errNoPage answer for paths that are not ours.
var (
	errMethod = fault.New(fault.NotFound, "method-not-allowed",
		"This address does not take that kind of request. Go back and use the buttons on the page.")
	errNoPage = fault.New(fault.NotFound, "page-not-found",
		"There is no page at this address. Check the link, or start again from the first page.")
)

// furnish adds what is known of practice and viewer, so that even a page about
// an unknown path comes in the right frame.
func (m *Mux) furnish(r *http.Request) *http.Request {
	ctx := r.Context()
	slug, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if m.segments[slug] {
		return r
	}
	p, err := m.findPractice(ctx, slug)
	if err != nil {
		return r
	}
	ctx = access.WithPractice(ctx, p)
	if c := m.lookPassively(r); c.viewer.PracticeID == p.ID {
		ctx = access.WithViewer(ctx, c.viewer)
	}
	return r.WithContext(ctx)
}

func allowedMethods(mux *http.ServeMux, r *http.Request) []string {
	var allowed []string
	for _, method := range []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	} {
		probe := *r
		probe.Method = method
		if matches(mux, &probe) {
			allowed = append(allowed, method)
		}
	}
	return allowed
}

// matches reports whether a route of its own, not the fallback, answers r.
func matches(mux *http.ServeMux, r *http.Request) bool {
	_, pattern := mux.Handler(r)
	return pattern != "/" && pattern != ""
}

// safe reports whether the method changes nothing (RFC 9110, section 9.2.1).
func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}
