package practiceweb

import (
	"time"

	"catflap/internal/onboarding"
	"catflap/internal/practice"
	"catflap/internal/role"
)

// secondBody is what the policy says about the second factor of one role.
type secondBody struct {
	Role      string              `json:"role" doc:"Its id."`
	Name      string              `json:"name"`
	Mode      practice.SecondMode `json:"mode" enum:"off,optional,required"`
	GraceDays int                 `json:"grace_days" doc:"From the first sign-in at which it is required; 0 unless it is."`
	EmailCode bool                `json:"email_code" doc:"Codes by e-mail are allowed. Strict mode allows none, whatever stands here."`
	Default   struct {
		Mode      practice.SecondMode `json:"mode"`
		GraceDays int                 `json:"grace_days"`
		EmailCode bool                `json:"email_code"`
	} `json:"default"`
	ChangedAt *time.Time `json:"changed_at,omitempty"`
	ChangedBy string     `json:"changed_by,omitempty" doc:"How the account was called."`
}

func secondFrom(l secondLine) secondBody {
	b := secondBody{Role: l.ID, Name: l.Name, Mode: l.Second.Mode, GraceDays: l.Second.Grace, EmailCode: l.Second.EmailCode}
	b.Default.Mode, b.Default.GraceDays, b.Default.EmailCode = l.Usual.Mode, l.Usual.Grace, l.Usual.EmailCode
	if !l.Last.At.IsZero() {
		b.ChangedAt, b.ChangedBy = &l.Last.At, l.Last.Name
	}
	return b
}

// secondWish is a wish about one role.
type secondWish struct {
	Role      string               `json:"role" minLength:"1" maxLength:"64" doc:"Its id."`
	Mode      *practice.SecondMode `json:"mode,omitempty" enum:"off,optional,required"`
	GraceDays *int                 `json:"grace_days,omitempty" minimum:"0" maximum:"30" doc:"Counts only where one is required; 14 where it comes to be required and this is left out."`
	EmailCode *bool                `json:"email_code,omitempty"`
}

func wishesOf(all []secondWish) map[string]role.SecondWish {
	wishes := make(map[string]role.SecondWish, len(all))
	for _, w := range all {
		wishes[w.Role] = role.SecondWish{Mode: w.Mode, Grace: w.GraceDays, EmailCode: w.EmailCode}
	}
	return wishes
}

// effectBody is whom a change concerns: people who sign in today.
type effectBody struct {
	AtOnce      int         `json:"staff_at_once" doc:"Staff without a second factor who set one up at the next sign-in."`
	Grace       []graceBody `json:"staff_in_grace" doc:"Staff without one who have some days, the shortest first."`
	EmailOnly   int         `json:"staff_email_only" doc:"Staff who have nothing but codes by e-mail, which come to count no more."`
	Freed       int         `json:"staff_freed" doc:"Staff without one who need none any more."`
	Clients     int         `json:"clients_at_once" doc:"Pet parents without one who set one up at the next sign-in."`
	ClientEmail int         `json:"clients_email_only" doc:"Pet parents who have nothing but codes by e-mail, which come to count no more."`
	Anybody     bool        `json:"concerns_anybody" doc:"Something of the above is more than nothing: ask before it is saved."`
}

type graceBody struct {
	Days   int `json:"days" doc:"From the first sign-in at which it is required."`
	People int `json:"people"`
}

type effectOutput struct{ Body effectBody }

func effectFrom(e onboarding.SecondEffect) effectBody {
	b := effectBody{
		AtOnce: e.AtOnce, Grace: make([]graceBody, 0, len(e.Grace)), EmailOnly: e.EmailOnly, Freed: e.Freed,
		Clients: e.Clients, ClientEmail: e.ClientEmail, Anybody: e.Any(),
	}
	for _, g := range e.Grace {
		b.Grace = append(b.Grace, graceBody(g))
	}
	return b
}
