package signinweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/httpd"
	"catflap/internal/signin"
)

type reportInput struct {
	Outcome string    `query:"outcome" enum:"done,refused,begun" doc:"begun: the password was right and steps are open. Left out unless asked for."`
	Cause   string    `query:"cause" maxLength:"40" doc:"A stable word, for instance wrong-password."`
	Person  string    `query:"person" maxLength:"64" doc:"The account."`
	Text    string    `query:"text" maxLength:"200" doc:"Words, each part of a name, an address or a device."`
	From    time.Time `query:"from"`
	To      time.Time `query:"to" doc:"Exclusive."`
	Cursor  string    `query:"cursor" maxLength:"64"`
	Limit   int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type reportOutput struct {
	Body struct {
		Items []reportBody `json:"items"`
		Next  string       `json:"next,omitempty" doc:"Cursor of the next page; a page may hold fewer items than the limit although there is one."`
	}
}

type reportBody struct {
	ID       string       `json:"id"`
	At       time.Time    `json:"at"`
	Outcome  string       `json:"outcome" enum:"done,refused,begun"`
	Cause    string       `json:"cause,omitempty" doc:"The exact reason, a stable word."`
	Reason   string       `json:"reason,omitempty" doc:"The same in words."`
	Account  *accountBody `json:"account,omitempty" doc:"Left out for a login ID that nobody has."`
	Branch   *branchBody  `json:"branch,omitempty"`
	IP       string       `json:"ip,omitempty"`
	Device   string       `json:"device,omitempty"`
	Repeated int64        `json:"repeated,omitempty" doc:"How often the same happened again."`
	LastAt   time.Time    `json:"last_at" doc:"When it happened last."`
}

type accountBody struct {
	ID   string      `json:"id"`
	Kind access.Kind `json:"kind,omitempty"`
	Name string      `json:"name"`
}

func (f *Face) reportAPI(a *httpd.API) {
	httpd.Register(a, access.Rule{Audience: access.Staff, Permission: access.AuditRead}, huma.Operation{
		OperationID: "sign-ins", Method: http.MethodGet, Path: "/sign-ins", Tags: []string{"Sign-in"},
		Summary: "The outcomes of sign-ins with their exact causes, newest first",
	}, f.apiReport)
}

func (f *Face) apiReport(ctx context.Context, in *reportInput) (*reportOutput, error) {
	filter, err := reportWish{
		outcome: in.Outcome, cause: in.Cause, person: in.Person, text: in.Text, from: in.From, to: in.To, before: in.Cursor,
	}.filter()
	if err != nil {
		return nil, err
	}
	lines, next, err := f.SignIn.Report(ctx, filter, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	branches, err := f.Practices.Branches(ctx, f.Practices.DB, access.ViewerFrom(ctx).PracticeID)
	if err != nil {
		return nil, err
	}
	out := &reportOutput{}
	out.Body.Items, out.Body.Next = make([]reportBody, 0, len(lines)), next
	for _, l := range lines {
		b := f.reportBody(l)
		for _, branch := range branches {
			if branch.ID == l.BranchID {
				b.Branch = &branchBody{ID: branch.ID, Name: branch.Name}
			}
		}
		out.Body.Items = append(out.Body.Items, b)
	}
	return out, nil
}

func (f *Face) reportBody(l signin.ReportLine) reportBody {
	b := reportBody{
		ID: l.ID, At: l.At, Cause: l.Cause, Reason: f.Cause(l.Line), IP: l.Personal.IP, Device: l.Personal.Device,
		Repeated: l.Repeated, LastAt: l.LastAt,
		Outcome: map[audit.Action]string{
			audit.SignInDone: "done", audit.SignInRefused: "refused", audit.FactorRefused: "refused", audit.SignInBegun: "begun",
		}[l.Action],
	}
	if l.AccountID != "" {
		b.Account = &accountBody{ID: l.AccountID, Kind: l.Account.Kind, Name: who(l)}
	}
	return b
}
