package petparent

import (
	"context"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// LoginSide says which of two logins of one person survives a merge.
type LoginSide string

// The sides.
const (
	LoginInUse   LoginSide = "" // the one that is in use, of two in use that of the record that stays
	LoginOfStays LoginSide = "stays"
	LoginOfGoes  LoginSide = "goes"
)

// The refusals of a merge that ends a login. Whoever is let in by the login that
// survives has everything that belonged to the other one, so it must be no way
// around what keeps staff out of a login that its person uses.
var (
	ErrMergeEndsLogin = fault.New(fault.Forbidden, "merge-ends-login",
		"Both have a login, and one of them would be deleted. Ask a colleague who may change logins of pet parents.")
	ErrMergeByProgram = fault.New(fault.Forbidden, "not-for-programs",
		"Both have a login, and one of them would be deleted. An API key cannot do this, whatever its permissions. Sign in as a person.")
	// ErrMergeUnproven leads to the page that asks for the password; its code is
	// that of the guard.
	ErrMergeUnproven = fault.New(fault.StepUp, "step-up-required",
		"Both have a login, and one of them is deleted. Please confirm that it is you before you go on.")
	ErrMergeEndsUsed = fault.New(fault.Conflict, "merge-ends-used-login",
		"One of the two logins has been used, the other one never. The one that was used has to stay.")
	ErrMergeEndsOlder = fault.New(fault.Conflict, "merge-ends-older-login",
		"One of the two logins was used for the first time less than 7 days ago. Let the older one stay, or merge later.")
	ErrMergeHelped = fault.New(fault.Conflict, "helped-lately",
		"Less than 7 days ago you changed how this person gets in: the recovery address, the second factor or the password of the login that would stay. Somebody else has to merge these records.")
)

// logins finds out which of two logins survives. Bars is for a choice that
// somebody made: where none was made, the survivor is one that can.
func (m *Merge) logins(now time.Time) {
	stays, goes := m.StaysNow.Login, m.GoesNow.Login
	if stays.AccountID == "" || goes.AccountID == "" {
		m.Survives, m.GoesLogin = stays, goes.AccountID != ""
		if m.GoesLogin {
			m.Survives = goes
		}
		return
	}
	staysBarred, goesBarred := endsFor(stays, goes, now), endsFor(goes, stays, now)
	m.Either = staysBarred == nil && goesBarred == nil
	switch m.Login {
	case LoginOfStays, LoginOfGoes:
		m.GoesLogin = m.Login == LoginOfGoes
	default:
		m.GoesLogin = staysBarred != nil || m.Either && !stays.Active && goes.Active
	}
	m.Survives, m.Ends, m.Bars = stays, goes, staysBarred
	if m.GoesLogin {
		m.Survives, m.Ends, m.Bars = goes, stays, goesBarred
	}
}

// endsFor is why a login cannot be the one for which another one ends.
func endsFor(survives, ends Login, now time.Time) error {
	switch {
	case ends.OnboardedAt.IsZero():
		return nil
	case survives.OnboardedAt.IsZero():
		return ErrMergeEndsUsed
	case survives.OnboardedAt.After(ends.OnboardedAt) && now.Before(survives.OnboardedAt.Add(account.RecoveryRest)):
		return ErrMergeEndsOlder
	}
	return nil
}

// MayEndLogin insists that the viewer may delete logins by merging, and has just
// proved who they are. ErrMergeEndsLogin, ErrMergeByProgram, ErrMergeUnproven.
func (s *Service) MayEndLogin(ctx context.Context) error {
	v := access.ViewerFrom(ctx)
	switch {
	case !may(ctx, access.LoginManage):
		return ErrMergeEndsLogin
	case v.KeyID != "":
		return ErrMergeByProgram
	case v.Kind != access.KindSystem && !v.Proven(s.Clock.Now()):
		return ErrMergeUnproven
	}
	return nil
}

// mayEndLogin refuses to end a login that the viewer, or nobody, may end.
func (s *Service) mayEndLogin(ctx context.Context, tx *db.Tx, m Merge) error {
	if m.Ends.AccountID == "" {
		return nil
	}
	if err := s.MayEndLogin(ctx); err != nil {
		return err
	}
	if m.Bars != nil || m.Ends.OnboardedAt.IsZero() {
		return m.Bars
	}
	a, err := s.Accounts.Get(ctx, tx, m.Person.PracticeID, m.Survives.AccountID)
	if err != nil {
		return err
	}
	by, now := access.ViewerFrom(ctx).ActorID(), s.Clock.Now()
	if by != "" && (a.ChangedBy(by, now) || a.HelpedBy(by, now) || a.HandedBy(by, now)) {
		return ErrMergeHelped
	}
	return nil
}

// mergeLogins leaves the person who stays with one login. Whose login ends that
// they have used is written to.
func (s *Service) mergeLogins(ctx context.Context, tx *db.Tx, m Merge) error {
	p := m.Person
	if m.Ends.AccountID != "" {
		if err := s.endLogin(ctx, tx, m); err != nil {
			return err
		}
	}
	if !m.GoesLogin {
		return nil
	}
	if _, err := tx.Exec(ctx, `
		UPDATE pet_parent SET account_id = NULL WHERE practice_id = $1 AND id = $2`, p.PracticeID, m.Goes); err != nil {
		return err
	}
	attached, err := s.AttachAccount(ctx, tx, p.PracticeID, p.ID, m.Survives.AccountID)
	if err == nil && !attached {
		err = ErrChangedSince
	}
	return err
}

// endLogin deletes the login that does not survive.
func (s *Service) endLogin(ctx context.Context, tx *db.Tx, m Merge) error {
	a, err := s.Accounts.Hold(ctx, tx, m.Person.PracticeID, m.Ends.AccountID)
	if err != nil {
		return err
	}
	if err := s.RemoveLogin(ctx, tx, a.PracticeID, a.ID); err != nil || !a.Onboarded() {
		return err
	}
	return s.Factors.TellEnded(ctx, tx, a, m.Person.ID)
}
