package petparent

import (
	"context"
	"encoding/json"
	"errors"

	"catflap/internal/foundation/db"
)

const (
	personColumns = `p.id, p.practice_id, p.household_id, p.position, p.account_id, p.first_name, p.last_name, p.email,
		p.emails, p.email_problem, p.phones, p.search, p.sort_key, p.words, p.created_at, p.updated_at,
		p.email_refused_at, p.email_refused, p.opted_out_at, p.opted_out_by`
	selectPerson = `SELECT ` + personColumns + ` FROM pet_parent p`

	petColumns = `x.id, x.practice_id, x.system, x.external_id, x.name, x.species, x.breed, x.sex, x.neutered, x.born_on,
		x.deceased, x.died_on, x.inactive, x.deleted, x.created_at, x.updated_at`
	selectPet = `SELECT ` + petColumns + ` FROM pet x`

	householdColumns = `h.id, h.practice_id, h.system, h.external_id, h.home_branch_id, h.company, h.active, h.deleted,
		h.opt_out, h.merged_into, h.created_at, h.updated_at`
)

// personScan holds the columns that are not fields of PetParent as they stand.
type personScan struct{ emails, phones string }

func (s *personScan) into(p *PetParent) []any {
	return []any{
		&p.ID, &p.PracticeID, &p.HouseholdID, &p.Position, &p.AccountID, &p.FirstName, &p.LastName, &p.Email,
		&s.emails, &p.EmailProblem, &s.phones, &p.stored.search, &p.stored.sortKey, &p.stored.rules, &p.CreatedAt, &p.UpdatedAt,
		&p.Refused.At, &p.Refused.Words, &p.OptedOutAt, &p.OptedOutBy,
	}
}

func (s *personScan) finish(p *PetParent) error {
	return errors.Join(json.Unmarshal([]byte(s.emails), &p.Emails), json.Unmarshal([]byte(s.phones), &p.Phones))
}

func scanPerson(s db.Scanner) (PetParent, error) {
	var p PetParent
	var rest personScan
	if err := s.Scan(rest.into(&p)...); err != nil {
		return p, err
	}
	return p, rest.finish(&p)
}

func petFields(p *Pet) []any {
	return []any{
		&p.ID, &p.PracticeID, &p.System, &p.ExternalID, &p.Name, &p.Species, &p.Breed, &p.Sex, &p.Neutered, &p.BornOn,
		&p.Deceased, &p.DiedOn, &p.Inactive, &p.Deleted, &p.CreatedAt, &p.UpdatedAt,
	}
}

func scanPet(s db.Scanner) (p Pet, err error) { return p, s.Scan(petFields(&p)...) }

func scanOwnedPet(s db.Scanner) (p OwnedPet, err error) {
	err = s.Scan(append(petFields(&p.Pet), &p.Ownership.HouseholdID, &p.Ownership.PetID, &p.Ownership.Percentage, &p.Ownership.Main)...)
	return p, err
}

func householdFields(h *Household) []any {
	return []any{
		&h.ID, &h.PracticeID, &h.System, &h.ExternalID, &h.HomeBranchID, &h.Company, &h.Active, &h.Deleted,
		&h.OptOut, &h.MergedInto, &h.CreatedAt, &h.UpdatedAt,
	}
}

func household(ctx context.Context, r db.Reader, practiceID, householdID string) (Household, error) {
	scan := func(s db.Scanner) (h Household, err error) { return h, s.Scan(householdFields(&h)...) }
	return db.One(ctx, r, scan, `
		SELECT `+householdColumns+` FROM household h WHERE h.practice_id = $1 AND h.id = $2`, practiceID, householdID)
}

func persons(ctx context.Context, r db.Reader, practiceID, householdID string) ([]PetParent, error) {
	return db.All(ctx, r, scanPerson, selectPerson+`
		WHERE p.practice_id = $1 AND p.household_id = $2 ORDER BY p.position`, practiceID, householdID)
}

func ownedPets(ctx context.Context, r db.Reader, practiceID, householdID string) ([]OwnedPet, error) {
	return db.All(ctx, r, scanOwnedPet, `
		SELECT `+petColumns+`, o.household_id, o.pet_id, o.percentage, o.main
		FROM pet_owner o JOIN pet x ON x.practice_id = o.practice_id AND x.id = o.pet_id
		WHERE o.practice_id = $1 AND o.household_id = $2 AND NOT x.deleted
		ORDER BY x.deceased, x.name, x.id`, practiceID, householdID)
}

func login(ctx context.Context, r db.Reader, practiceID, accountID string) (Login, error) {
	scan := func(s db.Scanner) (l Login, err error) {
		return l, s.Scan(&l.AccountID, &l.LoginID, &l.RecoveryEmail, &l.PendingEmail, &l.Active, &l.OnboardedAt, &l.LastSignInAt, &l.Lang)
	}
	return db.One(ctx, r, scan, `
		SELECT a.id, a.login_id, a.recovery_email, a.pending_email, a.active, a.onboarded_at, a.last_sign_in_at, a.lang
		FROM account a WHERE a.practice_id = $1 AND a.id = $2`, practiceID, accountID)
}

// lockedPerson reads a person that nobody else can change until the end of the
// transaction: an update without effect holds the row on every dialect.
func lockedPerson(ctx context.Context, tx *db.Tx, practiceID, petParentID string) (PetParent, error) {
	if _, err := tx.Exec(ctx, `
		UPDATE pet_parent SET updated_at = updated_at WHERE practice_id = $1 AND id = $2`, practiceID, petParentID); err != nil {
		return PetParent{}, err
	}
	return found(db.One(ctx, tx, scanPerson, selectPerson+` WHERE p.practice_id = $1 AND p.id = $2`, practiceID, petParentID))
}

// lockedPersons is lockedPerson for everybody of a household.
func lockedPersons(ctx context.Context, tx *db.Tx, practiceID, householdID string) ([]PetParent, error) {
	if _, err := tx.Exec(ctx, `
		UPDATE pet_parent SET updated_at = updated_at WHERE practice_id = $1 AND household_id = $2`, practiceID, householdID); err != nil {
		return nil, err
	}
	return persons(ctx, tx, practiceID, householdID)
}

// lockedPet is lockedPerson for a pet.
func lockedPet(ctx context.Context, tx *db.Tx, practiceID, petID string) (Pet, error) {
	if _, err := tx.Exec(ctx, `
		UPDATE pet SET updated_at = updated_at WHERE practice_id = $1 AND id = $2`, practiceID, petID); err != nil {
		return Pet{}, err
	}
	p, err := db.One(ctx, tx, scanPet, selectPet+` WHERE x.practice_id = $1 AND x.id = $2`, practiceID, petID)
	if errors.Is(err, db.ErrNone) {
		return p, ErrNotFound
	}
	return p, err
}

func insertPerson(ctx context.Context, tx *db.Tx, p PetParent, i index) error {
	emails, phones, err := lists(p)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO pet_parent (id, practice_id, household_id, position, first_name, last_name, email, email_key, emails,
			email_problem, phones, search, sort_key, words, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		p.ID, p.PracticeID, p.HouseholdID, p.Position, p.FirstName, p.LastName, p.Email, Fold(p.Email), emails,
		p.EmailProblem, phones, i.search, i.sortKey, i.rules, p.CreatedAt, p.UpdatedAt); err != nil {
		return err
	}
	return i.store(ctx, tx, p)
}

// updatePerson stores a person that is held; how they are found follows by
// reindex, or is stored too.
func updatePerson(ctx context.Context, tx *db.Tx, p PetParent, i index) error {
	emails, phones, err := lists(p)
	if err != nil {
		return err
	}
	if _, err = tx.Exec(ctx, `
		UPDATE pet_parent SET first_name = $3, last_name = $4, email = $5, email_key = $6, emails = $7, email_problem = $8,
			phones = $9, search = $10, sort_key = $11, words = $12, updated_at = $13,
			email_refused_at = CASE WHEN email_key = $6 THEN email_refused_at END,
			email_refused = CASE WHEN email_key = $6 THEN email_refused ELSE '' END
		WHERE practice_id = $1 AND id = $2`,
		p.PracticeID, p.ID, p.FirstName, p.LastName, p.Email, Fold(p.Email), emails, p.EmailProblem,
		phones, i.search, i.sortKey, i.rules, p.UpdatedAt); err != nil {
		return err
	}
	return i.store(ctx, tx, p)
}

func lists(p PetParent) (emails, phones string, err error) {
	e, err := json.Marshal(append([]string{}, p.Emails...)) // [] rather than null
	if err != nil {
		return "", "", err
	}
	f, err := json.Marshal(append([]Phone{}, p.Phones...))
	return string(e), string(f), err
}

func insertPet(ctx context.Context, tx *db.Tx, p Pet) (inserted bool, err error) {
	n, err := tx.Exec(ctx, `
		INSERT INTO pet (id, practice_id, system, external_id, name, species, breed, sex, neutered, born_on, deceased,
			died_on, inactive, deleted, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT (practice_id, system, external_id) DO NOTHING`,
		p.ID, p.PracticeID, p.System, p.ExternalID, p.Name, p.Species, p.Breed, p.Sex, p.Neutered, p.BornOn, p.Deceased,
		p.DiedOn, p.Inactive, p.Deleted, p.CreatedAt, p.UpdatedAt)
	return n == 1, err
}

func updatePet(ctx context.Context, tx *db.Tx, p Pet) error {
	_, err := tx.Exec(ctx, `
		UPDATE pet SET name = $3, species = $4, breed = $5, sex = $6, neutered = $7, born_on = $8, deceased = $9,
			died_on = $10, inactive = $11, deleted = $12, updated_at = $13
		WHERE practice_id = $1 AND id = $2`,
		p.PracticeID, p.ID, p.Name, p.Species, p.Breed, p.Sex, p.Neutered, p.BornOn, p.Deceased,
		p.DiedOn, p.Inactive, p.Deleted, p.UpdatedAt)
	return err
}

// householdsOf lists the households that own the pet.
func householdsOf(ctx context.Context, r db.Reader, practiceID, petID string) ([]string, error) {
	scan := func(s db.Scanner) (id string, err error) { return id, s.Scan(&id) }
	return db.All(ctx, r, scan, `
		SELECT household_id FROM pet_owner WHERE practice_id = $1 AND pet_id = $2 ORDER BY household_id`, practiceID, petID)
}
