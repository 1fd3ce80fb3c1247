package signin

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
)

// SetUp begins the set-up that the pending sign-in demands.
func (s *Service) SetUp(ctx context.Context) (factor.Setup, error) {
	st, err := s.expect(ctx, s.DB, SetUpSecond)
	if err != nil {
		return factor.Setup{}, err
	}
	return s.Factors.BeginSetup(ctx, access.PracticeFrom(ctx), st.Account, st.ID)
}

// SetUpUnderway is the set-up that was begun in the pending sign-in.
// factor.ErrSetupOver when there is none.
func (s *Service) SetUpUnderway(ctx context.Context) (factor.Setup, error) {
	st, err := s.expect(ctx, s.DB, SetUpSecond)
	if err != nil {
		return factor.Setup{}, err
	}
	return s.Factors.Setup(ctx, s.DB, access.PracticeFrom(ctx), st.Account, st.ID)
}

// CancelSetUp gives up what was begun; the sign-in still waits for a factor.
func (s *Service) CancelSetUp(ctx context.Context) error {
	st, err := s.expect(ctx, s.DB, SetUpSecond)
	if err != nil {
		return err
	}
	_, err = s.Factors.CancelSetup(ctx, st.Account, st.ID)
	return err
}

// VerifySetUp finishes the set-up that the pending sign-in demands: the code is
// its second proof, and a skip that led here is used up. stored says that the
// backup codes need no step of their own. Complaints are about code;
// factor.ErrSetupOver.
func (s *Service) VerifySetUp(ctx context.Context, setupID, code string, stored bool) (factor.Verified, Outcome, error) {
	return s.setUp(ctx, stored, func(ctx context.Context, tx *db.Tx, st State) (factor.Verified, error) {
		return s.Factors.VerifySetup(ctx, tx, access.PracticeFrom(ctx), st.Account, st.ID, setupID, code)
	})
}

// SendSetUpCode mails the code with which codes by e-mail become the factor that
// the pending sign-in demands.
func (s *Service) SendSetUpCode(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		st, err := s.expect(ctx, tx, SetUpSecond)
		if err != nil {
			return err
		}
		if !st.EmailChoice {
			return factor.ErrFactorOff
		}
		return s.sendCode(ctx, tx, access.PracticeFrom(ctx), st.Account, factor.Choosing(st.ID))
	})
}

// VerifyEmail makes codes by e-mail the factor that the pending sign-in demands.
// stored is as in VerifySetUp. Complaints are about code; factor.ErrFactorOff.
func (s *Service) VerifyEmail(ctx context.Context, code string, stored bool) (factor.Verified, Outcome, error) {
	return s.setUp(ctx, stored, func(ctx context.Context, tx *db.Tx, st State) (factor.Verified, error) {
		if !st.EmailChoice {
			return factor.Verified{}, factor.ErrFactorOff
		}
		return s.Factors.ChooseEmail(ctx, tx, access.PracticeFrom(ctx), st.Account, st.ID, code)
	})
}

// setUp goes on after the factor that was missing is there. What a wrong code
// changes is kept: it counts.
func (s *Service) setUp(ctx context.Context, stored bool, finish func(context.Context, *db.Tx, State) (factor.Verified, error)) (done factor.Verified, out Outcome, err error) {
	var refused error
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		refused = nil // of a former run
		st, err := s.holdStep(ctx, tx, SetUpSecond)
		if err != nil {
			return err
		}
		if st.Second == factor.BySkip { // read again with the account held: another set-up may just have ended
			stands, err := s.Factors.HoldSkip(ctx, tx, st.Account, st.SkipID)
			if err == nil && !stands {
				err = ErrOver
			}
			if err != nil {
				return err
			}
		}
		if done, err = finish(ctx, tx, st); fault.Is(err, fault.Invalid) {
			refused = err
			return nil
		} else if err != nil {
			return err
		}
		if st.SkipID != "" && st.Second == factor.BySkip {
			ours, err := s.Factors.UseSkip(ctx, tx, st.Account.PracticeID, st.Account.ID, st.SkipID)
			if err == nil && !ours {
				err = ErrOver
			}
			if err != nil {
				return err
			}
		}
		former := st.Second
		st.Second, st.Lacks, st.Owed, st.Factor = factor.BySetup, false, false, true
		st.Stored = stored || len(done.Codes) == 0
		ours, err := proveState(ctx, tx, st, former)
		if err == nil && !ours {
			err = ErrOver
		}
		if err != nil {
			return err
		}
		if err := s.holdProof(ctx, tx, st); err != nil {
			return err
		}
		out, err = s.advance(ctx, tx, st)
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return factor.Verified{}, Outcome{}, err
	}
	out, err = beyond(out, nil)
	return done, out, err
}

// CodesAgain shows the backup codes that were made in the pending sign-in once
// more, to whoever reloaded their page; where they cannot be read any more, new
// ones. fresh tells which.
func (s *Service) CodesAgain(ctx context.Context) (codes []factor.ShownCode, fresh bool, err error) {
	st, err := s.expect(ctx, s.DB, StoreCodes)
	if err != nil {
		return nil, false, err
	}
	second, err := s.Factors.SecondOf(ctx, s.DB, st.Account.PracticeID, st.Account.ID)
	if err != nil {
		return nil, false, err
	}
	if second.Readable {
		codes, err = s.Factors.BackupCodes(ctx, access.PracticeFrom(ctx), st.Account)
		return codes, false, err
	}
	var made []secret.Text
	made, err = s.Factors.NewBackupCodes(ctx, access.PracticeFrom(ctx), st.Account)
	return factor.Fresh(made), true, err
}

// CodesStored goes on after the person said that the backup codes are stored.
func (s *Service) CodesStored(ctx context.Context) (Outcome, error) {
	var out Outcome
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		st, err := s.holdStep(ctx, tx, StoreCodes)
		if err != nil {
			return err
		}
		if err := s.Factors.CodesStored(ctx, tx, st.Account); err != nil {
			return err
		}
		st.Stored = true
		ours, err := proveState(ctx, tx, st, st.Second)
		if err == nil && !ours {
			err = ErrOver
		}
		if err != nil {
			return err
		}
		if err := s.holdProof(ctx, tx, st); err != nil {
			return err
		}
		out, err = s.advance(ctx, tx, st)
		return err
	})
	return beyond(out, err)
}
