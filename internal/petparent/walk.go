package petparent

import (
	"context"

	"catflap/internal/foundation/db"
)

// The walks read everything of a practice in parts of at most limit, each part
// behind the last record of the one before (the zero value begins), so that
// nobody needs all of it in memory. They go by what never changes. Deleted and
// inactive records are in them too.

// HouseholdsAfter walks the households by system and number there.
func (s *Service) HouseholdsAfter(ctx context.Context, practiceID string, after Household, limit int) ([]Household, error) {
	scan := func(s db.Scanner) (h Household, err error) { return h, s.Scan(householdFields(&h)...) }
	return db.All(ctx, s.DB, scan, `
		SELECT `+householdColumns+` FROM household h
		WHERE h.practice_id = $1 AND (h.system, h.external_id) > ($2, $3)
		ORDER BY h.system, h.external_id LIMIT $4`, practiceID, after.System, after.ExternalID, limit)
}

// People lists everybody of some households.
func (s *Service) People(ctx context.Context, practiceID string, households []Household) ([]PetParent, error) {
	if len(households) == 0 {
		return nil, nil
	}
	ids := make([]string, len(households))
	for i, h := range households {
		ids[i] = h.ID
	}
	args, places := db.In([]any{practiceID}, ids)
	return db.All(ctx, s.DB, scanPerson, selectPerson+`
		WHERE p.practice_id = $1 AND p.household_id IN (`+places+`) ORDER BY p.household_id, p.position`, args...)
}

// PetsAfter walks the pets by system and number there.
func (s *Service) PetsAfter(ctx context.Context, practiceID string, after Pet, limit int) ([]Pet, error) {
	return db.All(ctx, s.DB, scanPet, selectPet+`
		WHERE x.practice_id = $1 AND x.merged_into = '' AND (x.system, x.external_id) > ($2, $3)
		ORDER BY x.system, x.external_id LIMIT $4`, practiceID, after.System, after.ExternalID, limit)
}

// OwnershipsAfter walks which pets belong to which households.
func (s *Service) OwnershipsAfter(ctx context.Context, practiceID string, after Ownership, limit int) ([]Ownership, error) {
	scan := func(s db.Scanner) (o Ownership, err error) {
		return o, s.Scan(&o.HouseholdID, &o.PetID, &o.Percentage, &o.Main)
	}
	return db.All(ctx, s.DB, scan, `
		SELECT o.household_id, o.pet_id, o.percentage, o.main FROM pet_owner o
		WHERE o.practice_id = $1 AND (o.household_id, o.pet_id) > ($2, $3)
		ORDER BY o.household_id, o.pet_id LIMIT $4`, practiceID, after.HouseholdID, after.PetID, limit)
}
