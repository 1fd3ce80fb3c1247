package petparent

import (
	"context"
	"time"

	"catflap/internal/foundation/db"
)

// Addressed is a pet parent as messages to many see them.
type Addressed struct {
	PetParent            // without further addresses, phones and times
	ClientNumber  string // of the household
	Company       string
	HomeBranchID  string
	LoginID       string // "" without a login
	RecoveryEmail string // of the login
	LoginActive   bool
	OnboardedAt   time.Time // zero until the first sign-in is complete
	NotMailable   []Reason
	Pets          []Pet // name and state only; not the deleted ones
}

// Name is how the person is called.
func (a Addressed) Name() string { return a.PetParent.Name(a.Company) }

// Addressed reads at most limit pet parents of a scope in the order of their ids
// after the one with id after ("" for the first), with two statements: it is what a
// walk through a hundred thousand people asks for.
func (s *Service) Addressed(ctx context.Context, r db.Reader, practiceID string, sc Scope, after string, limit int) ([]Addressed, error) {
	q, err := s.scoped(ctx, r, practiceID, sc)
	if err != nil {
		return nil, err
	}
	q.where("p.id > ?", after)
	last := q.text("?", limit)
	households := map[string]Household{}
	// The time is the second argument of every such statement.
	all, err := db.All(ctx, r, func(row db.Scanner) (a Addressed, err error) {
		var h Household
		var now int64
		p := &a.PetParent
		err = row.Scan(&p.ID, &p.HouseholdID, &p.AccountID, &p.FirstName, &p.LastName, &p.Email, &p.EmailProblem, &p.Refused.At, &p.OptedOutAt,
			&a.ClientNumber, &h.Company, &h.HomeBranchID, &h.Active, &h.Deleted, &h.OptOut,
			&a.LoginID, &a.RecoveryEmail, &a.LoginActive, &a.OnboardedAt, &now)
		p.PracticeID, a.Company, a.HomeBranchID = practiceID, h.Company, h.HomeBranchID
		households[p.ID] = h
		return a, err
	}, `
		SELECT p.id, p.household_id, COALESCE(p.account_id, ''), p.first_name, p.last_name, p.email, p.email_problem, p.email_refused_at, p.opted_out_at,
			COALESCE(h.external_id, ''), COALESCE(h.company, ''), COALESCE(h.home_branch_id, ''), COALESCE(h.active, FALSE), COALESCE(h.deleted, TRUE),
			COALESCE(h.opt_out, TRUE), COALESCE(a.login_id, ''), COALESCE(a.recovery_email, ''), COALESCE(a.active, FALSE),
			a.onboarded_at, CAST($2 AS BIGINT)
		FROM pet_parent p
		LEFT JOIN household h ON h.id = p.household_id AND h.practice_id = p.practice_id
		LEFT JOIN account a ON a.id = p.account_id AND a.practice_id = p.practice_id
		WHERE p.practice_id = $1 AND p.id IN (
			SELECT p.id FROM pet_parent p`+rowJoin+` WHERE `+q.all()+` ORDER BY p.id LIMIT `+last+`)
		ORDER BY p.id`, q.args...)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	pets, err := s.petsOf(ctx, r, practiceID, sc, after, all[len(all)-1].ID)
	if err != nil {
		return nil, err
	}
	for i := range all {
		a := &all[i]
		a.Pets = pets[a.ID]
		a.NotMailable = NotMailable(households[a.ID], a.PetParent, a.Pets)
	}
	return all, nil
}

// petsOf are the pets of the people of a scope between two ids, by person.
func (s *Service) petsOf(ctx context.Context, r db.Reader, practiceID string, sc Scope, after, last string) (map[string][]Pet, error) {
	q, err := s.scoped(ctx, r, practiceID, sc)
	if err != nil {
		return nil, err
	}
	q.where("p.id > ?", after)
	q.where("p.id <= ?", last)
	pets := map[string][]Pet{}
	scan := func(row db.Scanner) (struct{}, error) {
		var personID string
		var known bool
		var pet Pet
		var now int64
		err := row.Scan(&personID, &known, &pet.Name, &pet.Deceased, &pet.Inactive, &now)
		if known {
			pets[personID] = append(pets[personID], pet)
		}
		return struct{}{}, err
	}
	// Left joins, so that the walk begins with the people on both databases.
	_, err = db.All(ctx, r, scan, `
		SELECT p.id, x.id IS NOT NULL, COALESCE(x.name, ''), COALESCE(x.deceased, FALSE), COALESCE(x.inactive, FALSE), CAST($2 AS BIGINT)
		FROM pet_parent p`+rowJoin+`
		LEFT JOIN pet_owner o ON o.practice_id = p.practice_id AND o.household_id = p.household_id
		LEFT JOIN pet x ON x.practice_id = o.practice_id AND x.id = o.pet_id AND NOT x.deleted
		WHERE `+q.all()+` ORDER BY p.id, x.name, x.id`, q.args...)
	return pets, err
}

// CountAddressed counts the pet parents of a scope.
func (s *Service) CountAddressed(ctx context.Context, r db.Reader, practiceID string, sc Scope) (int, error) {
	q, err := s.scoped(ctx, r, practiceID, sc)
	if err != nil {
		return 0, err
	}
	return q.count(ctx, r)
}

// Barred are those of some pet parents whom bulk mail leaves out by now, and why.
// What is wrong with an address counts only when a message is written.
func (s *Service) Barred(ctx context.Context, r db.Reader, practiceID string, people []string) (map[string]Reason, error) {
	args, places := db.In([]any{practiceID}, people)
	barred := map[string]Reason{}
	scan := func(row db.Scanner) (struct{}, error) {
		var personID, text string
		err := row.Scan(&personID, &text)
		for _, reason := range reasonsFrom(text) {
			if reason != ReasonNoEmail && reason != ReasonInvalid && barred[personID] == "" {
				barred[personID] = reason
			}
		}
		return struct{}{}, err
	}
	_, err := db.All(ctx, r, scan, `
		SELECT p.id, `+reasonsSQL()+` FROM pet_parent p JOIN household h ON h.practice_id = p.practice_id AND h.id = p.household_id
		WHERE p.practice_id = $1 AND p.id IN (`+places+`)`, args...)
	return barred, err
}
