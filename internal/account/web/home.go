package accountweb

import (
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/petparent"
)

type homePage struct {
	Proposals  int // corrections of pet parents that wait for staff
	PetParents int
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
	if v.May(access.OnboardingAccept) {
		open, err := f.PetParents.CountProposals(r.Context(), v.PracticeID)
		if err != nil {
			return err
		}
		page.Proposals = int(open)
	}
	if v.May(access.PetParentRead) {
		counts, err := f.PetParents.Counts(r.Context(), v.PracticeID, petparent.Filter{})
		if err != nil {
			return err
		}
		page.PetParents = int(counts.Shows[petparent.ShowAll])
	}
	if v.May(access.StaffManage) {
		page.MailWaits = f.MailWaits()
	}
	return f.UI.Page(w, r, http.StatusOK, "account/home", page)
}
