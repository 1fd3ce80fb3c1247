package campaign

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// House is what messages of one practice to its pet parents have in common.
type House struct {
	Practice practice.Practice
	Branches []practice.Branch
	LoginURL string
}

// HouseOf reads it once for many messages.
func HouseOf(ctx context.Context, practices *practice.Service, r db.Reader, practiceID, loginURL string) (House, error) {
	p, err := practices.Get(ctx, r, practiceID)
	if err != nil {
		return House{}, err
	}
	branches, err := practices.Branches(ctx, r, practiceID)
	return House{Practice: p, Branches: branches, LoginURL: loginURL}, err
}

// Recipient is what messages to one pet parent are filled with.
type Recipient struct {
	Person     petparent.PetParent
	Company    string // of the household
	HomeBranch string // id; "" for none
	Pets       []petparent.Pet
	LoginID    string // "" without a login
}

// RecipientOf is the recipient of a profile.
func RecipientOf(p petparent.Profile) Recipient {
	to := Recipient{Person: p.PetParent, Company: p.Household.Company, HomeBranch: p.Household.HomeBranchID, LoginID: p.Login.LoginID}
	for _, pet := range p.Pets {
		to.Pets = append(to.Pets, pet.Pet)
	}
	return to
}

// Tokens are the values of mail.ClientTokens for a person, except secret ones
// and the address. They are text, never markup.
func (h House) Tokens(to Recipient) map[string]string {
	p := h.Practice
	tokens := map[string]string{
		"name": to.Person.Name(to.Company), "first_name": to.Person.FirstName, "last_name": to.Person.LastName,
		"pets": petNames(to.Pets), "login_id": to.LoginID, "login_url": h.LoginURL,
		"valid_for": span(p.Policy.TemporaryLife), "link_valid_for": factor.Activation.Span(),
		"practice": p.Name, "practice_phone": p.Phone, "practice_email": p.Email, "practice_hours": p.Hours,
	}
	if i := slices.IndexFunc(h.Branches, func(b practice.Branch) bool { return b.ID == to.HomeBranch }); i >= 0 {
		b := h.Branches[i]
		tokens["branch"] = b.Name
		tokens["practice_phone"] = cmp.Or(b.Phone, p.Phone)
		tokens["practice_email"], tokens["practice_hours"] = cmp.Or(b.Email, p.Email), cmp.Or(b.Hours, p.Hours)
	}
	return tokens
}

// petNames are the pets that are alive, as people list them. There is no "and"
// between the last two: the list stands in messages of four languages.
func petNames(pets []petparent.Pet) string {
	var names []string
	for _, p := range pets {
		if !p.Deceased && !p.Inactive && !p.Deleted && p.Name != "" {
			names = append(names, p.Name)
		}
	}
	return strings.Join(names, ", ")
}

func span(h practice.Hours) string {
	if h == 1 {
		return "1 hour"
	}
	return strconv.Itoa(int(h)) + " hours"
}
