package signin

import (
	"context"
	"errors"
	"strconv"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/lang"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// StartByLink begins the first sign-in of a pet parent with an activation
// link; keep is "Keep me signed in". The link is used up later, by the new
// password.
func (s *Service) StartByLink(ctx context.Context, practiceID, token string, keep bool) (Outcome, error) {
	l, err := s.Factors.FindLink(ctx, s.DB, practiceID, factor.Activation, token)
	if err != nil {
		return Outcome{}, err
	}
	return s.startByLink(ctx, l, keep)
}

// StartByLinkAnywhere is StartByLink for programs, which send the token alone.
func (s *Service) StartByLinkAnywhere(ctx context.Context, token string, keep bool) (Outcome, error) {
	l, err := s.Factors.FindAnyLink(ctx, s.DB, factor.Activation, token)
	if err != nil {
		return Outcome{}, err
	}
	return s.startByLink(ctx, l, keep)
}

// Activated is which pet parent an activation link was sent to; reading it
// changes nothing.
func (s *Service) Activated(ctx context.Context, practiceID, token string) (account.Account, error) {
	l, err := s.Factors.FindLink(ctx, s.DB, practiceID, factor.Activation, token)
	if err != nil {
		return account.Account{}, err
	}
	return s.activated(ctx, l)
}

func (s *Service) activated(ctx context.Context, l factor.Link) (account.Account, error) {
	a, err := s.Accounts.Get(ctx, s.DB, l.PracticeID, l.AccountID)
	if err == nil && (!a.Active || a.Onboarded() || l.Address != account.Key(a.RecoveryEmail)) {
		err = factor.ErrLinkVoid
	}
	return a, err
}

func (s *Service) startByLink(ctx context.Context, l factor.Link, keep bool) (Outcome, error) {
	a, err := s.activated(ctx, l)
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := s.Accounts.Hold(ctx, tx, a.PracticeID, a.ID); errors.Is(err, account.ErrNotFound) {
			return factor.ErrLinkVoid // the login was deleted at this moment
		} else if err != nil {
			return err
		}
		st, err := s.complete(ctx, tx, State{Account: a, Proof: ByLink, ProofID: l.ID, Keep: keep})
		if err != nil {
			return err
		}
		if out, err = s.begin(ctx, tx, st); err != nil {
			return err
		}
		return s.Onboarding.NoteEntered(ctx, tx, a.PracticeID, a.ID, l.ID)
	})
	return out, err
}

// ConfirmDetails stores what the pet parent confirmed or corrected. Nothing is
// changed or proposed before the first sign-in is complete.
func (s *Service) ConfirmDetails(ctx context.Context, in petparent.Details) (Outcome, error) {
	var out Outcome
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		st, err := s.load(ctx, tx)
		if err != nil {
			return err
		}
		if !st.FirstSignIn() { // correcting again before the password is fine
			return ErrOutOfOrder
		}
		if err := s.Onboarding.Confirm(ctx, tx, st.Account, in); err != nil {
			return err
		}
		st.DetailsConfirmed = true
		out, err = s.advance(ctx, tx, st)
		return err
	})
	return out, err
}

// ChoosePassword is the step NewPassword. It completes the first sign-in: storing the password, deleting
// the temporary one, taking over the details and making the session are one
// transaction. Of several at once one wins; the others get ErrAlreadyIn.
func (s *Service) ChoosePassword(ctx context.Context, in factor.Chosen) (Outcome, error) {
	st, err := s.expect(ctx, s.DB, NewPassword)
	if err != nil {
		return Outcome{}, err
	}
	policy, err := s.Practices.Policy(ctx, s.DB, st.Account.PracticeID)
	if err != nil {
		return Outcome{}, err
	}
	hash, err := s.hashOwn(ctx, st.Account, in)
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if st.Renews {
			out, err = s.renew(ctx, tx, st, hash)
		} else {
			out, err = s.firstSignIn(ctx, tx, st, hash, policy)
		}
		return err
	})
	return out, err
}

func (s *Service) hashOwn(ctx context.Context, a account.Account, in factor.Chosen) (string, error) {
	rules, err := s.Factors.RulesFor(ctx, s.DB, a)
	if err != nil {
		return "", err
	}
	if err := in.Check(rules); err != nil {
		return "", err
	}
	same, err := s.Factors.IsTemporary(ctx, a.PracticeID, a.ID, in)
	if err != nil {
		return "", err
	}
	if same {
		return "", fault.Complain("new_password", "This is the temporary password. Choose one that only you know.")
	}
	return s.Factors.HashChosen(ctx, rules, in)
}

func (s *Service) firstSignIn(ctx context.Context, tx *db.Tx, st State, hash string, policy practice.Policy) (Outcome, error) {
	a := st.Account
	won, err := s.Accounts.MarkOnboarded(ctx, tx, a.PracticeID, a.ID)
	if err != nil {
		return Outcome{}, err
	}
	if !won {
		return Outcome{}, ErrAlreadyIn
	}
	// Looked at again: it may have been re-issued while the password was hashed.
	if err := s.proofStands(ctx, tx, st); err != nil {
		return Outcome{}, err
	}
	if st.Proof == ByLink {
		if err := s.Factors.UseLink(ctx, tx, factor.Link{ID: st.ProofID, PracticeID: a.PracticeID}); err != nil {
			return Outcome{}, err
		}
	}
	if err := s.Factors.SetPassword(ctx, tx, a.PracticeID, a.ID, hash); err != nil {
		return Outcome{}, err
	}
	if err := s.Factors.DeleteTemporary(ctx, tx, a.PracticeID, a.ID); err != nil {
		return Outcome{}, err
	}
	if err := s.Factors.EndLinks(ctx, tx, a.PracticeID, a.ID, ""); err != nil {
		return Outcome{}, err
	}
	if err := s.Onboarding.TakeOver(ctx, tx, a, policy.AcceptChanges); err != nil {
		return Outcome{}, err
	}
	if st, err = s.keepLanguage(ctx, tx, st); err != nil {
		return Outcome{}, err
	}
	done := s.entry(st, audit.OnboardingDone)
	done.Detail["language"] = st.Account.Lang
	if err := s.Audit.Record(ctx, tx, done); err != nil {
		return Outcome{}, err
	}
	st.Account.OnboardedAt = s.Clock.Now()
	if Next(st) != Done {
		if st, err = s.goOnByPassword(ctx, tx, st); err != nil {
			return Outcome{}, err
		}
	}
	return s.advance(ctx, tx, st)
}

// keepLanguage makes the language of the first sign-in the one that the person is
// spoken to in from then on.
func (s *Service) keepLanguage(ctx context.Context, tx *db.Tx, st State) (State, error) {
	spoken := lang.Or(access.ViewerFrom(ctx).Lang, st.Account.Lang)
	if spoken == st.Account.Lang {
		return st, nil
	}
	st.Account.Lang = spoken
	return st, s.Accounts.SetLang(ctx, tx, st.Account, spoken)
}

// goOnByPassword lets a sign-in go on after the first password was chosen in it:
// from then on that is what it rests on.
func (s *Service) goOnByPassword(ctx context.Context, tx *db.Tx, st State) (State, error) {
	p, err := s.Factors.PasswordOf(ctx, tx, st.Account.PracticeID, st.Account.ID)
	if err != nil {
		return st, err
	}
	st.Proof, st.ProofID = ByPassword, strconv.FormatInt(p.Version, 10)
	return st, restOn(ctx, tx, st)
}

// ChooseBranch chooses where the person works in this session.
func (s *Service) ChooseBranch(ctx context.Context, branchID string) (Outcome, error) {
	var out Outcome
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		st, err := s.expect(ctx, tx, ChooseBranch)
		if err != nil {
			return err
		}
		for _, b := range st.Branches {
			if b.ID == branchID {
				st.BranchID = b.ID
			}
		}
		if st.BranchID == "" {
			return st.barredChoice(branchID)
		}
		if err := s.holdPassword(ctx, tx, st); err != nil {
			return err
		}
		out, err = s.advance(ctx, tx, st)
		return err
	})
	return out, err
}

// holdPassword keeps the password that began the sign-in from being replaced
// while the session is made.
func (s *Service) holdPassword(ctx context.Context, tx *db.Tx, st State) error {
	version, err := strconv.ParseInt(st.ProofID, 10, 64)
	if err != nil {
		return err
	}
	held, err := s.Factors.HoldPassword(ctx, tx, st.Account.PracticeID, st.Account.ID, version)
	if err == nil && !held {
		err = ErrOver
	}
	return err
}
