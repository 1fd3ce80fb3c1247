package httpd

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"net/http"
	"time"

	"catflap/internal/access"
)

// exchange is one request and its answer, as far as they have got. It is the
// request's context, so that log, recovery and helpers see what the guard found
// out.
type exchange struct {
	access.Request
	mux     *Mux
	id      string
	begun   time.Time
	w       *recorder
	route   *route        // nil until a route was found
	request *http.Request // as the handler got it, once it did
	code    string        // of the fault that was answered

	recorder recorder // what w points to
}

type contextKey struct{}

// Value knows the exchange itself.
func (ex *exchange) Value(asked any) any {
	if asked == (contextKey{}) {
		return ex
	}
	return ex.Request.Value(asked)
}

func exchangeFrom(ctx context.Context) *exchange {
	ex, _ := ctx.Value(contextKey{}).(*exchange)
	return ex
}

// serve is the outermost layer of every request.
func (m *Mux) serve(raw http.ResponseWriter, r *http.Request) {
	ex := &exchange{mux: m, id: newRequestID(), begun: time.Now()}
	ex.recorder.ResponseWriter = raw
	w := &ex.recorder
	ex.w = w
	ex.Context = r.Context()
	ex.Origin = access.Origin{
		IP:        clientIP(r, m.TrustedProxies),
		Device:    deviceLabel(r.UserAgent()),
		RequestID: ex.id,
		Languages: m.languages(r),
	}
	r = r.WithContext(ex)
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

// newRequestID names a request in the log, for people to read out: 80 bits in
// base 32. It is no secret.
func newRequestID() string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	var id [16]byte
	for i := range id {
		if i%8 == 0 {
			binary.LittleEndian.PutUint64(id[i:], rand.Uint64())
		}
		id[i] = alphabet[id[i]%32]
	}
	return string(id[:])
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
