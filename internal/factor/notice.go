package factor

import (
	"context"
	"maps"
	"time"

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
	data := map[string]string{"what": what}
	if why != "" {
		data["why"] = why
	}
	return s.notify(ctx, tx, p, a, mail.SecurityNotice, data)
}

// wrongCodesPause is how long TellWrongCodes says nothing more to an account:
// whoever guesses must not fill its person's mailbox.
const wrongCodesPause = time.Hour

// TellWrongCodes writes to a person that a sign-in ended after their password
// was right and no code was, with the link of Tell, at most once an hour. Calls
// for one account come one after the other: they hold what is noted for it.
func (s *Service) TellWrongCodes(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account) error {
	n, err := s.Mail.WrittenSince(ctx, tx, a.PracticeID, a.ID, mail.WrongCodes, s.Clock.Now().Add(-wrongCodesPause))
	if err != nil || n > 0 {
		return err
	}
	return s.notify(ctx, tx, p, a, mail.WrongCodes, nil)
}

// notify writes a message that carries a link to protect the account.
func (s *Service) notify(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account, template string, more map[string]string) error {
	if a.RecoveryEmail == "" {
		return nil
	}
	l, err := s.NewLink(ctx, tx, a.PracticeID, a.ID, Protection, account.Key(a.RecoveryEmail))
	if err != nil {
		return err
	}
	data := s.circumstances(ctx, p, a, Protection.Span())
	maps.Copy(data, more)
	_, err = s.Mail.Enqueue(ctx, tx, mail.Draft{
		PracticeID: a.PracticeID, AccountID: a.ID, To: a.RecoveryEmail, ToName: a.Name, Template: template, Lang: a.Lang,
		Data:   data,
		Secret: mail.SecretRef{Kind: mail.SecretLink, ID: l.ID},
	})
	return err
}

// TellEnded writes to a person that their login was deleted because two records
// of theirs became one: that of petParentID, with which the message stands. It
// carries no link, because links are deleted with their login.
func (s *Service) TellEnded(ctx context.Context, tx *db.Tx, a account.Account, petParentID string) error {
	if a.RecoveryEmail == "" {
		return nil
	}
	at, err := s.Practices.Get(ctx, tx, a.PracticeID)
	if err != nil {
		return err
	}
	data := s.circumstances(ctx, at.Access(), a, "")
	delete(data, "valid_for")
	data["login_id"] = a.LoginID
	_, err = s.Mail.Enqueue(ctx, tx, mail.Draft{
		PracticeID: a.PracticeID, PetParentID: petParentID, To: a.RecoveryEmail, ToName: a.Name, Template: mail.LoginEnded, Lang: a.Lang,
		Data: data,
	})
	return err
}
