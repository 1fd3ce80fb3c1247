package campaignweb

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/campaign"
	"catflap/internal/foundation/httpd"
	"catflap/internal/mail"
)

type sendInput struct {
	Body struct {
		PetParentID string   `json:"pet_parent_id" maxLength:"64" doc:"Of whose household the recipients are"`
		To          []string `json:"to,omitempty" maxItems:"100" doc:"Pet parents of the household; left out: that pet parent alone"`
		Template    string   `json:"template,omitempty" maxLength:"64" doc:"welcome for the login credentials, or the id of a template of your own"`
		Subject     string   `json:"subject,omitempty" maxLength:"1600"`
		HTML        string   `json:"html,omitempty" maxLength:"200000"`
		Text        string   `json:"text,omitempty" maxLength:"200000"`
		Despite     bool     `json:"despite,omitempty" doc:"Goes to people too whom bulk mail leaves out"`
		Mark        string   `json:"mark,omitempty" maxLength:"64" doc:"The same mark sends once"`
	}
}

type sentOutput struct {
	Body struct {
		To []string `json:"to" nullable:"false" doc:"Whom a message was written to"`
	}
}

func (f *Face) api(a *httpd.API) {
	httpd.Register(a, access.Rule{Audience: access.Staff, Permission: access.MailSend}, huma.Operation{
		OperationID: "message-send", Method: http.MethodPost, Path: "/messages", DefaultStatus: http.StatusAccepted,
		Summary:     "Write an e-mail to people of a household",
		Description: "Words that bring a temporary password or a link, wherever in them, need login.manage, logins for pet parents switched on, and a fresh proof; API keys cannot send them.",
		Tags:        []string{"Mail"},
	}, f.apiSend)
}

func (f *Face) apiSend(ctx context.Context, in *sendInput) (*sentOutput, error) {
	b := in.Body
	if len(b.To) == 0 {
		b.To = []string{b.PetParentID}
	}
	sent, err := f.Campaigns.Compose(ctx, campaign.ComposeInput{
		Mark: b.Mark, PetParent: b.PetParentID, To: b.To, Template: b.Template, Despite: b.Despite,
		Words: mail.Source{Subject: b.Subject, HTML: b.HTML, Text: b.Text},
	})
	if err != nil {
		return nil, err
	}
	out := &sentOutput{}
	out.Body.To = []string{}
	for _, to := range sent {
		out.Body.To = append(out.Body.To, to.Profile.ID)
	}
	return out, nil
}
