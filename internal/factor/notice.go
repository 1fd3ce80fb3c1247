package factor

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/mail"
)

// Tell writes to a person that something happened to their login, with a link
// that closes the account to whoever did it if it was not them. what is a
// sentence: "Your password was changed." Who has no recovery address is not
// told. p is the zero Practice for platform accounts.
func (s *Service) Tell(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account, what string) error {
	return s.TellWhy(ctx, tx, p, a, what, "")
}

// TellWhy is Tell with what somebody typed as the reason.
func (s *Service) TellWhy(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account, what, why string) error {
	if a.RecoveryEmail == "" {
		return nil
	}
	l, err := s.NewLink(ctx, tx, a.PracticeID, a.ID, Protection, account.Key(a.RecoveryEmail))
	if err != nil {
		return err
	}
	data := s.circumstances(ctx, p, a, Protection.Span())
	data["what"] = what
	if why != "" {
		data["why"] = why
	}
	_, err = s.Mail.Enqueue(ctx, tx, mail.Draft{
		PracticeID: a.PracticeID, AccountID: a.ID, To: a.RecoveryEmail, ToName: a.Name, Template: mail.SecurityNotice, Lang: a.Lang,
		Data:   data,
		Secret: mail.SecretRef{Kind: mail.SecretLink, ID: l.ID},
	})
	return err
}
