package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind decides how an error is answered.
type Kind int

const (
	// Internal is a defect or a broken dependency; its message is generic.
	Internal Kind = iota
	// Invalid is input that must be corrected; Fields say where.
	Invalid
	// SignedOut means that nobody (any more) stands behind the request.
	SignedOut
	// Refused is the uniform answer to a sign-in that did not match.
	Refused
	// Forbidden means that the viewer is known and may not do this.
	Forbidden
	// StepUp means that the viewer must prove themselves again first.
	StepUp
	// NotFound also answers for what belongs to somebody else.
	NotFound
	// Conflict is input that clashes with what is stored.
	Conflict
	// Gone is a one-time thing that was used, replaced or has expired.
	Gone
	// TooLarge is a body or a field beyond its limit.
	TooLarge
	// TooMany is a limit of tries or rate; RetryAfter says when to come back.
	TooMany
	// Busy is a full queue inside Catflap; RetryAfter says when to come back.
	Busy
)

// Field is one complaint about one input field.
type Field struct {
	Name    string // as the form or the JSON body names it
	Message string // a sentence that says what to do
}

// Error is the only error type whose words reach a person.
type Error struct {
	Kind       Kind
	Code       string // stable kebab-case word, the end of the RFC 9457 type
	Message    string // plain words, safe to show
	Fields     []Field
	RetryAfter time.Duration
	Cause      error // for the log, never shown
}

// New makes an error of a kind with a stable code and words safe to show.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Because returns a copy of e that remembers the hidden cause.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// After returns a copy of e that asks to come back after d.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// Error is for logs: the code, the message and the cause.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Message
	for _, f := range e.Fields {
		s += fmt.Sprintf(" [%s: %s]", f.Name, f.Message)
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives the hidden cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors.Is compare by code, so that package-level faults work as
// sentinels even after Because or After made a copy.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// From finds the fault in err; any other error becomes an Internal one that
// hides it. From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return New(Internal, "internal-error",
		"Something went wrong on our side. Nothing was changed. Please try again in a moment.").Because(err)
}

// Is reports whether err is a fault of the kind.
func Is(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}
