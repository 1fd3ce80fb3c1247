package petparentweb

import (
	"context"

	"catflap/internal/access"
)

type meOutput struct {
	Body meBody
}

// meBody is what the pet app shows: nothing that only staff need.
type meBody struct {
	ID            string         `json:"id"`
	Name          string         `json:"name"`
	FirstName     string         `json:"first_name"`
	LastName      string         `json:"last_name"`
	Email         string         `json:"email,omitempty"`
	Phones        []phoneBody    `json:"phones" nullable:"false"`
	LoginID       string         `json:"login_id"`
	Pets          []petBody      `json:"pets" nullable:"false"`
	Practice      myPracticeBody `json:"practice"`
	HomeBranch    *myBranchBody  `json:"home_branch,omitempty"`
	OpenProposals int64          `json:"open_proposals" doc:"Corrections that the practice has not decided yet"`
	Recovery      string         `json:"recovery_address,omitempty" doc:"Where links to a new password and codes go"`
	AtOnce        bool           `json:"corrections_count_at_once" doc:"Else the practice looks at them first"`
	TwoFactor     myTwoFactor    `json:"two_factor"`
	News          bool           `json:"news" doc:"Has not opted out of news by e-mail"`
}

type myPracticeBody struct {
	Name  string `json:"name"`
	Phone string `json:"phone,omitempty"`
	Email string `json:"email,omitempty"`
	Hours string `json:"hours,omitempty"`
}

type myBranchBody struct {
	Name    string `json:"name"`
	Phone   string `json:"phone,omitempty"`
	Email   string `json:"email,omitempty" doc:"Left out: the practice's"`
	Hours   string `json:"hours,omitempty" doc:"Left out: the practice's"`
	Address string `json:"address,omitempty"`
}

type myTwoFactor struct {
	Offered bool `json:"offered" doc:"The practice lets pet parents set one up"`
	On      bool `json:"on"`
}

func (f *Face) apiMe(ctx context.Context, _ *struct{}) (*meOutput, error) {
	page, err := f.own(ctx)
	if err != nil {
		return nil, err
	}
	p := page.Person
	who := personFrom(p.PetParent, p.Household.Company, page.Branch)
	b := meBody{
		ID: p.ID, Name: who.Name, FirstName: p.FirstName, LastName: p.LastName, Email: p.Email, Phones: who.Phones,
		LoginID: access.ViewerFrom(ctx).LoginID, Pets: petsFrom(p.Pets), OpenProposals: p.OpenProposals,
		Recovery: p.Login.RecoveryEmail, AtOnce: page.AtOnce, TwoFactor: myTwoFactor(page.Second), News: !p.OptedOut(),
		Practice: myPracticeBody{
			Name: page.Practice.Name, Phone: page.Practice.Phone, Email: page.Practice.Email, Hours: page.Practice.Hours,
		},
	}
	if page.Branch.ID != "" {
		b.HomeBranch = &myBranchBody{
			Name: page.Branch.Name, Phone: page.Branch.Phone, Email: page.Branch.Email, Hours: page.Branch.Hours, Address: page.Branch.Address,
		}
	}
	return &meOutput{Body: b}, nil
}
