package petparent

import (
	"context"
	"slices"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
)

// pets takes over the pets and their place in the household. It returns the
// other households in which a pet is now called differently.
func (m *merge) pets(ctx context.Context, tx *db.Tx) (elsewhere []string, err error) {
	for _, now := range m.now.Pets {
		at := slices.IndexFunc(m.before.Pets, func(p PetInput) bool { return p.ExternalID == now.ExternalID })
		var before PetInput
		if at >= 0 {
			before = m.before.Pets[at]
		}
		petID, renamed, err := m.pet(ctx, tx, before, now)
		if err != nil {
			return nil, err
		}
		if err := putOwnership(ctx, tx, m.practiceID, Ownership{
			HouseholdID: m.household.ID, PetID: petID, Percentage: now.Percentage, Main: now.Main,
		}); err != nil {
			return nil, err
		}
		if !renamed {
			continue
		}
		households, err := householdsOf(ctx, tx, m.practiceID, petID)
		if err != nil {
			return nil, err
		}
		for _, h := range households {
			if h != m.household.ID && !slices.Contains(elsewhere, h) {
				elsewhere = append(elsewhere, h)
			}
		}
	}
	if !m.now.AllPets {
		return elsewhere, nil
	}
	for _, before := range m.before.Pets {
		if !slices.ContainsFunc(m.now.Pets, func(p PetInput) bool { return p.ExternalID == before.ExternalID }) {
			if err := dropOwnership(ctx, tx, m.practiceID, m.household.ID, m.household.System, before.ExternalID); err != nil {
				return nil, err
			}
		}
	}
	return elsewhere, nil
}

func (m *merge) pet(ctx context.Context, tx *db.Tx, before, now PetInput) (petID string, renamed bool, err error) {
	at := m.household.UpdatedAt
	p := Pet{
		ID: id.New(), PracticeID: m.practiceID, System: m.household.System, ExternalID: now.ExternalID,
		CreatedAt: at, UpdatedAt: at,
	}
	p.takeOver(PetInput{}, now)
	inserted, err := insertPet(ctx, tx, p)
	if err != nil || inserted {
		return p.ID, false, err
	}
	if p, err = petByKey(ctx, tx, m.practiceID, m.household.System, now.ExternalID); err != nil {
		return "", false, err
	}
	former := p
	p.takeOver(before, now)
	if len(former.changes(p)) == 0 {
		return p.ID, false, nil
	}
	p.UpdatedAt = at
	return p.ID, former.Name != p.Name || former.Deleted != p.Deleted, updatePet(ctx, tx, p)
}

func (p *Pet) takeOver(before, now PetInput) {
	take(&p.Name, before.Name, now.Name)
	take(&p.Species, before.Species, now.Species)
	take(&p.Breed, before.Breed, now.Breed)
	take(&p.Sex, before.Sex, now.Sex)
	if optional(before.Neutered) != optional(now.Neutered) {
		p.Neutered = now.Neutered
	}
	take(&p.BornOn, before.BornOn, now.BornOn)
	take(&p.Deceased, before.Deceased, now.Deceased)
	take(&p.DiedOn, before.DiedOn, now.DiedOn)
	take(&p.Inactive, before.Inactive, now.Inactive)
	take(&p.Deleted, before.Deleted, now.Deleted)
}
