package staff

import (
	"context"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
)

// adoptionWeeks is how many weeks the picture of adoption shows.
const adoptionWeeks = 12

// Adoption is how many of those who work here now have a second factor, and
// since when. Who has left is not counted.
type Adoption struct {
	Weeks []AdoptionWeek // oldest first; the last one ends now
	Roles []AdoptionRole // in the order of their making
}

// AdoptionWeek is the end of a week.
type AdoptionWeek struct {
	End      time.Time
	With, Of int
}

// AdoptionRole is a role that somebody holds; who has several is counted in each.
type AdoptionRole struct {
	Name     string
	With, Of int
}

// Adoption counts whom the viewer sees as a Security Manager.
func (s *Service) Adoption(ctx context.Context) (a Adoption, err error) {
	q, err := s.protected(ctx, access.ViewerFrom(ctx).PracticeID)
	if err != nil {
		return a, err
	}
	now := s.Clock.Now()
	for i := range adoptionWeeks {
		a.Weeks = append(a.Weeks, AdoptionWeek{End: now.AddDate(0, 0, 7*(i+1-adoptionWeeks))})
	}
	people, err := q.since(ctx, s.DB)
	if err != nil {
		return a, err
	}
	for _, p := range people {
		for i := range a.Weeks {
			w := &a.Weeks[i]
			if p.here.After(w.End) {
				continue
			}
			w.Of++
			if !p.protected.IsZero() && !p.protected.After(w.End) {
				w.With++
			}
		}
	}
	a.Roles, err = q.byRole(ctx, s.DB)
	return a, err
}

// since is when somebody came and when their second factor was set up.
type since struct{ here, protected time.Time }

func (q *query) since(ctx context.Context, r db.Reader) ([]since, error) {
	return db.All(ctx, r, func(sc db.Scanner) (s since, err error) {
		var app, email time.Time
		err = sc.Scan(&s.here, &app, &email)
		if s.protected = app; app.IsZero() || !email.IsZero() && email.Before(app) {
			s.protected = email
		}
		return s, err
	}, `SELECT a.onboarded_at, t.set_at, f.email_since`+q.tables+` WHERE `+strings.Join(q.conditions, " AND "), q.args...)
}

func (q *query) byRole(ctx context.Context, r db.Reader) ([]AdoptionRole, error) {
	return db.All(ctx, r, func(sc db.Scanner) (one AdoptionRole, err error) {
		return one, sc.Scan(&one.Name, &one.With, &one.Of)
	}, `
		SELECT r.name, count(DISTINCT CASE WHEN NOT `+hasNone+` THEN a.id END), count(DISTINCT a.id)`+q.tables+`
		JOIN role_grant h ON h.practice_id = a.practice_id AND h.account_id = a.id
		JOIN role r ON r.practice_id = h.practice_id AND r.id = h.role_id
		WHERE `+strings.Join(q.conditions, " AND ")+`
		GROUP BY r.id, r.name ORDER BY r.id`, q.args...)
}
