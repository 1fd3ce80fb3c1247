package petparent

import (
	"context"
	"errors"
	"time"

	"catflap/internal/foundation/db"
)

// Profile is everything that stands on a pet parent's page.
type Profile struct {
	PetParent
	Household     Household
	Others        []PetParent // of the same household
	Pets          []OwnedPet  // not the deleted ones; living ones first
	Status        Status
	Invitation    Invitation
	Locked        bool // too many failures in a row
	Login         Login
	NotMailable   []Reason
	MailState     string // as in Row
	OpenProposals int64
}

// Name is how the person is called.
func (p Profile) Name() string { return p.PetParent.Name(p.Household.Company) }

// OwnedPet is a pet with its place in the household.
type OwnedPet struct {
	Pet
	Ownership Ownership
}

// Login is what stands on the "System Login" line; zero without a login.
type Login struct {
	AccountID     string
	LoginID       string
	RecoveryEmail string
	PendingEmail  string // becomes the recovery address once its mailbox has said yes
	Active        bool
	OnboardedAt   time.Time // zero until the first sign-in is complete
	LastSignInAt  time.Time
	Lang          string // in which mail speaks to them
}

// Profile reads a pet parent with household, pets and login. ErrNotFound.
func (s *Service) Profile(ctx context.Context, r db.Reader, practiceID, petParentID string) (Profile, error) {
	row, err := s.Row(ctx, r, practiceID, petParentID)
	if err != nil {
		return Profile{}, err
	}
	p := Profile{PetParent: row.PetParent, Status: row.Status, Invitation: row.Invitation, Locked: row.Locked, NotMailable: row.NotMailable, MailState: row.MailState}
	if p.Household, err = household(ctx, r, practiceID, p.HouseholdID); err != nil {
		return Profile{}, err
	}
	people, err := persons(ctx, r, practiceID, p.HouseholdID)
	if err != nil {
		return Profile{}, err
	}
	for _, other := range people {
		if other.ID != p.ID {
			p.Others = append(p.Others, other)
		}
	}
	if p.Pets, err = ownedPets(ctx, r, practiceID, p.HouseholdID); err != nil {
		return Profile{}, err
	}
	if p.AccountID != "" {
		if p.Login, err = login(ctx, r, practiceID, p.AccountID); err != nil {
			return Profile{}, err
		}
	}
	p.OpenProposals, err = countOpen(ctx, r, practiceID, petParentID)
	return p, err
}

// Get reads one pet parent. ErrNotFound.
func (s *Service) Get(ctx context.Context, r db.Reader, practiceID, petParentID string) (PetParent, error) {
	return found(db.One(ctx, r, scanPerson, selectPerson+` WHERE p.practice_id = $1 AND p.id = $2`, practiceID, petParentID))
}

// ByAccount reads the pet parent who signs in with the account. ErrNotFound.
func (s *Service) ByAccount(ctx context.Context, r db.Reader, practiceID, accountID string) (PetParent, error) {
	return found(db.One(ctx, r, scanPerson, selectPerson+` WHERE p.practice_id = $1 AND p.account_id = $2`, practiceID, accountID))
}

// AttachAccount gives the pet parent a client account of the same practice. It
// reports false when they have one already, so that of several at once one
// wins.
func (s *Service) AttachAccount(ctx context.Context, tx *db.Tx, practiceID, petParentID, accountID string) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE pet_parent SET account_id = $3, updated_at = $4
		WHERE practice_id = $1 AND id = $2 AND account_id IS NULL AND EXISTS (
			SELECT 1 FROM account a WHERE a.practice_id = $1 AND a.id = $3 AND a.kind = 'client')`,
		practiceID, petParentID, accountID, s.Clock.Now())
	if err != nil || n == 0 {
		return false, err
	}
	return true, addLogin(ctx, tx, practiceID, petParentID, s.Clock.Now())
}

// AttachAccounts is AttachAccount for many: accounts, by pet parent, that were
// made in the same transaction and whose login ID is the contact e-mail. It
// returns how many got theirs.
func (s *Service) AttachAccounts(ctx context.Context, tx *db.Tx, practiceID string, accounts map[string]string) (int64, error) {
	rows := make([][]any, 0, len(accounts))
	for petParentID, accountID := range accounts {
		rows = append(rows, []any{petParentID, accountID})
	}
	return tx.Each(ctx, `WITH made (person, account) AS`, rows, `
		UPDATE pet_parent SET account_id = (SELECT account FROM made WHERE person = pet_parent.id), updated_at = $2
		WHERE practice_id = $1 AND id IN (SELECT person FROM made) AND account_id IS NULL`, practiceID, s.Clock.Now())
}

// LoginChanged notes that a pet parent signs in with another login ID, by which
// they are found from now on.
func (s *Service) LoginChanged(ctx context.Context, tx *db.Tx, practiceID, petParentID string) error {
	p, err := lockedPerson(ctx, tx, practiceID, petParentID)
	if err != nil {
		return err
	}
	return s.Reindex(ctx, tx, practiceID, p.HouseholdID)
}

func found(p PetParent, err error) (PetParent, error) {
	if errors.Is(err, db.ErrNone) {
		return p, ErrNotFound
	}
	return p, err
}
