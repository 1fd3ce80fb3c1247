package onboarding

import (
	"context"
	"errors"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/apikey"
	"catflap/internal/audit"
	"catflap/internal/device"
	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/job"
	"catflap/internal/foundation/secret"
	"catflap/internal/mail"
	"catflap/internal/petparent"
	"catflap/internal/practice"
	"catflap/internal/role"
	"catflap/internal/session"
	"catflap/internal/staff"
)

// Service is what can be done for those who come in for the first time.
type Service struct {
	DB         *db.DB
	Clock      clock.Clock
	Audit      *audit.Log
	Practices  *practice.Service
	Roles      *role.Service
	Accounts   *account.Service
	Sessions   *session.Service
	Devices    *device.Service
	Factors    *factor.Service
	Staff      *staff.Service
	PetParents *petparent.Service
	Mail       *mail.Service
	Jobs       *job.Queue
	Keys       *apikey.Service
	LoginURL   func(slug string) string // absolute, from the public URL
	// EndPending ends the sign-ins under way of an account, which are signin's.
	EndPending func(ctx context.Context, tx *db.Tx, practiceID, accountID string) error
}

// setupID is the one row of the table setup.
const setupID = "server"

// ErrSetupClosed answers for a set-up link that was used or is not this
// server's.
var ErrSetupClosed = fault.New(fault.Gone, "setup-closed",
	"This server has been set up already, or the link is an older one. Sign in at /platform/login; on the server, the command \"catflap admin create\" makes another administrator.")

// OpenSetup makes a fresh set-up token while no platform administrator was
// ever made; the one before it is void. It returns "" once set-up is closed.
func (s *Service) OpenSetup(ctx context.Context) (token secret.Text, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		t, hash := secret.NewToken()
		n, err := tx.Exec(ctx, `
			INSERT INTO setup (id, token_hash, created_at) VALUES ($1, $2, $3)
			ON CONFLICT (id) DO UPDATE SET token_hash = $2, created_at = $3 WHERE setup.used_at IS NULL`,
			setupID, hash, s.Clock.Now())
		if err == nil && n == 1 {
			token = secret.Text(t)
		}
		return err
	})
	return token, err
}

// CheckSetup says whether the token still opens the set-up.
func (s *Service) CheckSetup(ctx context.Context, token string) error {
	_, err := db.One(ctx, s.DB, func(sc db.Scanner) (id string, err error) { return id, sc.Scan(&id) },
		`SELECT id FROM setup WHERE token_hash = $1 AND used_at IS NULL`, secret.HashToken(token))
	if errors.Is(err, db.ErrNone) {
		return ErrSetupClosed
	}
	return err
}

// AdministratorInput is the first platform administrator.
type AdministratorInput struct {
	Name   string
	Email  string
	Chosen factor.Chosen
}

// Setup creates the platform administrator and closes the set-up for ever. Of
// several at once one wins; the others get ErrSetupClosed.
func (s *Service) Setup(ctx context.Context, token string, in AdministratorInput) error {
	if err := s.CheckSetup(ctx, token); err != nil {
		return err
	}
	var c fault.Complaints
	rules, err := s.Factors.RulesFor(ctx, s.DB, account.Account{Kind: access.KindPlatform, Name: in.Name, LoginID: in.Email})
	if err != nil {
		return err
	}
	if err := in.Chosen.Check(rules); err != nil {
		for _, f := range fault.From(err).Fields {
			c.Add(f.Name, f.Message)
		}
	}
	c.Check(in.Name != "", "name", "Type your name.")
	c.Check(account.IsEmail(in.Email), "email", "Type a whole e-mail address, like name@example.com.")
	if err := c.Err(); err != nil {
		return err
	}
	hash, err := s.Factors.HashChosen(ctx, rules, in.Chosen)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE setup SET used_at = $3 WHERE id = $1 AND token_hash = $2 AND used_at IS NULL`,
			setupID, secret.HashToken(token), s.Clock.Now())
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrSetupClosed
		}
		a, err := s.createPlatform(ctx, tx, in.Name, in.Email)
		if err != nil {
			return err
		}
		if _, err := s.Accounts.MarkOnboarded(ctx, tx, "", a.ID); err != nil {
			return err
		}
		if err := s.Factors.SetPassword(ctx, tx, "", a.ID, hash); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{Action: audit.SetupDone, OnPlatform: true, AccountID: a.ID, AccountName: a.Name})
	})
}

// CreateAdministrator makes a platform administrator and the link with which
// they choose their password. It also closes the set-up: whoever runs it has
// the server.
func (s *Service) CreateAdministrator(ctx context.Context, name, email string) (token secret.Text, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := s.createPlatform(ctx, tx, name, email)
		if err != nil {
			return err
		}
		_, hash := secret.NewToken()
		if _, err := tx.Exec(ctx, `
			INSERT INTO setup (id, token_hash, created_at, used_at) VALUES ($1, $2, $3, $3)
			ON CONFLICT (id) DO UPDATE SET used_at = $3 WHERE setup.used_at IS NULL`,
			setupID, hash, s.Clock.Now()); err != nil {
			return err
		}
		l, err := s.Factors.NewLink(ctx, tx, "", a.ID, factor.Invitation, account.Key(a.RecoveryEmail))
		if err != nil {
			return err
		}
		_, token, err = s.Factors.LinkToken(ctx, tx, "", l.ID)
		return err
	})
	return token, err
}

func (s *Service) createPlatform(ctx context.Context, tx *db.Tx, name, email string) (account.Account, error) {
	a, err := s.Accounts.Create(ctx, tx, account.Input{
		Kind: access.KindPlatform, Name: name, LoginID: email, RecoveryEmail: email,
	})
	if errors.Is(err, account.ErrLoginTaken) {
		return a, fault.Complain("email", "There is a platform administrator with this address already. They can use Forgot password?")
	}
	if err != nil {
		return a, err
	}
	return a, s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.PlatformCreated, OnPlatform: true, AccountID: a.ID, AccountName: a.Name,
		Changes: []audit.Change{{Field: "login", After: a.LoginID}},
	})
}
