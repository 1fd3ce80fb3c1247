package onboarding

import (
	"context"
	"errors"
	"net/url"

	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
)

// InvitationParam is the query parameter by which the sign-in page learns from
// which welcome e-mail somebody comes. Its value is an identifier and no secret:
// it opens nothing, and is trusted for nothing but the note that the page was
// opened.
const InvitationParam = "invitation"

// invitationURL is the sign-in page as a welcome e-mail links to it.
func (s *Service) invitationURL(slug, temporaryID string) string {
	return s.LoginURL(slug) + "?" + url.Values{InvitationParam: {temporaryID}}.Encode()
}

// NoteOpened notes that the sign-in page was opened from a welcome e-mail, once
// for each. What is no invitation that waits at the practice changes nothing.
func (s *Service) NoteOpened(ctx context.Context, practiceID, temporaryID string) error {
	if !id.Valid(temporaryID) {
		return nil
	}
	accountID, err := unopened(ctx, s.DB, practiceID, temporaryID)
	if err != nil || accountID == "" {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		return putVisit(ctx, tx, visit{practiceID, accountID, temporaryID}, false, s.Clock.Now())
	})
}

// NoteLinkOpened is NoteOpened for the page of an activation link.
func (s *Service) NoteLinkOpened(ctx context.Context, practiceID, token string) error {
	l, err := s.Factors.FindLink(ctx, s.DB, practiceID, factor.Activation, token)
	if errors.Is(err, factor.ErrLinkVoid) {
		return nil
	}
	if err != nil {
		return err
	}
	known, err := visited(ctx, s.DB, l.PracticeID, l.AccountID, l.ID)
	if err != nil || known {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		return putVisit(ctx, tx, visit{l.PracticeID, l.AccountID, l.ID}, false, s.Clock.Now())
	})
}

// NoteEntered notes that a first sign-in began with a temporary password or a
// link, which invitationID names.
func (s *Service) NoteEntered(ctx context.Context, tx *db.Tx, practiceID, accountID, invitationID string) error {
	return putVisit(ctx, tx, visit{practiceID, accountID, invitationID}, true, s.Clock.Now())
}
