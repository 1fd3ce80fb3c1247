package campaign

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/lang"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

// Addressee is somebody of a household to whom a message can be written.
type Addressee struct {
	Profile  petparent.Profile
	Address  string   // where it goes: the contact e-mail, or the recovery address with credentials
	Barred   string   // why they cannot get it, as a sentence; "" when they can
	Warnings []string // why bulk mail leaves them out
}

// Elsewhere reports whether it goes to another address than the contact e-mail.
func (a Addressee) Elsewhere() bool { return a.Address != "" && a.Address != a.Profile.Email }

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

// judge says where a message to somebody goes, and what speaks against it.
// Credentials go where the login can be recovered: whoever writes messages must
// not choose that by way of the contact e-mail.
func judge(p petparent.Profile, credentials bool) Addressee {
	a := Addressee{Profile: p, Address: p.Email}
	if credentials {
		a.Address = p.Login.RecoveryEmail
	}
	for _, reason := range p.NotMailable {
		switch {
		case reason == petparent.ReasonDeleted:
			a.Barred = "The record was deleted in the practice system."
		case reason == petparent.ReasonNoEmail || reason == petparent.ReasonInvalid: // said below
		case credentials && reason == petparent.ReasonDeceased:
			a.Barred = "All pets have died, so no login credentials are sent. If they should go out all the same, use the System Login Editor."
		case credentials && reason == petparent.ReasonOptOut: // never stops mail that opens the login
		default:
			a.Warnings = append(a.Warnings, reason.Words())
		}
	}
	switch {
	case a.Barred != "":
	case credentials && p.AccountID == "":
		a.Barred = "There is no login yet. Make one in the System Login Editor first."
	case credentials && !p.Login.OnboardedAt.IsZero():
		a.Barred = "They have a password of their own, which nobody can look up. Send a reset link from the System Login Editor instead."
	case credentials && !p.Login.Active:
		a.Barred = "The login is switched off. Switch it on in the System Login Editor first."
	case credentials && !mail.ValidAddress(a.Address):
		a.Barred = "The login has no recovery address that mail can be sent to. Set one in the System Login Editor first."
	case !mail.ValidAddress(a.Address):
		a.Barred = "There is no e-mail address on record that mail can be sent to."
	}
	return a
}

// spoken is the language in which mail speaks to somebody: their own once they
// have signed in, until then the practice's usual one.
func spoken(p petparent.Profile, usual string) string {
	if p.Login.Lang != "" && !p.Login.OnboardedAt.IsZero() {
		return lang.Or(p.Login.Lang)
	}
	return lang.Or(usual)
}
