package mail

import (
	"time"
)

// State is where a message stands.
type State string

// The states of a message.
const (
	Queued  State = "queued"  // waits to be handed over, or to be tried again, or is under way
	Sent    State = "sent"    // the mail server took it
	Failed  State = "failed"  // the mail server refused it, or every try failed
	Dropped State = "dropped" // not sent, because it made no sense any more or something was missing
)

// Message is one e-mail to one person as it is stored: without secrets, which
// Data and Subject show as ••••.
type Message struct {
	ID          string
	PracticeID  string // empty for platform accounts
	AccountID   string // may be empty
	PetParentID string // may be empty
	To          string
	ToName      string
	Template    string // a built-in name, or Own
	TextID      string // the practice's words it is written with; "" for the built-in ones
	Lang        string
	Subject     string
	Data        map[string]string
	Secret      SecretRef // zero when the message carries none
	Bulk        bool
	State       State
	Attempts    int    // tries that came to an end
	LastError   string // why it waits, failed or was dropped; safe to show to staff
	MessageID   string // of the Message-ID header, without angle brackets
	CreatedAt   time.Time
	SentAt      time.Time // zero until sent
	CampaignID  string    // of the campaign that it belongs to; "" otherwise
}

// SecretRef names a secret that is fetched at hand-over, for instance
// {"temporary_password", account id}.
type SecretRef struct {
	Kind string
	ID   string
}

// The kinds of secret that messages refer to.
const (
	SecretLink      = "link"               // a one-time link, by its id
	SecretCode      = "email_code"         // by the id of the code; brings a one-time link too
	SecretTemporary = "temporary_password" // by the id of the temporary password
	SecretBoth      = "invitation"         // by the same id; brings the activation link beside it too
)

// mask stands wherever a secret would.
const mask = "\u2022\u2022\u2022\u2022"
