package petparentweb_test

import (
	"net/url"
	"testing"

	"catflap/internal/audit"
	"catflap/internal/foundation/id"
	"catflap/internal/role"
)

func TestProfile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.desk()
		b.Get(page(w.ken)).Want(t, 200, "Ken Ito", "Aya Ito", "Biscuit", "Clover", "(deceased)", "Veterinary clinic", "Clinic paws", "North",
			"+1 206-555-0152", "ken@example.com", "No login yet").Without(t, "Temporary password", "Activity")
		b.Get(page(w.ken, "pets")).Want(t, 200, "Beagle", "born 5 March 2021", "died 2 November 2025")
		b.Get(page(w.ken, "communication")).Want(t, 200, "Nothing was sent yet")
		b.Get(page(w.ken, "activity")).Want(t, 403)
		w.invite(w.ken, "ken@example.com", true)
		b.Get(page(w.ken, "communication")).Want(t, 200, "Welcome e-mail", "Sent", "ken@example.com", "\u2022\u2022\u2022\u2022").
			Without(t, w.temporary(w.ken))
		b.Get(page(w.ken)).Want(t, 200, "System Login", "ken@example.com", "Invited", "Temporary password", "Show")

		admin := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		admin.Get(page(w.ken, "activity")).Want(t, 200, "created a login for Ken Ito", "issued a temporary password for Ken Ito")
		for _, path := range []string{page(w.foreign), page(w.foreign, "pets"), page(w.foreign, "communication"),
			page(w.foreign, "activity"), page(w.foreign, "edit"), page(id.New()), page("no-id")} {
			admin.Get(path).Want(t, 404).Without(t, "Fay")
		}
	})
}

func TestEdit(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := func() url.Values {
			return url.Values{"first_name": {"Kenji"}, "last_name": {"Ito"}, "email": {"kenji@example.com"}, "phones": {"+1 206 555 0152\n+1 206 555 0199"}}
		}
		w.Browser().Post(page(w.ken, "edit"), in()).Want(t, 200, "Password") // led to the sign-in page
		sitter := w.Enter("paws", w.Hire(w.clinic, "Sid Sitter", "sid@paws.example", role.Sitter, w.clinic.North.ID), "")
		sitter.Get(page(w.ken)).Want(t, 200).Without(t, "Edit contact data")
		sitter.Post(page(w.ken, "edit"), in()).Want(t, 403)

		b := w.desk()
		b.Get(page(w.ken, "edit")).Want(t, 200, "Save Changes", "+1 206-555-0152")
		b.Post(page(w.foreign, "edit"), in()).Want(t, 404)
		b.Get(page(w.ken, "edit"))
		b.Post(page(w.ken, "edit"), url.Values{"email": {"nowhere"}, "phones": {"1"}}).
			Want(t, 422, "Type a first name or a last name.", "Type a whole e-mail address", "with its area code", `value="nowhere"`)
		b.Post(page(w.ken, "edit"), in()).Want(t, 200, "The contact data are saved.", "Kenji Ito", "+1 206-555-0199")
		lines := w.audited(audit.PetParentChanged)
		if len(lines) != 1 || lines[0].TargetID != w.ken || lines[0].Personal.Actor != "Rita Desk" || len(lines[0].Personal.Changes) != 3 {
			t.Errorf("audit: %+v", lines)
		}
	})
}

func TestProposals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		b, _ := w.settle("ken@example.com", w.temporary(w.ken), url.Values{
			"person.first_name": {"Kenji"}, "person.last_name": {"Ito"}, "person.email": {"new@example.com"}, "person.phones": {"+1 206 555 0100"},
		})
		b.Get("/paws/pet-app").Want(t, 200, "Hello, Ken", "has your corrections")
		b.Get("/paws/pet-parents/proposals").Want(t, 403)

		vet := w.Enter("paws", w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID), "")
		vet.Get("/paws/pet-parents/proposals").Want(t, 403)
		all, err := w.PetParents.Proposals(w.ctx(), w.clinic.ID, "", "", 10)
		if err != nil || len(all) != 3 {
			t.Fatalf("%d proposals: %v", len(all), err)
		}
		stranger := w.Enter("other", w.other.Administrator, w.other.North.ID)
		stranger.Get("/other/pet-parents/proposals").Want(t, 200, "Nothing to decide")
		stranger.Get("/other/pet-parents/pet-app")
		stranger.Post("/other/pet-parents/proposals/"+all[0].ID+"/accept", nil).Want(t, 404)
		stranger.Get("/other/pet-parents/pet-app")
		stranger.Post("/other/pet-parents/proposals/accept", url.Values{"proposal": {all[0].ID}}).Want(t, 200, "0 corrections are accepted")

		d := w.desk()
		d.Get(page(w.ken)).Want(t, 200, "Look at the corrections")
		d.Get("/paws/pet-parents/proposals").Want(t, 200, "Ken Ito", "First name", "Kenji", "new@example.com", "Accept all 3")
		d.Post("/paws/pet-parents/proposals/"+all[0].ID+"/accept", nil).Want(t, 200, "The correction is accepted")
		d.Post("/paws/pet-parents/proposals/"+all[0].ID+"/reject", nil).Want(t, 200, "Somebody else has decided this correction already.")
		d.Post("/paws/pet-parents/proposals/"+all[1].ID+"/reject", nil).Want(t, 200, "The correction is rejected")
		d.Post("/paws/pet-parents/proposals/accept", url.Values{"proposal": {all[0].ID, all[2].ID}}).
			Want(t, 200, "One correction is accepted", "Nothing to decide")
		d.Get("/paws/pet-parents/proposals")
		d.Post("/paws/pet-parents/proposals/accept", nil).Want(t, 422)
		p, err := w.PetParents.Get(w.ctx(), w.DB, w.clinic.ID, w.ken)
		if err != nil || p.FirstName != "Kenji" || p.Email != "ken@example.com" || p.Phones[0].E164 != "+12065550100" {
			t.Errorf("stored %+v, %v", p, err)
		}
	})
}
