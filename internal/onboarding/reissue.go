package onboarding

import (
	"context"
	"slices"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
	"catflap/internal/mail"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

var (
	// ErrLinksOnly answers where a mailed link is the only way in and there is no
	// address to mail it to.
	ErrLinksOnly = fault.New(fault.Conflict, "activation-links-only",
		"Your practice lets people in by a mailed link only, and there is no e-mail address on record. Add one on the Basic Info tab first.")
	// ErrDeceased answers where a cheerful message would go to somebody whose pets
	// have all died.
	ErrDeceased = fault.New(fault.Conflict, "all-pets-deceased",
		"All pets of this pet parent have died, so no welcome e-mail was sent. If they should have one all the same, tick it in the System Login Editor.")
	// ErrNotMailed and ErrNoLinks answer where words ask for what
	// cannot be mailed.
	ErrNotMailed = fault.New(fault.Conflict, "temporary-password-not-mailed",
		"Your practice does not mail temporary passwords. Take {{temporary_password}} out, or put {{link}} in its place.")
	ErrNoLinks = fault.New(fault.Conflict, "activation-links-off",
		"Your practice does not mail activation links. Take {{link}} out, or put {{temporary_password}} in its place.")
	// ErrHandOver answers to who may issue a temporary password but not see it,
	// where it can be seen at that moment only.
	ErrHandOver = fault.New(fault.Forbidden, "temporary-password-unseen",
		"At your practice a temporary password is shown once, when it is issued, and your role may not see it. Ask somebody who may show temporary passwords.")
)

// Reissue mails a pet parent who has never completed a first sign-in a fresh
// welcome e-mail; what they were given before is void. It goes to the contact
// e-mail as it is now, which becomes the recovery address: most often the first
// one got lost because of a wrong address. For a person without an e-mail a
// temporary password is issued for staff to hand over; where nobody can read it
// later, it is returned, and that it was shown is on record. petparent.ErrNoLogin,
// ErrLoginInactive, ErrSignedInBefore, ErrDeceased, ErrLinksOnly, ErrHandOver,
// ErrNotInPlan.
func (s *Service) Reissue(ctx context.Context, p access.Practice, petParentID string) (once secret.Text, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		full, err := s.holdPetApp(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		person, err := s.PetParents.Row(ctx, tx, p.ID, petParentID)
		if err != nil {
			return err
		}
		once, err = s.reissue(ctx, tx, full, person, false)
		return err
	})
	if err != nil {
		return "", err
	}
	return once, nil
}

// Words are what a welcome e-mail says instead of the usual words.
type Words struct {
	OwnTemplate string            // id of a template of the practice's own
	TextID      string            // or words from mail.Service.Compose
	Data        map[string]string // of words with the tokens of pet parents; nil: they have those of the usual e-mail
	Needs       []mail.Token      // what they are filled with
}

// ReissueWith is Reissue in the caller's transaction, with words of the caller's
// choice and only by mail. The same refusals, ErrNotMailed where the words want
// a temporary password that is not mailed at this practice, and ErrNoLinks where
// they want a link.
func (s *Service) ReissueWith(ctx context.Context, tx *db.Tx, practiceID, petParentID string, words Words) error {
	full, err := s.holdPetApp(ctx, tx, practiceID)
	if err != nil {
		return err
	}
	if err := carries(full.Policy, words.Needs); err != nil {
		return err
	}
	person, err := s.PetParents.Row(ctx, tx, practiceID, petParentID)
	if err != nil {
		return err
	}
	if !mail.ValidAddress(person.Email) {
		return ErrNoAddress
	}
	_, err = s.reissueIn(ctx, tx, full, person, welcome{words: words})
	return err
}

func (s *Service) reissue(ctx context.Context, tx *db.Tx, p practice.Practice, person petparent.Row, bulk bool) (once secret.Text, err error) {
	return s.reissueIn(ctx, tx, p, person, welcome{bulk: bulk})
}

func (s *Service) reissueIn(ctx context.Context, tx *db.Tx, p practice.Practice, person petparent.Row, w welcome) (once secret.Text, err error) {
	if person.AccountID == "" {
		return "", petparent.ErrNoLogin
	}
	// Held, so that a first sign-in that is being completed right now comes
	// either before this or after it.
	a, err := s.Accounts.Hold(ctx, tx, p.ID, person.AccountID)
	switch {
	case err != nil:
		return "", err
	case a.Onboarded():
		return "", ErrSignedInBefore
	case !a.Active:
		return "", ErrLoginInactive
	case slices.Contains(person.NotMailable, petparent.ReasonDeceased) && (mail.ValidAddress(person.Email) || mail.ValidAddress(a.RecoveryEmail)):
		return "", ErrDeceased
	}
	e := audit.Entry{Action: audit.WelcomeSent, PracticeID: p.ID, AccountID: a.ID, AccountName: a.Name}
	if mail.ValidAddress(person.Email) && person.Email != a.RecoveryEmail {
		e.Changes = audit.Diff(nil, "recovery_email", a.RecoveryEmail, person.Email)
		if err := s.moveRecovery(ctx, tx, a, person.Email); err != nil {
			return "", err
		}
		a.RecoveryEmail = person.Email
	}
	if !mail.ValidAddress(a.RecoveryEmail) {
		return s.handOver(ctx, tx, p, a)
	}
	if err := s.Audit.Record(ctx, tx, e); err != nil {
		return "", err
	}
	w.practice, w.account, w.petParentID = p, a, person.ID
	return "", s.welcome(ctx, tx, w)
}

// handOver issues a temporary password for staff to pass on. A readable one
// they look at when the person is there; the other kind is seen only now.
func (s *Service) handOver(ctx context.Context, tx *db.Tx, p practice.Practice, a account.Account) (once secret.Text, err error) {
	readable := p.Policy.TemporaryReadable
	switch {
	case !p.Policy.Temporary:
		return "", ErrLinksOnly
	case !readable && !access.ViewerFrom(ctx).May(access.TemporaryReveal):
		return "", ErrHandOver
	}
	t, plain, err := s.Factors.IssueTemporary(ctx, tx, temporaryFor(p, a, false))
	if err != nil || readable {
		return "", err
	}
	return plain, s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.TemporaryShown, PracticeID: p.ID, AccountID: a.ID, AccountName: a.Name,
		Target: audit.Target{Kind: "temporary_password", ID: t.ID},
	})
}
