package petparent

import (
	"strconv"
	"strings"
)

// The fields of a pet, as forms, proposals and the audit record name them.
const (
	FieldName     = "name"
	FieldSpecies  = "species"
	FieldBreed    = "breed"
	FieldSex      = "sex"
	FieldNeutered = "neutered"
	FieldBornOn   = "born_on"
	FieldDeceased = "deceased"
)

// value is a field of the person as text; phones stand one on each line.
func (p PetParent) value(field string) string {
	switch field {
	case FieldFirstName:
		return p.FirstName
	case FieldLastName:
		return p.LastName
	case FieldEmail:
		return p.Email
	case FieldPhones:
		return joinPhones(p.Phones, "\n")
	}
	return ""
}

// set is the reverse of value; fallback is the country of a number that does
// not name its own.
func (p *PetParent) set(field, value, fallback string) {
	switch field {
	case FieldFirstName:
		p.FirstName = value
	case FieldLastName:
		p.LastName = value
	case FieldEmail:
		p.setEmail(value)
	case FieldPhones:
		p.Phones = typedPhones(strings.FieldsFunc(value, func(r rune) bool { return r == '\n' }), p.Phones, fallback)
	}
}

// value is a field of the pet as text; booleans are "true" and "false".
func (p Pet) value(field string) string {
	switch field {
	case FieldName:
		return p.Name
	case FieldSpecies:
		return p.Species
	case FieldBreed:
		return p.Breed
	case FieldSex:
		return p.Sex
	case FieldNeutered:
		return optional(p.Neutered)
	case FieldBornOn:
		return p.BornOn
	case FieldDeceased:
		return strconv.FormatBool(p.Deceased)
	case FieldDiedOn:
		return p.DiedOn
	case FieldInactive:
		return strconv.FormatBool(p.Inactive)
	}
	return ""
}

// set is the reverse of value.
func (p *Pet) set(field, value string) {
	switch field {
	case FieldName:
		p.Name = value
	case FieldSpecies:
		p.Species = value
	case FieldBreed:
		p.Breed = value
	case FieldSex:
		p.Sex = value
	case FieldNeutered:
		p.Neutered = nil
		if value != "" {
			yes := value == "true"
			p.Neutered = &yes
		}
	case FieldBornOn:
		p.BornOn = value
	case FieldDeceased:
		p.Deceased = value == "true"
	case FieldDiedOn:
		p.DiedOn = value
	case FieldInactive:
		p.Inactive = value == "true"
	}
}
