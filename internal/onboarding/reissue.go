package onboarding

import (
	"context"
	"slices"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
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
	// ErrNoRecovery answers where credentials are wanted by mail and the login has
	// no address for them.
	ErrNoRecovery = fault.New(fault.Conflict, "no-recovery-address",
		"This login has no recovery address to send login credentials to. Set one in the System Login Editor first.")
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

// mails is nil where the practice mails the secrets that the words bring: all
// that they cannot do without, and at least one.
func (w Words) mails(p practice.Policy) error {
	mailed := map[string]bool{"temporary_password": p.MailsTemporary(), "link": p.MailsLink()}
	why := map[string]error{"temporary_password": ErrNotMailed, "link": ErrNoLinks}
	var missing error
	found := false
	for _, t := range w.Needs {
		switch {
		case !t.Secret:
		case mailed[t.Name]:
			found = true
		case t.Required:
			return why[t.Name]
		default:
			missing = why[t.Name]
		}
	}
	if found {
		return nil
	}
	return missing
}

// ReissueWith is Reissue in the caller's transaction, with words of the caller's
// choice and only by mail. It goes to the recovery address, which stays as it
// is. A temporary password that staff set, and that nobody was mailed, is the one
// that goes out, so that what was said on the phone stays true. The same refusals, ErrNoRecovery where there is no such address, and
// ErrNotMailed or ErrNoLinks where the words want what is not mailed at this
// practice.
func (s *Service) ReissueWith(ctx context.Context, tx *db.Tx, practiceID, petParentID string, words Words) error {
	full, err := s.holdPetApp(ctx, tx, practiceID)
	if err != nil {
		return err
	}
	if err := words.mails(full.Policy); err != nil {
		return err
	}
	person, err := s.PetParents.Row(ctx, tx, practiceID, petParentID)
	if err != nil {
		return err
	}
	_, err = s.reissueIn(ctx, tx, full, person, welcome{words: words, stays: true})
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
	if !w.stays && mail.ValidAddress(person.Email) && person.Email != a.RecoveryEmail {
		e.Changes = audit.Diff(nil, "recovery_email", a.RecoveryEmail, person.Email)
		if err := s.moveRecovery(ctx, tx, a, person.Email); err != nil {
			return "", err
		}
		a.RecoveryEmail = person.Email
	}
	switch {
	case mail.ValidAddress(a.RecoveryEmail):
	case w.stays:
		return "", ErrNoRecovery
	default:
		return s.handOver(ctx, tx, p, a)
	}
	if err := s.Audit.Record(ctx, tx, e); err != nil {
		return "", err
	}
	w.practice, w.account, w.petParentID = p, a, person.ID
	if w.stays {
		if w.kept, err = s.unmailed(ctx, tx, a); err != nil {
			return "", err
		}
	}
	return "", s.welcome(ctx, tx, w)
}

// unmailed is the temporary password of an account that works, can be read and
// never went into a message; the zero value when there is none.
func (s *Service) unmailed(ctx context.Context, tx *db.Tx, a account.Account) (factor.Temporary, error) {
	t, err := s.Factors.TemporaryOf(ctx, tx, a.PracticeID, a.ID)
	if err != nil || !t.Readable || !t.Usable(s.Clock.Now()) {
		return factor.Temporary{}, err
	}
	mailed, err := s.Mail.Carried(ctx, tx, a.PracticeID, a.ID, t.ID)
	if err != nil || mailed {
		return factor.Temporary{}, err
	}
	return t, nil
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
