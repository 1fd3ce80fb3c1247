package petparent

import (
	"context"

	"catflap/internal/foundation/db"
	"catflap/internal/mail"
)

// Mailed is what became of the newest message to somebody.
type Mailed string

// The states.
const (
	MailedNever   Mailed = "never"
	MailedWaiting Mailed = "waiting" // waits, or is being handed over
	MailedSent    Mailed = "sent"
	MailedFailed  Mailed = "failed" // could not be delivered, or was not sent because it made no sense any more
)

// MailedStates lists the states in the order in which they are shown.
func MailedStates() []Mailed { return []Mailed{MailedNever, MailedWaiting, MailedSent, MailedFailed} }

// toPersonSQL are the messages m to person p.
const toPersonSQL = `m.practice_id = p.practice_id AND m.petparent_id = p.id AND m.petparent_id <> '' AND m.` + mail.ToPersonSQL

// newestSQL is something of the newest message to person p, NULL without one.
func newestSQL(what string) string {
	return `(SELECT ` + what + ` FROM message m WHERE ` + toPersonSQL + ` ORDER BY m.id DESC LIMIT 1)`
}

// few is how many messages of a practice are looked at one by one.
const few = 5000

// fewSent reports whether little of a practice has arrived. Then whoever got
// something is found by the messages; otherwise they stand close together
// wherever one looks on the list.
func (s *Service) fewSent(ctx context.Context, r db.Reader, practiceID string) (bool, error) {
	n, err := db.One(ctx, r, func(s db.Scanner) (n int, err error) { return n, s.Scan(&n) }, `
		SELECT count(*) FROM (SELECT 1 FROM message WHERE practice_id = $1 AND petparent_id <> '' AND state = 'sent' LIMIT $2) AS s`, practiceID, few)
	return n < few, err
}

// mailed narrows to a state. Those of which there are few are found by their
// messages, which have indexes of their own.
func (q *rowQuery) mailed(state Mailed, fewSent bool) {
	among := func(condition string) {
		q.where(`p.id IN (SELECT m.petparent_id FROM message m WHERE m.practice_id = $1 AND m.petparent_id <> '' AND ` + condition + `)`)
	}
	switch state {
	case MailedNever:
		q.where(`NOT EXISTS (SELECT 1 FROM message m WHERE ` + toPersonSQL + `)`)
	case MailedWaiting:
		among(`m.state = 'queued'`)
		q.where(newestSQL("m.state") + ` = 'queued'`)
	case MailedSent:
		if fewSent {
			among(`m.state = 'sent'`)
		}
		q.where(newestSQL("m.state") + ` = 'sent'`)
	case MailedFailed:
		among(`m.state IN ('failed', 'dropped')`)
		q.where(newestSQL("m.state") + ` IN ('failed', 'dropped')`)
	}
}
