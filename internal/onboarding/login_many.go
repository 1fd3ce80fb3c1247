package onboarding

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/mail"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// createLogins is createLogin for many people at once, each with a welcome
// e-mail: the same rows with few statements. The login ID is the contact e-mail.
// account.ErrLoginTaken or ErrHasLogin where it cannot be done for one of them;
// then none is done, and createLogin tells for whom.
func (s *Service) createLogins(ctx context.Context, tx *db.Tx, run LoginRun, p practice.Practice, people []petparent.Row) error {
	if len(people) == 0 {
		return nil
	}
	wanted := make([]newLogin, len(people))
	inputs := make([]account.Input, len(people))
	for i, person := range people {
		if person.AccountID != "" {
			return ErrHasLogin
		}
		n := newLogin{
			practice: p, person: person, loginID: person.Email, recovery: person.Email, mailWelcome: true, bulk: true, runID: run.ID,
		}
		wanted[i], inputs[i] = n, n.input()
	}
	accounts, err := s.Accounts.CreateAll(ctx, tx, inputs)
	if err != nil {
		return err
	}
	owners, entries := make(map[string]string, len(people)), make([]audit.Entry, len(people))
	for i, n := range wanted {
		owners[n.person.ID], entries[i] = accounts[i].ID, n.entry(accounts[i])
	}
	attached, err := s.PetParents.AttachAccounts(ctx, tx, p.ID, owners)
	if err != nil {
		return err
	}
	if attached < int64(len(people)) {
		return ErrHasLogin
	}
	if err := s.Audit.RecordAll(ctx, tx, entries); err != nil {
		return err
	}
	return s.welcomeAll(ctx, tx, p, wanted, accounts)
}

func (n newLogin) input() account.Input {
	return account.Input{
		PracticeID: n.practice.ID, Kind: access.KindClient, Name: accountName(n.person, n.loginID),
		LoginID: n.loginID, RecoveryEmail: n.recovery, Lang: n.practice.Policy.ClientLang,
	}
}

// welcomeAll is welcome for accounts that were made in the same transaction.
func (s *Service) welcomeAll(ctx context.Context, tx *db.Tx, p practice.Practice, wanted []newLogin, accounts []account.Account) (err error) {
	links := make([]factor.Link, len(accounts))
	if p.Policy.MailsLink() {
		all := make([]factor.LinkFor, len(accounts))
		for i, a := range accounts {
			all[i] = factor.LinkFor{PracticeID: p.ID, AccountID: a.ID, Address: account.Key(a.RecoveryEmail)}
		}
		if links, err = s.Factors.NewLinks(ctx, tx, factor.Activation, all); err != nil {
			return err
		}
	}
	passwords := make([]factor.Temporary, len(accounts))
	if p.Policy.MailsTemporary() {
		all := make([]factor.IssueInput, len(accounts))
		for i, a := range accounts {
			all[i] = temporaryFor(p, a, true)
			all[i].LinkID = links[i].ID
		}
		if passwords, err = s.Factors.IssueTemporaries(ctx, tx, all); err != nil {
			return err
		}
	}
	mails := make([]mail.Draft, len(accounts))
	for i, a := range accounts {
		mails[i] = s.welcomeMail(welcome{practice: p, account: a, petParentID: wanted[i].person.ID}, passwords[i].ID, links[i].ID)
	}
	return s.Mail.EnqueueBulk(ctx, tx, mails)
}
