package httpd

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"catflap/internal/foundation/fault"
)

const (
	standardBody     = 1 << 20          // bytes, unless the rule says otherwise
	standardBodyTime = 15 * time.Second // for a body of that size
	uploadRate       = 256 << 10        // bytes a second that an upload must reach
	answerTime       = time.Minute      // to write the answer once the body is there
)

var errSlowBody = fault.New(fault.Invalid, "slow-body",
	"Your data arrived too slowly, so nothing was changed. Check your connection and send it again.")

func errBodyTooLarge(limit int64) *fault.Error {
	return fault.New(fault.TooLarge, "body-too-large", fmt.Sprintf(
		"That is more than the %s that can be sent here, so nothing was changed. Send less at once.", size(limit)))
}

// size says bytes as people do.
func size(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d kB", n>>10)
}

func bodyLimit(rt *route) int64 {
	if rt.Rule.Upload > 0 {
		return rt.Rule.Upload
	}
	return standardBody
}

// bodyTimeFor is how long a body of the limit may take to arrive.
func (m *Mux) bodyTimeFor(limit int64) time.Duration {
	if limit <= standardBody {
		return m.bodyTime
	}
	return m.bodyTime + time.Duration(limit/uploadRate)*time.Second
}

// takeBody puts the route's limits on the body, and reads a form that is small
// enough to be read, so that every handler meets it parsed and whole.
func (m *Mux) takeBody(w http.ResponseWriter, r *http.Request, rt *route) (*http.Request, error) {
	limit := bodyLimit(rt)
	if r.ContentLength > limit {
		return r, errBodyTooLarge(limit)
	}
	if r.Body == nil || r.Body == http.NoBody {
		return r, nil
	}
	rc := http.NewResponseController(w)
	wait := m.bodyTimeFor(limit)
	// Writers that know no deadlines (tests) say so; there is nothing to do then.
	// The server lifts the read deadline itself once the body is there.
	_ = rc.SetReadDeadline(time.Now().Add(wait))
	_ = rc.SetWriteDeadline(time.Now().Add(wait + answerTime))
	var raw http.ResponseWriter = w
	if rec, ok := w.(*recorder); ok {
		raw = rec.ResponseWriter // MaxBytesReader tells the server's own writer to close
	}
	r.Body = &body{ReadCloser: http.MaxBytesReader(raw, r.Body, limit)}
	if rt.API || contentType(r) != "application/x-www-form-urlencoded" {
		return r, nil
	}
	if err := r.ParseForm(); err != nil {
		if f := bodyFault(r); f != nil {
			return r, f
		}
		return r, errBrokenForm.Because(err)
	}
	return r, nil
}

// body is a limited request body that remembers why reading it failed.
type body struct {
	io.ReadCloser
	err error
}

// Read reads and remembers.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// bodyFault is the fault of a body that could not be read, nil if it could.
func bodyFault(r *http.Request) *fault.Error {
	b, ok := r.Body.(*body)
	if !ok || b.err == nil {
		return nil
	}
	return readFault(b.err)
}

// readFault recognises the errors of a limited body, also inside others.
func readFault(err error) *fault.Error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return errBodyTooLarge(tooLarge.Limit).Because(err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errSlowBody.Because(err)
	}
	return nil
}

// removeUploads removes the temporary files of a parsed upload. The server does
// it only for the request it made itself, and ours is a copy with a context.
func removeUploads(r *http.Request) {
	if r.MultipartForm != nil {
		_ = r.MultipartForm.RemoveAll()
	}
}
