package auditweb

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/httpd"
)

type listInput struct {
	Subject string    `query:"subject" maxLength:"40" doc:"The part of the action before the dot, for instance sign_in."`
	Outcome string    `query:"outcome" enum:"done,refused"`
	Branch  string    `query:"branch" maxLength:"64"`
	Person  string    `query:"person" maxLength:"64" doc:"Who acted, whose account it was, or whom it concerned."`
	Text    string    `query:"text" maxLength:"200" doc:"Words, each part of a name, an address, a device or a changed value."`
	From    time.Time `query:"from"`
	To      time.Time `query:"to" doc:"Exclusive."`
	Cursor  string    `query:"cursor" maxLength:"64"`
	Limit   int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type listOutput struct {
	Body struct {
		Items []lineBody `json:"items"`
		Next  string     `json:"next,omitempty" doc:"Cursor of the next page."`
	}
}

type lineBody struct {
	ID       string            `json:"id"`
	At       time.Time         `json:"at"`
	Action   string            `json:"action"`
	Outcome  string            `json:"outcome" enum:"done,refused"`
	Cause    string            `json:"cause,omitempty" doc:"The exact reason of a refusal, a stable word."`
	Sentence string            `json:"sentence" doc:"The entry in words."`
	Actor    *subjectBody      `json:"actor,omitempty"`
	Account  *subjectBody      `json:"account,omitempty"`
	Target   *subjectBody      `json:"target,omitempty"`
	Branch   *subjectBody      `json:"branch,omitempty"`
	Session  string            `json:"session,omitempty"`
	IP       string            `json:"ip,omitempty"`
	Device   string            `json:"device,omitempty"`
	Changes  []changeBody      `json:"changes,omitempty"`
	Detail   map[string]string `json:"detail,omitempty"`
	Repeated int64             `json:"repeated,omitempty" doc:"How often the same happened again."`
	LastAt   time.Time         `json:"last_at" doc:"When it happened last."`
	Erased   bool              `json:"erased,omitempty" doc:"The personal part was erased."`
}

type subjectBody struct {
	Kind string `json:"kind,omitempty"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

type changeBody struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

func (f *Face) api(a *httpd.API) {
	httpd.Register(a, access.Rule{Audience: access.Staff | access.Platform, Permission: access.AuditRead}, huma.Operation{
		OperationID: "audit", Method: http.MethodGet, Path: "/audit", Tags: []string{"Audit"},
		Summary: "The record of the practice, or of the platform for its accounts, newest first",
	}, f.apiList)
}

func (f *Face) apiList(ctx context.Context, in *listInput) (*listOutput, error) {
	filter, err := wish{
		subject: in.Subject, outcome: in.Outcome, branch: in.Branch, person: in.Person, text: in.Text,
		from: in.From, to: in.To, before: in.Cursor,
	}.filter()
	if err != nil {
		return nil, err
	}
	practiceID := access.ViewerFrom(ctx).PracticeID
	n, err := f.names(ctx, practiceID)
	if err != nil {
		return nil, err
	}
	lines, more, err := f.read(ctx, practiceID, filter, in.Cursor, in.Limit, n)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items = make([]lineBody, 0, len(lines))
	for _, l := range lines {
		out.Body.Items = append(out.Body.Items, n.body(l))
	}
	if more {
		out.Body.Next = lines[len(lines)-1].ID
	}
	return out, nil
}

func (n names) body(l audit.Line) lineBody {
	b := lineBody{
		ID: l.ID, At: l.At, Action: string(l.Action), Outcome: string(l.Outcome), Cause: l.Cause, Sentence: n.text(l),
		Actor:   body(subjectBody{Kind: l.ActorKind, ID: l.ActorID, Name: l.Personal.Actor}),
		Account: body(subjectBody{ID: l.AccountID, Name: l.Personal.Account}),
		Target:  body(subjectBody{Kind: l.TargetKind, ID: l.TargetID, Name: l.Personal.Target}),
		Branch:  body(subjectBody{ID: l.BranchID, Name: n.branches[l.BranchID]}),
		Session: l.SessionID, IP: l.Personal.IP, Device: l.Personal.Device, Detail: l.Detail,
		Repeated: l.Repeated, LastAt: l.LastAt, Erased: erased(l),
	}
	for _, c := range l.Personal.Changes {
		b.Changes = append(b.Changes, changeBody(c))
	}
	return b
}

// body leaves out what the line says nothing about.
func body(s subjectBody) *subjectBody {
	if s == (subjectBody{}) {
		return nil
	}
	return &s
}

// text is all that the timeline says about a line.
func (n names) text(l audit.Line) string {
	var b strings.Builder
	for _, p := range n.sentence(l) {
		b.WriteString(p.Text)
	}
	b.WriteString(".")
	for _, more := range []string{cause(l), again(l)} {
		if more != "" {
			b.WriteString(" " + more)
		}
	}
	return b.String()
}
