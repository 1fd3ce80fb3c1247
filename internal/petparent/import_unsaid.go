package petparent

import "slices"

// following leaves what the import does not say as the one before said it: a
// column that is not in the file is unknown, not empty.
func (in HouseholdInput) following(before HouseholdInput) HouseholdInput {
	if in.HomeBranchID == "" {
		in.HomeBranchID = before.HomeBranchID
	}
	if len(in.Unsaid) == 0 || before.ExternalID == "" {
		return in
	}
	if slices.Contains(in.Unsaid, FactPets) {
		in.Pets = before.Pets
	}
	in.Pets = slices.Clone(in.Pets)
	for i, pet := range in.Pets {
		at := slices.IndexFunc(before.Pets, func(p PetInput) bool { return p.ExternalID == pet.ExternalID })
		if at >= 0 {
			in.Pets[i] = pet.following(before.Pets[at], in.Unsaid)
		}
	}
	in.People = slices.Clone(in.People)
	for i := range min(len(in.People), len(before.People)) {
		in.People[i] = in.People[i].following(before.People[i], in.Unsaid)
	}
	return in
}

func (p PersonInput) following(before PersonInput, unsaid []Fact) PersonInput {
	said := len(p.Phones)
	for _, phone := range before.Phones {
		if slices.Contains(unsaid, FactPhone+Fact(phone.Kind)) && !slices.Contains(p.Phones, phone) {
			p.Phones = append(slices.Clip(p.Phones), phone)
		}
	}
	if len(p.Phones) == said {
		return p
	}
	slices.SortStableFunc(p.Phones, func(a, b Phone) int {
		return order(before.Phones, a) - order(before.Phones, b)
	})
	return p
}

// order is the place of a phone in the list before; new ones come last.
func order(before []Phone, p Phone) int {
	if at := slices.Index(before, p); at >= 0 {
		return at
	}
	return len(before)
}

func (p PetInput) following(before PetInput, unsaid []Fact) PetInput {
	for _, fact := range unsaid {
		switch fact {
		case FactSpecies:
			p.Species = before.Species
		case FactBreed:
			p.Breed = before.Breed
		case FactSex:
			p.Sex, p.Neutered = before.Sex, before.Neutered
		case FactBorn:
			p.BornOn = before.BornOn
		case FactDeceased:
			p.Deceased = before.Deceased
		case FactDied:
			p.DiedOn = before.DiedOn
		case FactOwnership:
			p.Percentage, p.Main = before.Percentage, before.Main
		}
	}
	return p
}
