package petparentweb

import (
	"net/http"

	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
)

// newHousehold stands for a household of one's own where another person would.
const newHousehold = "new"

type movePage struct {
	profilePage
	With  string            // id of somebody of the other household, or "new"
	Other petparent.Profile // zero for a new household
}

func (f *Face) showMove(w http.ResponseWriter, r *http.Request) error {
	return f.movePage(w, r, http.StatusOK, ui.Form{}, r.URL.Query().Get("with"))
}

func (f *Face) movePage(w http.ResponseWriter, r *http.Request, status int, form ui.Form, with string) error {
	shared, err := f.profileOf(r)
	if err != nil {
		return err
	}
	if with == "" {
		return f.find(w, r, shared, true, status, form)
	}
	page := movePage{profilePage: shared, With: with}
	page.Form = form
	if with != newHousehold {
		if page.Other, err = f.PetParents.Profile(r.Context(), f.PetParents.DB, shared.Person.PracticeID, with); err != nil {
			return err
		}
	}
	return f.UI.Page(w, r, status, "petparent/move", page)
}

func (f *Face) move(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	in := petparent.Move{PetParentID: petParentID, To: form.Get("with"), Pets: form.Values["pet"], Shared: form.Get("pets") == "shared"}
	if in.To == newHousehold {
		in.To = ""
	}
	err = f.PetParents.Move(r.Context(), practiceOf(r), in)
	if fault.Is(err, fault.Conflict) {
		return f.movePage(w, r, http.StatusConflict, form.With(err), form.Get("with"))
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, "The household is changed.")
	return httpd.Redirect(w, r, profilePath(r, petParentID)+"/household")
}
