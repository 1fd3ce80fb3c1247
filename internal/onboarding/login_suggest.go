package onboarding

import (
	"context"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/petparent"
)

// mostSuggestions is how many login IDs are suggested.
const mostSuggestions = 4

// LoginCheck is whether a login ID can be used, with the words for who cannot.
type LoginCheck struct {
	Free    bool
	Problem string // what is wrong with it; "" when it is free
	// HeldBy is the pet parent who signs in with it; "" for nobody, or staff.
	HeldBy string
}

// CheckLogin says whether a pet parent can sign in with the login ID, which may
// be theirs already.
func (s *Service) CheckLogin(ctx context.Context, practiceID, petParentID, login string) (LoginCheck, error) {
	person, err := s.PetParents.Get(ctx, s.DB, practiceID, petParentID)
	if err != nil {
		return LoginCheck{}, err
	}
	login = strings.TrimSpace(login)
	if err := account.CheckLogin(login); err != nil {
		return LoginCheck{Problem: fault.From(err).Message}, nil
	}
	free, err := s.Accounts.LoginFree(ctx, s.DB, practiceID, person.AccountID, login)
	if err != nil || free {
		return LoginCheck{Free: free}, err
	}
	holders, err := loginHolders(ctx, s.DB, practiceID, []string{login})
	h := holders[account.Key(login)]
	check := LoginCheck{Problem: "Somebody in this practice signs in with this already. Choose a different login ID.", HeldBy: h.petParent.ID}
	switch {
	case h.kind == access.KindStaff && access.ViewerFrom(ctx).May(access.StaffRead):
		check.Problem = h.name + " works here and signs in with this already. Choose a different login ID."
	case h.kind == access.KindClient:
		check.Problem = h.name + " signs in with this already. Choose a different login ID."
	}
	return check, err
}

// SuggestLogins lists login IDs that are free for a pet parent and not theirs
// already: their e-mail address first, then usernames made of it and of their
// name.
func (s *Service) SuggestLogins(ctx context.Context, practiceID, petParentID string) ([]string, error) {
	person, err := s.PetParents.Get(ctx, s.DB, practiceID, petParentID)
	if err != nil {
		return nil, err
	}
	var free []string
	seen := map[string]bool{}
	if person.AccountID != "" {
		a, err := s.Accounts.Get(ctx, s.DB, practiceID, person.AccountID)
		if err != nil {
			return nil, err
		}
		seen[account.Key(a.LoginID)] = true
	}
	try := func(r db.Reader, login string) error {
		key := account.Key(login)
		if len(free) == mostSuggestions || seen[key] || account.CheckLogin(login) != nil {
			return nil
		}
		seen[key] = true
		ok, err := s.Accounts.LoginFree(ctx, r, practiceID, person.AccountID, login)
		if ok {
			free = append(free, login)
		}
		return err
	}
	names := usernames(person)
	for _, login := range append([]string{person.Email}, names...) {
		if err := try(s.DB, login); err != nil {
			return nil, err
		}
	}
	// Everybody is called that: with a number.
	for n := 2; len(free) < 2 && len(names) > 0 && n < 20; n++ {
		if err := try(s.DB, names[0]+strconv.Itoa(n)); err != nil {
			return nil, err
		}
	}
	return free, nil
}

// usernames are what a person could be called in a username, the most telling
// first. The login ID must not give the e-mail provider away, nor more of the
// name than two words.
func usernames(p petparent.PetParent) []string {
	first, last := plainWord(p.FirstName), plainWord(p.LastName)
	local, _, _ := strings.Cut(p.Email, "@")
	var all []string
	switch {
	case first != "" && last != "":
		initial, _ := utf8.DecodeRuneInString(first)
		all = append(all, first+"."+last, string(initial)+"."+last, last+"."+first)
	case first+last != "":
		all = append(all, first+last)
	}
	if local = plainWord(local); local != "" {
		all = append(all, local)
	}
	return all
}

// plainWord is a name as a username can hold it: folded, without spaces and
// signs, at most 40 letters and digits.
func plainWord(name string) string {
	const longest = 40
	var b strings.Builder
	n := 0
	for _, r := range petparent.Fold(name) {
		if n < longest && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			b.WriteRune(r)
			n++
		}
	}
	return b.String()
}
