package httpd

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Stream answers the request in ctx with a file that is made while it is sent,
// of any size, for pages and JSON operations alike. A client may be as slow as
// it likes as long as it takes something every minute. When write fails, the
// connection is broken off, so that nobody takes a part for the whole. fileName
// is plain ASCII.
func Stream(ctx context.Context, contentType, fileName string, write func(w io.Writer) error) {
	ex := exchangeFrom(ctx)
	attach(ex.w.Header(), contentType, fileName)
	if err := write(&stream{w: ex.w}); err != nil {
		ex.mux.note(ctx, err)
		panic(http.ErrAbortHandler)
	}
}

// TextFile answers with a short text as a file to keep. No cache on the way does,
// as with every answer. fileName is plain ASCII.
func TextFile(w http.ResponseWriter, fileName, text string) error {
	attach(w.Header(), "text/plain; charset=utf-8", fileName)
	_, err := io.WriteString(w, text)
	return err
}

// attach makes the answer a file (RFC 6266).
func attach(h http.Header, contentType, fileName string) {
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", `attachment; filename="`+fileName+`"`)
}

// stream moves the deadline of the answer along with what is sent.
type stream struct {
	w     http.ResponseWriter
	moved time.Time
}

// Write sends a piece.
func (s *stream) Write(p []byte) (int, error) {
	if now := time.Now(); now.Sub(s.moved) > time.Second {
		s.moved = now
		_ = http.NewResponseController(s.w).SetWriteDeadline(now.Add(answerTime)) // test writers know no deadlines
	}
	return s.w.Write(p)
}
