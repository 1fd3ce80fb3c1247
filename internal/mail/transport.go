package mail

import "context"

// Transport hands a letter over: to a mail server, or to the built-in mailbox.
type Transport interface {
	// Send returns nil once the letter is accepted, and otherwise an error in
	// which errors.As finds an *Undelivered.
	Send(ctx context.Context, l Letter) error
	// Holding is why nothing can be sent at the moment, in words for
	// administrators; empty when things can be sent. Messages then stay queued
	// and no try is counted.
	Holding() string
}

// Undelivered says why a letter was not accepted.
type Undelivered struct {
	Words       string // what happened, with the mail server's own words; safe to show to staff
	Permanent   bool   // the mail server refused this letter for good
	Unreachable bool   // the mail server took no letter at all: nothing about it is this one's fault
	Nowhere     bool   // there is no such mailbox, or none that takes mail: no other letter will arrive there either
	Cause       error  // for the log; it never holds credentials
}

// Error is for logs.
func (u *Undelivered) Error() string { return u.Words }

// Unwrap gives the hidden cause to errors.Is and errors.As.
func (u *Undelivered) Unwrap() error { return u.Cause }

// Hold is the transport where no mail server is set up: everything waits.
type Hold struct{}

// Send never succeeds; messages are kept back before it comes to this.
func (h Hold) Send(context.Context, Letter) error { return &Undelivered{Words: h.Holding()} }

// Holding says what is missing.
func (Hold) Holding() string {
	return "No mail server is set up, so messages wait here. Set CATFLAP_SMTP and start Catflap again; they leave then."
}
