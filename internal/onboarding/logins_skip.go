package onboarding

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
)

// Skip leaves a pet parent out when logins are made for all, until Unskip. With
// together everybody who waits for a login with the same address is left out
// too. It returns how many are left out now who were not before. ErrHasLogin,
// petparent.ErrNotFound.
func (s *Service) Skip(ctx context.Context, practiceID, petParentID string, together bool) (n int, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		n = 0
		person, err := s.PetParents.Row(ctx, tx, practiceID, petParentID)
		if err != nil {
			return err
		}
		if person.AccountID != "" {
			return ErrHasLogin
		}
		people := []petparent.Row{person}
		if together && person.Email != "" {
			sharing, err := s.PetParents.Sharing(ctx, tx, practiceID, []string{person.Email})
			if err != nil {
				return err
			}
			people = sharing[petparent.Fold(person.Email)]
		}
		for _, p := range people {
			if p.AccountID != "" {
				continue
			}
			skipped, err := s.skip(ctx, tx, practiceID, p)
			if err != nil {
				return err
			}
			if skipped {
				n++
			}
		}
		return nil
	})
	return n, err
}

func (s *Service) skip(ctx context.Context, tx *db.Tx, practiceID string, p petparent.Row) (bool, error) {
	n, err := tx.Exec(ctx, `
		INSERT INTO login_skip (practice_id, pet_parent_id, skipped_by, skipped_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (practice_id, pet_parent_id) DO NOTHING`, practiceID, p.ID, access.ViewerFrom(ctx).ActorID(), s.Clock.Now())
	if err != nil || n == 0 {
		return false, err
	}
	return true, s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.LoginSkipped, PracticeID: practiceID, Target: audit.Target{Kind: "pet_parent", ID: p.ID, Name: p.Name()},
	})
}

// Unskip takes Skip back for one person. petparent.ErrNotFound.
func (s *Service) Unskip(ctx context.Context, practiceID, petParentID string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		person, err := s.PetParents.Row(ctx, tx, practiceID, petParentID)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `DELETE FROM login_skip WHERE practice_id = $1 AND pet_parent_id = $2`, practiceID, petParentID)
		if err != nil || n == 0 {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.LoginUnskipped, PracticeID: practiceID, Target: audit.Target{Kind: "pet_parent", ID: person.ID, Name: person.Name()},
		})
	})
}

// Skipped lists those who are left out and have no login, at most limit, and
// counts them all.
func (s *Service) Skipped(ctx context.Context, practiceID string, limit int) (people []Sharer, all int, err error) {
	scan := func(sc db.Scanner) (Sharer, error) {
		one := Sharer{Skipped: true}
		var p petparent.PetParent
		err := sc.Scan(&one.PetParentID, &p.FirstName, &p.LastName, &one.Company, &one.Household, &all)
		one.Name = p.Name(one.Company)
		return one, err
	}
	people, err = db.All(ctx, s.DB, scan, `
		SELECT p.id, p.first_name, p.last_name, h.company, h.external_id, count(*) OVER ()
		FROM login_skip k
		JOIN pet_parent p ON p.practice_id = k.practice_id AND p.id = k.pet_parent_id
		JOIN household h ON h.practice_id = p.practice_id AND h.id = p.household_id
		WHERE k.practice_id = $1 AND p.account_id IS NULL
		ORDER BY k.skipped_at DESC, p.id LIMIT $2`, practiceID, limit)
	return people, all, err
}

// skippedPeople are the ids of all who are left out.
func skippedPeople(ctx context.Context, r db.Reader, practiceID string) (map[string]bool, error) {
	skipped := map[string]bool{}
	scan := func(sc db.Scanner) (struct{}, error) {
		var petParentID string
		err := sc.Scan(&petParentID)
		skipped[petParentID] = true
		return struct{}{}, err
	}
	_, err := db.All(ctx, r, scan, `SELECT pet_parent_id FROM login_skip WHERE practice_id = $1`, practiceID)
	return skipped, err
}
