package petparentweb

import (
	"context"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

type petAppPage struct {
	profilePage
	Practice practice.Practice
	Waiting  []petparent.Proposal
	Wishes   []wish // Waiting in words
	AtOnce   bool   // corrections count without anybody looking at them
	Second   ownSecond
	Terms    int // the version of the practice's terms that is asked for; 0 none
}

// ownSecond is what the pet app says of a second factor.
type ownSecond struct{ Offered, On bool }

// Shown reports whether there is anything to say: the practice offers it, or
// it is on and could be switched off.
func (s ownSecond) Shown() bool { return s.Offered || s.On }

// line is a telephone of the practice.
type line struct{ Number, Dial, Of string }

// Phones are the numbers to call: that of the home branch first.
func (p petAppPage) Phones() (all []line) {
	if n := p.Branch.Phone; n != "" {
		all = append(all, line{Number: n, Dial: ui.Dial(n), Of: p.Branch.Name})
	}
	if n := p.Practice.Phone; n != "" && n != p.Branch.Phone {
		all = append(all, line{Number: n, Dial: ui.Dial(n)})
	}
	return all
}

// CallName is what the greeting says.
func (p petAppPage) CallName() string {
	if p.Person.FirstName != "" {
		return p.Person.FirstName
	}
	return p.Person.Name()
}

// petApp is the page of a signed-in pet parent.
func (f *Face) petApp(w http.ResponseWriter, r *http.Request) error {
	page, err := f.own(r.Context())
	if err != nil {
		return err
	}
	page.Wishes = f.wishes(r, page.Waiting)
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
	if page.Waiting, err = f.PetParents.Proposals(ctx, v.PracticeID, p.ID, "", mostWishes); err != nil {
		return page, err
	}
	second, err := f.Factors.SecondOf(ctx, f.Factors.DB, v.PracticeID, v.AccountID)
	if err != nil {
		return page, err
	}
	if page.Terms, err = f.Practices.TermsVersion(ctx, f.Practices.DB, v.PracticeID); err != nil {
		return page, err
	}
	page.Practice, err = f.Practices.Get(ctx, f.Practices.DB, v.PracticeID)
	page.AtOnce = page.Practice.Policy.AcceptChanges
	page.Second = ownSecond{Offered: page.Practice.Policy.SecondClient != practice.SecondOff, On: second.Any()}
	return page, err
}

// mostWishes is how many corrections that wait the pet app shows.
const mostWishes = 200
