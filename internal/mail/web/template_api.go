package mailweb

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/mail"
)

type templateBody struct {
	ID        string     `json:"id" doc:"Of a built-in one its name, for instance welcome"`
	Name      string     `json:"name"`
	BuiltIn   bool       `json:"built_in"`
	Languages []string   `json:"languages" nullable:"false" doc:"In which the practice has words of its own"`
	Mark      int64      `json:"mark" doc:"Grows with each change"`
	UpdatedAt *time.Time `json:"updated_at,omitempty"`
	UpdatedBy string     `json:"updated_by,omitempty" doc:"How the account is called"`
}

func bodyOf(t mail.Template) templateBody {
	b := templateBody{ID: t.ID, Name: t.Name, BuiltIn: t.Builtin, Languages: append([]string{}, t.Langs...), Mark: t.Mark, UpdatedBy: t.UpdatedBy}
	if !t.UpdatedAt.IsZero() {
		b.UpdatedAt = &t.UpdatedAt
	}
	return b
}

type templateListOutput struct {
	Body struct {
		Items []templateBody `json:"items" nullable:"false"`
		Next  string         `json:"next,omitempty"`
	}
}

type templateTokenBody struct {
	Name     string `json:"name"`
	Label    string `json:"label"`
	Required bool   `json:"required" doc:"Without a value the message is not sent"`
	Secret   bool   `json:"secret" doc:"Put in when the message leaves"`
}

type oneTemplateOutput struct {
	Body struct {
		TemplateFields
		Tokens []templateTokenBody `json:"tokens" nullable:"false" doc:"What its texts can be filled with"`
	}
}

// TemplateFields is a template. Exported, as all that is embedded in a body.
type TemplateFields struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	BuiltIn   bool     `json:"built_in"`
	Languages []string `json:"languages" nullable:"false" doc:"In which the practice has words of its own"`
	Mark      int64    `json:"mark" doc:"Grows with each change"`
}

// SourceFields are the words of a template in a language.
type SourceFields struct {
	Subject string `json:"subject" maxLength:"1600"`
	HTML    string `json:"html" maxLength:"200000"`
	Text    string `json:"text,omitempty" maxLength:"200000" doc:"Left out: made from the HTML"`
}

func (s SourceFields) source() mail.Source {
	return mail.Source{Subject: s.Subject, HTML: s.HTML, Text: s.Text}
}

type textOutput struct {
	Body struct {
		Template string `json:"template"`
		Language string `json:"language"`
		Version  string `json:"version,omitempty" doc:"For seen; left out: the built-in words"`
		SourceFields
	}
}

func outOf(t mail.Text) *textOutput {
	out := &textOutput{}
	out.Body.Template, out.Body.Language, out.Body.Version = t.Template, t.Lang, t.ID
	out.Body.SourceFields = SourceFields{Subject: t.Subject, HTML: t.HTML, Text: t.Source.Text}
	return out
}

// TemplateAt is where a template is.
type TemplateAt struct {
	ID string `path:"id" maxLength:"64"`
}

// TextAt is where its words in a language are.
type TextAt struct {
	ID       string `path:"id" maxLength:"64"`
	Language string `path:"language" enum:"en,es,fr,de"`
}

func (f *Face) templateAPI(a *httpd.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/templates" + path, Summary: summary, Tags: []string{"E-mail"}}
	}
	httpd.Register(a, readRule(), op("templates", http.MethodGet, "", "Templates of e-mail: the built-in ones, then the practice's own"), f.apiTemplates)
	create := op("create-template", http.MethodPost, "", "Write a template")
	create.DefaultStatus = http.StatusCreated
	httpd.Register(a, writeRule(), create, f.apiCreate)
	httpd.Register(a, readRule(), op("template", http.MethodGet, "/{id}", "One template, and what its texts can be filled with"), f.apiTemplate)
	httpd.Register(a, writeRule(), op("rename-template", http.MethodPut, "/{id}", "Rename a template of the practice's own"), f.apiRename)
	httpd.Register(a, writeRule(), op("delete-template", http.MethodDelete, "/{id}", "Delete a template of the practice's own"), f.apiDelete)
	httpd.Register(a, readRule(), op("template-text", http.MethodGet, "/{id}/texts/{language}", "The words of a template in a language"), f.apiText)
	httpd.Register(a, writeRule(), op("save-template-text", http.MethodPut, "/{id}/texts/{language}", "Put words in place of those that count now"), f.apiSave)
	httpd.Register(a, writeRule(), op("reset-template-text", http.MethodDelete, "/{id}/texts/{language}", "Put the built-in words back, or delete those of a language"), f.apiReset)
}

func (f *Face) apiTemplates(ctx context.Context, _ *struct{}) (*templateListOutput, error) {
	all, err := f.Mail.Templates(ctx, access.ViewerFrom(ctx).PracticeID)
	if err != nil {
		return nil, err
	}
	out := &templateListOutput{}
	out.Body.Items = []templateBody{}
	for _, t := range all {
		out.Body.Items = append(out.Body.Items, bodyOf(t))
	}
	return out, nil
}

func (f *Face) apiTemplate(ctx context.Context, in *TemplateAt) (*oneTemplateOutput, error) {
	t, err := f.Mail.Template(ctx, access.ViewerFrom(ctx).PracticeID, in.ID)
	if err != nil {
		return nil, err
	}
	out := &oneTemplateOutput{}
	out.Body.TemplateFields = TemplateFields{ID: t.ID, Name: t.Name, BuiltIn: t.Builtin, Languages: append([]string{}, t.Langs...), Mark: t.Mark}
	out.Body.Tokens = []templateTokenBody{}
	for _, d := range mail.TokensOf(t.ID) {
		out.Body.Tokens = append(out.Body.Tokens, templateTokenBody{Name: d.Name, Label: d.Label, Required: d.Required, Secret: d.Secret})
	}
	return out, nil
}

func (f *Face) apiCreate(ctx context.Context, in *struct {
	Body struct {
		Name     string `json:"name" maxLength:"400"`
		Language string `json:"language" enum:"en,es,fr,de"`
		SourceFields
	}
}) (*textOutput, error) {
	b := in.Body
	t, err := f.Mail.SaveText(ctx, mail.TextInput{Name: strings.TrimSpace(b.Name), Lang: b.Language, Source: b.source()})
	if err != nil {
		return nil, err
	}
	return outOf(t), nil
}

func (f *Face) apiText(ctx context.Context, in *TextAt) (*textOutput, error) {
	t, err := f.Mail.Text(ctx, access.ViewerFrom(ctx).PracticeID, in.ID, in.Language)
	if err != nil {
		return nil, err
	}
	return outOf(t), nil
}

func (f *Face) apiSave(ctx context.Context, in *struct {
	TextAt
	Body struct {
		Seen string `json:"seen" maxLength:"64" doc:"The version that was read, empty for none; 409 template-changed-meanwhile when there is another one"`
		SourceFields
	}
}) (*textOutput, error) {
	t, err := f.Mail.SaveText(ctx, mail.TextInput{Template: in.ID, Lang: in.Language, Seen: in.Body.Seen, Source: in.Body.source()})
	if err != nil {
		return nil, err
	}
	return outOf(t), nil
}

func (f *Face) apiRename(ctx context.Context, in *struct {
	TemplateAt
	Body struct {
		Name string `json:"name" maxLength:"400"`
		Mark int64  `json:"mark" doc:"The mark that was read"`
	}
}) (*oneTemplateOutput, error) {
	if err := f.Mail.Rename(ctx, in.ID, in.Body.Name, in.Body.Mark); err != nil {
		return nil, err
	}
	return f.apiTemplate(ctx, &in.TemplateAt)
}

func (f *Face) apiDelete(ctx context.Context, in *struct {
	TemplateAt
	Mark int64 `query:"mark" required:"true" doc:"The mark that was read"`
}) (*struct{}, error) {
	return nil, f.Mail.Delete(ctx, in.ID, in.Mark)
}

func (f *Face) apiReset(ctx context.Context, in *struct {
	TextAt
	Mark int64 `query:"mark" required:"true" doc:"The mark of the template that was read"`
}) (*struct{}, error) {
	return nil, f.Mail.Reset(ctx, in.ID, in.Language, in.Mark)
}
