package petparentweb

import (
	"context"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
)

// newsRoutes are whether somebody gets news by e-mail: for staff who were told,
// and for pet parents themselves.
func (f *Face) newsRoutes(m *httpd.Mux) {
	write := access.Rule{Audience: access.Staff, Permission: access.PetParentWrite}
	own := access.Rule{Audience: access.Client, Feature: access.PetApp}
	m.Handle("GET /{practice}/pet-parents/{id}/news", write, f.following(f.showNews))
	m.Handle("POST /{practice}/pet-parents/{id}/news", write, f.changeNews)
	m.Handle("POST /{practice}/pet-app/news", own, f.changeOwnNews)
	httpd.Register(m.API(), write, operation("pet-parent-news", http.MethodPut, "/pet-parents/{id}/news",
		"Note whether they want news by e-mail"), func(ctx context.Context, in *struct {
		ID   string `path:"id"`
		Body struct {
			OptedOut bool   `json:"opted_out" doc:"Gets no bulk mail; security mail goes out in any case"`
			Reason   string `json:"reason,omitempty" maxLength:"500" doc:"Needed to take back that they want none"`
		}
	},
	) (*profileOutput, error) {
		if err := (&idInput{ID: in.ID}).check(petparent.ErrNotFound); err != nil {
			return nil, err
		}
		if err := f.PetParents.SetOptOut(ctx, viewerPractice(ctx), petparent.OptOutInput{
			PetParentID: in.ID, Out: in.Body.OptedOut, By: petparent.OptedOutByStaff, Reason: in.Body.Reason,
		}); err != nil {
			return nil, err
		}
		return f.answer(ctx, in.ID)
	})
	httpd.Register(m.API(), own, operation("my-news", http.MethodPut, "/pet-parents/me/news",
		"Choose whether news come by e-mail"), func(ctx context.Context, in *struct {
		Body struct {
			Wanted bool `json:"wanted"`
		}
	},
	) (*meOutput, error) {
		if err := f.setOwnNews(ctx, in.Body.Wanted); err != nil {
			return nil, err
		}
		return f.apiMe(ctx, nil)
	})
}

func (f *Face) showNews(w http.ResponseWriter, r *http.Request) error {
	return f.newsPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) newsPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	page, err := f.profileOf(r)
	if err != nil {
		return err
	}
	page.Form = form
	return f.UI.Page(w, r, status, "petparent/news", page)
}

// OptedOutHow says in words how somebody came to be opted out.
func (p profilePage) OptedOutHow() string {
	switch p.Person.OptedOutBy {
	case petparent.OptedOutByLink:
		return "by the link in an e-mail"
	case petparent.OptedOutBySelf:
		return "in the pet app"
	}
	return "noted by staff"
}

func (f *Face) changeNews(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	out := form.Get("opted_out") == "yes"
	err = f.PetParents.SetOptOut(r.Context(), practiceOf(r), petparent.OptOutInput{
		PetParentID: petParentID, Out: out, By: petparent.OptedOutByStaff, Reason: form.Get("reason"),
	})
	if fault.Is(err, fault.Invalid) {
		return f.newsPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	}
	if err != nil {
		return err
	}
	notice := "They get news by e-mail again."
	if out {
		notice = "They get no more news by e-mail."
	}
	f.UI.Notice(w, r, notice)
	return httpd.Redirect(w, r, profilePath(r, petParentID))
}

func (f *Face) changeOwnNews(w http.ResponseWriter, r *http.Request) error {
	wanted := ui.FormFrom(r).Get("wanted") == "yes"
	if err := f.setOwnNews(r.Context(), wanted); err != nil {
		return err
	}
	text := "petparent.news.now_off"
	if wanted {
		text = "petparent.news.now_on"
	}
	f.UI.Notice(w, r, f.UI.Text(r, text))
	return httpd.Redirect(w, r, base(r)+"/pet-app")
}

func (f *Face) setOwnNews(ctx context.Context, wanted bool) error {
	v := access.ViewerFrom(ctx)
	p, err := f.PetParents.ByAccount(ctx, f.PetParents.DB, v.PracticeID, v.AccountID)
	if err != nil {
		return err
	}
	return f.PetParents.SetOptOut(ctx, v.PracticeID, petparent.OptOutInput{PetParentID: p.ID, Out: !wanted, By: petparent.OptedOutBySelf})
}
