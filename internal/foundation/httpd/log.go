package httpd

import (
	"log/slog"
	"net/http"
	"time"

	"catflap/internal/access"
)

// logRequest writes one line for a request: the pattern of the route, never the
// path or the query, which may carry links that open something. It is deferred.
func (m *Mux) logRequest(ex *exchange) {
	level, pattern := slog.LevelInfo, "(none)"
	if ex.route != nil {
		pattern = ex.route.Pattern
		if ex.route.quiet {
			level = slog.LevelDebug
		}
	}
	r := ex.request
	if !m.Log.Enabled(r.Context(), level) {
		return
	}
	status := ex.w.status
	if status == 0 {
		status = http.StatusOK
	}
	attrs := []slog.Attr{
		slog.String("method", r.Method),
		slog.String("route", pattern),
		slog.Int("status", status),
		slog.Duration("took", time.Since(ex.begun).Round(time.Microsecond)),
		slog.String("ip", access.OriginFrom(r.Context()).IP),
		slog.String("request_id", ex.id),
	}
	if ex.viewer.AccountID != "" {
		attrs = append(attrs, slog.String("account_id", ex.viewer.AccountID))
	}
	if ex.viewer.KeyID != "" {
		attrs = append(attrs, slog.String("key_id", ex.viewer.KeyID))
	}
	if ex.code != "" {
		attrs = append(attrs, slog.String("code", ex.code))
	}
	m.Log.LogAttrs(r.Context(), level, "request", attrs...)
}
