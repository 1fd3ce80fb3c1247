package petparentweb

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/ui"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
)

type historyPage struct {
	profilePage
	Field  string
	Pet    petparent.OwnedPet // the only one that is looked at; zero for all and the person
	Fields []ui.Choice
	Rows   []historyRow
	Next   string
}

// historyRow is one change of one field.
type historyRow struct {
	audit.Line
	audit.Change
	About string // the pet's name; "" for the person and the household
}

// Label is what people call the field.
func (r historyRow) Label() string { return fieldLabel(r.Field) }

// Former is the value before in words.
func (r historyRow) Former() string { return fieldValue(r.Field, r.Before) }

// Later is the value after in words.
func (r historyRow) Later() string { return fieldValue(r.Field, r.After) }

// Who did it, and how.
func (r historyRow) Who() string {
	name := r.Personal.Actor
	if name == "" {
		name = "Somebody"
	}
	switch {
	case r.Detail["by"] == "import":
		return "Import"
	case r.ActorKind == string(access.KindSystem):
		return "Catflap"
	case r.Action == audit.ProposalAccepted:
		return name + ", accepting a correction"
	case r.ActorKind == string(access.KindClient):
		return name + ", themselves"
	}
	return name
}

// fieldsOf are the fields whose history is asked for one by one.
func fieldsOf(pet bool) []string {
	if pet {
		return []string{
			petparent.FieldName, petparent.FieldSpecies, petparent.FieldBreed, petparent.FieldSex, petparent.FieldNeutered,
			petparent.FieldBornOn, petparent.FieldDeceased, petparent.FieldDiedOn, petparent.FieldInactive,
		}
	}
	return []string{
		petparent.FieldFirstName, petparent.FieldLastName, petparent.FieldEmail, petparent.FieldPhones, petparent.FieldCompany,
		petparent.FieldHomeBranch, petparent.FieldOptOut, petparent.FieldNews, petparent.FieldActive, onboarding.FieldLogin, onboarding.FieldRecovery,
	}
}

func (f *Face) showHistory(w http.ResponseWriter, r *http.Request) error {
	shared, err := f.profileOf(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	page := historyPage{profilePage: shared, Field: q.Get("field"), Fields: []ui.Choice{{Label: "All fields"}}}
	if petID := q.Get("pet"); petID != "" {
		if page.Pet, err = f.PetParents.Pet(r.Context(), f.PetParents.DB, shared.Person.PracticeID, shared.Person.ID, petID); err != nil {
			return err
		}
	}
	fields := fieldsOf(page.Pet.ID != "")
	if !slices.Contains(fields, page.Field) {
		page.Field = ""
	}
	for _, field := range fields {
		page.Fields = append(page.Fields, ui.Choice{Value: field, Label: fieldLabel(field)})
	}
	var next string
	if page.Rows, next, err = f.history(r.Context(), shared.Person, page.Pet.ID, page.Field, q.Get("before"), pageSize); err != nil {
		return err
	}
	if next != "" {
		q.Set("before", next)
		page.Next = r.URL.Path + "?" + url.Values(q).Encode()
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/history", page)
}

// history reads what was changed about a person, their household and its pets,
// or about one pet. What was known of records that were merged into this one is
// in it.
func (f *Face) history(ctx context.Context, p petparent.Profile, petID, field, before string, limit int) ([]historyRow, string, error) {
	names := map[string]string{}
	for _, pet := range p.Pets {
		names[pet.ID] = pet.Name
	}
	targets := []string{petID}
	if petID == "" {
		former, err := f.PetParents.Former(ctx, f.PetParents.DB, p.PracticeID, p.ID)
		if err != nil {
			return nil, "", err
		}
		targets = append(append([]string{p.ID, p.HouseholdID}, former...), slices.Sorted(maps.Keys(names))...)
		if field != "" { // of the person; pets have fields of their own
			targets = targets[:2+len(former)]
		}
	}
	lines, err := f.Audit.History(ctx, p.PracticeID, targets, field, before, limit+1)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(lines) > limit {
		lines = lines[:limit]
		next = lines[limit-1].ID
	}
	var rows []historyRow
	for _, l := range lines {
		for _, c := range l.Personal.Changes {
			if field == "" || c.Field == field {
				row := historyRow{Line: l, Change: c}
				if l.TargetKind == "pet" {
					row.About = names[l.TargetID]
				}
				rows = append(rows, row)
			}
		}
	}
	return rows, next, nil
}
