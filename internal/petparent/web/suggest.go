package petparentweb

import (
	"net/http"
	"strconv"
	"strings"

	"catflap/internal/access"
	"catflap/internal/petparent"
)

// suggestions is how many people the search box in the header offers.
const suggestions = 8

type suggestPage struct {
	Query string
	Rows  []suggestion
	More  bool
}

type suggestion struct{ petparent.Suggestion }

// Reach is how the person is told from others of the same name.
func (s suggestion) Reach() string {
	if s.Email != "" {
		return s.Email
	}
	return s.Phone
}

// Living names the pets that are alive.
func (s suggestion) Living() string { return living(s.Pets) }

// Said is what a screen reader says about the menu.
func (p suggestPage) Said() string {
	switch {
	case p.Query == "":
		return ""
	case p.More:
		return "More than " + strconv.Itoa(len(p.Rows)) + " pet parents match. Use the arrow keys to choose."
	case len(p.Rows) == 1:
		return "1 pet parent matches. Press Enter to open the profile."
	case len(p.Rows) > 1:
		return strconv.Itoa(len(p.Rows)) + " pet parents match. Use the arrow keys to choose."
	}
	return "Nobody matches. Press Enter for the list of all pet parents."
}

// suggest answers the search box in the header of staff pages.
func (f *Face) suggest(w http.ResponseWriter, r *http.Request) error {
	page := suggestPage{Query: strings.TrimSpace(r.URL.Query().Get("q"))}
	list, more, err := f.PetParents.Suggest(r.Context(), access.ViewerFrom(r.Context()).PracticeID, page.Query, suggestions)
	if err != nil {
		return err
	}
	for _, one := range list {
		page.Rows = append(page.Rows, suggestion{one})
	}
	page.More = more
	return f.UI.Part(w, r, http.StatusOK, "petparent/list", "found", page)
}
