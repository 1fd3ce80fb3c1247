package petparent

import (
	"slices"
	"strings"
)

// Reason is why a person cannot be mailed in bulk.
type Reason string

// The reasons, in the order in which they are told.
const (
	ReasonDeleted  Reason = "deleted"
	ReasonInactive Reason = "inactive"
	ReasonOptOut   Reason = "opt_out"
	ReasonNoEmail  Reason = "no_email"
	ReasonInvalid  Reason = "invalid_email"
	ReasonRefused  Reason = "refused_email"
	ReasonDeceased Reason = "all_pets_deceased"
)

// Reasons lists every reason, in the order in which they are told.
func Reasons() []Reason {
	return []Reason{ReasonDeleted, ReasonInactive, ReasonOptOut, ReasonNoEmail, ReasonInvalid, ReasonRefused, ReasonDeceased}
}

// Words is the reason as people read it.
func (r Reason) Words() string {
	switch r {
	case ReasonDeleted:
		return "Deleted record"
	case ReasonInactive:
		return "Inactive client"
	case ReasonOptOut:
		return "Opted out"
	case ReasonNoEmail:
		return "No e-mail"
	case ReasonInvalid:
		return "Invalid e-mail"
	case ReasonRefused:
		return "E-mail came back"
	case ReasonDeceased:
		return "All pets deceased"
	}
	return string(r)
}

// NotMailable lists all reasons why the person is left out of bulk mail; none
// means that they can be mailed. Security mail asks only for an address.
// reasonSQL says the same in the database.
func NotMailable(h Household, p PetParent, pets []Pet) []Reason {
	kept, living := 0, 0
	for _, pet := range pets {
		if !pet.Deleted {
			kept++
			if !pet.Deceased {
				living++
			}
		}
	}
	applies := map[Reason]bool{
		ReasonDeleted:  h.Deleted,
		ReasonInactive: !h.Active,
		ReasonOptOut:   h.OptOut || p.OptedOut(),
		ReasonNoEmail:  p.Email == "" && p.EmailProblem != EmailInvalid,
		ReasonInvalid:  p.Email == "" && p.EmailProblem == EmailInvalid,
		ReasonRefused:  !p.Refused.At.IsZero(),
		ReasonDeceased: kept > 0 && living == 0,
	}
	return slices.DeleteFunc(Reasons(), func(r Reason) bool { return !applies[r] })
}

// reasonSQL is the condition of one reason, for pet_parent p and household h.
func reasonSQL(r Reason) string {
	switch r {
	case ReasonDeleted:
		return `h.deleted`
	case ReasonInactive:
		return `NOT h.active`
	case ReasonOptOut:
		return `(h.opt_out OR p.opted_out_at IS NOT NULL)`
	case ReasonNoEmail:
		return `(p.email = '' AND p.email_problem <> '` + EmailInvalid + `')`
	case ReasonInvalid:
		return `(p.email = '' AND p.email_problem = '` + EmailInvalid + `')`
	case ReasonRefused:
		return `p.email_refused_at IS NOT NULL`
	case ReasonDeceased:
		// Counted rather than asked for with EXISTS, which PostgreSQL would answer
		// from the pets of all practices.
		return `(SELECT count(*) > 0 AND count(*) = count(*) FILTER (WHERE x.deceased)
			FROM pet_owner o JOIN pet x ON x.practice_id = o.practice_id AND x.id = o.pet_id
			WHERE o.practice_id = p.practice_id AND o.household_id = p.household_id AND NOT x.deleted)`
	}
	return `1 = 0`
}

// reasonsSQL is a text with every reason that applies, separated by spaces;
// empty for who can be mailed.
func reasonsSQL() string {
	parts := make([]string, 0, len(Reasons()))
	for _, r := range Reasons() {
		parts = append(parts, `CASE WHEN `+reasonSQL(r)+` THEN '`+string(r)+` ' ELSE '' END`)
	}
	return strings.Join(parts, ` || `)
}

// notMailableSQL is true for who cannot be mailed.
func notMailableSQL() string {
	parts := make([]string, 0, len(Reasons()))
	for _, r := range Reasons() {
		parts = append(parts, reasonSQL(r))
	}
	return `(` + strings.Join(parts, ` OR `) + `)`
}

func reasonsFrom(text string) []Reason {
	var reasons []Reason
	for _, word := range strings.Fields(text) {
		reasons = append(reasons, Reason(word))
	}
	return reasons
}
