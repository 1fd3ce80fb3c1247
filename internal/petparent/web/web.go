package petparentweb

import (
	"context"
	"embed"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/mail"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
	"catflap/internal/practice"
	"catflap/internal/recovery"
)

// Files are the pages and texts.
//
//go:embed *.html text.*.json said.*.json
var Files embed.FS

// Face answers for pet parents.
type Face struct {
	UI         *ui.UI
	Clock      clock.Clock
	PetParents *petparent.Service
	Practices  *practice.Service
	Factors    *factor.Service
	Onboarding *onboarding.Service
	Recovery   *recovery.Service
	Mail       *mail.Service
	Audit      *audit.Log
	Origin     string // scheme and host of the public URL
	// Sentences says lines of the record as people would, in their order.
	Sentences func(ctx context.Context, practiceID string, lines []audit.Line) ([]string, error)
}

// Routes registers the pages and the JSON operations.
func (f *Face) Routes(m *httpd.Mux) {
	staff := func(p access.Permission) access.Rule { return access.Rule{Audience: access.Staff, Permission: p} }
	// What is about logins needs the feature; who the pet parents are does not.
	petApp := func(p access.Permission) access.Rule {
		return access.Rule{Audience: access.Staff, Permission: p, Feature: access.PetApp}
	}
	proven := func(p access.Permission) access.Rule {
		return access.Rule{Audience: access.Staff, Permission: p, Feature: access.PetApp, StepUp: true}
	}
	m.Handle("GET /{practice}/pet-parents/pet-app", petApp(access.PetParentRead), f.list)
	m.Handle("GET /{practice}/pet-parents/search", staff(access.PetParentRead), f.suggest)

	f.profileRoutes(m, staff(access.PetParentRead), staff(access.PetParentWrite))
	f.communicationRoutes(m, staff(access.MailRead), staff(access.MailSend))
	m.Handle("GET /{practice}/pet-parents/{id}/activity", staff(access.AuditRead), f.following(f.showActivity))
	m.Handle("POST /{practice}/pet-parents/{id}/temporary-password", proven(access.LoginManage), f.issue)
	m.Handle("POST /{practice}/pet-parents/{id}/temporary-password/show", proven(access.TemporaryReveal), f.show)

	m.Handle("GET /{practice}/pet-parents/proposals", petApp(access.OnboardingAccept), f.listProposals)
	m.Handle("GET /{practice}/pet-parents/proposals/all", petApp(access.OnboardingAccept), f.showPile)
	m.Handle("POST /{practice}/pet-parents/proposals/all", petApp(access.OnboardingAccept), f.acceptPile)
	m.Handle("POST /{practice}/pet-parents/proposals/accept", petApp(access.OnboardingAccept), f.acceptSeveral)
	m.Handle("POST /{practice}/pet-parents/proposals/{id}/accept", petApp(access.OnboardingAccept), f.accept)
	m.Handle("POST /{practice}/pet-parents/proposals/{id}/reject", petApp(access.OnboardingAccept), f.reject)

	own := access.Rule{Audience: access.Client, Feature: access.PetApp}
	m.Handle("GET /{practice}/pet-app", own, f.petApp)
	m.Handle("GET /{practice}/pet-app/details", own, f.showOwnDetails)
	m.Handle("POST /{practice}/pet-app/details", own, f.changeOwnDetails)
	m.Handle("GET /{practice}/pet-app/pets/{id}", own, f.showOwnPet)
	m.Handle("POST /{practice}/pet-app/pets/{id}", own, f.changeOwnPet)
	f.ownRecoveryRoutes(m)
	f.unsubscribeRoutes(m)
	f.newsRoutes(m)
	f.loginRoutes(m)
	f.marketingRoutes(m)
	f.api(m.API())
}

// profileRoutes are the pages about one pet parent and their household.
func (f *Face) profileRoutes(m *httpd.Mux, read, write access.Rule) {
	m.Handle("GET /{practice}/pet-parents/new", write, f.showNewPerson)
	m.Handle("POST /{practice}/pet-parents/new", write, f.addPerson)
	const one = " /{practice}/pet-parents/{id}"
	m.Handle("GET"+one, read, f.following(f.showBasic))
	m.Handle("POST"+one+"/email-again", write, f.tryAddress)
	m.Handle("GET"+one+"/pets", read, f.following(f.showPets))
	m.Handle("GET"+one+"/household", read, f.following(f.showHousehold))
	for _, form := range []struct {
		path        string
		show, store httpd.Handler
	}{
		{"/edit", f.showEdit, f.edit},
		{"/household/edit", f.showHouseholdEdit, f.editHousehold},
		{"/people/new", f.showNewPerson, f.addPerson},
		{"/pets/new", f.showPetEdit, f.editPet},
		{"/pets/{pet}/edit", f.showPetEdit, f.editPet},
		{"/move", f.showMove, f.move},
		{"/merge", f.showMerge, f.merge},
	} {
		m.Handle("GET"+one+form.path, write, f.following(form.show))
		m.Handle("POST"+one+form.path, write, form.store)
	}
	m.Handle("GET"+one+"/history", write, f.following(f.showHistory))
}

// base is where the viewer's practice begins.
func base(r *http.Request) string { return "/" + access.ViewerFrom(r.Context()).Practice.Slug }

// profilePath is the page of one pet parent.
func profilePath(r *http.Request, petParentID string) string {
	return base(r) + "/pet-parents/" + petParentID
}

// branches are the practice's branches by id.
func (f *Face) branches(ctx context.Context, practiceID string) ([]practice.Branch, map[string]practice.Branch, error) {
	all, err := f.Practices.Branches(ctx, f.Practices.DB, practiceID)
	byID := make(map[string]practice.Branch, len(all))
	for _, b := range all {
		byID[b.ID] = b
	}
	return all, byID, err
}
