package onboarding

import (
	"context"
	"errors"
	"slices"
	"time"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/practice"
)

// SecondEffect is whom a change of the policy concerns, of those who sign in
// with a second factor or should.
type SecondEffect struct {
	AtOnce      int          // staff who have none and set one up at their next sign-in
	Grace       []GraceGroup // staff who have none and come to have grace, the shortest first
	EmailOnly   int          // staff whose codes by e-mail count no more
	Freed       int          // staff who have none and were to have one
	Clients     int          // pet parents who have none and set one up at their next sign-in
	ClientEmail int          // pet parents whose codes by e-mail count no more
}

// GraceGroup is how many people have how many days.
type GraceGroup struct{ Days, People int }

// Any reports whether it concerns anybody.
func (e SecondEffect) Any() bool {
	return e.AtOnce+len(e.Grace)+e.EmailOnly+e.Freed+e.Clients+e.ClientEmail > 0
}

// errPreview takes back what was only tried.
var errPreview = errors.New("a preview is taken back")

// PreviewPolicy tells whom a change of the policy would concern. It is
// ChangePolicy, taken back; so it refuses what that refuses.
func (s *Service) PreviewPolicy(ctx context.Context, in practice.PolicyInput) (e SecondEffect, err error) {
	v := access.ViewerFrom(ctx)
	if !v.MayEverywhere(access.SecurityManage) {
		return e, practice.ErrNotHere
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		// Held first, so that nobody changes between the two looks what differs.
		if _, err := s.Practices.HoldPolicy(ctx, tx, v.PracticeID); err != nil {
			return err
		}
		before, err := s.Factors.Stands(ctx, tx, v.PracticeID)
		if err != nil {
			return err
		}
		changed, err := s.changePolicy(ctx, tx, v.PracticeID, in)
		if err != nil {
			return err
		}
		after, err := s.Factors.Stands(ctx, tx, v.PracticeID)
		if err != nil {
			return err
		}
		clients, err := s.Factors.ClientStand(ctx, tx, v.PracticeID)
		if err != nil {
			return err
		}
		e = effectOn(before, after, s.Clock.Now())
		e.onClients(clients, changed.PolicyChange)
		return errPreview
	})
	if errors.Is(err, errPreview) {
		err = nil
	}
	return e, err
}

// effectOn compares where the same staff stood with where they stand now.
func effectOn(before, after []factor.Stand, now time.Time) (e SecondEffect) {
	former := make(map[string]factor.Stand, len(before))
	for _, one := range before {
		former[one.AccountID] = one
	}
	grace := map[int]int{}
	for _, one := range after {
		was := former[one.AccountID]
		lacked, lacks := was.Second.Lacks(was.Demand, now), one.Second.Lacks(one.Demand, now)
		switch {
		case lacks && !lacked && one.Second.EmailOnly():
			e.EmailOnly++
		case lacks && !lacked:
			e.AtOnce++
		case one.Second.Any() || one.Second.Owed:
		case one.Demand.Required() && !lacks && (!was.Demand.Required() || was.Demand.Grace != one.Demand.Grace):
			grace[int(one.Demand.Grace/(24*time.Hour))]++
		case was.Demand.Required() && !one.Demand.Required():
			e.Freed++
		}
	}
	for days, people := range grace {
		e.Grace = append(e.Grace, GraceGroup{days, people})
	}
	slices.SortFunc(e.Grace, func(a, b GraceGroup) int { return a.Days - b.Days })
	return e
}

func (e *SecondEffect) onClients(c factor.ClientStand, p practice.PolicyChange) {
	if p.After.SecondClient == practice.SecondRequired && p.Before.SecondClient != practice.SecondRequired {
		e.Clients = c.Logins - c.With
	}
	if p.Before.EmailCodeClient && !p.After.EmailCodeClient {
		e.ClientEmail = c.EmailOnly
	}
}
