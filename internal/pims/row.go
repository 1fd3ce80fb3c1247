package pims

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"catflap/internal/petparent"
)

// row is one row under reading: cells by column name, and what is wrong with
// them. The first reason to reject counts.
type row struct {
	table    *table
	place    Place
	cells    [][]byte
	rejected *Reject
	warnings []Warning // Client or Pet is filled in when the row is accepted
	about    []subject // of the warnings
	country  string    // of phones, by the address; "" that of the practice
	letters  []Letter  // of the practice's own, noted when the row is accepted
}

type subject bool

const (
	aboutClient subject = false
	aboutPet    subject = true
)

// raw is a cell as decoded; empty where the file has no such column.
func (r *row) raw(column string) []byte {
	if i, ok := r.table.columns[column]; ok && i < len(r.cells) {
		return r.cells[i]
	}
	return nil
}

// text is a cell after the text rule.
func (r *row) text(column string) string { return r.limited(column, maxText) }

// name is a cell that holds a name or an id.
func (r *row) name(column string) string { return r.limited(column, maxName) }

func (r *row) limited(column string, limit int) string {
	s := clean(r.raw(column))
	if longer(s, limit) {
		r.reject(FieldTooLong, fmt.Sprintf("The cell %q has more than %d characters. Shorten it in your practice system and export again.",
			r.table.shown(column), limit))
	}
	return s
}

func (r *row) allBlank(columns ...string) bool {
	for _, c := range columns {
		if !isBlank(r.raw(c)) {
			return false
		}
	}
	return true
}

func (r *row) clientID(column string) string {
	id := r.name(column)
	if id == "" {
		r.reject(MissingClientID, fmt.Sprintf("The cell %q is empty, so the row belongs to nobody. Give the client a number and export again.",
			r.table.shown(column)))
	}
	return id
}

func (r *row) requireName(c *Client) {
	if c.First == "" && c.Last == "" && c.Company == "" {
		r.reject(MissingName, "The client has no name. Add one in your practice system and export again.")
	}
}

func (r *row) petID(column string) string {
	id := r.name(column)
	if id == "" {
		r.reject(MissingPetID, fmt.Sprintf("The cell %q is empty although the row describes a pet. Give the pet a number and export again.",
			r.table.shown(column)))
	}
	return id
}

func (r *row) petName(column string) string {
	name := r.name(column)
	if name == "" {
		r.reject(MissingPetName, fmt.Sprintf("The cell %q is empty although the row describes a pet. Name the pet and export again.",
			r.table.shown(column)))
	}
	return name
}

// emails reads all columns that hold addresses, the most important one first.
func (r *row) emails(c *Client, columns ...string) {
	c.EmailProblem = petparent.EmailMissing
	for _, column := range columns {
		r.limited(column, maxText) // nobody has thousands of addresses
		usable, bad := splitEmails(string(r.raw(column)))
		for _, m := range usable {
			if !slices.ContainsFunc(c.Emails, func(e Email) bool { return fold(e.Address) == fold(m) }) {
				c.Emails = append(c.Emails, Email{Address: m})
			}
		}
		for _, m := range bad {
			c.EmailProblem = petparent.EmailInvalid
			r.warnClient("email", BadEmail, m)
		}
	}
	if len(c.Emails) > 0 {
		c.EmailProblem = ""
	}
}

func (r *row) phone(c *Client, kind, column string) {
	text := r.text(column)
	if text == "" {
		return
	}
	p, code := r.table.phone(text, r.country)
	if code != "" {
		r.warnClient("phone", code, text)
	}
	if code != BadPhone {
		p.Kind = kind
		c.Phones = append(c.Phones, p)
	}
}

// status reads a cell that says active, inactive or one of the other words. An
// empty cell is active; an unknown word is inactive, so that nobody is written
// to by mistake.
func (r *row) status(warn func(field string, code Code, raw string), column string, others ...string) string {
	text := r.text(column)
	switch word := fold(text); word {
	case "", "active", "inactive":
		return word
	case "a":
		return "active"
	case "i":
		return "inactive"
	default:
		for _, o := range others {
			if word == o || word == o[:1] {
				return o
			}
		}
	}
	warn("status", UnknownWord, text)
	return "inactive"
}

// yes reads a cell that says yes or no. empty is what an empty cell says. An
// unknown word counts as a wish not to be written to, and as a living, inactive
// pet.
func (r *row) yes(warn func(field string, code Code, raw string), field, column string, empty bool) bool {
	text := r.text(column)
	if text == "" {
		return empty
	}
	yes, said := readYesNo(text)
	if !said {
		warn(field, UnknownWord, text)
		return field == "allow_email" || field == "status" && !empty
	}
	return yes
}

// optOut reads a cell that allows mail: an empty one does not opt out, an unknown
// word does.
func (r *row) optOut(column string) bool {
	text := r.text(column)
	if text == "" {
		return false
	}
	allowed, said := readYesNo(text)
	if !said {
		r.warnClient("allow_email", UnknownWord, text)
	}
	return !allowed
}

// address reads a postal address and lets phones be read by its country. Names of
// columns that a file does not have may be "".
func (r *row) address(country, line1, line2, city, region, postalCode string) Address {
	a := Address{City: r.text(city), Region: r.text(region), PostalCode: r.text(postalCode), Country: r.text(country)}
	for _, l := range []string{r.text(line1), r.text(line2)} {
		if l != "" {
			a.Lines = append(a.Lines, l)
		}
	}
	r.country = countryCode(a.Country)
	return a
}

func (r *row) species(p *Pet, column string) {
	text := r.text(column)
	species, known := readSpecies(text)
	if p.Species = species; !known {
		r.warnPet("species", UnknownWord, text)
		p.Said = text
	}
}

func (r *row) sex(p *Pet, column string) {
	text := r.text(column)
	sex, neutered, known := readSex(text)
	if p.Sex, p.Neutered = sex, neutered; !known {
		r.warnPet("sex", UnknownWord, text)
	}
}

// sexLetters reads systems whose letters for neutered males and spayed females
// are their own.
func (r *row) sexLetters(p *Pet, column, neutered, spayed string) {
	yes := true
	switch fold(r.text(column)) {
	case neutered:
		p.Sex, p.Neutered = "male", &yes
	case spayed:
		p.Sex, p.Neutered = "female", &yes
	default:
		r.sex(p, column)
	}
}

// date reads a pet's date as YYYY-MM-DD; field names it in warnings.
func (r *row) date(field, column string) string {
	text := r.text(column)
	if text == "" {
		return ""
	}
	written := text
	if r.table.system.bareDates {
		written = spread(text)
	}
	iso, code := readDate(written, r.table.info.DateOrder, r.table.asOf)
	if code != "" {
		r.warnPet(field, code, text)
	}
	return iso
}

// percentage reads an owner's share; an empty cell is all of it.
func (r *row) percentage(column string) string {
	text := r.text(column)
	s := strings.TrimSpace(strings.TrimSuffix(text, "%"))
	if s == "" {
		return "100"
	}
	if v, err := strconv.ParseFloat(s, 64); err != nil || !(v >= 0 && v <= 100) || strings.ContainsFunc(s, notDecimal) {
		r.warnPet("owners", BadPercentage, text)
		return "100"
	}
	return s
}

func notDecimal(c rune) bool { return !isDigit(c) && c != '.' }

func (r *row) warnClient(field string, code Code, raw string) { r.warn(aboutClient, field, code, raw) }

func (r *row) warnPet(field string, code Code, raw string) { r.warn(aboutPet, field, code, raw) }

func (r *row) warn(about subject, field string, code Code, raw string) {
	r.warnings = append(r.warnings, Warning{Place: r.place, Field: field, Code: code, Raw: raw})
	r.about = append(r.about, about)
}

func (r *row) reject(why Reason, message string) {
	if r.rejected != nil {
		return
	}
	r.rejected = &Reject{Place: r.place, Reason: why, Message: message}
	if len(r.cells) == r.table.info.Columns {
		r.rejected.Client = r.shownID(r.table.layout.clientID)
		r.rejected.Pet = r.shownID(r.table.layout.petID)
	}
}

// shownID is an id for a report on a row that may be damaged anywhere.
func (r *row) shownID(column string) string {
	if column == "" {
		return ""
	}
	id := strings.ReplaceAll(strings.ToValidUTF8(string(r.raw(column)), "\ufffd"), "\x00", "")
	if id = clean([]byte(id)); longer(id, maxName) {
		return ""
	}
	return id
}
