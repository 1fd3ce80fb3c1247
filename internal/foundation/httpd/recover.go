package httpd

import (
	"fmt"
	"net/http"
	"runtime/debug"

	"catflap/internal/foundation/fault"
)

// recovered turns a panic into an answer with a request id, or breaks the
// connection off when an answer has already begun. It is deferred.
func (m *Mux) recovered(ex *exchange) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	m.Log.Error("panic", "request_id", ex.id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if ex.w.begun() {
		panic(http.ErrAbortHandler)
	}
	defer func() { // the error page itself may be what is broken
		if recover() != nil && !ex.w.begun() {
			m.plainAnswer(ex.w, http.StatusInternalServerError, fault.From(errPanic))
		}
	}()
	m.finish(ex.w, ex.request, errPanic)
}

var errPanic = fault.New(fault.Internal, "internal-error",
	"Something went wrong on our side. Please try again in a moment.")
