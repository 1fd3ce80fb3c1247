package recovery

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/job"
	"catflap/internal/mail"
)

// AddressesJob is the kind of the job that mails sign-in pages.
const AddressesJob = "recovery.addresses"

// RequestAddresses asks for the sign-in pages that know an e-mail address, of
// practices and of the platform. The answer never tells whether any does, and costs the same.
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

// AnswerAddresses is the worker of AddressesJob. Practices that are not open are
// left out: nobody gets in there.
func (s *Service) AnswerAddresses(ctx context.Context, j job.Job) error {
	var known []account.Ref
	if err := j.Into(&known); err != nil {
		return job.Give(err)
	}
	var lines []string
	var to account.Account
	for _, ref := range known {
		p, err := s.practice(ctx, s.DB, ref.PracticeID)
		if err != nil {
			return err
		}
		a, err := s.Accounts.Get(ctx, s.DB, ref.PracticeID, ref.AccountID)
		if errors.Is(err, account.ErrNotFound) || err == nil && (p.Closed || !a.Active) {
			continue
		}
		if err != nil {
			return err
		}
		to = a
		if line := cmp.Or(p.Name, "Platform") + ": " + s.LoginURL(p.Slug); !slices.Contains(lines, line) {
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
