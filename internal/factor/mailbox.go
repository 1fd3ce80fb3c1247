package factor

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/mail"
)

// question is the template of the e-mail in which a new mailbox is asked: for
// Address and Recovery.
func (p Purpose) question() string {
	if p == Recovery {
		return mail.RecoveryChange
	}
	return mail.AddressChange
}

// AskMailbox notes the address as one that waits, and asks it by e-mail to say
// that it is theirs: Address or Recovery. A former question ends. Who may ask, what
// is written down and what the former mailbox is told stays with the caller, who
// holds the account.
func (s *Service) AskMailbox(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account, email string, purpose Purpose) error {
	if err := s.Accounts.AskEmail(ctx, tx, a, email); err != nil {
		return err
	}
	l, err := s.NewLink(ctx, tx, a.PracticeID, a.ID, purpose, account.Key(email))
	if err != nil {
		return err
	}
	_, err = s.Mail.Enqueue(ctx, tx, mail.Draft{
		PracticeID: a.PracticeID, AccountID: a.ID, To: email, ToName: a.Name, Template: purpose.question(), Lang: a.Lang,
		Data:   map[string]string{"name": a.Name, "practice": p.Name, "valid_for": purpose.Span()},
		Secret: mail.SecretRef{Kind: mail.SecretLink, ID: l.ID},
	})
	return err
}

// KeepMailbox forgets an address that has not been confirmed, with the question.
func (s *Service) KeepMailbox(ctx context.Context, tx *db.Tx, a account.Account, purpose Purpose) error {
	if err := s.EndLinks(ctx, tx, a.PracticeID, a.ID, purpose); err != nil {
		return err
	}
	return s.Accounts.AskEmail(ctx, tx, a, "")
}

// AskedMailbox finds the link with which a mailbox answers, and whose new address
// it confirms. It changes nothing. ErrLinkVoid, also for an address that does not
// wait any more and for an account that is switched off.
func (s *Service) AskedMailbox(ctx context.Context, r db.Reader, practiceID, token string, purpose Purpose) (Link, account.Account, error) {
	l, err := s.FindLink(ctx, r, practiceID, purpose, token)
	if err != nil {
		return l, account.Account{}, err
	}
	a, err := s.Accounts.Get(ctx, r, practiceID, l.AccountID)
	if err == nil && (!a.Active || a.PendingEmail == "" || l.Address != account.Key(a.PendingEmail)) {
		err = ErrLinkVoid
	}
	return l, a, err
}
