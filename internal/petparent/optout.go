package petparent

import (
	"context"
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
)

// How somebody came to be opted out of bulk mail.
const (
	OptedOutByLink  = "link"  // by the link in a message
	OptedOutBySelf  = "self"  // in the pet app
	OptedOutByStaff = "staff" // who was told
)

// optOutPurpose keeps the key of these links apart from every other one.
const optOutPurpose = "unsubscribe"

// ErrUnsubscribe answers to a link that is not ours, or not this practice's, and
// for somebody who is not on record any more: all the same.
var ErrUnsubscribe = fault.New(fault.NotFound, "unsubscribe-link",
	"This link is not complete, so nothing was changed. Open it from the e-mail again, or ask your practice not to send you news.")

// UnsubscribeToken is what the link in a message carries: whom it is about, by id,
// and a keyed hash of that. It opens nothing but the page that stops news, says
// nothing about the person, and works for as long as its key is in the ring.
func (s *Service) UnsubscribeToken(practiceID, petParentID string) string {
	return petParentID + "." + base64.RawURLEncoding.EncodeToString(s.Ring.MAC(optOutPurpose, practiceID, petParentID))
}

// Unsubscribing is whom a link is about. It changes nothing: mail scanners follow
// links too. Who was merged into another record is that one. ErrUnsubscribe.
func (s *Service) Unsubscribing(ctx context.Context, practiceID, token string) (PetParent, error) {
	petParentID, mark, _ := strings.Cut(token, ".")
	sum, err := base64.RawURLEncoding.Strict().DecodeString(mark)
	if len(token) > 200 || err != nil || !id.Valid(petParentID) || !s.Ring.Matches(sum, optOutPurpose, practiceID, petParentID) {
		return PetParent{}, ErrUnsubscribe
	}
	p, err := s.Get(ctx, s.DB, practiceID, petParentID)
	if fault.Is(err, fault.NotFound) {
		now, lookErr := s.Now(ctx, practiceID, petParentID)
		if lookErr != nil {
			return p, lookErr
		}
		if now == "" {
			return p, ErrUnsubscribe
		}
		p, err = s.Get(ctx, s.DB, practiceID, now)
	}
	if fault.Is(err, fault.NotFound) {
		err = ErrUnsubscribe
	}
	return p, err
}

// OptOutInput says whether somebody wants bulk mail.
type OptOutInput struct {
	PetParentID string
	Out         bool
	By          string // one of OptedOutBy...
	Reason      string // what staff typed; they must, to take back what a person said
}

// maxReason is how long a reason may be, in code points.
const maxReason = 500

// SetOptOut keeps whether somebody wants bulk mail. Saying again what is kept
// already changes nothing. Complaints on "reason"; ErrNotFound.
func (s *Service) SetOptOut(ctx context.Context, practiceID string, in OptOutInput) error {
	in.Reason = clean(in.Reason)
	staff := in.By == OptedOutByStaff
	var c fault.Complaints
	c.Check(utf8.RuneCountInString(in.Reason) <= maxReason, "reason", "Use at most 500 characters.")
	c.Check(!staff || in.Out || in.Reason != "", "reason", "Say how you know that they want news again, for instance \"asked on the phone\".")
	if err := c.Err(); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := lockedPerson(ctx, tx, practiceID, in.PetParentID)
		if err != nil {
			return err
		}
		if in.Out == p.OptedOut() {
			return nil
		}
		at, by := time.Time{}, ""
		if in.Out {
			at, by = s.Clock.Now(), in.By
		}
		if _, err := tx.Exec(ctx, `
			UPDATE pet_parent SET opted_out_at = $3, opted_out_by = $4, updated_at = $5 WHERE practice_id = $1 AND id = $2`,
			practiceID, p.ID, at, by, s.Clock.Now()); err != nil {
			return err
		}
		h, err := household(ctx, tx, practiceID, p.HouseholdID)
		if err != nil {
			return err
		}
		changes := audit.Diff(nil, FieldNews, yesNo(!p.OptedOut()), yesNo(!in.Out))
		changes = audit.Diff(changes, "reason", "", in.Reason)
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: optOutAction(in.Out, staff), PracticeID: practiceID, AccountID: p.AccountID, Target: p.target(h.Company),
			Changes: changes, Detail: map[string]string{"by": in.By},
		})
	})
}

func optOutAction(out, staff bool) audit.Action {
	switch {
	case out && staff:
		return audit.OptOutNoted
	case out:
		return audit.OptedOut
	case staff:
		return audit.OptOutLifted
	}
	return audit.OptedIn
}

func yesNo(yes bool) string {
	if yes {
		return "true"
	}
	return "false"
}

// inheritOptOut keeps what either of two records said that become one: nobody is
// written to who did not want to.
func inheritOptOut(ctx context.Context, tx *db.Tx, stays, goes PetParent) error {
	if !goes.OptedOut() || stays.OptedOut() {
		return nil
	}
	_, err := tx.Exec(ctx, `
		UPDATE pet_parent SET opted_out_at = $3, opted_out_by = $4 WHERE practice_id = $1 AND id = $2`,
		stays.PracticeID, stays.ID, goes.OptedOutAt, goes.OptedOutBy)
	return err
}
