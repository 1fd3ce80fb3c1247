package mailweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
)

type letterBody struct {
	ID      string    `json:"id"`
	To      string    `json:"to"`
	From    string    `json:"from"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	At      time.Time `json:"at"`
}

type lettersOutput struct {
	Body struct {
		Items []letterBody `json:"items" nullable:"false"`
	}
}

func (f *Face) api(a *httpd.API) {
	httpd.Register(a, access.Rule{Audience: access.Platform}, huma.Operation{
		OperationID: "platform-mailbox", Method: http.MethodGet, Path: "/platform/mailbox",
		Summary: "The built-in mailbox, newest first", Tags: []string{"Platform"},
	}, func(context.Context, *struct{}) (*lettersOutput, error) {
		out := &lettersOutput{}
		out.Body.Items = []letterBody{}
		for _, l := range f.Mailbox.Letters() {
			out.Body.Items = append(out.Body.Items, letterBody{
				ID: l.ID, To: l.To.Address, From: l.From.Address, Subject: l.Subject, Text: l.Text, At: l.At,
			})
		}
		return out, nil
	})
}
