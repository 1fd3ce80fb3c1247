package petparent

import (
	"context"
	"slices"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
)

// pets takes over the pets and their place in the household. It returns the
// other households in which a pet is now called differently.
func (t *takeover) pets(ctx context.Context, tx *db.Tx) (elsewhere []string, err error) {
	for _, now := range t.now.Pets {
		at := slices.IndexFunc(t.before.Pets, func(p PetInput) bool { return p.ExternalID == now.ExternalID })
		var before PetInput
		if at >= 0 {
			before = t.before.Pets[at]
		}
		petID, renamed, err := t.pet(ctx, tx, before, now)
		if err != nil {
			return nil, err
		}
		if at < 0 || now.Percentage != before.Percentage || now.Main != before.Main {
			if err := t.ownership(ctx, tx, at < 0, Ownership{
				HouseholdID: t.household.ID, PetID: petID, Percentage: now.Percentage, Main: now.Main,
			}); err != nil {
				return nil, err
			}
		}
		if !renamed {
			continue
		}
		households, err := householdsOf(ctx, tx, t.practiceID, petID)
		if err != nil {
			return nil, err
		}
		for _, h := range households {
			if h != t.household.ID && !slices.Contains(elsewhere, h) {
				elsewhere = append(elsewhere, h)
			}
		}
	}
	if !t.now.AllPets {
		return elsewhere, nil
	}
	for _, before := range t.before.Pets {
		if slices.ContainsFunc(t.now.Pets, func(p PetInput) bool { return p.ExternalID == before.ExternalID }) {
			continue
		}
		if err := t.left(ctx, tx, before.ExternalID); err != nil {
			return nil, err
		}
	}
	return elsewhere, nil
}

// ownership stores that a pet belongs to the household. What was moved or merged
// here stays as it is here: only a pet that was not there before comes in.
func (t *takeover) ownership(ctx context.Context, tx *db.Tx, fresh bool, o Ownership) error {
	if !fresh {
		return updateOwnership(ctx, tx, t.practiceID, o)
	}
	if t.source.MergedInto != "" {
		return addOwnership(ctx, tx, t.practiceID, o)
	}
	return putOwnership(ctx, tx, t.practiceID, o)
}

// left takes a pet out of the household, unless another number that was merged
// into it still lists the pet.
func (t *takeover) left(ctx context.Context, tx *db.Tx, externalID string) error {
	listed, err := listedElsewhere(ctx, tx, t.practiceID, t.household.ID, t.source.ID, t.source.System, externalID)
	if err != nil || listed {
		return err
	}
	p, err := petByKey(ctx, tx, t.practiceID, t.source.System, externalID)
	if err != nil {
		return err
	}
	return t.takePet(ctx, tx, t.practiceID, t.household.ID, p.ID)
}

func (t *takeover) pet(ctx context.Context, tx *db.Tx, before, now PetInput) (petID string, renamed bool, err error) {
	at := t.household.UpdatedAt
	p := Pet{
		ID: id.New(), PracticeID: t.practiceID, System: t.source.System, ExternalID: now.ExternalID,
		CreatedAt: at, UpdatedAt: at,
	}
	p.takeOver(PetInput{}, now)
	inserted, err := insertPet(ctx, tx, p)
	if err != nil || inserted {
		return p.ID, false, err
	}
	if p, err = petByKey(ctx, tx, t.practiceID, t.source.System, now.ExternalID); err != nil {
		return "", false, err
	}
	former := p
	p.takeOver(before, now)
	changes := former.changes(p)
	if len(changes) == 0 {
		return p.ID, false, nil
	}
	p.UpdatedAt = at
	if err := updatePet(ctx, tx, p); err != nil {
		return "", false, err
	}
	return p.ID, former.Name != p.Name || former.Deleted != p.Deleted, t.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.PetParentChanged, PracticeID: t.practiceID, Target: p.target(), Changes: changes, Detail: byImport(),
	})
}

// byImport is what the record says of a change that nobody typed here.
func byImport() map[string]string { return map[string]string{"by": "import"} }

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
