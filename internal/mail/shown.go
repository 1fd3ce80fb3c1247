package mail

import (
	"context"
	"errors"
	"fmt"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// The refusals of who looks at a message.
var (
	ErrNoMessage = fault.New(fault.NotFound, "message-not-found",
		"There is no such message.")
	// ErrNoWords answers for a message of which nothing is left to show.
	ErrNoWords = fault.New(fault.Gone, "message-words-gone",
		"What this message said is not stored any more.")
)

// MessageTo is one of ForPetParent. ErrNoMessage.
func (s *Service) MessageTo(ctx context.Context, practiceID, petParentID, messageID string) (Message, error) {
	m, err := db.One(ctx, s.db, scanMessage, `SELECT `+messageColumns+` FROM message
		WHERE practice_id = $1 AND petparent_id = $2 AND petparent_id <> '' AND `+ToPersonSQL+` AND id = $3`, practiceID, petParentID, messageID)
	if errors.Is(err, db.ErrNone) {
		return m, ErrNoMessage
	}
	return m, err
}

// Shown is what a message says, of the words and the data that are stored:
// secrets are dots. It has the look that the practice's mail has now. ErrNoWords.
func (s *Service) Shown(ctx context.Context, m Message) (p Preview, err error) {
	if m.To == "" {
		return p, ErrNoWords // erased
	}
	var brand Brand
	if m.PracticeID != "" {
		h, err := s.houseOf(ctx, s.db, m.PracticeID)
		if err != nil {
			return p, err
		}
		brand = h.Brand
	}
	t, err := s.templateOf(ctx, m, brand)
	if errors.Is(err, errNoTemplate) {
		return p, ErrNoWords
	}
	if err != nil {
		return p, err
	}
	secrets := map[string]string{}
	for _, token := range t.tokens {
		if token.Secret && (token.Only == "" || token.Only == m.Secret.Kind) && m.Secret.brings(token.Name) {
			secrets[token.Name] = mask
		}
	}
	tokens := s.tokens(m, secrets)
	p.Subject = m.Subject
	if p.Text, err = t.renderText(tokens); err != nil {
		return p, fmt.Errorf("show message %s: %w", m.ID, err)
	}
	if p.HTML, err = t.renderHTML(tokens); err != nil {
		return p, fmt.Errorf("show message %s: %w", m.ID, err)
	}
	return p, nil
}

// brings reports whether a token can come from the secret.
func (r SecretRef) brings(token string) bool {
	switch r.Kind {
	case "":
		return false
	case SecretTemporary:
		return token != "link"
	case SecretLink:
		return token != "temporary_password"
	}
	return true
}

// TextOf is the words that a message was written with, where a practice wrote
// them. ErrNoWords.
func (s *Service) TextOf(ctx context.Context, m Message) (Text, error) {
	if m.TextID == "" {
		return Text{}, ErrNoWords
	}
	t, err := oneText(ctx, s.db, m.PracticeID, m.TextID)
	if errors.Is(err, db.ErrNone) || err == nil && t.HTML == "" {
		return t, ErrNoWords
	}
	return t, err
}
