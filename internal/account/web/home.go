package accountweb

import (
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
)

type homePage struct {
	Waits    waiting
	None     bool // no pet parents yet, and the viewer can import some
	Days     *daysPicture
	Funnel   []bar
	Adoption *bar
	Own      []todo // about the viewer's own second factor
}

// Anything reports whether something of others waits.
func (p homePage) Anything() bool { return p.Waits != waiting{} }

// home is the first page after signing in: for staff what waits for them, for
// pet parents their pet app.
func (f *Face) home(w http.ResponseWriter, r *http.Request) error {
	ctx, v := r.Context(), access.ViewerFrom(r.Context())
	if v.Kind == access.KindClient {
		return httpd.Redirect(w, r, "/"+v.Practice.Slug+"/pet-app")
	}
	var page homePage
	var err error
	if page.Waits, err = f.Desk.all(ctx, v); err != nil {
		return err
	}
	if page.Own, err = f.Desk.ownFactor(ctx, v); err != nil {
		return err
	}
	if v.May(access.ImportRun) && v.Has(access.Import) {
		known, err := f.PetParents.Count(ctx, v.PracticeID)
		if err != nil {
			return err
		}
		page.None = known == 0
	}
	if err := f.pictures(ctx, v, &page); err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "account/home", page)
}
