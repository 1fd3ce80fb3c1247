package onboarding

import (
	"context"
	"maps"
	"strconv"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/lang"
	"catflap/internal/foundation/secret"
	"catflap/internal/mail"
	"catflap/internal/petparent"
	"catflap/internal/plan"
	"catflap/internal/practice"
)

// What stands in the way of a login.
var (
	// ErrNotInPlan answers where the practice has not bought logins.
	ErrNotInPlan = fault.New(fault.Forbidden, "feature-not-in-plan",
		"Logins for pet parents are not part of your practice's plan. Ask your Catflap provider to change the plan.")
	// ErrHasLogin answers for a pet parent who has a login already.
	ErrHasLogin = fault.New(fault.Conflict, "login-exists",
		"This pet parent has a login already. You see it on the System Login line of their page.")
	// ErrLoginInactive answers for a login that was switched off.
	ErrLoginInactive = fault.New(fault.Conflict, "login-inactive",
		"This login is switched off, so nothing was sent.")
	// ErrSignedInBefore answers once the first sign-in is complete.
	ErrSignedInBefore = fault.New(fault.Conflict, "first-sign-in-done",
		"This pet parent has signed in already and has a password of their own. Point them to Forgot password? on the sign-in page.")
	// ErrNoAddress answers where a mail is wanted and there is nowhere to send it.
	ErrNoAddress = fault.New(fault.Conflict, "no-email-on-record",
		"There is no e-mail address on record to send a welcome e-mail to. Add one on the Basic Info tab first.")
)

// CreateLogin gives a pet parent a login in the caller's transaction: the
// account, a temporary password by the practice's policy and, when mailWelcome
// is set, the welcome e-mail that carries it. The recovery address is the
// contact e-mail. On any error the transaction must be rolled back.
//
// account.ErrLoginTaken when the login ID is in use, ErrHasLogin when the pet
// parent got a login meanwhile, ErrNoAddress, ErrNotInPlan.
func (s *Service) CreateLogin(ctx context.Context, tx *db.Tx, p access.Practice, petParentID, loginID string, mailWelcome bool) (account.Account, error) {
	full, err := s.holdPetApp(ctx, tx, p.ID)
	if err != nil {
		return account.Account{}, err
	}
	person, err := s.PetParents.Row(ctx, tx, p.ID, petParentID)
	if err != nil {
		return account.Account{}, err
	}
	return s.createLogin(ctx, tx, newLogin{practice: full, person: person, loginID: loginID, mailWelcome: mailWelcome})
}

// newLogin is a login to be made.
type newLogin struct {
	practice    practice.Practice
	person      petparent.Row
	loginID     string
	recovery    string
	mailWelcome bool
	bulk        bool
	runID       string // of the logins for everybody; "" for a single one
}

func (s *Service) createLogin(ctx context.Context, tx *db.Tx, n newLogin) (account.Account, error) {
	if n.mailWelcome && !mail.ValidAddress(n.person.Email) {
		return account.Account{}, ErrNoAddress
	}
	n.recovery = n.person.Email
	a, err := s.createAccount(ctx, tx, n)
	if err != nil {
		return account.Account{}, err
	}
	if n.mailWelcome {
		return a, s.welcome(ctx, tx, welcome{practice: n.practice, account: a, petParentID: n.person.ID, bulk: n.bulk})
	}
	if !n.practice.Policy.MailsTemporary() {
		return a, nil // nobody could ever read it; staff issue one when they can hand it over
	}
	_, _, err = s.Factors.IssueTemporary(ctx, tx, temporaryFor(n.practice, a, false))
	return a, err
}

// createAccount makes the account and gives it to the pet parent.
func (s *Service) createAccount(ctx context.Context, tx *db.Tx, n newLogin) (account.Account, error) {
	if n.person.AccountID != "" {
		return account.Account{}, ErrHasLogin
	}
	a, err := s.Accounts.Create(ctx, tx, n.input())
	if err != nil {
		return account.Account{}, err
	}
	attached, err := s.PetParents.AttachAccount(ctx, tx, n.practice.ID, n.person.ID, a.ID)
	if err != nil {
		return account.Account{}, err
	}
	if !attached {
		return account.Account{}, ErrHasLogin
	}
	return a, s.Audit.Record(ctx, tx, n.entry(a))
}

func (n newLogin) entry(a account.Account) audit.Entry {
	e := audit.Entry{
		Action: audit.LoginCreated, PracticeID: n.practice.ID, AccountID: a.ID, AccountName: a.Name,
		Target: audit.Target{Kind: "pet_parent", ID: n.person.ID, Name: n.person.Name()},
		Changes: []audit.Change{
			{Field: "login", After: a.LoginID}, {Field: "recovery_email", After: a.RecoveryEmail},
		},
		Detail: map[string]string{"welcome_mail": strconv.FormatBool(n.mailWelcome)},
	}
	if n.runID != "" {
		e.Detail["run"] = n.runID
	}
	return e
}

// accountName fits the person's name into an account.
func accountName(p petparent.Row, loginID string) string {
	const longest = 200
	name := p.Name()
	if name == "" {
		return loginID
	}
	if utf8.RuneCountInString(name) > longest {
		return string([]rune(name)[:longest])
	}
	return name
}

// welcome is a welcome e-mail to be written.
type welcome struct {
	practice    practice.Practice
	account     account.Account
	petParentID string
	typed       secret.Text // by staff; "" has a temporary password made
	bulk        bool
	words       Words
	kept        factor.Temporary // the one that is mailed for the first time now
	stays       bool             // the recovery address stays as it is
	campaignID  string           // of the campaign that it belongs to
	builtIn     bool             // in the words of Catflap, whatever the practice has by now
}

// welcome issues what opens the first sign-in and mails it. A temporary
// password that the policy keeps from being read cannot be put into a mail
// either; an activation link takes its place. The policy may want both.
func (s *Service) welcome(ctx context.Context, tx *db.Tx, w welcome) error {
	d, err := s.issueWelcome(ctx, tx, w)
	if err == nil {
		_, err = s.Mail.Enqueue(ctx, tx, d)
	}
	return err
}

// issueWelcome is welcome without the mailing.
func (s *Service) issueWelcome(ctx context.Context, tx *db.Tx, w welcome) (mail.Draft, error) {
	p, a := w.practice, w.account
	if spoken := lang.Or(p.Policy.ClientLang); !a.Onboarded() && a.Lang != spoken {
		if err := s.Accounts.SetLang(ctx, tx, a, spoken); err != nil {
			return mail.Draft{}, err
		}
		w.account.Lang = spoken
	}
	var l factor.Link
	var t factor.Temporary
	var err error
	if p.Policy.MailsLink() {
		l, err = s.Factors.NewLink(ctx, tx, p.ID, a.ID, factor.Activation, account.Key(a.RecoveryEmail))
	} else {
		err = s.Factors.EndLinks(ctx, tx, p.ID, a.ID, factor.Activation)
	}
	if err != nil {
		return mail.Draft{}, err
	}
	if p.Policy.MailsTemporary() {
		in := temporaryFor(p, a, true)
		in.Typed, in.Kept, in.LinkID = w.typed, w.kept, l.ID
		t, _, err = s.Factors.IssueTemporary(ctx, tx, in)
	} else {
		err = s.Factors.DeleteTemporary(ctx, tx, p.ID, a.ID)
	}
	return s.welcomeMail(w, t.ID, l.ID), err
}

// welcomeMail is the e-mail that carries a temporary password, a link, or both;
// "" for what it does not carry.
func (s *Service) welcomeMail(w welcome, temporaryID, linkID string) mail.Draft {
	d := s.usualWelcome(w, temporaryID, linkID)
	d.OwnTemplate, d.TextID = w.words.OwnTemplate, w.words.TextID
	d.CampaignID, d.BuiltIn = w.campaignID, w.builtIn
	if w.words.Data == nil {
		return d
	}
	d.Template = ""
	data := maps.Clone(w.words.Data)
	maps.Copy(data, d.Data)
	d.Data = data
	return d
}

func (s *Service) usualWelcome(w welcome, temporaryID, linkID string) mail.Draft {
	p, a := w.practice, w.account
	d := mail.Draft{
		PracticeID: p.ID, AccountID: a.ID, PetParentID: w.petParentID, To: a.RecoveryEmail, ToName: a.Name, Lang: a.Lang, Bulk: w.bulk,
		Data: map[string]string{"name": a.Name, "practice": p.Name, "login_id": a.LoginID},
	}
	if temporaryID == "" {
		d.Template, d.Secret = mail.Activation, mail.SecretRef{Kind: mail.SecretLink, ID: linkID}
		d.Data["valid_for"] = factor.Activation.Span()
		return d
	}
	d.Template, d.Secret = mail.Welcome, mail.SecretRef{Kind: mail.SecretTemporary, ID: temporaryID}
	if linkID != "" {
		d.Secret.Kind, d.Data["link_valid_for"] = mail.SecretBoth, factor.Activation.Span()
	}
	d.Data["login_url"], d.Data["valid_for"] = s.invitationURL(p.Slug, temporaryID), hours(p.Policy.TemporaryLife)
	return d
}

func temporaryFor(p practice.Practice, a account.Account, byMail bool) factor.IssueInput {
	return factor.IssueInput{
		PracticeID: p.ID, AccountID: a.ID, AccountName: a.Name, ByMail: byMail,
		Policy: factor.TemporaryPolicy{
			Life: p.Policy.TemporaryLife.Duration(), Tries: p.Policy.TemporaryTries,
			Readable: p.Policy.TemporaryReadable, Style: factor.Style(p.Policy.TemporaryStyle),
		},
	}
}

func hours(h practice.Hours) string {
	if h == 1 {
		return "1 hour"
	}
	return strconv.Itoa(int(h)) + " hours"
}

// withPetApp reads the practice and insists that its plan has logins for pet
// parents.
func (s *Service) withPetApp(ctx context.Context, r db.Reader, practiceID string) (practice.Practice, error) {
	p, err := s.Practices.Get(ctx, r, practiceID)
	if err != nil {
		return p, err
	}
	if bought, _ := plan.Find(p.Plan); !bought.Includes(access.PetApp) {
		return p, ErrNotInPlan
	}
	if p.Status != practice.Active {
		return p, practice.ErrNotOpen
	}
	return p, nil
}

// holdPetApp is withPetApp for who is about to issue something: the policy
// stays as it is until the end of the transaction.
func (s *Service) holdPetApp(ctx context.Context, tx *db.Tx, practiceID string) (practice.Practice, error) {
	if _, err := s.Practices.HoldPolicy(ctx, tx, practiceID); err != nil {
		return practice.Practice{}, err
	}
	return s.withPetApp(ctx, tx, practiceID)
}
