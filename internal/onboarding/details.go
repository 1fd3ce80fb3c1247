package onboarding

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
)

// Details is what the pet parent behind an account is asked to confirm: what
// they corrected in a broken-off first sign-in, else what is on record.
func (s *Service) Details(ctx context.Context, a account.Account) (petparent.Details, error) {
	p, err := s.PetParents.ByAccount(ctx, s.DB, a.PracticeID, a.ID)
	if err != nil {
		return petparent.Details{}, err
	}
	stored, err := s.PetParents.Details(ctx, s.DB, a.PracticeID, p.ID)
	if err != nil {
		return petparent.Details{}, err
	}
	d, confirmed, err := s.draft(ctx, s.DB, a)
	if err != nil || !confirmed {
		return stored, err
	}
	return merged(stored, d), nil
}

// DetailsConfirmed reports whether the pet parent got past this step.
func (s *Service) DetailsConfirmed(ctx context.Context, r db.Reader, practiceID, accountID string) (bool, error) {
	_, confirmed, err := s.draft(ctx, r, account.Account{ID: accountID, PracticeID: practiceID})
	return confirmed, err
}

// Confirm checks and keeps what the pet parent said. Nothing is changed or
// proposed by it yet: that is part of the transaction that completes the first
// sign-in.
func (s *Service) Confirm(ctx context.Context, tx *db.Tx, a account.Account, d petparent.Details) error {
	p, err := s.PetParents.ByAccount(ctx, tx, a.PracticeID, a.ID)
	if err != nil {
		return err
	}
	corrections, err := s.PetParents.CheckDetails(ctx, tx, a.PracticeID, p.ID, d)
	if err != nil {
		return err
	}
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO onboarding_draft (account_id, practice_id, details, confirmed_at) VALUES ($2, $1, $3, $4)
		ON CONFLICT (account_id) DO UPDATE SET details = $3, confirmed_at = $4`,
		a.PracticeID, a.ID, string(text), s.Clock.Now()); err != nil {
		return err
	}
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.DetailsConfirmed, PracticeID: a.PracticeID, AccountID: a.ID, AccountName: a.Name,
		Detail: map[string]string{"corrections": strconv.Itoa(len(corrections))},
	})
}

// TakeOver turns what was confirmed into proposals for staff, or applies it
// when the practice accepts automatically, and forgets the draft. A pet that
// left the household meanwhile is passed over.
func (s *Service) TakeOver(ctx context.Context, tx *db.Tx, a account.Account, accept bool) error {
	d, confirmed, err := s.draft(ctx, tx, a)
	if err != nil || !confirmed {
		return err
	}
	p, err := s.PetParents.ByAccount(ctx, tx, a.PracticeID, a.ID)
	if err != nil {
		return err
	}
	stored, err := s.PetParents.Details(ctx, tx, a.PracticeID, p.ID)
	if err != nil {
		return err
	}
	if _, err := s.PetParents.Correct(ctx, tx, a.PracticeID, p.ID, merged(stored, d), accept); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM onboarding_draft WHERE practice_id = $1 AND account_id = $2`, a.PracticeID, a.ID)
	return err
}

func (s *Service) draft(ctx context.Context, r db.Reader, a account.Account) (d petparent.Details, confirmed bool, err error) {
	text, err := db.One(ctx, r, func(sc db.Scanner) (t string, err error) { return t, sc.Scan(&t) },
		`SELECT details FROM onboarding_draft WHERE practice_id = $1 AND account_id = $2`, a.PracticeID, a.ID)
	if errors.Is(err, db.ErrNone) {
		return d, false, nil
	}
	if err != nil {
		return d, false, err
	}
	return d, true, json.Unmarshal([]byte(text), &d)
}

// merged is what is on record now, with what the person said about it.
func merged(stored, said petparent.Details) petparent.Details {
	stored.Person = said.Person
	for i, pet := range stored.Pets {
		at := slices.IndexFunc(said.Pets, func(d petparent.PetDetails) bool { return d.ID == pet.ID })
		if at >= 0 {
			stored.Pets[i] = said.Pets[at]
		}
	}
	return stored
}
