package petparentweb

import (
	"net/http"
	"strings"

	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
)

// tryAddress lets mail to an address that had refused it be tried again.
func (f *Face) tryAddress(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	if err := f.PetParents.TryAddress(r.Context(), petParentID); err != nil {
		return err
	}
	f.UI.Notice(w, r, "Mail to this address is tried again from now on.")
	return httpd.Redirect(w, r, profilePath(r, petParentID))
}

type editPage struct {
	profilePage
	Phones string // one on each line
}

func (f *Face) showEdit(w http.ResponseWriter, r *http.Request) error {
	return f.editPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) editPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	shared, err := f.profileOf(r)
	if err != nil {
		return err
	}
	shared.Form = form
	return f.UI.Page(w, r, status, "petparent/edit",
		editPage{profilePage: shared, Phones: strings.Join(shared.Person.Contact().Phones, "\n")})
}

func (f *Face) edit(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	err = f.PetParents.UpdateContact(r.Context(), practiceOf(r), petParentID, petparent.Contact{
		FirstName: form.Get("first_name"), LastName: form.Get("last_name"), Email: form.Get("email"),
		Phones: strings.Split(form.Get("phones"), "\n"),
	})
	if fault.Is(err, fault.Invalid) {
		return f.editPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, "The contact data are saved.")
	return httpd.Redirect(w, r, profilePath(r, petParentID))
}
