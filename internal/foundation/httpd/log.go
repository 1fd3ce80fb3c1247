package httpd

import (
	"log/slog"
	"net/http"
	"time"

	"catflap/internal/access"
)

// logRequest writes one line for a request: the pattern of the route, never the
// path or the query, which may carry links that open something. Probes, assets
// and what programs ask for all day are told at debug level. It is deferred.
func (m *Mux) logRequest(ex *exchange) {
	level, pattern := slog.LevelInfo, "(none)"
	if ex.route != nil {
		pattern = ex.route.Pattern
	}
	r, status := ex.request, ex.w.status
	if status == 0 {
		status = http.StatusOK
	}
	if ex.route != nil && (ex.route.quiet || ex.route.Rule.Passive && status < http.StatusBadRequest) {
		level = slog.LevelDebug
	}
	if !m.Log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", r.Method),
		slog.String("route", pattern),
		slog.Int("status", status),
		slog.Duration("took", time.Since(ex.begun).Round(time.Microsecond)),
		slog.String("ip", access.OriginFrom(r.Context()).IP),
		slog.String("request_id", ex.id),
	}
	if ex.Viewer.AccountID != "" {
		attrs = append(attrs, slog.String("account_id", ex.Viewer.AccountID))
	}
	if ex.Viewer.KeyID != "" {
		attrs = append(attrs, slog.String("key_id", ex.Viewer.KeyID))
	}
	if ex.code != "" {
		attrs = append(attrs, slog.String("code", ex.code))
	}
	m.Log.LogAttrs(r.Context(), level, "request", attrs...)
}
