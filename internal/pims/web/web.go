package pimsweb

import (
	"embed"
	"errors"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/pims"
	"catflap/internal/practice"
)

// Files are the pages.
//
//go:embed *.html
var Files embed.FS

const (
	// uploadLimit is what one upload may weigh in bytes: one file of
	// pims.MaxFile, and room beside it.
	uploadLimit = 80 << 20
	// inMemory is how much of an upload is kept in memory; the rest waits in
	// temporary files that are gone when the request is.
	inMemory = 1 << 20
	// pageSize is how many imports a list shows at once.
	pageSize = 20
	// shownRejects is how many rejected rows a page shows; the CSV has all.
	shownRejects = 50
)

// Face answers for imports.
type Face struct {
	UI        *ui.UI
	Imports   *pims.Service
	Practices *practice.Service
}

// Routes registers the pages and the JSON operations.
func (f *Face) Routes(m *httpd.Mux) {
	rule := access.Rule{Audience: access.Staff, Permission: access.ImportRun, Feature: access.Import}
	upload, passive := rule, rule
	upload.Upload, passive.Passive = uploadLimit, true
	m.Handle("GET /{practice}/pet-parents/import", rule, f.list)
	m.Handle("POST /{practice}/pet-parents/import", upload, f.upload)
	// Below runs/, because /pet-parents/{id}/... belongs to the profile.
	m.Handle("GET /{practice}/pet-parents/import/runs/{id}", rule, f.show)
	m.Handle("GET /{practice}/pet-parents/import/runs/{id}/progress", passive, f.progress)
	m.Handle("GET /{practice}/pet-parents/import/runs/{id}/rejected.csv", rule, f.rejected)
	m.Handle("GET /{practice}/pet-parents/import/runs/{id}/choices", rule, f.choose)
	m.Handle("POST /{practice}/pet-parents/import/runs/{id}/choices", rule, f.saveChoices)
	m.Handle("POST /{practice}/pet-parents/import/runs/{id}/forget", rule, f.forget)
	m.Handle("POST /{practice}/pet-parents/import/runs/{id}/run", rule, f.run)
	after := access.Rule{Audience: access.Staff, Permission: access.LoginManage, Feature: access.Import}
	m.Handle("GET /{practice}/pet-parents/import/after", after, f.after)
	m.Handle("POST /{practice}/pet-parents/import/after", after, f.saveAfter)
	m.Handle("POST /{practice}/pet-parents/import/runs/{id}/cancel", rule, f.cancel)
	f.api(m.API(), rule, upload)
}

type listPage struct {
	ui.Form
	Imports  []pims.Import
	Next     string
	Systems  []ui.Choice
	Branches []ui.Choice
	Branch   string // preselected
	Largest  int    // MB
}

func (f *Face) list(w http.ResponseWriter, r *http.Request) error {
	return f.showList(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) showList(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	ctx, v := r.Context(), access.ViewerFrom(r.Context())
	all, err := f.Imports.List(ctx, v.PracticeID, r.URL.Query().Get("before"), pageSize+1)
	if err != nil {
		return err
	}
	branches, err := f.Practices.Branches(ctx, f.Practices.DB, v.PracticeID)
	if err != nil {
		return err
	}
	page := listPage{
		Form: form, Imports: all, Branch: v.Branch.ID, Largest: pims.MaxFile >> 20,
		Systems:  []ui.Choice{{Value: "", Label: "Recognise it"}},
		Branches: []ui.Choice{{Value: "", Label: "Leave it as it is"}},
	}
	for _, s := range pims.Systems() {
		page.Systems = append(page.Systems, ui.Choice{Value: s.Name, Label: s.Label})
	}
	for _, b := range branches {
		page.Branches = append(page.Branches, ui.Choice{Value: b.ID, Label: b.Name})
	}
	if len(all) > 0 {
		// Whoever imports again means the same; another branch would move everybody.
		page.Branch = all[0].HomeBranchID
	}
	if len(all) > pageSize {
		page.Imports = all[:pageSize]
		page.Next = "/" + v.Practice.Slug + "/pet-parents/import?before=" + all[pageSize-1].ID
	}
	return f.UI.Page(w, r, status, "pims/list", page)
}

func (f *Face) upload(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseMultipartForm(inMemory); err != nil {
		if errors.Is(err, http.ErrNotMultipart) || errors.Is(err, http.ErrMissingBoundary) {
			return fault.New(fault.Invalid, "no-upload", "No file arrived. Go back, choose the file, and send it again.").Because(err)
		}
		return err
	}
	form := ui.FormFrom(r)
	in := pims.UploadInput{Choices: pims.Choices{System: form.Get("system")}, HomeBranchID: form.Get("branch")}
	for _, header := range r.MultipartForm.File["file"] {
		if header.Filename == "" {
			continue // what browsers send when nothing was chosen
		}
		body, err := header.Open()
		if err != nil {
			return err
		}
		defer body.Close()
		in.Files = append(in.Files, pims.File{Name: header.Filename, Body: body})
	}
	im, err := f.Imports.Upload(r.Context(), access.ViewerFrom(r.Context()).PracticeID, in)
	switch {
	case fault.Is(err, fault.Invalid):
		return f.showList(w, r, http.StatusUnprocessableEntity, form.With(err))
	case fault.Is(err, fault.TooLarge):
		return f.showList(w, r, http.StatusRequestEntityTooLarge, form.With(err))
	case err != nil:
		return err
	}
	if im.State == pims.StateAsks {
		return httpd.Redirect(w, r, place(r, im.ID)+"/choices")
	}
	return httpd.Redirect(w, r, place(r, im.ID))
}

// place is the page of an import.
func place(r *http.Request, importID string) string {
	return "/" + access.PracticeFrom(r.Context()).Slug + "/pet-parents/import/runs/" + importID
}
