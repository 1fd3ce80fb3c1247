package practiceweb

import (
	"errors"
	"io"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/practice"
)

func (f *Face) lookRoutes(m *httpd.Mux) {
	upload := detailsRule()
	upload.Upload = practice.MaxLogo + 64<<10
	m.Handle("GET /{practice}/settings/look", detailsRule(), f.showLook)
	m.Handle("POST /{practice}/settings/look", upload, f.changeLook)
	m.Handle("GET /{practice}/logo/{digest}", access.Rule{Audience: access.Public}, f.showLogo)
}

type lookPage struct {
	ui.Form
	Look    practice.Look
	LogoURL string
}

// LogoWidth is how wide the logo stands in a message, in pixels.
func (p lookPage) LogoWidth() int { width, _ := p.Look.Shown(); return width }

// LogoHeight is how high it stands there.
func (p lookPage) LogoHeight() int { _, height := p.Look.Shown(); return height }

func (f *Face) showLook(w http.ResponseWriter, r *http.Request) error {
	return f.lookPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) lookPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	v := access.ViewerFrom(r.Context())
	p, err := f.Practices.Get(r.Context(), f.Practices.DB, v.PracticeID)
	if err != nil {
		return err
	}
	page := lookPage{Form: form, Look: p.Look}
	if p.Look.Logo != "" {
		page.LogoURL = "/" + p.Slug + "/logo/" + p.Look.Logo
	}
	return f.UI.Page(w, r, status, "practice/look", page)
}

func (f *Face) changeLook(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseMultipartForm(practice.MaxLogo); err != nil {
		if errors.Is(err, http.ErrNotMultipart) || errors.Is(err, http.ErrMissingBoundary) {
			return fault.New(fault.Invalid, "no-upload", "No file arrived. Go back, choose the file, and send it again.").Because(err)
		}
		return err
	}
	form := ui.FormFrom(r)
	in := practice.LookInput{Colour: form.Get("colour"), NoLogo: form.Get("no_logo") != ""}
	for _, header := range r.MultipartForm.File["logo"] {
		file, err := header.Open()
		if err != nil {
			return err
		}
		in.Logo, err = io.ReadAll(io.LimitReader(file, practice.MaxLogo+1))
		_ = file.Close()
		if err != nil {
			return err
		}
	}
	_, err := f.Practices.ChangeLook(r.Context(), in)
	if fault.Is(err, fault.Invalid) {
		return f.lookPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, "Saved. Messages that leave from now on look like this.")
	return httpd.Redirect(w, r, settingsPath(r, "look"))
}

// showLogo serves a picture to mail programs. Its address names what is in it,
// so that it may be kept for ever.
func (f *Face) showLogo(w http.ResponseWriter, r *http.Request) error {
	l, err := f.Practices.LogoOf(r.Context(), access.PracticeFrom(r.Context()).ID, r.PathValue("digest"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", l.Type)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // mail on the web shows it too
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	_, err = w.Write(l.Picture)
	return err
}
