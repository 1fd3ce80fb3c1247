package mail

import (
	"context"
	"errors"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
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

// Get returns one message of the practice, or a fault of kind NotFound.
func (s *Service) Get(ctx context.Context, practiceID, messageID string) (Message, error) {
	m, err := getMessage(ctx, s.db, practiceID, messageID)
	if errors.Is(err, db.ErrNone) {
		return Message{}, fault.New(fault.NotFound, "message-not-found", "There is no such message.")
	}
	return m, err
}

// ForPetParent lists everything written to one pet parent.
func (s *Service) ForPetParent(ctx context.Context, practiceID, petParentID string, p Page) (List, error) {
	return page(p, func(after string, limit int) ([]Message, error) {
		return petParentMessages(ctx, s.db, practiceID, petParentID, after, limit)
	})
}

// ByState lists the practice's messages in one state; an empty state lists all.
func (s *Service) ByState(ctx context.Context, practiceID string, state State, p Page) (List, error) {
	return page(p, func(after string, limit int) ([]Message, error) {
		return stateMessages(ctx, s.db, practiceID, state, after, limit)
	})
}

// WrittenSince is how many messages of a template were written to an account
// after a moment, sent or not.
func (s *Service) WrittenSince(ctx context.Context, r db.Reader, practiceID, accountID, template string, since time.Time) (int, error) {
	return countWritten(ctx, r, practiceID, accountID, template, since)
}

// Waiting is how many of the practice's messages have not left yet. Where
// Holding is not empty, administrators are told both.
func (s *Service) Waiting(ctx context.Context, practiceID string) (int, error) {
	return countWaiting(ctx, s.db, practiceID)
}

// WaitingEverywhere is the same over all practices and the platform, for
// whoever runs the server.
func (s *Service) WaitingEverywhere(ctx context.Context) (int, error) {
	return countWaitingEverywhere(ctx, s.db)
}

// page reads one more than asked, to know whether there is more.
func page(p Page, read func(after string, limit int) ([]Message, error)) (List, error) {
	limit := p.Limit
	if limit < 1 || limit > 200 {
		limit = 50
	}
	messages, err := read(p.After, limit+1)
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
