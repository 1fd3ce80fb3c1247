package campaign

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

// Addressee is somebody of a household to whom a message can be written.
type Addressee struct {
	Profile  petparent.Profile
	Barred   string   // why they cannot get it, as a sentence; "" when they can
	Warnings []string // why bulk mail leaves them out
}

// Addressees are the people of a household, the one of the profile first, and
// what speaks against writing to each. credentials: the message brings them
// what opens their first sign-in. petparent.ErrNotFound.
func (s *Service) Addressees(ctx context.Context, petParentID string, credentials bool) ([]Addressee, error) {
	return s.addressees(ctx, s.DB, access.ViewerFrom(ctx).PracticeID, petParentID, credentials)
}

func (s *Service) addressees(ctx context.Context, r db.Reader, practiceID, petParentID string, credentials bool) ([]Addressee, error) {
	first, err := s.PetParents.Profile(ctx, r, practiceID, petParentID)
	if err != nil {
		return nil, err
	}
	all := []Addressee{judge(first, credentials)}
	for _, other := range first.Others {
		p, err := s.PetParents.Profile(ctx, r, practiceID, other.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, judge(p, credentials))
	}
	return all, nil
}

func judge(p petparent.Profile, credentials bool) Addressee {
	a := Addressee{Profile: p}
	for _, reason := range p.NotMailable {
		switch {
		case reason == petparent.ReasonDeleted:
			a.Barred = "The record was deleted in the practice system."
		case reason == petparent.ReasonNoEmail || reason == petparent.ReasonInvalid:
		case credentials && reason == petparent.ReasonDeceased:
			a.Barred = "All pets have died, so no login credentials are sent. If they should go out all the same, use the System Login Editor."
		case credentials && reason == petparent.ReasonOptOut: // never stops mail that opens the login
		default:
			a.Warnings = append(a.Warnings, reason.Words())
		}
	}
	switch {
	case a.Barred != "":
	case !mail.ValidAddress(p.Email):
		a.Barred = "There is no e-mail address on record that mail can be sent to."
	case !credentials:
	case p.AccountID == "":
		a.Barred = "There is no login yet. Make one in the System Login Editor first."
	case !p.Login.OnboardedAt.IsZero():
		a.Barred = "They have a password of their own, which nobody can look up. Send a reset link from the System Login Editor instead."
	case !p.Login.Active:
		a.Barred = "The login is switched off. Switch it on in the System Login Editor first."
	}
	return a
}
