package onboarding

import (
	"context"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/mail"
)

// The refusals of a temporary password after the first sign-in.
var (
	// ErrHandedAddress answers who took the last address away and would now
	// hand over a temporary password: both together would be the account.
	ErrHandedAddress = fault.New(fault.Conflict, "recovery-address-changed",
		"You changed the recovery address of this person, or took their e-mail address away, less than 7 days ago, so somebody else has to issue the temporary password.")
	// ErrHandedFactor is the same for who let them in without the second factor.
	ErrHandedFactor = fault.New(fault.Conflict, "helped-lately",
		"You let this person in without their second factor less than 7 days ago, so somebody else has to issue the temporary password.")
)

// barTemporary is why no temporary password can be issued as wished, "" when it
// can.
func (e *loginEdit) barTemporary() string {
	n := utf8.RuneCountInString(e.in.Typed.Reveal())
	switch {
	case e.in.Temporary == LeaveTemporary:
		return ""
	case e.in.Temporary != MakeTemporary && e.in.Temporary != TypeTemporary:
		return "Choose one of the list."
	case e.in.Temporary == TypeTemporary && (n < factor.MinimumTyped || n > factor.MaximumPassword):
		return "Type at least 8 characters, or have one generated."
	case !e.at.Policy.Temporary:
		return "Your practice lets people in by a mailed link only. Send the welcome e-mail instead."
	case !e.active():
		return "The login is switched off. Switch it on, or leave the temporary password out."
	case e.in.Welcome && !e.at.Policy.MailsTemporary():
		return "At your practice the welcome e-mail carries a link. Send the e-mail, or issue a temporary password, but not both."
	case e.account.Onboarded() && (e.account.RecoveryEmail != "" || e.recovery() != "" || mail.ValidAddress(e.person.Email)):
		return "This pet parent has a password of their own. Send them a reset link instead; a temporary password is only for people without any e-mail address."
	}
	return ""
}

// give issues what the person gets in with, and mails it if wished.
func (e *loginEdit) give(ctx context.Context, tx *db.Tx) error {
	switch {
	case e.in.Welcome:
		return e.welcomeNow(ctx, tx)
	case e.in.Temporary == LeaveTemporary:
		return nil
	case e.account.Onboarded():
		return e.handAgain(ctx, tx)
	}
	// A link that is on its way is what was given before, and ends with it.
	if err := e.Factors.EndLinks(ctx, tx, e.at.ID, e.account.ID, factor.Activation); err != nil {
		return err
	}
	readable := e.at.Policy.TemporaryReadable
	shown := !readable && e.in.Temporary == MakeTemporary
	if shown && !e.viewer.May(access.TemporaryReveal) {
		return ErrHandOver
	}
	in := temporaryFor(e.at, e.account, false)
	in.Typed = e.in.Typed
	return e.issue(ctx, tx, in, shown)
}

// issue issues it; one that nobody can look at later is shown now.
func (e *loginEdit) issue(ctx context.Context, tx *db.Tx, in factor.IssueInput, shown bool) error {
	if e.in.Temporary == MakeTemporary {
		in.Typed = ""
	}
	t, plain, err := e.Factors.IssueTemporary(ctx, tx, in)
	if err != nil {
		return err
	}
	e.out.Issued = true
	if !shown {
		return nil
	}
	e.out.Once = plain
	entry := e.entry(audit.TemporaryShown, nil)
	entry.Target = audit.Target{Kind: "temporary_password", ID: t.ID}
	return e.Audit.Record(ctx, tx, entry)
}

func (e *loginEdit) welcomeNow(ctx context.Context, tx *db.Tx) error {
	if !e.out.Created {
		if err := e.Audit.Record(ctx, tx, e.entry(audit.WelcomeSent, nil)); err != nil {
			return err
		}
	}
	e.account.RecoveryEmail = e.recovery()
	e.out.Mailed = e.account.RecoveryEmail
	w := welcome{practice: e.at, account: e.account, petParentID: e.person.ID}
	if e.in.Temporary == TypeTemporary {
		w.typed = e.in.Typed
	}
	return e.welcome(ctx, tx, w)
}

// handAgain issues a temporary password in place of the password of a person who
// has no e-mail address at all and forgot it. It is seen once, by who issues it,
// and only leads to the choice of a new one; the second factor is asked as ever.
// Nobody can tell this person of it, so nobody does two things to them alone.
func (e *loginEdit) handAgain(ctx context.Context, tx *db.Tx) error {
	now, by := e.Clock.Now(), e.viewer.ActorID()
	switch {
	case !e.viewer.May(access.TemporaryReveal):
		return ErrHandOver
	case e.account.ChangedBy(by, now):
		return ErrHandedAddress
	case e.account.HelpedBy(by, now):
		return ErrHandedFactor
	}
	if err := e.Factors.EndLinks(ctx, tx, e.at.ID, e.account.ID, ""); err != nil {
		return err
	}
	if err := e.Factors.VoidPassword(ctx, tx, e.at.ID, e.account.ID); err != nil {
		return err
	}
	if err := e.Accounts.NoteHanded(ctx, tx, e.account); err != nil {
		return err
	}
	in := temporaryFor(e.at, e.account, false)
	in.Typed, in.Again, in.Policy.Readable = e.in.Typed, true, false
	return e.issue(ctx, tx, in, e.in.Temporary == MakeTemporary)
}
