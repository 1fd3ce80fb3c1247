package exportweb

import (
	"context"
	"embed"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/export"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
)

// Files are the pages.
//
//go:embed *.html
var Files embed.FS

const zipType = "application/zip"

// Face answers for exports.
type Face struct {
	UI      *ui.UI
	Exports *export.Service
}

// Routes registers the pages and the JSON operation.
func (f *Face) Routes(m *httpd.Mux) {
	rule := access.Rule{Audience: access.Staff, Permission: access.PracticeWrite, AllBranches: true, StepUp: true}
	m.Handle("GET /{practice}/settings/export", rule, f.show)
	m.Handle("POST /{practice}/settings/export", rule, f.make)
	m.Handle("POST /platform/practices/{id}/export", access.Rule{Audience: access.Platform, StepUp: true}, f.makeForPlatform)
	httpd.Register(m.API(), rule, huma.Operation{
		OperationID: "export", Method: http.MethodGet, Path: "/export", Tags: []string{"Practice"},
		Summary: "Everything that is stored of the practice and the person may see, without any secret, as a ZIP file of CSV and JSON lines",
		Responses: map[string]*huma.Response{"200": {
			Description: "A ZIP file; README.txt in it says what each file is.",
			Content:     map[string]*huma.MediaType{zipType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
		}},
	}, f.apiExport)
}

func (f *Face) show(w http.ResponseWriter, r *http.Request) error {
	return f.UI.Page(w, r, http.StatusOK, "export/export", nil)
}

func (f *Face) make(_ http.ResponseWriter, r *http.Request) error {
	v := access.ViewerFrom(r.Context())
	return f.send(r.Context(), v.PracticeID, v.MayEverywhere)
}

func (f *Face) makeForPlatform(_ http.ResponseWriter, r *http.Request) error {
	practiceID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	return f.send(r.Context(), practiceID, export.Everything)
}

func (f *Face) send(ctx context.Context, practiceID string, may func(access.Permission) bool) error {
	e, err := f.Exports.Begin(ctx, practiceID, may)
	if err != nil {
		return err
	}
	stream(ctx, e)
	return nil
}

func stream(ctx context.Context, e *export.Export) {
	httpd.Stream(ctx, zipType, e.Name, func(w io.Writer) error { return e.WriteTo(ctx, w) })
}

func (f *Face) apiExport(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
	v := access.ViewerFrom(ctx)
	e, err := f.Exports.Begin(ctx, v.PracticeID, v.MayEverywhere)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(huma.Context) { stream(ctx, e) }}, nil
}
