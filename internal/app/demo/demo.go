package demo

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/app"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
	"catflap/internal/mail"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
	"catflap/internal/practice"
	"catflap/internal/role"
	"catflap/internal/staff"
)

// Member is somebody who can sign in to the demonstration.
type Member struct {
	What     string
	Where    string
	Login    string
	Password secret.Text
	URL      string
}

// Cast is everybody who can sign in, and with what.
type Cast struct {
	Members []Member
}

// Print tells who can sign in. It is the one place where the passwords of the
// demonstration are shown.
func (c Cast) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "\nWho\tWhere\tLogin ID\tPassword")
	url := ""
	for _, m := range c.Members {
		if m.URL != url {
			url = m.URL
			fmt.Fprintf(t, "\n%s\n", url)
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", m.What, m.Where, m.Login, m.Password.Reveal())
	}
	fmt.Fprintln(t, "\nThe platform administrator is led into the set-up of two-factor authentication at the first sign-in.")
	fmt.Fprintln(t, "Have an authenticator app at hand, or look the key up under \"I can't scan this code\".")
	fmt.Fprintln(t, "\nAll of this is gone when you stop it with Ctrl+C.")
	return t.Flush()
}

// stage is what the scenes share.
type stage struct {
	*app.App
	ctx      context.Context
	practice practice.Practice
	branches []practice.Branch
	roles    map[string]role.Role
	clients  []petparent.Row // who were given a login
	cast     Cast
}

// Play runs every scene over a fresh server.
func Play(ctx context.Context, a *app.App) (Cast, error) {
	if _, ok := a.Transport.(*mail.Mailbox); !ok {
		return Cast{}, fault.New(fault.Invalid, "demo-mail",
			"The demonstration needs the built-in mailbox. Leave CATFLAP_SMTP out and use a localhost address in CATFLAP_PUBLIC_URL.")
	}
	s := &stage{App: a, ctx: ctx, roles: map[string]role.Role{}}
	for _, scene := range []func() error{s.setUp, s.openPractice, s.hire, s.importClients, s.inviteClients, s.welcomeClients} {
		if err := scene(); err != nil {
			return Cast{}, err
		}
	}
	return s.cast, nil
}

// password makes one of four groups that can be read and typed.
func password() secret.Text {
	s := strings.ToLower(rand.Text())
	return secret.Text(s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:16])
}

func (s *stage) setUp() error {
	token, err := s.Onboarding.OpenSetup(s.ctx)
	if err != nil {
		return err
	}
	own := password()
	in := onboarding.AdministratorInput{Name: "Robin Host", Email: "robin@host.example", Chosen: factor.Once(own.Reveal())}
	if err := s.Onboarding.Setup(s.ctx, token.Reveal(), in); err != nil {
		return err
	}
	a, err := s.Accounts.ByLogin(s.ctx, s.DB, "", in.Email)
	if err != nil {
		return err
	}
	s.cast.Members = append(s.cast.Members, Member{
		What: "Platform administrator", Login: in.Email, Password: own, URL: s.LoginURL(""),
	})
	s.ctx = access.WithViewer(s.ctx, access.Viewer{Kind: access.KindPlatform, AccountID: a.ID, Name: a.Name})
	return nil
}

func (s *stage) openPractice() (err error) {
	s.practice, err = s.Onboarding.OpenPractice(s.ctx, onboarding.PracticeInput{
		Input: practice.Input{
			Slug: "happy-paws", Name: "Happy Paws Veterinary", Kind: practice.Clinic, Plan: "complete",
			Phone: "(555) 010-0199", Email: "desk@happy-paws.example", Hours: "Monday to Friday 8 am to 6 pm, Saturday 9 am to noon",
			Branches: []string{"North", "Riverside"},
		},
		AdministratorName: "Maria Lopez", AdministratorEmail: "maria.lopez@happy-paws.example",
	})
	if err != nil {
		return err
	}
	if s.branches, err = s.Practices.Branches(s.ctx, s.DB, s.practice.ID); err != nil {
		return err
	}
	roles, err := s.Roles.List(s.ctx, s.DB, s.practice.ID)
	for _, r := range roles {
		s.roles[r.Key] = r
	}
	if err != nil {
		return err
	}
	a, err := s.accept("maria.lopez@happy-paws.example", "Practice administrator", "all branches")
	if err != nil {
		return err
	}
	s.ctx = s.as(a)
	return nil
}

// as is a context in which a member of staff works in the first branch.
func (s *stage) as(a account.Account) context.Context {
	return access.WithViewer(access.WithPractice(s.ctx, s.practice.Access()), access.Viewer{
		Kind: a.Kind, AccountID: a.ID, Name: a.Name, LoginID: a.LoginID, PracticeID: s.practice.ID,
		Practice: s.practice.Access(), Branch: s.branches[0].Access(),
	}.WithPermissions(access.Permissions()))
}

func (s *stage) hire() error {
	north, river := s.branches[0], s.branches[1]
	for _, h := range []struct {
		name, email, key, where string
		branches                []string
	}{
		{"Sam Okafor", "sam.okafor", role.SecurityManager, "all branches", []string{""}},
		{"Dr. Hanna Berg", "hanna.berg", role.Veterinarian, "both branches", []string{north.ID, river.ID}},
		{"Luis Ferreira", "luis.ferreira", role.Manager, "both branches", []string{north.ID, river.ID}},
		{"June Park", "june.park", role.Receptionist, "North", []string{north.ID}},
		{"Tom Ashby", "tom.ashby", role.Trainer, "Riverside", []string{river.ID}},
		{"Nia Cole", "nia.cole", role.Sitter, "Riverside", []string{river.ID}},
	} {
		email := h.email + "@happy-paws.example"
		var grants []role.Grant
		for _, b := range h.branches {
			grants = append(grants, role.Grant{RoleID: s.roles[h.key].ID, BranchID: b})
		}
		if err := s.DB.Write(s.ctx, func(tx *db.Tx) error {
			_, err := s.Staff.Invite(s.ctx, tx, s.practice.Access(), staff.Invitation{Name: h.name, Email: email, Grants: grants})
			return err
		}); err != nil {
			return err
		}
		if _, err := s.accept(email, s.roles[h.key].Name, h.where); err != nil {
			return err
		}
	}
	return nil
}

// accept follows an invitation: a password of their own.
func (s *stage) accept(email, what, where string) (account.Account, error) {
	a, err := s.Accounts.ByLogin(s.ctx, s.DB, s.practice.ID, email)
	if err != nil {
		return a, err
	}
	m := Member{What: what, Where: where, Login: email, Password: password(), URL: s.LoginURL(s.practice.Slug)}
	ctx := access.WithViewer(s.ctx, access.Viewer{})
	token, err := s.invitation(a)
	if err != nil {
		return a, err
	}
	if err := s.Onboarding.AcceptInvitation(ctx, s.practice.ID, onboarding.InvitationInput{Token: token.Reveal(), Chosen: factor.Once(m.Password.Reveal())}); err != nil {
		return a, err
	}
	s.cast.Members = append(s.cast.Members, m)
	return a, nil
}

// invitation reads the token in the newest letter to the account, as the person
// would: from the built-in mailbox.
func (s *stage) invitation(a account.Account) (secret.Text, error) {
	l, err := s.letter(a.RecoveryEmail)
	if err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(l.Text, "/activate?token=")
	token, _, _ := strings.Cut(rest, "\n")
	return secret.Text(strings.TrimSpace(token)), nil
}

// letter delivers what waits and finds the newest letter to an address.
func (s *stage) letter(to string) (mail.Letter, error) {
	if err := s.Drain(s.ctx); err != nil {
		return mail.Letter{}, err
	}
	for _, l := range s.Transport.(*mail.Mailbox).Letters() {
		if strings.EqualFold(l.To.Address, to) {
			return l, nil
		}
	}
	return mail.Letter{}, fmt.Errorf("no letter to %s", to)
}
