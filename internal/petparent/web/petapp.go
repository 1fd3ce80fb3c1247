package petparentweb

import (
	"context"
	"net/http"
	"strings"

	"catflap/internal/access"
	"catflap/internal/practice"
)

type petAppPage struct {
	profilePage
	Practice practice.Practice
}

// CallName is what the greeting says.
func (p petAppPage) CallName() string {
	if p.Person.FirstName != "" {
		return p.Person.FirstName
	}
	return p.Person.Name()
}

// Dial is the practice's number as a telephone understands it (RFC 3966), ""
// when it is no number.
func (p petAppPage) Dial() string { return dial(p.Practice.Phone) }

// BranchDial is the same for the home branch.
func (p petAppPage) BranchDial() string { return dial(p.Branch.Phone) }

// petApp is the page of a signed-in pet parent.
func (f *Face) petApp(w http.ResponseWriter, r *http.Request) error {
	page, err := f.own(r.Context())
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/petapp", page)
}

// own reads what the signed-in pet parent sees of themselves.
func (f *Face) own(ctx context.Context) (page petAppPage, err error) {
	v := access.ViewerFrom(ctx)
	p, err := f.PetParents.ByAccount(ctx, f.PetParents.DB, v.PracticeID, v.AccountID)
	if err != nil {
		return page, err
	}
	if page.profilePage, err = f.profile(ctx, p.ID); err != nil {
		return page, err
	}
	page.Practice, err = f.Practices.Get(ctx, f.Practices.DB, v.PracticeID)
	return page, err
}

// dial keeps what may stand in a telephone address; a text with letters is
// not a number that can be dialled.
func dial(phone string) string {
	number := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -()./\u00a0", r) {
			return -1
		}
		return r
	}, phone)
	if number == "" || strings.Trim(number, "+0123456789") != "" {
		return ""
	}
	return number
}
