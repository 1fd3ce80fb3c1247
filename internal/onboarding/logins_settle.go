package onboarding

import (
	"context"
	"errors"
	"slices"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// Standing is how somebody stands who has no login: what is in the way, and with
// what it can be settled.
type Standing struct {
	Person      petparent.Row
	Skipped     bool
	Reasons     []petparent.Reason
	Conflict    *Conflict // nil: none
	Suggestions []string  // login IDs that are free and not the shared address
}

// Plain reports whether the next run gives them a login.
func (st Standing) Plain() bool {
	return !st.Skipped && len(st.Reasons) == 0 && st.Conflict == nil && st.Person.AccountID == ""
}

// Standing looks at one pet parent as a run would. petparent.ErrNotFound.
func (s *Service) Standing(ctx context.Context, practiceID, petParentID string) (st Standing, err error) {
	if st.Person, err = s.PetParents.Row(ctx, s.DB, practiceID, petParentID); err != nil || st.Person.AccountID != "" {
		return st, err
	}
	verdicts, err := s.judge(ctx, s.DB, practiceID, []petparent.Row{st.Person}, Tally{})
	if err != nil {
		return st, err
	}
	v := verdicts[0]
	st.Skipped, st.Reasons, st.Conflict = v.skipped, v.reasons, v.conflict
	suggested, err := s.SuggestLogins(ctx, practiceID, petParentID)
	if st.Conflict != nil {
		key := account.Key(st.Person.Email)
		suggested = slices.DeleteFunc(suggested, func(login string) bool { return account.Key(login) == key })
	}
	st.Suggestions = suggested
	return st, err
}

// GiveLogin gives somebody who has none a login of their own choice of name, and
// mails the welcome to the contact address, which others may read too. Complaints
// name login and welcome; ErrHasLogin, ErrNotInPlan.
func (s *Service) GiveLogin(ctx context.Context, practiceID, petParentID, login string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		at, err := s.holdPetApp(ctx, tx, practiceID)
		if err != nil {
			return err
		}
		return s.giveLogin(ctx, tx, at, petParentID, login)
	})
}

// errUnmailable answers where a welcome e-mail would go to somebody who is left
// out of such mail.
var errUnmailable = fault.Complain(FieldLogin, "This pet parent cannot be mailed, so nothing was sent and no login was made.")

func (s *Service) giveLogin(ctx context.Context, tx *db.Tx, at practice.Practice, petParentID, login string) error {
	person, err := s.PetParents.Row(ctx, tx, at.ID, petParentID)
	if err != nil {
		return err
	}
	switch {
	case person.AccountID != "":
		return ErrHasLogin
	case len(unmailable(person)) > 0:
		return errUnmailable
	}
	e := &loginEdit{
		Service: s, viewer: access.ViewerFrom(ctx), at: at, person: person, in: LoginInput{Login: &login, Welcome: true},
	}
	err = e.save(ctx, tx)
	if errors.Is(err, account.ErrLoginTaken) {
		return fault.Complain(FieldLogin, fault.From(err).Message)
	}
	return err
}

// HouseholdOf says which two people live together, and who of them signs in with
// the address that both have.
type HouseholdOf struct {
	Person string
	Other  string
	First  string // one of the two; the other one signs in with Login
	Login  string
}

// MakeHousehold puts two people who share an address into one household, and
// gives logins to those of the two who have none: the first signs in with the
// address, the second with a login ID of their own, unless they cannot be
// mailed. All or nothing. Complaints name first, other, login and welcome;
// petparent.ErrMayNotChange.
func (s *Service) MakeHousehold(ctx context.Context, practiceID string, in HouseholdOf) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		at, err := s.holdPetApp(ctx, tx, practiceID)
		if err != nil {
			return err
		}
		person, err := s.PetParents.Row(ctx, tx, practiceID, in.Person)
		if err != nil {
			return err
		}
		other, err := s.PetParents.Row(ctx, tx, practiceID, in.Other)
		if err != nil {
			return err
		}
		if petparent.Fold(person.Email) != petparent.Fold(other.Email) {
			return fault.Complain("other", "These two do not have the same address any more. Look at the list again.")
		}
		quiet := map[string]bool{person.ID: len(unmailable(person)) > 0, other.ID: len(unmailable(other)) > 0}
		if err := s.PetParents.JoinHouseholds(ctx, tx, practiceID, other.ID, person.ID); err != nil {
			return err
		}
		first, second := person, other
		switch {
		case in.First == other.ID:
			first, second = other, person
		case in.First != person.ID:
			return fault.Complain("first", "Choose who of the two signs in with the address.")
		}
		if first.AccountID == "" && quiet[first.ID] {
			return fault.Complain("first", first.Name()+" cannot be mailed. Choose the other one.")
		}
		if first.AccountID == "" {
			err := s.giveLogin(ctx, tx, at, first.ID, first.Email)
			if errors.Is(err, errUnmailable) {
				return leftOutTogether("first", first)
			}
			if fault.Is(err, fault.Invalid) {
				return fault.Complain("first", "Somebody signs in with this address already. Choose the other one, or look at the list again.")
			}
			if err != nil {
				return err
			}
		}
		if second.AccountID != "" || quiet[second.ID] {
			return nil
		}
		err = s.giveLogin(ctx, tx, at, second.ID, in.Login)
		if errors.Is(err, errUnmailable) {
			return leftOutTogether(FieldLogin, second)
		}
		return err
	})
}

// leftOutTogether answers where one of the two could be mailed and their
// household could not: somebody in it opted out.
func leftOutTogether(field string, p petparent.Row) error {
	return fault.Complain(field, "The other record is left out of e-mail, and as one household both would be: no welcome e-mail could go to "+
		p.Name()+". Nothing was changed. Give "+p.Name()+" a login first, then put the two into one household.")
}

// SwitchOnAgain switches the login of a pet parent on again that stands in the
// way of somebody else's. Who never signed in with it gets a fresh welcome
// e-mail; mailed says so. petparent.ErrNoLogin.
func (s *Service) SwitchOnAgain(ctx context.Context, p access.Practice, petParentID string) (mailed bool, err error) {
	row, err := s.PetParents.Row(ctx, s.DB, p.ID, petParentID)
	if err != nil {
		return false, err
	}
	if row.AccountID == "" {
		return false, petparent.ErrNoLogin
	}
	a, err := s.Accounts.Get(ctx, s.DB, p.ID, row.AccountID)
	if err != nil {
		return false, err
	}
	on := true
	mailed = !a.Onboarded() && a.RecoveryEmail != ""
	_, err = s.SaveLogin(ctx, p, petParentID, LoginInput{Active: &on, Welcome: mailed, Revision: LoginRevision(a)})
	return mailed, err
}
