package apptest

import (
	"context"
	"crypto/rand"
	"net/url"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/factor"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/onboarding"
	"catflap/internal/practice"
	"catflap/internal/role"
	"catflap/internal/staff"
)

// Person is somebody with a password of this test.
type Person struct {
	account.Account
	Password string
	Key      otp.Key // of their authenticator app; nil without one
}

// Password makes one that nobody else has.
func Password() string { return "pw " + rand.Text() }

// Administrator sets the server up. They have an authenticator app, without which
// nobody signs in to the platform.
func (a *App) Administrator() Person {
	a.T.Helper()
	ctx := context.Background()
	token, err := a.Onboarding.OpenSetup(ctx)
	if err != nil {
		a.T.Fatal(err)
	}
	p := Person{Password: Password()}
	in := onboarding.AdministratorInput{Name: "Pat Host", Email: "pat@host.example", Chosen: factor.Once(p.Password)}
	if err := a.Onboarding.Setup(ctx, token.Reveal(), in); err != nil {
		a.T.Fatal(err)
	}
	if p.Account, err = a.Accounts.ByLogin(ctx, a.DB, "", in.Email); err != nil {
		a.T.Fatal(err)
	}
	a.Authenticator(&p)
	return p
}

// Clinic is a practice with two branches, North and South, and its administrator.
type Clinic struct {
	practice.Practice
	North, South  practice.Branch
	Administrator Person
}

// Clinic opens a practice under the slug; its administrator has chosen a password.
func (a *App) Clinic(slug string) Clinic {
	a.T.Helper()
	ctx := context.Background()
	email := "admin@" + slug + ".example"
	p, err := a.Onboarding.OpenPractice(ctx, onboarding.PracticeInput{
		Input: practice.Input{
			Slug: slug, Name: "Clinic " + slug, Kind: practice.Clinic, Plan: "complete", Branches: []string{"North", "South"},
			Phone: "+1 555 0100", Email: "desk@" + slug + ".example", Hours: "Mon to Fri 8 to 18",
		},
		AdministratorName: "Ada Admin", AdministratorEmail: email,
	})
	if err != nil {
		a.T.Fatal(err)
	}
	branches, err := a.Practices.Branches(ctx, a.DB, p.ID)
	if err != nil {
		a.T.Fatal(err)
	}
	c := Clinic{Practice: p, North: branches[0], South: branches[1]}
	c.Administrator = a.accept(p.ID, email)
	return c
}

// Hire gives a person a ready-made role, in one branch or with "" in all.
func (a *App) Hire(c Clinic, name, email, roleKey, branchID string) Person {
	a.T.Helper()
	ctx := access.WithPractice(context.Background(), c.Access())
	r, err := a.Roles.ByKey(ctx, a.DB, c.ID, roleKey)
	if err != nil {
		a.T.Fatal(err)
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := a.Staff.Invite(ctx, tx, c.Access(), staff.Invitation{
			Name: name, Email: email, Grants: []role.Grant{{RoleID: r.ID, BranchID: branchID}},
		})
		return err
	})
	if err != nil {
		a.T.Fatal(err)
	}
	return a.accept(c.ID, email)
}

// accept follows the invitation that was mailed.
func (a *App) accept(practiceID, email string) Person {
	a.T.Helper()
	ctx := context.Background()
	u, err := url.Parse(a.Link(a.LastMail(email), "/activate"))
	if err != nil {
		a.T.Fatal(err)
	}
	p := Person{Password: Password()}
	if err := a.Onboarding.AcceptInvitation(ctx, practiceID, onboarding.InvitationInput{
		Token: u.Query().Get("token"), Chosen: factor.Once(p.Password),
	}); err != nil {
		a.T.Fatal(err)
	}
	if p.Account, err = a.Accounts.ByLogin(ctx, a.DB, practiceID, email); err != nil {
		a.T.Fatal(err)
	}
	return p
}

// Enter is a fresh browser in which the person is signed in, in the branch
// ("" when they have no choice).
func (a *App) Enter(slug string, p Person, branchID string) *Browser {
	a.T.Helper()
	b := a.Browser()
	b.Get("/"+slug+"/login").Want(a.T, 200)
	page := b.Post("/"+slug+"/login", url.Values{"login": {p.LoginID}, "password": {p.Password}})
	if p.Key != nil {
		page.Want(a.T, 200, "Type your code")
		page = b.Post("/"+slug+"/login/second-factor", url.Values{"method": {"totp"}, "code": {a.Code(p)}})
	}
	if branchID != "" {
		page.Want(a.T, 200, "Where do you work today?")
		page = b.Post("/"+slug+"/login/branch", url.Values{"branch": {branchID}})
	}
	page.Want(a.T, 200, p.Name)
	return b
}
