package mail

import (
	"context"
	"strings"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// Bounces is told which address of a practice mail came back from, and what the
// mail server said, in the transaction that notes it at the message.
type Bounces func(ctx context.Context, tx *db.Tx, practiceID, address, words string) error

func (s *Service) noteBounce(ctx context.Context, tx *db.Tx, m Message, words string) error {
	if s.bounces == nil || m.PracticeID == "" {
		return nil
	}
	return s.bounces(ctx, tx, m.PracticeID, m.To, words)
}

// ErrNotSent answers to who reports a message that cannot have come back.
var ErrNotSent = fault.New(fault.Conflict, "message-not-sent",
	"This message was never handed to a mail server, so it cannot have come back.")

// Bounced notes that a message came back after the mail server had taken it: it
// failed, and nothing more is written in bulk to its address. id is the message's,
// or its Message-ID with or without angle brackets; what a mail server says is in
// words. Reported again, it changes nothing. ErrNoMessage, ErrNotSent, and
// complaints on words.
func (s *Service) Bounced(ctx context.Context, practiceID, id, words string) error {
	id, _, _ = strings.Cut(strings.TrimPrefix(id, "<"), "@")
	words = oneLine(words, maxWords)
	if words == "" {
		return fault.Complain("words", "Say what the mail server answered, for instance 550 No such user.")
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		all, err := db.All(ctx, tx, scanMessage, `SELECT `+messageColumns+` FROM message WHERE practice_id = $1 AND id = $2`, practiceID, id)
		switch {
		case err != nil:
			return err
		case len(all) == 0:
			return ErrNoMessage
		case all[0].State == Failed:
			return nil
		case all[0].State != Sent:
			return ErrNotSent
		}
		words = "It came back: " + words
		n, err := tx.Exec(ctx, `UPDATE message SET state = 'failed', last_error = $3 WHERE practice_id = $1 AND id = $2 AND state = 'sent'`,
			practiceID, id, words)
		if err != nil || n == 0 {
			return err
		}
		if err := s.noteBounce(ctx, tx, all[0], words); err != nil || s.audit == nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{Action: audit.MailBounced, PracticeID: practiceID, AccountID: all[0].AccountID,
			AccountName: all[0].ToName, Detail: map[string]string{"message": id}})
	})
}
