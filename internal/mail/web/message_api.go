package mailweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/mail"
)

type failedInput struct {
	Cursor string `query:"cursor" maxLength:"64"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type failedBody struct {
	ID          string    `json:"id"`
	PetParentID string    `json:"pet_parent_id,omitempty"`
	To          string    `json:"to"`
	Template    string    `json:"template"`
	Subject     string    `json:"subject"`
	Reason      string    `json:"reason"`
	CreatedAt   time.Time `json:"created_at"`
}

type failedOutput struct {
	Body struct {
		Items []failedBody `json:"items" nullable:"false"`
		Next  string       `json:"next,omitempty" doc:"Cursor of the next part."`
	}
}

type againInput struct {
	ID string `path:"id"`
}

type bouncedInput struct {
	ID   string `path:"id" maxLength:"300" doc:"Of the message, or its Message-ID"`
	Body struct {
		Words string `json:"words" maxLength:"2000" doc:"What the mail server said, for instance 550 5.1.1 No such user"`
	}
}

func (f *Face) messageAPI(a *httpd.API) {
	httpd.Register(a, access.Rule{Audience: access.Staff, Permission: access.PracticeWrite, AllBranches: true}, huma.Operation{
		OperationID: "messages-failed", Method: http.MethodGet, Path: "/messages/failed",
		Summary: "Messages that could not be delivered, newest first", Tags: []string{"Mail"},
	}, f.apiFailed)
	httpd.Register(a, access.Rule{Audience: access.Staff, Permission: access.PracticeWrite, AllBranches: true}, huma.Operation{
		OperationID: "message-again", Method: http.MethodPost, Path: "/messages/{id}/again", DefaultStatus: http.StatusNoContent,
		Summary: "Put a failed message into the queue again", Tags: []string{"Mail"},
	}, func(ctx context.Context, in *againInput) (*struct{}, error) {
		return nil, f.Mail.TryAgain(ctx, access.ViewerFrom(ctx).PracticeID, in.ID)
	})
	httpd.Register(a, access.Rule{Audience: access.Staff, Permission: access.PracticeWrite, AllBranches: true}, huma.Operation{
		OperationID: "message-bounced", Method: http.MethodPost, Path: "/messages/{id}/bounced", DefaultStatus: http.StatusNoContent,
		Summary: "Report that a message came back", Tags: []string{"Mail"},
		Description: "For mail services that tell of bounces later. The message fails, and bulk mail leaves its address out.",
	}, func(ctx context.Context, in *bouncedInput) (*struct{}, error) {
		return nil, f.Mail.Bounced(ctx, access.ViewerFrom(ctx).PracticeID, in.ID, in.Body.Words)
	})
}

func (f *Face) apiFailed(ctx context.Context, in *failedInput) (*failedOutput, error) {
	list, err := f.Mail.Failures(ctx, access.ViewerFrom(ctx).PracticeID, mail.Page{After: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &failedOutput{}
	out.Body.Items, out.Body.Next = []failedBody{}, list.Next
	for _, m := range list.Messages {
		out.Body.Items = append(out.Body.Items, failedBody{
			ID: m.ID, PetParentID: m.PetParentID, To: m.To, Template: m.Template, Subject: m.Subject, Reason: m.LastError, CreatedAt: m.CreatedAt,
		})
	}
	return out, nil
}
