package recovery

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/petparent"
)

// Whom names somebody who lost a second factor.
type Whom struct {
	Kind access.Kind
	ID   string // of the account; of the pet parent for KindClient
}

// HelpInput is what a helper has to say.
type HelpInput struct {
	Reason   string
	Identity string // how it was checked who asks; for pet parents
}

// The bounds of what a helper has to say, in code points.
const (
	LeastReason = 5
	MostReason  = 500
)

// The refusals of help.
var (
	// ErrOwnFactor answers who would help themselves.
	ErrOwnFactor = fault.New(fault.Conflict, "own-factor",
		"Nobody can help themselves with their own second factor. Use a backup code, or ask somebody else who can help.")
	// ErrChangedAddress answers whoever changed the recovery address lately.
	ErrChangedAddress = fault.New(fault.Conflict, "recovery-address-changed",
		"You changed the e-mail address of this person less than 7 days ago, so somebody else has to help. Ask another Security Manager.")
	// ErrHanded answers whoever issued a temporary password in place of a
	// forgotten one lately.
	ErrHanded = fault.New(fault.Conflict, "temporary-password-handed",
		"You handed this person a temporary password less than 7 days ago, so somebody else has to help. Ask another colleague who may.")
	// ErrNoFactor answers where nothing is asked that could be skipped or reset.
	ErrNoFactor = fault.New(fault.Conflict, "no-second-factor",
		"This person has no second factor, so nothing but the password is asked of them. If they cannot get in, Forgot password? on the sign-in page helps.")
	// ErrOff answers for an account that is switched off.
	ErrOff = fault.New(fault.Conflict, "account-inactive",
		"This account is switched off, so its second factor lets nobody in. Switch it on again first.")
	// ErrNeverIn answers for somebody who never chose a password.
	ErrNeverIn = fault.New(fault.Conflict, "never-signed-in",
		"This person has not chosen a password yet, so there is no second factor to lose. Send them a new invitation or welcome e-mail instead.")
	// ErrNoSkip answers for taking back what is not there.
	ErrNoSkip = fault.New(fault.Conflict, "no-skip", "No sign-in without the second factor waits any more: it was used, taken back, or its 24 hours are over.")

	errNotAllowed = fault.New(fault.Forbidden, "permission-missing",
		"Your role does not allow this. Ask an administrator of your practice if you need it.")
)

// Lost is somebody's second factor as those see it who may help.
type Lost struct {
	Account account.Account
	Second  factor.Second
	Methods []factor.Method // by which a sign-in can be proved; none where the password is enough
	Skip    factor.Skip     // that waits for its sign-in; zero when none does
	Last    Help            // the last help that was given; zero when there never was any
	Bar     error           // why the viewer cannot help; nil when they can
}

// Help is help that was given.
type Help struct {
	Action audit.Action
	At     time.Time
	By     string
	Reason string
}

// Lost reads how somebody's second factor stands. Who may not know gets an error.
func (s *Service) Lost(ctx context.Context, who Whom) (l Lost, err error) {
	if l.Account, l.Bar, err = s.look(ctx, who); err != nil {
		return l, err
	}
	a, now := l.Account, s.Clock.Now()
	at, err := s.Factors.StandOf(ctx, s.DB, a)
	if err != nil {
		return l, err
	}
	l.Second, l.Methods = at.Second, at.Methods
	skip, err := s.Factors.SkipOf(ctx, s.DB, a.PracticeID, a.ID)
	if err != nil {
		return l, err
	}
	if skip.StandsIn(l.Second, now) {
		l.Skip = skip
	}
	if l.Last, err = s.lastHelp(ctx, a); err != nil {
		return l, err
	}
	if l.Bar == nil {
		l.Bar = s.barrier(access.ViewerFrom(ctx), a)
	}
	if l.Bar == nil && !l.Second.Any() {
		l.Bar = ErrNoFactor
	}
	return l, nil
}

// look reads who is meant, for a page; bar is why the viewer cannot help somebody
// whom they may see.
func (s *Service) look(ctx context.Context, who Whom) (a account.Account, bar, err error) {
	v := access.ViewerFrom(ctx)
	switch who.Kind {
	case access.KindStaff:
		if _, err = s.Staff.Get(ctx, v.PracticeID, who.ID); err != nil {
			return a, nil, err
		}
		if a, err = s.Accounts.Get(ctx, s.DB, v.PracticeID, who.ID); err != nil {
			return a, nil, err
		}
		bar, err = s.Staff.Secured(ctx, a)
		return a, bar, err
	case access.KindClient:
		a, err = s.client(ctx, s.DB, v, who.ID)
		return a, nil, err
	}
	a, err = s.Accounts.Get(ctx, s.DB, "", who.ID)
	return a, nil, err
}

// client is the account of a pet parent, for who may help them.
func (s *Service) client(ctx context.Context, r db.Reader, v access.Viewer, petParentID string) (account.Account, error) {
	if !v.May(access.FactorHelp) && !v.May(access.SecurityManage) {
		return account.Account{}, errNotAllowed
	}
	person, err := s.PetParents.Get(ctx, r, v.PracticeID, petParentID)
	if err != nil {
		return account.Account{}, err
	}
	if person.AccountID == "" {
		return account.Account{}, petparent.ErrNoLogin
	}
	return s.Accounts.Get(ctx, r, v.PracticeID, person.AccountID)
}

// hold loads who is to be helped and holds them until the end of the
// transaction, with whoever helps as they are at this moment.
func (s *Service) hold(ctx context.Context, tx *db.Tx, who Whom) (account.Account, error) {
	v := access.ViewerFrom(ctx)
	switch who.Kind {
	case access.KindStaff:
		return s.Staff.HoldSecured(ctx, tx, v.PracticeID, who.ID)
	case access.KindClient:
		if err := s.Practices.Hold(ctx, tx, v.PracticeID); err != nil {
			return account.Account{}, err
		}
		now, err := s.Roles.Acting(ctx, tx)
		if err != nil {
			return account.Account{}, err
		}
		a, err := s.client(ctx, tx, now, who.ID)
		if err != nil {
			return a, err
		}
		return s.Accounts.Hold(ctx, tx, a.PracticeID, a.ID)
	}
	helper, err := s.Accounts.Get(ctx, tx, "", v.AccountID)
	if err == nil && !helper.Active {
		err = errNotAllowed
	}
	if err != nil {
		return account.Account{}, err
	}
	return s.Accounts.Hold(ctx, tx, "", who.ID)
}

// barrier is why the viewer cannot help somebody although their role allows it.
func (s *Service) barrier(v access.Viewer, a account.Account) error {
	switch {
	case a.ID == v.AccountID:
		return ErrOwnFactor
	case !a.Active:
		return ErrOff
	case !a.Onboarded():
		return ErrNeverIn
	case a.ChangedBy(v.ActorID(), s.Clock.Now()):
		return ErrChangedAddress
	case a.HandedBy(v.ActorID(), s.Clock.Now()):
		return ErrHanded
	}
	return nil
}

// check complains per field.
func (in HelpInput) check(kind access.Kind) (HelpInput, error) {
	in.Reason, in.Identity = strings.TrimSpace(in.Reason), strings.TrimSpace(in.Identity)
	fits := func(words string) bool {
		n := utf8.RuneCountInString(words)
		return n >= LeastReason && n <= MostReason
	}
	var c fault.Complaints
	c.Check(fits(in.Reason), "reason", "Say why in 5 to 500 characters. The person and everybody else who could have helped read it.")
	if kind == access.KindClient {
		c.Check(fits(in.Identity), "identity", "Say in 5 to 500 characters how you checked that it is really them.")
	}
	return in, c.Err()
}

// lastHelp is the last help that stands in the record.
func (s *Service) lastHelp(ctx context.Context, a account.Account) (last Help, err error) {
	newest := ""
	for _, action := range []audit.Action{audit.FactorSkipped, audit.FactorReset, audit.LoginRecovered} {
		lines, err := s.Audit.List(ctx, a.PracticeID, audit.Filter{Action: action, About: a.ID}, "", 1)
		if err != nil {
			return Help{}, err
		}
		if len(lines) == 0 || lines[0].ID < newest { // ids are in the order of the record
			continue
		}
		newest, last = lines[0].ID, Help{Action: action, At: lines[0].At, By: lines[0].Personal.Actor}
		for _, c := range lines[0].Personal.Changes {
			if c.Field == "reason" {
				last.Reason = c.After
			}
		}
	}
	return last, nil
}
