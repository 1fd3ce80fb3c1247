package role

import (
	"context"
	"strconv"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/practice"
)

// The fields of a wish about a role, as complaints name them; the id of the
// role follows. The first is also the name of the setting.
const (
	SecondField = "second_factor:"
	GraceField  = "second_factor_grace:"
	EmailField  = "email_code:"
)

// SecondWish is a wish about what a role says about a second factor; what is
// nil stays as it is.
type SecondWish struct {
	Mode      *practice.SecondMode
	Grace     *int // days; counts only where one is required
	EmailCode *bool
}

// String is what a role says, in words.
func (s Second) String() string {
	words := map[practice.SecondMode]string{practice.SecondOff: "off", practice.SecondOptional: "optional"}[s.Mode]
	if s.Mode == practice.SecondRequired {
		words = "required after " + s.Days()
		if s.Grace == 0 {
			words = "required at once"
		}
	}
	if !s.EmailCode {
		words += ", no codes by e-mail"
	}
	return words
}

// Days is the grace in words.
func (s Second) Days() string {
	if s.Grace == 1 {
		return "1 day"
	}
	return strconv.Itoa(s.Grace) + " days"
}

// wished is what a role says with a wish put into it. Complaints are named by
// the role.
func (r Role) wished(w SecondWish, c *fault.Complaints) Second {
	s := r.Second
	if w.Mode != nil {
		if w.Mode.Rank() < 0 {
			c.Add(SecondField+r.ID, "Choose off, optional or required.")
			return s
		}
		s.Mode = *w.Mode
	}
	if w.EmailCode != nil {
		s.EmailCode = *w.EmailCode
	}
	switch {
	case s.Mode != practice.SecondRequired:
		s.Grace = 0
	case w.Grace != nil && (*w.Grace < 0 || *w.Grace > MostGrace):
		c.Add(GraceField+r.ID, "Type a whole number, 0 to "+strconv.Itoa(MostGrace)+" days.")
	case w.Grace != nil:
		s.Grace = *w.Grace
	case r.Second.Mode != practice.SecondRequired:
		s.Grace = UsualGrace
	}
	return s
}

// DecideSecond puts wishes, by role, into the policy of a practice, together
// with the rest of it: see practice.PolicyInput.
func (s *Service) DecideSecond(practiceID string, wishes map[string]SecondWish) func(context.Context, *db.Tx) ([]practice.Decision, error) {
	return func(ctx context.Context, tx *db.Tx) ([]practice.Decision, error) {
		roles, err := s.List(ctx, tx, practiceID)
		if err != nil {
			return nil, err
		}
		var complaints fault.Complaints
		var decisions []practice.Decision
		known := 0
		for _, r := range roles {
			wish, asked := wishes[r.ID]
			if !asked {
				continue
			}
			known++
			second := r.wished(wish, &complaints)
			if second == r.Second {
				continue
			}
			if _, err := s.SetSecond(ctx, tx, practiceID, r.ID, second); err != nil {
				return nil, err
			}
			decisions = append(decisions, practice.Decision{
				Setting: SecondField + r.ID,
				Change:  audit.Change{Field: "second_factor_of " + r.Name, Before: r.Second.String(), After: second.String()},
			})
		}
		complaints.Check(known == len(wishes), "", "One of these roles is not here any more. Look at the list of roles and try again.")
		return decisions, complaints.Err()
	}
}
