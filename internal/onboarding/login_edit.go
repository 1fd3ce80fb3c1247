package onboarding

import (
	"context"
	"strings"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/revision"
	"catflap/internal/foundation/secret"
	"catflap/internal/mail"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// Wish is what is to become of a temporary password.
type Wish string

// The wishes.
const (
	LeaveTemporary Wish = ""         // as it is
	MakeTemporary  Wish = "generate" // a readable one is made
	TypeTemporary  Wish = "type"     // staff typed one
)

// The fields of the System Login Editor, as its complaints and the record name
// them.
const (
	FieldLogin     = "login"
	FieldRecovery  = "recovery_email"
	FieldTemporary = "temporary_password"
	FieldActive    = "active"
	FieldWelcome   = "welcome"
)

// LoginInput is what the System Login Editor saves. What is nil stays as it is; of
// a login that does not exist yet, Login is needed, Recovery is the contact e-mail
// and Active is true.
type LoginInput struct {
	Login     *string
	Recovery  *string
	Active    *bool
	Temporary Wish
	Typed     secret.Text // with TypeTemporary
	Welcome   bool        // the welcome e-mail goes out now
	Revision  string      // of the login that was looked at; "" is any
}

// LoginSaved is what became of it.
type LoginSaved struct {
	Account account.Account // as it is now
	Created bool
	Changed []string    // the fields that differ; none where everything was that way
	Off, On bool        // the login was switched off, or on again
	Mailed  string      // the address that the welcome e-mail goes to; "" for none
	Asked   string      // the address that has to confirm before it becomes the recovery address
	Issued  bool        // a temporary password was issued for staff to hand over
	Once    secret.Text // that temporary password, where nobody can look at it later
}

// ErrLoginMoved answers to who saves what somebody else has changed meanwhile.
var ErrLoginMoved = fault.New(fault.Conflict, "login-changed-meanwhile",
	"Somebody else changed this login while you were looking at it, so nothing of yours was saved. Below is how it is now: look at it and save again.")

// LoginRevision changes with everything that the System Login Editor changes. It
// is that of nobody's login for the zero Account.
func LoginRevision(a account.Account) string {
	return revision.Of(a.ID, a.LoginID, a.RecoveryEmail, a.PendingEmail, a.Active, a.Onboarded())
}

// loginEdit is one save of the editor inside its transaction.
type loginEdit struct {
	*Service
	viewer  access.Viewer
	at      practice.Practice
	person  petparent.Row
	account account.Account // zero: there was none
	in      LoginInput
	out     LoginSaved
}

// SaveLogin creates or changes the login of a pet parent, all or nothing, audited
// field by field. Switching it off ends everything that the person is in with or
// could come back with. Before the first sign-in another recovery address counts
// at once; afterwards its mailbox is asked first.
//
// Complaints name login, recovery_email, temporary_password and welcome;
// account.ErrLoginTaken, ErrLoginMoved, ErrHasLogin, ErrNotInPlan, ErrHandOver.
func (s *Service) SaveLogin(ctx context.Context, p access.Practice, petParentID string, in LoginInput) (LoginSaved, error) {
	e := &loginEdit{Service: s, viewer: access.ViewerFrom(ctx)}
	err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		e.in, e.out = in, LoginSaved{} // of a former run
		if e.at, err = s.holdPetApp(ctx, tx, p.ID); err != nil {
			return err
		}
		if e.person, err = s.PetParents.Row(ctx, tx, p.ID, petParentID); err != nil {
			return err
		}
		e.account = account.Account{}
		if e.person.AccountID != "" {
			if e.account, err = s.Accounts.Hold(ctx, tx, p.ID, e.person.AccountID); err != nil {
				return err
			}
		}
		if in.Revision != "" && in.Revision != LoginRevision(e.account) {
			return ErrLoginMoved
		}
		return e.save(ctx, tx)
	})
	return e.out, err
}

func (e *loginEdit) save(ctx context.Context, tx *db.Tx) error {
	e.clean()
	if err := e.check(); err != nil {
		return err
	}
	steps := []func(context.Context, *db.Tx) error{e.changeLogin, e.changeRecovery, e.switchOver, e.give}
	if e.account.ID == "" {
		steps = []func(context.Context, *db.Tx) error{e.create, e.give}
	}
	for _, step := range steps {
		if err := step(ctx, tx); err != nil {
			return err
		}
	}
	var err error
	e.out.Account, err = e.Accounts.Get(ctx, tx, e.account.PracticeID, e.account.ID)
	return err
}

// clean leaves the wishes that differ from what is.
func (e *loginEdit) clean() {
	trim := func(field **string, now string) {
		if *field == nil {
			return
		}
		value := strings.TrimSpace(**field)
		*field = &value
		if e.account.ID != "" && value == now {
			*field = nil
		}
	}
	trim(&e.in.Login, e.account.LoginID)
	trim(&e.in.Recovery, e.account.RecoveryEmail)
	if e.account.ID == "" && e.in.Recovery == nil {
		contact := ""
		if mail.ValidAddress(e.person.Email) {
			contact = e.person.Email
		}
		e.in.Recovery = &contact
	}
	if e.in.Active != nil && e.account.ID != "" && *e.in.Active == e.account.Active {
		e.in.Active = nil
	}
}

// active is whether the login is switched on afterwards.
func (e *loginEdit) active() bool {
	if e.in.Active != nil {
		return *e.in.Active
	}
	return e.account.ID == "" || e.account.Active
}

// recovery is the recovery address afterwards, confirmed or not.
func (e *loginEdit) recovery() string {
	if e.in.Recovery != nil {
		return *e.in.Recovery
	}
	return e.account.RecoveryEmail
}

func (e *loginEdit) check() error {
	var c fault.Complaints
	switch {
	case e.in.Login != nil:
		if err := account.CheckLogin(*e.in.Login); err != nil {
			c.Add(FieldLogin, fault.From(err).Message)
		}
	case e.account.ID == "":
		c.Add(FieldLogin, "Type what the pet parent signs in with: their e-mail address, or a username.")
	}
	if e.in.Recovery != nil && *e.in.Recovery != "" {
		ok := account.IsEmail(*e.in.Recovery) && mail.ValidAddress(*e.in.Recovery)
		c.Check(ok, FieldRecovery, "Type a whole e-mail address, like name@example.com, or leave it empty.")
	}
	c.Check(!e.in.Welcome || e.active(), FieldWelcome, "The login is switched off, so nothing can be sent. Switch it on, or leave the e-mail out.")
	c.Check(!e.in.Welcome || !e.account.Onboarded(), FieldWelcome,
		"This pet parent has a password of their own. Send them a reset link instead.")
	c.Check(!e.in.Welcome || e.recovery() != "", FieldWelcome, "Type a recovery address: the welcome e-mail goes there.")
	if words := e.barTemporary(); words != "" {
		c.Add(FieldTemporary, words)
	}
	return c.Err()
}

func (e *loginEdit) create(ctx context.Context, tx *db.Tx) error {
	a, err := e.createAccount(ctx, tx, newLogin{
		practice: e.at, person: e.person, loginID: *e.in.Login, recovery: *e.in.Recovery, mailWelcome: e.in.Welcome,
	})
	if err != nil {
		return err
	}
	e.account, e.out.Created, e.out.Changed = a, true, []string{FieldLogin, FieldRecovery}
	if e.active() {
		return nil
	}
	return e.switchOver(ctx, tx)
}

func (e *loginEdit) changeLogin(ctx context.Context, tx *db.Tx) error {
	if e.in.Login == nil {
		return nil
	}
	former := e.account
	if err := e.Accounts.ChangeLogin(ctx, tx, former, *e.in.Login); err != nil {
		return err
	}
	if err := e.PetParents.LoginChanged(ctx, tx, former.PracticeID, e.person.ID); err != nil {
		return err
	}
	e.account.LoginID = *e.in.Login
	if err := e.changed(ctx, tx, FieldLogin, former.LoginID, *e.in.Login); err != nil || !former.Onboarded() {
		return err
	}
	return e.Factors.Tell(ctx, tx, e.at.Access(), former,
		"Your login ID at "+e.at.Name+" was changed: you sign in with "+*e.in.Login+" from now on. Your password stays.")
}

func (e *loginEdit) changeRecovery(ctx context.Context, tx *db.Tx) error {
	if e.in.Recovery == nil {
		return nil
	}
	former, email := e.account, *e.in.Recovery
	if former.Onboarded() && email != "" {
		if err := e.askRecovery(ctx, tx, e.at.Access(), former, email); err != nil {
			return err
		}
		e.out.Asked, e.account.PendingEmail = email, email
		return nil
	}
	if err := e.moveRecovery(ctx, tx, former, email); err != nil {
		return err
	}
	e.account.RecoveryEmail, e.account.PendingEmail = email, ""
	if err := e.changed(ctx, tx, FieldRecovery, former.RecoveryEmail, email); err != nil || !former.Onboarded() {
		return err
	}
	return e.Factors.Tell(ctx, tx, e.at.Access(), former,
		"Your recovery address at "+e.at.Name+" was taken away: nothing is sent here any more, no new password either.")
}

// changed records one field.
func (e *loginEdit) changed(ctx context.Context, tx *db.Tx, field, before, after string) error {
	e.out.Changed = append(e.out.Changed, field)
	return e.Audit.Record(ctx, tx, e.entry(audit.LoginChanged, audit.Diff(nil, field, before, after)))
}

func (e *loginEdit) entry(action audit.Action, changes []audit.Change) audit.Entry {
	return audit.Entry{
		Action: action, PracticeID: e.at.ID, AccountID: e.account.ID, AccountName: e.account.Name,
		Target: audit.Target{Kind: "pet_parent", ID: e.person.ID, Name: e.person.Name()}, Changes: changes,
	}
}
