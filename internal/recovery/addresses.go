package recovery

import (
	"context"
	"slices"
	"strings"

	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/job"
	"catflap/internal/mail"
)

// AddressesJob is the kind of the job that mails sign-in pages.
const AddressesJob = "recovery.addresses"

// RequestAddresses asks for the sign-in pages of the practices that know an
// e-mail address. The answer never tells whether any does, and costs the same.
func (s *Service) RequestAddresses(ctx context.Context, email string) error {
	known, err := s.Accounts.AnyByRecovery(ctx, s.DB, email)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := s.Jobs.Enqueue(ctx, tx, AddressesJob, known)
		return err
	})
}

// AnswerAddresses is the worker of AddressesJob.
func (s *Service) AnswerAddresses(ctx context.Context, j job.Job) error {
	var known []account.Ref
	if err := j.Into(&known); err != nil {
		return job.Give(err)
	}
	var lines []string
	var to account.Account
	for _, ref := range known {
		a, err := s.Accounts.Get(ctx, s.DB, ref.PracticeID, ref.AccountID)
		if err != nil {
			return err
		}
		p, err := s.Practices.Get(ctx, s.DB, ref.PracticeID)
		if err != nil {
			return err
		}
		to = a
		if line := p.Name + ": " + s.LoginURL(p.Slug); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return s.mailRarely(ctx, mail.Draft{
		PracticeID: to.PracticeID, AccountID: to.ID, To: to.RecoveryEmail, ToName: to.Name, Template: mail.LoginURLs, Lang: to.Lang,
		Data: map[string]string{"practices": strings.Join(lines, "\n")},
	})
}
