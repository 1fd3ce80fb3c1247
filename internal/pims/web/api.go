package pimsweb

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/pims"
)

type fileBody struct {
	Name       string   `json:"name"`
	Encoding   string   `json:"encoding"`
	Separator  string   `json:"separator"`
	DateOrder  string   `json:"date_order" enum:"MDY,DMY,YMD"`
	HeaderLine int      `json:"header_line"`
	Columns    []string `json:"columns" doc:"As written, without those that are never stored."`
	Never      []string `json:"never_stored,omitempty" doc:"Columns that are never stored."`
	Records    int      `json:"records" doc:"Rows below the column names that are not blank."`
	Bytes      int64    `json:"bytes"`
}

type importBody struct {
	ID         string               `json:"id"`
	System     string               `json:"system"`
	State      pims.State           `json:"state" enum:"uploaded,asks,previewed,running,done,failed,cancelled"`
	Choices    pims.Choices         `json:"choices" doc:"How the files are read, where somebody chose."`
	Remembered bool                 `json:"remembered,omitempty" doc:"The choices are those of an earlier import of files with the same columns."`
	Open       []pims.Question      `json:"open,omitempty" doc:"What has to be chosen before the import can run."`
	GoodRows   bool                 `json:"good_rows,omitempty" doc:"Rejected rows are left out rather than holding up the others."`
	Branch     string               `json:"branch,omitempty" doc:"Home branch of the clients in the files; left out: as it is."`
	Files      []fileBody           `json:"files"`
	Counts     pims.Counts          `json:"counts" doc:"What the files say, compared when they were uploaded."`
	Samples    []pims.Sample        `json:"samples,omitempty" doc:"Some of the new and changed clients, until the import is over."`
	Held       []pims.Sample        `json:"held,omitempty" doc:"Known client numbers that now have somebody else, until the import is over."`
	Silent     []pims.Silent        `json:"not_mailable,omitempty" doc:"Why clients cannot be mailed, with some of them, until the import is over."`
	Shared     []pims.SharedAddress `json:"shared_emails,omitempty" doc:"Addresses that several clients use, until the import is over."`
	Warnings   []pims.PlacedWarning `json:"warnings,omitempty" doc:"Values that were dropped or are doubtful, until the import is over."`
	Rejected   []rejectBody         `json:"rejected,omitempty" doc:"The first rows that were not taken over; rejected.csv has all."`
	Total      int                  `json:"total" doc:"Clients."`
	Done       int                  `json:"done" doc:"Clients that the run has been through."`
	Result     pims.Tally           `json:"result" doc:"What the run did with them."`
	Problem    string               `json:"problem,omitempty" doc:"Why it failed, in words."`
	CreatedAt  time.Time            `json:"created_at"`
	StartedAt  *time.Time           `json:"started_at,omitempty"`
	FinishedAt *time.Time           `json:"finished_at,omitempty"`
}

type rejectBody struct {
	File    string      `json:"file"`
	Line    int         `json:"line"`
	Reason  pims.Reason `json:"reason"`
	Message string      `json:"message"`
}

type importOutput struct{ Body importBody }

type importsOutput struct {
	Body struct {
		Items []importBody `json:"items"`
		Next  string       `json:"next,omitempty" doc:"Cursor of the next page."`
	}
}

type idInput struct {
	ID string `path:"id"`
}

type uploadInput struct {
	RawBody huma.MultipartFormFiles[struct {
		File   []huma.FormFile `form:"file" required:"true" doc:"The files of one export, each at most 64 MB."`
		System string          `form:"system" required:"false" doc:"Practice system; left out: it is recognised."`
		Order  string          `form:"date_order" required:"false" doc:"MDY, DMY or YMD; left out: the dates tell, or what was chosen before for files with the same columns."`
		Branch string          `form:"branch" required:"false" doc:"Id of the home branch; left out: home branches stay as they are."`
	}]
}

type runInput struct {
	ID   string `path:"id"`
	Body *struct {
		GoodRows bool `json:"good_rows,omitempty" doc:"Import the good rows and leave the rejected ones out."`
	}
}

type choicesInput struct {
	ID   string `path:"id"`
	Body pims.Choices
}

type csvOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (f *Face) api(a *httpd.API, rule, upload access.Rule) {
	op := func(id, method, path, summary string, status int) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: path, Summary: summary, DefaultStatus: status, Tags: []string{"Import"},
		}
	}
	httpd.Register(a, rule, op("imports", http.MethodGet, "/imports", "Imports, the newest first", 200), f.apiList)
	httpd.Register(a, upload, op("upload-import", http.MethodPost, "/imports", "Upload an export; nothing is changed before it is run", 201), f.apiUpload)
	passive := rule
	passive.Passive = true
	httpd.Register(a, passive, op("import", http.MethodGet, "/imports/{id}", "Preview, progress or report of an import", 200), f.apiGet)
	httpd.Register(a, rule, op("run-import", http.MethodPost, "/imports/{id}/run", "Run an import in the background", 202), f.apiRun)
	httpd.Register(a, rule, op("cancel-import", http.MethodPost, "/imports/{id}/cancel", "Cancel an import; what it has taken over stays", 200), f.apiCancel)
	httpd.Register(a, rule, op("choose-import", http.MethodPost, "/imports/{id}/choices", "Read the files in another way, and remember that", 200), f.apiChoose)
	file := op("rejected-rows", http.MethodGet, "/imports/{id}/rejected.csv", "Rows that were not taken over", 200)
	file.Responses = map[string]*huma.Response{"200": {
		Description: "CSV (RFC 4180) that can be corrected and imported again: where the row stood and why it was rejected, then the columns of the file",
		Content:     map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	httpd.Register(a, rule, file, f.apiRejected)
}

func bodyOf(im pims.Import, rejects []pims.Reject) importBody {
	b := importBody{
		ID: im.ID, System: im.System, State: im.State, Choices: im.Choices, Remembered: im.Remembered, Open: im.Preview.Open,
		GoodRows: im.GoodRows, Silent: im.Preview.Silent, Branch: im.HomeBranchID, Files: []fileBody{}, Counts: im.Counts,
		Samples: im.Preview.Samples, Held: im.Preview.Held, Shared: im.Preview.Shared, Warnings: im.Preview.Warnings,
		Total: im.Total, Done: im.Done, Result: im.Result, Problem: im.Problem, CreatedAt: im.CreatedAt,
		StartedAt: clock.OrNil(im.StartedAt), FinishedAt: clock.OrNil(im.EndedAt),
	}
	for _, file := range im.Files {
		b.Files = append(b.Files, fileBody{
			Name: file.Name, Encoding: string(file.Encoding), Separator: file.Separator, DateOrder: string(file.DateOrder),
			HeaderLine: file.HeaderLine, Columns: append([]string{}, file.Names...), Never: file.Never, Records: file.Records, Bytes: file.Bytes,
		})
	}
	for _, r := range rejects {
		b.Rejected = append(b.Rejected, rejectBody{File: r.File, Line: r.Line, Reason: r.Reason, Message: r.Message})
	}
	return b
}

func (f *Face) answer(ctx context.Context, importID string) (*importOutput, error) {
	practiceID := access.ViewerFrom(ctx).PracticeID
	im, err := f.Imports.Get(ctx, practiceID, importID)
	if err != nil {
		return nil, err
	}
	rejects, err := f.Imports.Rejects(ctx, practiceID, importID, shownRejects)
	return &importOutput{Body: bodyOf(im, rejects)}, err
}

func (f *Face) apiList(ctx context.Context, in *struct {
	Cursor string `query:"cursor" maxLength:"64"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}) (*importsOutput, error) {
	all, err := f.Imports.List(ctx, access.ViewerFrom(ctx).PracticeID, in.Cursor, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &importsOutput{}
	out.Body.Items = make([]importBody, 0, len(all))
	for i, im := range all {
		if i == in.Limit {
			out.Body.Next = all[i-1].ID
			break
		}
		out.Body.Items = append(out.Body.Items, bodyOf(im, nil))
	}
	return out, nil
}

func (f *Face) apiUpload(ctx context.Context, in *uploadInput) (*importOutput, error) {
	data := in.RawBody.Data()
	upload := pims.UploadInput{Choices: pims.Choices{System: data.System, DateOrder: pims.DateOrder(data.Order)}, HomeBranchID: data.Branch}
	for _, file := range data.File {
		defer file.Close()
		upload.Files = append(upload.Files, pims.File{Name: file.Filename, Body: file})
	}
	im, err := f.Imports.Upload(ctx, access.ViewerFrom(ctx).PracticeID, upload)
	if err != nil {
		return nil, err
	}
	return f.answer(ctx, im.ID)
}

func (f *Face) apiGet(ctx context.Context, in *idInput) (*importOutput, error) {
	if !id.Valid(in.ID) {
		return nil, pims.ErrNotFound
	}
	return f.answer(ctx, in.ID)
}

func (f *Face) apiChoose(ctx context.Context, in *choicesInput) (*importOutput, error) {
	if !id.Valid(in.ID) {
		return nil, pims.ErrNotFound
	}
	if _, err := f.Imports.Choose(ctx, access.ViewerFrom(ctx).PracticeID, in.ID, in.Body); err != nil {
		return nil, err
	}
	return f.answer(ctx, in.ID)
}

func (f *Face) apiRun(ctx context.Context, in *runInput) (*importOutput, error) {
	if !id.Valid(in.ID) {
		return nil, pims.ErrNotFound
	}
	if err := f.Imports.Start(ctx, access.ViewerFrom(ctx).PracticeID, in.ID, in.Body != nil && in.Body.GoodRows); err != nil {
		return nil, err
	}
	return f.answer(ctx, in.ID)
}

func (f *Face) apiCancel(ctx context.Context, in *idInput) (*importOutput, error) {
	if !id.Valid(in.ID) {
		return nil, pims.ErrNotFound
	}
	if err := f.Imports.Cancel(ctx, access.ViewerFrom(ctx).PracticeID, in.ID); err != nil {
		return nil, err
	}
	return f.answer(ctx, in.ID)
}

func (f *Face) apiRejected(ctx context.Context, in *struct {
	ID   string `path:"id"`
	File string `query:"file" maxLength:"200" doc:"One of several files; left out: the first that has rejected rows."`
}) (*csvOutput, error) {
	if !id.Valid(in.ID) {
		return nil, pims.ErrNotFound
	}
	var out bytes.Buffer
	if err := f.Imports.WriteRejects(ctx, &out, access.ViewerFrom(ctx).PracticeID, in.ID, in.File); err != nil {
		return nil, err
	}
	return &csvOutput{ContentType: csvType, Disposition: csvName, Body: out.Bytes()}, nil
}
