package httpd

import (
	"encoding/json"
	"net/http"
	"strings"

	"catflap/internal/foundation/fault"
)

// problemType is what the type of every problem begins with; the stable code
// of the fault follows. It is an absolute URI, as RFC 9457 section 3.1.1 asks,
// and a name: there is nothing to fetch.
const problemType = "urn:catflap:problem:"

// Problem is the JSON answer to a request that was not carried out (RFC 9457,
// application/problem+json). It never repeats what was sent.
type Problem struct {
	Type      string         `json:"type" doc:"Which problem this is; the part after the last colon is stable" example:"urn:catflap:problem:invalid-input"`
	Title     string         `json:"title" doc:"The same in words" example:"Invalid input"`
	Status    int            `json:"status" doc:"HTTP status" example:"422"`
	Detail    string         `json:"detail,omitempty" doc:"What happened and what to do, fit to be shown"`
	Errors    []ProblemError `json:"errors,omitempty" nullable:"false" doc:"What is wrong with the input, place by place"`
	RequestID string         `json:"request_id,omitempty" doc:"Names this request in the server's log"`

	header http.Header
}

// ProblemError is what is wrong in one place of the input.
type ProblemError struct {
	Location string `json:"location" doc:"Where, for instance body.login or query.limit"`
	Message  string `json:"message" doc:"What to do, fit to be shown"`
}

// newProblem says a fault as a problem. Complaints without a place of their own
// are about the body, or about the query of a request that has none.
func newProblem(f *fault.Error, method, requestID string) *Problem {
	p := &Problem{
		Type:      problemType + f.Code,
		Title:     title(f.Code),
		Status:    statusOf(f),
		Detail:    f.Message,
		RequestID: requestID,
		header:    http.Header{},
	}
	setAnswerHeaders(p.header, f)
	where := "body."
	if safe(method) {
		where = "query."
	}
	for _, c := range f.Fields {
		name := c.Name
		if !placed(name) {
			name = where + name
		}
		p.Errors = append(p.Errors, ProblemError{Location: name, Message: c.Message})
	}
	return p
}

// placed reports whether the name says already which part of the request it is in.
func placed(name string) bool {
	part, _, _ := strings.Cut(name, ".")
	switch part {
	case "body", "query", "path", "header", "cookie", "form":
		return true
	}
	return false
}

// title is a code in words: "sign-in-refused" is "Sign in refused".
func title(code string) string {
	if code == "" {
		return ""
	}
	s := strings.ReplaceAll(code, "-", " ")
	return strings.ToUpper(s[:1]) + s[1:]
}

// write sends the problem.
func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(p) // the client is gone
}

// The rest lets huma answer with a Problem that a handler returned.

// Error is the problem's detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are headers that go with the problem.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType replaces the negotiated media type.
func (p *Problem) ContentType(string) string { return "application/problem+json" }
