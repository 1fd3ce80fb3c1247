package httpd

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"catflap/internal/access"
)

// exchange is one request and its answer, as far as they have got. It rides in
// the context so that log, recovery and helpers see what the guard found out.
type exchange struct {
	mux     *Mux
	id      string
	begun   time.Time
	w       *recorder
	route   *route        // nil until a route was found
	request *http.Request // with the richest context so far
	code    string        // of the fault that was answered
}

type contextKey struct{}

func exchangeFrom(ctx context.Context) *exchange {
	ex, _ := ctx.Value(contextKey{}).(*exchange)
	return ex
}

// serve is the outermost layer of every request.
func (m *Mux) serve(raw http.ResponseWriter, r *http.Request) {
	w := &recorder{ResponseWriter: raw}
	ex := &exchange{mux: m, id: rand.Text()[:16], begun: time.Now(), w: w}
	ctx := context.WithValue(r.Context(), contextKey{}, ex)
	ctx = access.WithOrigin(ctx, access.Origin{
		IP:        clientIP(r, m.TrustedProxies),
		Device:    deviceLabel(r.UserAgent()),
		RequestID: ex.id,
	})
	r = r.WithContext(ctx)
	ex.request = r
	defer m.logRequest(ex)
	defer m.recovered(ex)
	m.setHeaders(w.Header(), ex.id)
	if err := m.cross.Check(r); err != nil {
		m.finish(w, r, errCrossSite.Because(err))
		return
	}
	m.muxFor(r.URL.Path).ServeHTTP(w, r)
}

// recorder remembers what was sent.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader records the final status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write records that an answer has begun.
func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach deadlines and flushing.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) begun() bool { return w.status != 0 }
