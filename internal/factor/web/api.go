package factorweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/secret"
)

type statusOutput struct {
	Body struct {
		Methods      []factor.Method `json:"methods" doc:"What a second proof can be given by; empty while two-factor authentication is off."`
		Since        *time.Time      `json:"since,omitempty" doc:"When the authenticator app was set up."`
		EmailSince   *time.Time      `json:"email_code_since,omitempty" doc:"Since when codes by e-mail are this person's own choice."`
		Policy       string          `json:"policy" enum:"off,optional,required" doc:"What the practice says for this person."`
		EmailAllowed bool            `json:"email_code_allowed" doc:"Codes by e-mail can be chosen."`
		Required     bool            `json:"required" doc:"It cannot be deactivated."`
		GraceUntil   *time.Time      `json:"grace_until,omitempty" doc:"Until when nobody insists."`
		Unfinished   *time.Time      `json:"unfinished_since,omitempty" doc:"A set-up that was begun then and never finished; its entry may have to be removed from the app."`
		BackupCodes  struct {
			Left     int        `json:"left"`
			Of       int        `json:"of"`
			Readable bool       `json:"readable" doc:"They can be shown again."`
			MadeAt   *time.Time `json:"made_at,omitempty"`
			StoredAt *time.Time `json:"stored_at,omitempty" doc:"When the person said that they are stored."`
		} `json:"backup_codes"`
	}
}

type keyBody struct {
	Secret string `json:"secret" doc:"The key in base 32: time-based, 6 digits, 30 seconds, SHA-1."`
	URI    string `json:"otpauth_uri"`
	QR     string `json:"qr_svg" doc:"The URI as a QR code."`
}

type setupOutput struct {
	Body struct {
		Setup string `json:"setup"`
		keyBody
		ExpiresAt time.Time `json:"expires_at"`
	}
}

type keyOutput struct{ Body keyBody }

type verifyInput struct {
	Body struct {
		Setup string `json:"setup" maxLength:"64"`
		Code  string `json:"code" maxLength:"64"`
	}
}

type codeInput struct {
	Body struct {
		Code string `json:"code" maxLength:"64"`
	}
}

type freshOutput struct {
	Body struct {
		Codes []string `json:"backup_codes" doc:"The new backup codes; empty where the former ones still count."`
	}
}

type shownCode struct {
	Code   string     `json:"code"`
	UsedAt *time.Time `json:"used_at,omitempty"`
}

type codesOutput struct {
	Body struct {
		Codes []shownCode `json:"backup_codes"`
	}
}

func (f *Face) api(a *httpd.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/account/two-factor" + path, Summary: summary, Tags: []string{"Two-factor"}}
	}
	rule := access.Rule{Audience: access.SignedIn, AnyBranch: true}
	proven := rule
	proven.StepUp = true
	httpd.Register(a, rule, op("two-factor", http.MethodGet, "", "What the signed-in person has as second factor"), f.apiStatus)
	httpd.Register(a, proven, op("remove-two-factor", http.MethodDelete, "", "Deactivate two-factor authentication"), f.nothing(f.remove))
	httpd.Register(a, proven, op("begin-two-factor", http.MethodPost, "/setup", "Begin to set up an authenticator app; nothing counts before it is verified"), f.apiBegin)
	httpd.Register(a, rule, op("cancel-two-factor", http.MethodDelete, "/setup", "Give up what was begun"), f.nothing(f.giveUp))
	httpd.Register(a, rule, op("verify-two-factor", http.MethodPost, "/verify", "Make the key count; the former key and backup codes are void. Where there is a factor already it asks for a fresh step-up, and the set-up waits"), f.apiVerify)
	httpd.Register(a, proven, op("two-factor-key", http.MethodGet, "/key", "The key, for an additional device or app"), f.apiKey)
	httpd.Register(a, proven, op("backup-codes", http.MethodGet, "/backup-codes", "All backup codes, used ones too"), f.apiCodes)
	httpd.Register(a, proven, op("new-backup-codes", http.MethodPost, "/backup-codes", "Ten new backup codes; the former ones are void"), f.apiNewCodes)
	httpd.Register(a, rule, op("backup-codes-stored", http.MethodPost, "/backup-codes/stored", "The person says that the backup codes are stored"), f.nothing(f.keepStored))
	send := op("send-two-factor-code", http.MethodPost, "/email-code", "Send a code, to choose codes by e-mail")
	send.DefaultStatus = http.StatusAccepted
	httpd.Register(a, proven, send, f.nothing(f.mailCode))
	httpd.Register(a, rule, op("choose-email-code", http.MethodPut, "/email", "Choose codes by e-mail, with the one that was sent. Where there is a factor already it asks for a fresh step-up"), f.apiEmail)
	httpd.Register(a, proven, op("drop-email-code", http.MethodDelete, "/email", "Stop using codes by e-mail"), f.nothing(f.stopEmail))
}

// nothing answers with nothing but that it is done.
func (f *Face) nothing(do func(context.Context) error) func(context.Context, *struct{}) (*struct{}, error) {
	return func(ctx context.Context, _ *struct{}) (*struct{}, error) { return nil, do(ctx) }
}

func (f *Face) apiStatus(ctx context.Context, _ *struct{}) (*statusOutput, error) {
	s, err := f.standing(ctx)
	if err != nil {
		return nil, err
	}
	out := &statusOutput{}
	b := &out.Body
	b.Methods = append([]factor.Method{}, s.Methods...)
	b.Since, b.EmailSince = clock.OrNil(s.Second.AuthenticatorAt), clock.OrNil(s.Second.EmailSince)
	b.Policy, b.EmailAllowed, b.Required = string(s.Demand.Mode), s.MayEmail(), s.Demand.Required()
	b.GraceUntil, b.Unfinished = clock.OrNil(s.Grace), clock.OrNil(s.Second.Unfinished)
	c := &b.BackupCodes
	c.Left, c.Of, c.Readable = s.Second.Unused, s.Second.Codes, s.Second.Readable
	c.MadeAt, c.StoredAt = clock.OrNil(s.Second.CodesAt), clock.OrNil(s.Second.StoredAt)
	return out, nil
}

func (f *Face) apiBegin(ctx context.Context, _ *struct{}) (*setupOutput, error) {
	n, err := f.newSetup(ctx)
	if err != nil {
		return nil, err
	}
	out := &setupOutput{}
	out.Body.Setup, out.Body.ExpiresAt = n.ID, n.ExpiresAt
	out.Body.Secret, out.Body.URI = n.Key.Text(), n.Key.URI(n.Label)
	out.Body.QR, err = n.Key.QR(n.Label)
	return out, err
}

func (f *Face) apiVerify(ctx context.Context, in *verifyInput) (*freshOutput, error) {
	if !id.Valid(in.Body.Setup) {
		return nil, factor.ErrSetupOver
	}
	done, err := f.finishSetup(ctx, in.Body.Setup, in.Body.Code)
	return fresh(done.Codes), err
}

func fresh(codes []secret.Text) *freshOutput {
	out := &freshOutput{}
	out.Body.Codes = make([]string, 0, len(codes))
	for _, c := range codes {
		out.Body.Codes = append(out.Body.Codes, c.Reveal())
	}
	return out
}

func (f *Face) apiKey(ctx context.Context, _ *struct{}) (*keyOutput, error) {
	key, label, err := f.sharedKey(ctx)
	if err != nil {
		return nil, err
	}
	out := &keyOutput{Body: keyBody{Secret: key.Text(), URI: key.URI(label)}}
	out.Body.QR, err = key.QR(label)
	return out, err
}

func (f *Face) apiCodes(ctx context.Context, _ *struct{}) (*codesOutput, error) {
	a, err := f.account(ctx)
	if err != nil {
		return nil, err
	}
	codes, err := f.Factors.BackupCodes(ctx, access.ViewerFrom(ctx).Practice, a)
	if err != nil {
		return nil, err
	}
	out := &codesOutput{}
	out.Body.Codes = make([]shownCode, 0, len(codes))
	for _, c := range codes {
		out.Body.Codes = append(out.Body.Codes, shownCode{Code: c.Code.Reveal(), UsedAt: clock.OrNil(c.UsedAt)})
	}
	return out, nil
}

func (f *Face) apiNewCodes(ctx context.Context, _ *struct{}) (*freshOutput, error) {
	codes, err := f.makeCodes(ctx)
	return fresh(codes), err
}

func (f *Face) apiEmail(ctx context.Context, in *codeInput) (*freshOutput, error) {
	done, err := f.takeEmail(ctx, in.Body.Code)
	return fresh(done.Codes), err
}
