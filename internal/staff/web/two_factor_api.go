package staffweb

import (
	"context"
	"net/http"
	"time"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/httpd"
	"catflap/internal/practice"
	"catflap/internal/staff"
)

type twoFactorInput struct {
	Query  string           `query:"q" maxLength:"200" doc:"Words of name or e-mail; all must match"`
	Show   staff.Protection `query:"show" enum:"without,in_grace,email_only,required_without"`
	Cursor string           `query:"cursor" maxLength:"2000"`
	Limit  int              `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type protectedBody struct {
	ID             string              `json:"id"`
	Name           string              `json:"name"`
	Email          string              `json:"email"`
	Methods        []factor.Method     `json:"methods" doc:"What the person set up: totp, email_code."`
	TOTPSince      *time.Time          `json:"totp_since,omitempty"`
	EmailCodeSince *time.Time          `json:"email_code_since,omitempty"`
	CodesLeft      int                 `json:"backup_codes_left"`
	CodesStoredAt  *time.Time          `json:"backup_codes_stored_at,omitempty" doc:"When the person said that they are stored."`
	Mode           practice.SecondMode `json:"mode" enum:"off,optional,required" doc:"What the policy says: the strictest of the person's roles."`
	EmailCode      bool                `json:"email_code" doc:"Codes by e-mail are allowed."`
	GraceDays      int                 `json:"grace_days"`
	GraceUntil     *time.Time          `json:"grace_until,omitempty" doc:"One is required from then on; missing before the first sign-in that meets the demand."`
	Wizard         bool                `json:"set_up_at_next_sign_in"`
	SkipUntil      *time.Time          `json:"skip_until,omitempty" doc:"One sign-in without the second factor is granted until then."`
}

type twoFactorOutput struct {
	Body struct {
		Items      []protectedBody          `json:"items" nullable:"false"`
		Next       string                   `json:"next,omitempty" doc:"Cursor of the next part."`
		Counts     map[staff.Protection]int `json:"counts" doc:"By the values of show, whatever was asked for; all of them as all."`
		PetParents *struct {
			Logins    int `json:"logins"`
			With      int `json:"with"`
			EmailOnly int `json:"email_only"`
		} `json:"pet_parents,omitempty" doc:"For those who manage security for all branches."`
	}
}

type remindedOutput struct {
	Body struct {
		People int `json:"people" doc:"Who are written to."`
	}
}

func (f *Face) twoFactorAPI(a *httpd.API) {
	httpd.Register(a, access.Rule{Audience: access.Staff, Permission: access.SecurityManage},
		operation("staff-two-factor", http.MethodGet, "/two-factor", "Who of the staff has which second factor, by name"), f.apiTwoFactor)
	remind := operation("remind-staff-two-factor", http.MethodPost, "/two-factor/remind",
		"Write to everybody without a second factor, at most once a day")
	remind.DefaultStatus = http.StatusAccepted
	httpd.Register(a, access.Rule{Audience: access.Staff, Permission: access.SecurityManage, StepUp: true}, remind,
		func(ctx context.Context, _ *struct{}) (out *remindedOutput, err error) {
			out = &remindedOutput{}
			out.Body.People, err = f.Staff.Remind(ctx)
			return out, err
		})
}

func (f *Face) apiTwoFactor(ctx context.Context, in *twoFactorInput) (*twoFactorOutput, error) {
	filter := staff.TwoFactorFilter{Query: in.Query, Protection: in.Show}
	part, err := f.Staff.TwoFactor(ctx, filter, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &twoFactorOutput{}
	out.Body.Items, out.Body.Next = make([]protectedBody, 0, len(part.Rows)), part.Next
	for _, row := range part.Rows {
		out.Body.Items = append(out.Body.Items, protectedFrom(row, f.Staff.Clock.Now()))
	}
	counts, err := f.Staff.TwoFactorCounts(ctx, filter)
	if err != nil {
		return nil, err
	}
	counts["all"] = counts[""]
	delete(counts, "")
	out.Body.Counts = counts
	if v := access.ViewerFrom(ctx); v.MayEverywhere(access.SecurityManage) {
		c, err := f.Staff.Factors.ClientStand(ctx, f.Staff.DB, v.PracticeID)
		if err != nil {
			return nil, err
		}
		out.Body.PetParents = &struct {
			Logins    int `json:"logins"`
			With      int `json:"with"`
			EmailOnly int `json:"email_only"`
		}{c.Logins, c.With, c.EmailOnly}
	}
	return out, nil
}

func protectedFrom(row staff.TwoFactorRow, now time.Time) protectedBody {
	s := row.Second
	b := protectedBody{
		ID: row.ID, Name: row.Name, Email: row.Email, Methods: []factor.Method{},
		TOTPSince: clock.OrNil(s.AuthenticatorAt), EmailCodeSince: clock.OrNil(s.EmailSince), CodesLeft: s.Unused, CodesStoredAt: clock.OrNil(s.StoredAt),
		Mode: row.Demand.Mode, EmailCode: row.Demand.EmailCode, GraceDays: int(row.Demand.Grace / (24 * time.Hour)),
		GraceUntil: clock.OrNil(row.Deadline()), Wizard: s.Lacks(row.Demand, now), SkipUntil: clock.OrNil(row.SkipUntil),
	}
	if !s.AuthenticatorAt.IsZero() {
		b.Methods = append(b.Methods, factor.ByAuthenticator)
	}
	if !s.EmailSince.IsZero() {
		b.Methods = append(b.Methods, factor.ByEmailCode)
	}
	return b
}
