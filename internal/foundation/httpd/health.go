package httpd

import (
	"context"
	"net/http"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
)

// readyTime is how long the readiness probe may take.
const readyTime = 2 * time.Second

// mountHealth registers the probes: /healthz says that the process answers,
// /readyz that it can do its work.
func (m *Mux) mountHealth() {
	probe := func(pattern string, h Handler) {
		m.mount(&route{
			Route: Route{Pattern: pattern, Rule: access.Rule{Audience: access.Public}},
			open:  true, quiet: true,
		}, h)
	}
	probe("GET /healthz", func(w http.ResponseWriter, _ *http.Request) error {
		return plain(w, http.StatusOK, "ok")
	})
	probe("GET /readyz", func(w http.ResponseWriter, r *http.Request) error {
		if m.Ready == nil {
			return plain(w, http.StatusOK, "ready")
		}
		ctx, cancel := context.WithTimeout(r.Context(), readyTime)
		defer cancel()
		if err := m.Ready(ctx); err != nil {
			m.Log.WarnContext(ctx, "not ready", "error", err)
			setAnswerHeaders(w.Header(), fault.New(fault.Busy, "not-ready", ""))
			return plain(w, http.StatusServiceUnavailable, notReady(err))
		}
		return plain(w, http.StatusOK, "ready")
	})
}

// notReady is what a probe may be told: the words of a fault, never its cause.
func notReady(err error) string {
	f := fault.From(err)
	if f.Cause == err { // an error without words of its own
		return "not ready"
	}
	return "not ready: " + f.Message
}

func plain(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write([]byte(text + "\n"))
	return err
}
