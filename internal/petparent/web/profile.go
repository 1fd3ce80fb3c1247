package petparentweb

import (
	"context"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
	"catflap/internal/pims"
	"catflap/internal/practice"
)

// pageSize is how many messages, activities or corrections a page shows at once.
const pageSize = 50

// profilePage is what all tabs of a profile share.
type profilePage struct {
	ui.Form
	Person petparent.Profile
	Branch practice.Branch // home branch, zero when unknown
}

// Mark is the state of the login in words.
func (p profilePage) Mark() mark {
	return stateMark(p.Person.Status, p.Person.Invitation, p.Person.Locked)
}

// System is the practice system that the client number is from.
func (p profilePage) System() string { return systemLabel(p.Person.Household.System) }

func systemLabel(system string) string {
	for _, known := range pims.Systems() {
		if known.Name == system {
			return known.Label
		}
	}
	if system == petparent.MadeHere {
		return "added here"
	}
	return system
}

// NotMailable says why bulk mail leaves the person out, "" when it does not.
func (p profilePage) NotMailable() string { return reasonWords(p.Person.NotMailable) }

// profile reads what all tabs share; petparent.ErrNotFound.
func (f *Face) profile(ctx context.Context, petParentID string) (profilePage, error) {
	practiceID := access.ViewerFrom(ctx).PracticeID
	p, err := f.PetParents.Profile(ctx, f.PetParents.DB, practiceID, petParentID)
	if err != nil {
		return profilePage{}, err
	}
	_, byID, err := f.branches(ctx, practiceID)
	return profilePage{Person: p, Branch: byID[p.Household.HomeBranchID]}, err
}

// profileOf is profile for the id in the path.
func (f *Face) profileOf(r *http.Request) (profilePage, error) {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return profilePage{}, err
	}
	return f.profile(r.Context(), petParentID)
}

// basicPage is the first tab.
type basicPage struct {
	profilePage
	Temporary factor.Temporary
	State     string // of the temporary password, see temporaryState
	Readable  bool   // staff can look at it
	LinkOnly  bool   // the practice lets people in by a mailed link only
	Home      string // the path under which the temporary password is shown
	revealed  secret.Text
}

// Revealed is the temporary password after Show, "" on every other page.
func (p basicPage) Revealed() string { return p.revealed.Reveal() }

// Live reports whether the temporary password can still be used.
func (p basicPage) Live() bool {
	return p.State == "usable" || p.State == "waiting" || p.State == unsent
}

// FirstSignInDone reports whether the person chose a password of their own.
func (p basicPage) FirstSignInDone() bool { return !p.Person.Login.OnboardedAt.IsZero() }

// basic reads the first tab. After the first sign-in there is no temporary
// password, whatever the database says.
func (f *Face) basic(r *http.Request) (basicPage, error) {
	shared, err := f.profileOf(r)
	if err != nil {
		return basicPage{}, err
	}
	page := basicPage{profilePage: shared, Home: "/pet-parents"}
	page.Temporary, err = f.temporaryOf(r.Context(), shared.Person)
	if err != nil {
		return page, err
	}
	policy, err := f.Practices.Policy(r.Context(), f.Practices.DB, shared.Person.PracticeID)
	page.State = temporaryState(page.Temporary, shared.Person.Invitation, f.Clock.Now())
	page.Readable, page.LinkOnly = page.Temporary.Readable && policy.TemporaryReadable, !policy.Temporary
	return page, err
}

func (f *Face) temporaryOf(ctx context.Context, p petparent.Profile) (factor.Temporary, error) {
	if p.AccountID == "" || !p.Login.OnboardedAt.IsZero() {
		return factor.Temporary{}, nil
	}
	return f.Factors.TemporaryOf(ctx, f.Factors.DB, p.PracticeID, p.AccountID)
}

func (f *Face) showBasic(w http.ResponseWriter, r *http.Request) error {
	page, err := f.basic(r)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/basic", page)
}

func (f *Face) showPets(w http.ResponseWriter, r *http.Request) error {
	page, err := f.profileOf(r)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/pets", page)
}

type activityPage struct {
	profilePage
	Lines []activityLine
	Next  string
}

type activityLine struct {
	audit.Line
	Sentence string
}

func (f *Face) showActivity(w http.ResponseWriter, r *http.Request) error {
	shared, err := f.profileOf(r)
	if err != nil {
		return err
	}
	ctx, p := r.Context(), shared.Person
	lines, more, err := f.linesAbout(ctx, p, r.URL.Query().Get("before"))
	if err != nil {
		return err
	}
	sentences, err := f.Sentences(ctx, p.PracticeID, lines)
	if err != nil {
		return err
	}
	page := activityPage{profilePage: shared}
	for i, l := range lines {
		page.Lines = append(page.Lines, activityLine{Line: l, Sentence: sentences[i]})
	}
	if more {
		page.Next = r.URL.Path + "?before=" + lines[len(lines)-1].ID
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/activity", page)
}
