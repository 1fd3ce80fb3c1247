package recovery

import (
	"context"
	"errors"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/device"
	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/job"
	"catflap/internal/mail"
	"catflap/internal/petparent"
	"catflap/internal/practice"
	"catflap/internal/role"
	"catflap/internal/session"
	"catflap/internal/staff"
)

// RequestJob is the kind of the job that answers a request by mail.
const RequestJob = "recovery.request"

// perHour is how many links, and how many mails of each other kind, one account
// gets in an hour.
const perHour = 3

// Service is what can be done for those who cannot get in.
type Service struct {
	DB        *db.DB
	Clock     clock.Clock
	Audit     *audit.Log
	Jobs      *job.Queue
	Practices *practice.Service
	Accounts  *account.Service
	Factors   *factor.Service
	Sessions  *session.Service
	Devices   *device.Service
	Mail      *mail.Service

	Roles      *role.Service
	Staff      *staff.Service
	PetParents *petparent.Service

	URL      func(path string) string // absolute, from the public URL
	LoginURL func(slug string) string // the same for a sign-in page
	// EndPending ends the sign-ins under way of an account, which are signin's.
	EndPending func(ctx context.Context, tx *db.Tx, practiceID, accountID string) error
}

// request is the job's payload. Either the account or the address is set, or
// neither when nothing matched: the job is queued all the same, so that the
// answer costs the same. What was typed is not kept.
type request struct {
	PracticeID string `json:"practice_id"`
	AccountID  string `json:"account_id"`
	ListFor    string `json:"list_for"` // an account whose recovery address was typed instead of a login ID
}

// Request asks for a way back in with a login ID, or with a recovery address
// that is no login ID. It never tells whether anything matched.
func (s *Service) Request(ctx context.Context, p access.Practice, login string) error {
	a, err := s.Accounts.ByLogin(ctx, s.DB, p.ID, login)
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return err
	}
	same, err := s.Accounts.ByRecovery(ctx, s.DB, p.ID, login) // in any case: the time tells nothing
	if err != nil {
		return err
	}
	req := request{PracticeID: p.ID, AccountID: a.ID}
	if a.ID == "" && len(same) > 0 {
		req.ListFor = same[0].ID
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		entry := audit.Entry{
			Action: audit.ResetRequested, PracticeID: p.ID, OnPlatform: p.ID == "",
			AccountID: req.AccountID, AccountName: a.Name,
			FloodKey: "reset:" + s.Factors.SubjectOf(p.ID, req.AccountID+req.ListFor, account.Key(login)) + ":" + s.Factors.AddressMark(access.OriginFrom(ctx).IP),
		}
		if req.AccountID == "" && req.ListFor == "" {
			entry.Outcome, entry.Cause = audit.Refused, "unknown-login"
		}
		if err := s.Audit.Record(ctx, tx, entry); err != nil {
			return err
		}
		_, err := s.Jobs.Enqueue(ctx, tx, RequestJob, req)
		return err
	})
}

// Answer is the worker of RequestJob.
func (s *Service) Answer(ctx context.Context, j job.Job) error {
	var req request
	if err := j.Into(&req); err != nil {
		return job.Give(err)
	}
	if req.AccountID == "" && req.ListFor == "" {
		return nil
	}
	p, err := s.practice(ctx, s.DB, req.PracticeID)
	if err != nil {
		return err
	}
	a, err := s.Accounts.Get(ctx, s.DB, p.ID, req.AccountID+req.ListFor)
	if err != nil {
		return err
	}
	if !a.Active || p.Closed || a.RecoveryEmail == "" {
		return nil
	}
	if req.ListFor != "" {
		return s.mailLogins(ctx, p, a)
	}
	return s.mailLink(ctx, p, a)
}

// practice reads the practice of an account; zero for the platform's own.
func (s *Service) practice(ctx context.Context, r db.Reader, practiceID string) (access.Practice, error) {
	if practiceID == "" {
		return access.Practice{}, nil
	}
	p, err := s.Practices.Get(ctx, r, practiceID)
	return p.Access(), err
}

func (s *Service) mailLogins(ctx context.Context, p access.Practice, a account.Account) error {
	same, err := s.Accounts.ByRecovery(ctx, s.DB, p.ID, a.RecoveryEmail)
	if err != nil {
		return err
	}
	list := ""
	for _, one := range same {
		list += one.LoginID + "\n"
	}
	return s.mailRarely(ctx, mail.Draft{
		PracticeID: p.ID, AccountID: a.ID, To: a.RecoveryEmail, ToName: a.Name, Template: mail.LoginIDs, Lang: a.Lang,
		Data: map[string]string{"name": a.Name, "practice": p.Name, "logins": list, "login_url": s.LoginURL(p.Slug)},
	})
}

// mailRarely writes a message that anybody can ask for, unless the account got
// as many of its kind within the hour as it may.
func (s *Service) mailRarely(ctx context.Context, d mail.Draft) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		// Held, so that several requests at once are counted one after the other.
		if _, err := s.Accounts.Hold(ctx, tx, d.PracticeID, d.AccountID); err != nil {
			return err
		}
		n, err := s.Mail.WrittenSince(ctx, tx, d.PracticeID, d.AccountID, d.Template, s.Clock.Now().Add(-time.Hour))
		if err != nil || n >= perHour {
			return err
		}
		_, err = s.Mail.Enqueue(ctx, tx, d)
		return err
	})
}

// mailLink sends a link, unless the account got as many within the hour as it
// may.
func (s *Service) mailLink(ctx context.Context, p access.Practice, a account.Account) error {
	purpose, _ := linkFor(a)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		// Held, so that several requests at once are counted one after the other.
		if _, err := s.Accounts.Hold(ctx, tx, p.ID, a.ID); err != nil {
			return err
		}
		n, err := s.Factors.LinksSince(ctx, tx, p.ID, a.ID, purpose, s.Clock.Now().Add(-time.Hour))
		if err != nil || n >= perHour {
			return err
		}
		return s.writeLink(ctx, tx, p, a)
	})
}

// linkFor is what fits the account: a reset link, or the first link again for
// those who never chose a password.
func linkFor(a account.Account) (purpose factor.Purpose, template string) {
	switch {
	case a.Onboarded():
		return factor.Reset, mail.PasswordReset
	case a.Kind == access.KindClient:
		return factor.Activation, mail.Activation
	case a.Kind == access.KindPlatform:
		return factor.Invitation, mail.PlatformInvitation
	}
	return factor.Invitation, mail.StaffInvitation
}

func (s *Service) writeLink(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account) error {
	purpose, template := linkFor(a)
	l, err := s.Factors.NewLink(ctx, tx, p.ID, a.ID, purpose, account.Key(a.RecoveryEmail))
	if err != nil {
		return err
	}
	data := map[string]string{"name": a.Name, "practice": p.Name, "valid_for": purpose.Span()}
	if purpose == factor.Activation {
		data["login_id"] = a.LoginID
	}
	_, err = s.Mail.Enqueue(ctx, tx, mail.Draft{
		PracticeID: p.ID, AccountID: a.ID, To: a.RecoveryEmail, ToName: a.Name, Template: template, Lang: a.Lang,
		Data: data, Secret: mail.SecretRef{Kind: mail.SecretLink, ID: l.ID},
	})
	return err
}
