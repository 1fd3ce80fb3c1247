package accountweb

import (
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/petparent"
)

type homePage struct {
	Proposals  int64 // corrections of pet parents that wait for staff
	PetParents int64
	MailWaits  string
}

// home is the first page after signing in: for staff what waits for them, for
// pet parents their pet app.
func (f *Face) home(w http.ResponseWriter, r *http.Request) error {
	v := access.ViewerFrom(r.Context())
	if v.Kind == access.KindClient {
		return httpd.Redirect(w, r, "/"+v.Practice.Slug+"/pet-app")
	}
	var page homePage
	var err error
	if v.May(access.OnboardingAccept) {
		if page.Proposals, err = f.PetParents.CountProposals(r.Context(), v.PracticeID); err != nil {
			return err
		}
	}
	if v.May(access.PetParentRead) {
		counts, err := f.PetParents.Counts(r.Context(), v.PracticeID, petparent.Filter{})
		if err != nil {
			return err
		}
		page.PetParents = counts.Shows[petparent.ShowAll]
	}
	if v.May(access.StaffManage) {
		page.MailWaits = f.MailWaits()
	}
	return f.UI.Page(w, r, http.StatusOK, "account/home", page)
}
