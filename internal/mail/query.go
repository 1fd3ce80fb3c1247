package mail

import (
	"cmp"
	"context"
	"time"

	"catflap/internal/foundation/db"
)

// Page asks for a part of a list, newest first.
type Page struct {
	After string // the Next of the page before; empty for the newest
	Limit int    // 1 to 200; anything else means 50
}

// List is a part of a list.
type List struct {
	Messages []Message
	Next     string // for Page.After; empty at the end
}

// ForPetParent lists everything written to one pet parent: as a client, or to
// the login that was theirs then.
func (s *Service) ForPetParent(ctx context.Context, practiceID, petParentID string, p Page) (List, error) {
	return s.part(p, func(after string, limit int) ([]Message, error) {
		return petParentMessages(ctx, s.db, practiceID, petParentID, after, limit)
	})
}

// part reads a part of a list, newest first.
func (s *Service) part(p Page, read func(after string, limit int) ([]Message, error)) (List, error) {
	limit := p.Limit
	if limit < 1 || limit > 200 {
		limit = 50
	}
	// One more than asked tells whether there is more.
	messages, err := read(cmp.Or(p.After, newest), limit+1)
	if err != nil {
		return List{}, err
	}
	l := List{Messages: messages}
	if len(messages) > limit {
		l.Messages = messages[:limit]
		l.Next = messages[limit-1].ID
	}
	return l, nil
}

// WrittenSince is how many messages of a template were written to an account
// after a moment, sent or not.
func (s *Service) WrittenSince(ctx context.Context, r db.Reader, practiceID, accountID, template string, since time.Time) (int, error) {
	return countWritten(ctx, r, practiceID, accountID, template, since)
}

// After walks everything that a practice wrote in parts of at most limit, each
// behind the last id of the one before ("" begins).
func (s *Service) After(ctx context.Context, practiceID, after string, limit int) ([]Message, error) {
	return db.All(ctx, s.db, scanMessage, `SELECT `+messageColumns+` FROM message
		WHERE practice_id = $1 AND id > $2 ORDER BY id LIMIT $3`, practiceID, after, limit)
}

// Carried reports whether a message to an account was written that brings the
// secret with this id.
func (s *Service) Carried(ctx context.Context, r db.Reader, practiceID, accountID, secretID string) (bool, error) {
	return db.One(ctx, r, func(r db.Scanner) (carried bool, err error) { return carried, r.Scan(&carried) }, `
		SELECT EXISTS (SELECT 1 FROM message
			WHERE practice_id = $1 AND account_id = $2 AND account_id <> '' AND secret_ref = $3)`, practiceID, accountID, secretID)
}
