package httpd

import (
	"context"
	"errors"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
)

// statusOf is the HTTP status of a fault.
func statusOf(f *fault.Error) int {
	switch f.Code { // what only HTTP knows
	case errMethod.Code:
		return http.StatusMethodNotAllowed
	case errSlowBody.Code:
		return http.StatusRequestTimeout
	case errNotJSON.Code, errNoBody.Code:
		return http.StatusBadRequest
	case errMediaType.Code:
		return http.StatusUnsupportedMediaType
	}
	switch f.Kind {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.SignedOut, fault.Refused:
		return http.StatusUnauthorized
	case fault.Forbidden, fault.StepUp:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Gone:
		return http.StatusGone
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Busy:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// finish answers with err, if there is one.
func (m *Mux) finish(w http.ResponseWriter, r *http.Request, err error) {
	if err == nil {
		return
	}
	f := m.note(r.Context(), err)
	ex := exchangeFrom(r.Context())
	if ex.w.begun() {
		return
	}
	clearContent(w.Header())
	if wantsProblem(r, ex.route) {
		m.problem(r, f).write(w)
		return
	}
	if ex.route != nil && !ex.route.public() && m.lead(w, r, f) {
		return
	}
	setAnswerHeaders(w.Header(), f)
	status := statusOf(f)
	if m.ErrorPage != nil {
		pageErr := m.ErrorPage(w, r, status, f)
		if pageErr == nil {
			return
		}
		m.Log.ErrorContext(r.Context(), "error page failed", "request_id", ex.id, "error", pageErr)
		if ex.w.begun() {
			return
		}
	}
	m.plainAnswer(w, status, f)
}

// problem is a fault as a problem, in the language of whoever asked.
func (m *Mux) problem(r *http.Request, f *fault.Error) *Problem {
	ex, words := exchangeFrom(r.Context()), http.Header{}
	if m.Said != nil {
		f = m.Said(words, r, f)
	}
	p := newProblem(f, r.Method, ex.id)
	maps.Copy(p.header, words)
	return p
}

// note turns err into the fault to answer, after those were told who want to
// know: the log about defects, the audit about refusals.
func (m *Mux) note(ctx context.Context, err error) *fault.Error {
	f := faultOf(err)
	ex := exchangeFrom(ctx)
	ex.code = f.Code
	switch {
	case f.Kind == fault.Internal && errors.Is(err, context.Canceled) && ctx.Err() != nil:
		// The client is gone; nobody is told.
	case f.Kind == fault.Internal && f != errPanic:
		m.Log.ErrorContext(ctx, "request failed", "request_id", ex.id, "error", err)
	case f.Kind == fault.Forbidden && m.OnRefused != nil && known(access.ViewerFrom(ctx)) &&
		ex.route != nil && f.Code != errForm.Code && f.Code != errLocked.Code:
		m.OnRefused(context.WithoutCancel(ctx), ex.route.Rule, ex.route.Pattern)
	}
	return f
}

// known reports whether refusals of the viewer are told: people who are signed
// in, and programs.
func known(v access.Viewer) bool { return v.SignedIn() || v.KeyID != "" }

// faultOf finds the fault in err, also where a body could not be read.
func faultOf(err error) *fault.Error {
	var f *fault.Error
	if errors.As(err, &f) && f.Kind != fault.Internal {
		return f
	}
	if f := readFault(err); f != nil {
		return f
	}
	return fault.From(err)
}

// wantsProblem reports whether the client reads JSON rather than pages.
func wantsProblem(r *http.Request, rt *route) bool {
	if rt != nil && rt.API || strings.HasPrefix(r.URL.Path, "/api/") {
		return true
	}
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}

// WantsJSON reports whether a page's form was sent by a script that reads JSON
// rather than pages.
func WantsJSON(r *http.Request) bool { return wantsProblem(r, nil) }

// WantsPart reports whether a script asks for the piece of a page that it puts
// into another one.
func WantsPart(r *http.Request) bool { return r.Header.Get("HX-Request") != "" }

// setAnswerHeaders adds when to come back, and how to sign in (RFC 9110,
// section 11.6.1, wants it with every 401).
func setAnswerHeaders(h http.Header, f *fault.Error) {
	wait := f.RetryAfter
	if wait <= 0 && (f.Kind == fault.Busy || f.Kind == fault.TooMany) {
		wait = defaultRetry
	}
	SayWait(h, wait)
	if statusOf(f) == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="catflap"`)
	}
}

// SayWait says when to come back (RFC 9110, section 10.2.3), in whole seconds,
// rounded up so that nobody comes too early. Without a wait it says nothing.
func SayWait(h http.Header, wait time.Duration) {
	if wait > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
}

// defaultRetry is for faults that name no time; clients are promised one.
const defaultRetry = 5 * time.Second

// clearContent removes what a handler said about an answer that it then did not give.
func clearContent(h http.Header) {
	for _, name := range []string{
		"Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition", "Etag", "Last-Modified",
	} {
		h.Del(name)
	}
	h.Set("Cache-Control", "no-store")
}

// plainAnswer is the last resort: the words alone.
func (m *Mux) plainAnswer(w http.ResponseWriter, status int, f *fault.Error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(f.Message + "\n"))
}
