package onboarding

import (
	"context"
	"errors"
	"strconv"
	"time"

	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// ErrTermsNewer answers to who accepts what has been replaced meanwhile.
var ErrTermsNewer = fault.New(fault.Conflict, "terms-newer",
	"There is a newer version since you opened this page. Read that one, please.")

// AskTerms is which version of the practice's terms the pet parent has to
// accept, 0 where there are none, and whether they have. Before the first
// sign-in is complete only what was accepted with the same proof counts: a
// temporary password that was read by somebody else is re-issued.
func (s *Service) AskTerms(ctx context.Context, r db.Reader, a account.Account, proofID string) (version int, accepted bool, err error) {
	version, err = s.Practices.TermsVersion(ctx, r, a.PracticeID)
	if err != nil || version == 0 {
		return 0, true, err
	}
	proof, err := db.One(ctx, r, func(sc db.Scanner) (p string, err error) { return p, sc.Scan(&p) }, `
		SELECT proof_id FROM terms_acceptance WHERE practice_id = $1 AND account_id = $2 AND version = $3`,
		a.PracticeID, a.ID, version)
	if errors.Is(err, db.ErrNone) {
		return version, false, nil
	}
	return version, a.Onboarded() || proof == proofID, err
}

// AcceptTerms writes down that the pet parent accepts the version, once.
// ErrTermsNewer.
func (s *Service) AcceptTerms(ctx context.Context, tx *db.Tx, a account.Account, proofID string, version int) error {
	now, err := s.Practices.TermsVersion(ctx, tx, a.PracticeID)
	if err != nil {
		return err
	}
	if version != now {
		return ErrTermsNewer
	}
	again := `DO UPDATE SET proof_id = $4, accepted_at = $5 WHERE terms_acceptance.proof_id <> $4`
	if a.Onboarded() {
		again = `DO NOTHING`
	}
	n, err := tx.Exec(ctx, `
		INSERT INTO terms_acceptance (practice_id, account_id, version, proof_id, accepted_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (practice_id, account_id, version) `+again, a.PracticeID, a.ID, version, proofID, s.Clock.Now())
	if err != nil || n == 0 {
		return err
	}
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.TermsAccepted, PracticeID: a.PracticeID, AccountID: a.ID, AccountName: a.Name,
		Detail: map[string]string{"version": strconv.Itoa(version)},
	})
}

// Acceptance is a version that somebody accepted.
type Acceptance struct {
	AccountID string
	Version   int // 0: none
	At        time.Time
}

// AcceptedTerms is the newest version that the account accepted.
func (s *Service) AcceptedTerms(ctx context.Context, r db.Reader, practiceID, accountID string) (Acceptance, error) {
	a, err := db.One(ctx, r, scanAcceptance, selectAcceptance+`
		WHERE practice_id = $1 AND account_id = $2 ORDER BY version DESC LIMIT 1`, practiceID, accountID)
	if errors.Is(err, db.ErrNone) {
		return Acceptance{}, nil
	}
	return a, err
}

// CountAccepted counts who accepted a version.
func (s *Service) CountAccepted(ctx context.Context, practiceID string, version int) (int, error) {
	return db.One(ctx, s.DB, func(sc db.Scanner) (n int, err error) { return n, sc.Scan(&n) }, `
		SELECT count(*) FROM terms_acceptance WHERE practice_id = $1 AND version = $2`, practiceID, version)
}
