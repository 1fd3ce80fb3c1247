package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// Composition is what somebody has typed on the page Compose Email and not sent.
type Composition struct {
	PetParent string // on whose profile
	To        []string
	Template  string
	Subject   string
	Body      string
	HTML      bool // the body is HTML
	Despite   bool
	Brings    bool // the page said that it brings credentials
}

// The life of what was typed, and of the marks of what was sent.
const (
	draftLife = time.Hour
	markLife  = 7 * 24 * time.Hour
	maxMark   = 64
	maxDraft  = 200 << 10 // bytes
)

// ErrNotKept answers for what was typed too long ago, or by somebody else.
var ErrNotKept = fault.New(fault.Gone, "draft-not-kept",
	"What was typed here is not kept any more. Write the message again.")

// once refuses a form that has sent before. Of several at once one is first.
func (s *Service) once(ctx context.Context, tx *db.Tx, mark string) error {
	if mark == "" {
		return nil
	}
	if len(mark) > maxMark {
		return fault.Complain("mark", "Use at most 64 characters.")
	}
	v := access.ViewerFrom(ctx)
	n, err := tx.Exec(ctx, `
		INSERT INTO composed (practice_id, account_id, mark, sent, created_at) VALUES ($1, $2, $3, TRUE, $4)
		ON CONFLICT (practice_id, account_id, mark) DO UPDATE SET sent = TRUE, draft = '', created_at = $4 WHERE NOT composed.sent`,
		v.PracticeID, v.ActorID(), mark, s.Clock.Now())
	if err == nil && n == 0 {
		return ErrSentAlready
	}
	return err
}

// Keep keeps what was typed for an hour, for who typed it. ErrSentAlready.
func (s *Service) Keep(ctx context.Context, mark string, d Composition) error {
	content, err := json.Marshal(d)
	if err != nil {
		return err
	}
	switch {
	case mark == "" || len(mark) > maxMark:
		return fault.Complain("mark", "Open the page again.")
	case len(content) > maxDraft:
		return fault.Complain("text", "Use at most 48 kB.")
	}
	v := access.ViewerFrom(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `
			INSERT INTO composed (practice_id, account_id, mark, sent, draft, created_at) VALUES ($1, $2, $3, FALSE, $4, $5)
			ON CONFLICT (practice_id, account_id, mark) DO UPDATE SET draft = $4, created_at = $5 WHERE NOT composed.sent`,
			v.PracticeID, v.ActorID(), mark, string(content), s.Clock.Now())
		if err == nil && n == 0 {
			return ErrSentAlready
		}
		return err
	})
}

// Kept is what the viewer typed on a pet parent's profile. ErrNotKept.
func (s *Service) Kept(ctx context.Context, petParentID, mark string) (d Composition, err error) {
	v := access.ViewerFrom(ctx)
	content, err := db.One(ctx, s.DB, func(r db.Scanner) (c string, err error) { return c, r.Scan(&c) }, `
		SELECT draft FROM composed WHERE practice_id = $1 AND account_id = $2 AND mark = $3 AND NOT sent AND created_at > $4`,
		v.PracticeID, v.ActorID(), mark, s.Clock.Now().Add(-draftLife))
	if errors.Is(err, db.ErrNone) {
		return d, ErrNotKept
	}
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal([]byte(content), &d); err != nil {
		return d, err
	}
	if d.PetParent != petParentID {
		return Composition{}, ErrNotKept
	}
	return d, nil
}

// ForgetDrafts forgets what was typed and not sent to a pet parent, by whomever:
// identifiers are long enough to occur in no other draft.
func (s *Service) ForgetDrafts(ctx context.Context, tx *db.Tx, practiceID, petParentID string) error {
	_, err := tx.Exec(ctx, `
		UPDATE composed SET draft = '', sent = TRUE WHERE practice_id = $1 AND NOT sent AND draft LIKE '%' || $2 || '%'`, practiceID, petParentID)
	return err
}

// Sweep forgets what was typed and not sent, and the marks of what was sent long
// ago.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.Clock.Now()
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM composed WHERE created_at <= $1 AND (NOT sent OR created_at <= $2)`,
			now.Add(-draftLife), now.Add(-markLife))
		return err
	})
}
