package privacyweb

import (
	"context"
	"embed"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
	"catflap/internal/privacy"
)

// Files are the pages.
//
//go:embed *.html
var Files embed.FS

const zipType = "application/zip"

// Face answers for exports and erasures of one pet parent.
type Face struct {
	UI      *ui.UI
	Privacy *privacy.Service
}

// Routes registers the pages and the JSON operations.
func (f *Face) Routes(m *httpd.Mux) {
	rule := access.Rule{Audience: access.Staff, Permission: access.PetParentPrivacy, StepUp: true}
	m.Handle("GET /{practice}/pet-parents/{id}/personal-data", rule, f.show)
	m.Handle("POST /{practice}/pet-parents/{id}/personal-data", rule, f.export)
	m.Handle("GET /{practice}/pet-parents/{id}/erase", rule, f.showErase)
	m.Handle("POST /{practice}/pet-parents/{id}/erase", rule, f.erase)
	f.api(m.API(), rule)
}

type page struct {
	ui.Form
	privacy.Erasure
}

// Words say why nothing can be erased now, "" when it can.
func (p page) Words() string {
	if p.Bar == nil {
		return ""
	}
	return fault.From(p.Bar).Message
}

func (f *Face) page(r *http.Request) (page, error) {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return page{}, err
	}
	e, err := f.Privacy.PreviewErasure(r.Context(), f.Privacy.DB, practiceOf(r.Context()), petParentID)
	return page{Erasure: e}, err
}

func practiceOf(ctx context.Context) string { return access.ViewerFrom(ctx).PracticeID }

func (f *Face) show(w http.ResponseWriter, r *http.Request) error {
	p, err := f.page(r)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "privacy/personal_data", p)
}

func (f *Face) export(_ http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	e, err := f.Privacy.Begin(r.Context(), practiceOf(r.Context()), petParentID)
	if err != nil {
		return err
	}
	stream(r.Context(), e)
	return nil
}

func stream(ctx context.Context, e *privacy.Export) {
	httpd.Stream(ctx, zipType, e.Name, func(w io.Writer) error { return e.WriteTo(ctx, w) })
}

func (f *Face) showErase(w http.ResponseWriter, r *http.Request) error {
	p, err := f.page(r)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "privacy/erase", p)
}

func (f *Face) erase(w http.ResponseWriter, r *http.Request) error {
	p, err := f.page(r)
	if err != nil {
		return err
	}
	form, status := ui.FormFrom(r), http.StatusUnprocessableEntity
	if form.Get("sure") == "" {
		err = fault.Complain("sure", "Tick the box if all of this is to be erased.")
	} else {
		err = f.Privacy.Erase(r.Context(), p.Person.PracticeID, p.Person.ID, form.Get("seen"))
		status = http.StatusConflict
	}
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		p.Form = ui.Form{}.With(err)
		return f.UI.Page(w, r, status, "privacy/erase", p)
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, "The personal data are erased.")
	return httpd.Redirect(w, r, "/"+access.ViewerFrom(r.Context()).Practice.Slug+"/pet-parents/pet-app")
}

type idInput struct {
	ID string `path:"id"`
}

type eraseInput struct {
	ID   string `path:"id"`
	Body struct {
		Seen string `json:"seen" minLength:"1" doc:"Of the preview; when something changed since, nothing is erased"`
	}
}

type previewOutput struct {
	Body previewBody
}

type previewBody struct {
	Name      string   `json:"name"`
	LoginID   string   `json:"login_id,omitempty" doc:"The login that is deleted"`
	Household bool     `json:"household" doc:"Whether nobody else is left and the household goes too"`
	PetsGo    []string `json:"pets_go" nullable:"false"`
	PetsStay  []string `json:"pets_stay" nullable:"false"`
	Messages  int      `json:"messages" doc:"Whose content goes"`
	Proposed  int      `json:"corrections"`
	Lines     int      `json:"record_lines" doc:"Whose personal part goes"`
	Bar       string   `json:"bar,omitempty" doc:"Why it cannot be done now"`
	Seen      string   `json:"seen" doc:"To be sent with the erasure"`
}

func (f *Face) api(a *httpd.API, rule access.Rule) {
	operation := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Pet parents"}}
	}
	export := operation("pet-parent-personal-data", http.MethodGet, "/pet-parents/{id}/personal-data",
		"Everything that is stored of a pet parent, without any secret, as a ZIP file of text and JSON")
	export.Responses = map[string]*huma.Response{"200": {
		Description: "A ZIP file.",
		Content:     map[string]*huma.MediaType{zipType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}}
	httpd.Register(a, rule, export, f.apiExport)
	httpd.Register(a, rule, operation("pet-parent-erase-preview", http.MethodGet, "/pet-parents/{id}/erase", "What an erasure would do"), f.apiPreview)
	erase := operation("pet-parent-erase", http.MethodPost, "/pet-parents/{id}/erase", "Erase everything personal of a pet parent, for good")
	erase.DefaultStatus = http.StatusNoContent
	httpd.Register(a, rule, erase, f.apiErase)
}

func (f *Face) apiExport(ctx context.Context, in *idInput) (*huma.StreamResponse, error) {
	if !id.Valid(in.ID) {
		return nil, petparent.ErrNotFound
	}
	e, err := f.Privacy.Begin(ctx, practiceOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(huma.Context) { stream(ctx, e) }}, nil
}

func (f *Face) apiPreview(ctx context.Context, in *idInput) (*previewOutput, error) {
	if !id.Valid(in.ID) {
		return nil, petparent.ErrNotFound
	}
	e, err := f.Privacy.PreviewErasure(ctx, f.Privacy.DB, practiceOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	b := previewBody{
		Name: e.Person.Name(), LoginID: e.Person.Login.LoginID, Household: e.Scope.Whole, PetsGo: names(e.Scope.Go), PetsStay: names(e.Scope.Stay),
		Messages: e.Messages, Proposed: e.Proposed, Lines: e.Lines, Seen: e.Seen,
	}
	if e.Bar != nil {
		b.Bar = fault.From(e.Bar).Message
	}
	return &previewOutput{Body: b}, nil
}

func names(pets []petparent.OwnedPet) []string {
	all := []string{}
	for _, p := range pets {
		all = append(all, p.Name)
	}
	return all
}

func (f *Face) apiErase(ctx context.Context, in *eraseInput) (*struct{}, error) {
	if !id.Valid(in.ID) {
		return nil, petparent.ErrNotFound
	}
	return nil, f.Privacy.Erase(ctx, practiceOf(ctx), in.ID, in.Body.Seen)
}
