package recoveryweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/petparent"
	"catflap/internal/recovery"
)

// lostBody is how somebody's second factor stands; nothing in it is secret.
type lostBody struct {
	Methods            []factor.Method `json:"methods" nullable:"false" doc:"By which a sign-in is proved now; empty where the password is enough."`
	AuthenticatorSince *time.Time      `json:"authenticator_since,omitempty"`
	EmailCodesSince    *time.Time      `json:"email_codes_since,omitempty" doc:"Since when codes by e-mail are their own choice."`
	BackupCodes        int             `json:"backup_codes" doc:"Unused ones."`
	Skip               *skipBody       `json:"skip,omitempty" doc:"One sign-in without the second factor that waits."`
	LastHelp           *helpBody       `json:"last_help,omitempty"`
	CannotHelp         string          `json:"cannot_help,omitempty" doc:"Why you cannot help, in words."`
}

type skipBody struct {
	GrantedAt time.Time `json:"granted_at"`
	GrantedBy string    `json:"granted_by" doc:"Name of who granted it."`
	ExpiresAt time.Time `json:"expires_at"`
	Reason    string    `json:"reason"`
}

type helpBody struct {
	Action string    `json:"action"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
}

type lostOutput struct {
	Body lostBody
}

type lostInput struct {
	ID string `path:"id"`
}

type helpInput struct {
	ID   string `path:"id"`
	Body struct {
		Reason string `json:"reason" minLength:"5" maxLength:"500" doc:"Everybody who could have helped reads it."`
	}
}

type identifiedInput struct {
	ID   string `path:"id"`
	Body struct {
		Reason   string `json:"reason" minLength:"5" maxLength:"500" doc:"Everybody who could have helped reads it."`
		Identity string `json:"identity" minLength:"5" maxLength:"500" doc:"How it was checked that it is really them."`
	}
}

type administratorsOutput struct {
	Body struct {
		Items []administratorBody `json:"items" nullable:"false"`
	}
}

type administratorBody struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	LoginID      string     `json:"login_id"`
	SecondFactor bool       `json:"second_factor" doc:"They have one."`
	LastSignInAt *time.Time `json:"last_sign_in_at,omitempty"`
}

// helper is a core operation of help.
type helper func(context.Context, recovery.Whom, recovery.HelpInput) error

func (f *Face) lostAPI(a *httpd.API) {
	for _, d := range desks() {
		op := func(verb, method, path, summary string) huma.Operation {
			return huma.Operation{
				OperationID: verb + "-" + string(d.kind) + "-two-factor", Method: method, Path: d.api + path, Summary: summary, Tags: []string{"Recovery"},
			}
		}
		httpd.Register(a, d.rule, op("get", http.MethodGet, "", "What somebody has as a second factor, without any secret"),
			func(ctx context.Context, in *lostInput) (*lostOutput, error) { return f.lostAnswer(ctx, d, in.ID) })
		skip := op("skip", http.MethodPost, "/skip", "Let somebody sign in once without the second factor, within 24 hours; that sign-in sets up a new one")
		reset := op("reset", http.MethodPost, "/reset", "Delete a second factor and end all sessions; the next sign-in sets up a new one")
		if d.kind == access.KindClient {
			httpd.Register(a, d.proven(), skip, f.identified(d, f.Recovery.SkipFactor))
			httpd.Register(a, d.proven(), reset, f.identified(d, f.Recovery.ResetFactor))
		} else {
			httpd.Register(a, d.proven(), skip, f.reasoned(d, f.Recovery.SkipFactor))
			httpd.Register(a, d.proven(), reset, f.reasoned(d, f.Recovery.ResetFactor))
		}
		httpd.Register(a, d.proven(), op("cancel-skip-of", http.MethodDelete, "/skip", "Take back a sign-in without the second factor that was not used"),
			func(ctx context.Context, in *lostInput) (*lostOutput, error) {
				who, err := d.whomAPI(in.ID)
				if err == nil {
					err = f.Recovery.CancelSkip(ctx, who)
				}
				if err != nil {
					return nil, err
				}
				return f.lostAnswer(ctx, d, in.ID)
			})
	}
	httpd.Register(a, access.Rule{Audience: access.Platform}, huma.Operation{
		OperationID: "platform-administrators", Method: http.MethodGet, Path: "/platform/administrators", Summary: "Who runs the platform", Tags: []string{"Platform"},
	}, func(ctx context.Context, _ *struct{}) (*administratorsOutput, error) {
		all, err := f.Recovery.Administrators(ctx)
		if err != nil {
			return nil, err
		}
		out := &administratorsOutput{}
		out.Body.Items = make([]administratorBody, len(all))
		for i, one := range all {
			out.Body.Items[i] = administratorBody{
				ID: one.ID, Name: one.Name, LoginID: one.LoginID, SecondFactor: one.Second.Any(), LastSignInAt: clock.OrNil(one.LastSignInAt),
			}
		}
		return out, nil
	})
}

func (f *Face) reasoned(d desk, do helper) func(context.Context, *helpInput) (*lostOutput, error) {
	return func(ctx context.Context, in *helpInput) (*lostOutput, error) {
		return f.helpAPI(ctx, d, in.ID, do, recovery.HelpInput{Reason: in.Body.Reason})
	}
}

func (f *Face) identified(d desk, do helper) func(context.Context, *identifiedInput) (*lostOutput, error) {
	return func(ctx context.Context, in *identifiedInput) (*lostOutput, error) {
		return f.helpAPI(ctx, d, in.ID, do, recovery.HelpInput{Reason: in.Body.Reason, Identity: in.Body.Identity})
	}
}

func (f *Face) helpAPI(ctx context.Context, d desk, anID string, do helper, in recovery.HelpInput) (*lostOutput, error) {
	who, err := d.whomAPI(anID)
	if err == nil {
		err = do(ctx, who, in)
	}
	if err != nil {
		return nil, err
	}
	return f.lostAnswer(ctx, d, anID)
}

// whomAPI answers "not found" for what is no identifier of ours.
func (d desk) whomAPI(anID string) (recovery.Whom, error) {
	switch {
	case id.Valid(anID):
		return recovery.Whom{Kind: d.kind, ID: anID}, nil
	case d.kind == access.KindClient:
		return recovery.Whom{}, petparent.ErrNotFound
	}
	return recovery.Whom{}, account.ErrNotFound
}

func (f *Face) lostAnswer(ctx context.Context, d desk, anID string) (*lostOutput, error) {
	who, err := d.whomAPI(anID)
	if err != nil {
		return nil, err
	}
	l, err := f.Recovery.Lost(ctx, who)
	if err != nil {
		return nil, err
	}
	b := lostBody{
		Methods: append([]factor.Method{}, l.Methods...), AuthenticatorSince: clock.OrNil(l.Second.AuthenticatorAt),
		EmailCodesSince: clock.OrNil(l.Second.EmailSince), BackupCodes: l.Second.Unused,
	}
	if l.Skip.ID != "" {
		b.Skip = &skipBody{GrantedAt: l.Skip.GrantedAt, GrantedBy: l.Skip.Granter, ExpiresAt: l.Skip.ExpiresAt, Reason: l.Skip.Reason}
	}
	if !l.Last.At.IsZero() {
		b.LastHelp = &helpBody{Action: string(l.Last.Action), At: l.Last.At, By: l.Last.By, Reason: l.Last.Reason}
	}
	if l.Bar != nil {
		b.CannotHelp = fault.From(l.Bar).Message
	}
	return &lostOutput{Body: b}, nil
}
