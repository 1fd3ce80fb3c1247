package petparent

import (
	"context"
	"strings"

	"catflap/internal/foundation/db"
)

// WithoutLogin reads at most limit pet parents who have no login, archived ones
// too, in the order of their ids after the one with id after ("" for the
// first). Pets are not filled in.
func (s *Service) WithoutLogin(ctx context.Context, r db.Reader, practiceID, after string, limit int) ([]Row, error) {
	q := newRowQuery(practiceID, s.Clock.Now())
	q.where("p.account_id IS NULL")
	q.where("p.id > ?", after)
	return q.ordered(ctx, r, "p.id", limit)
}

// CountWithoutLogin counts the pet parents who have no login.
func (s *Service) CountWithoutLogin(ctx context.Context, r db.Reader, practiceID string) (int, error) {
	scan := func(s db.Scanner) (n int, err error) { return n, s.Scan(&n) }
	return db.One(ctx, r, scan, `
		SELECT count(*) FROM pet_parent WHERE practice_id = $1 AND account_id IS NULL`, practiceID)
}

// Sharing reads everybody who has one of the contact addresses, archived ones
// too, by folded address (Fold). Pets are not filled in.
func (s *Service) Sharing(ctx context.Context, r db.Reader, practiceID string, emails []string) (map[string][]Row, error) {
	places, keys := make([]string, 0, len(emails)), make([]any, 0, len(emails))
	for _, e := range emails {
		if key := Fold(e); key != "" {
			places, keys = append(places, "?"), append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	q := newRowQuery(practiceID, s.Clock.Now())
	q.where("p.email_key IN ("+strings.Join(places, ", ")+")", keys...)
	rows, err := q.ordered(ctx, r, "p.sort_key, p.id", everybody)
	if err != nil {
		return nil, err
	}
	sharing := map[string][]Row{}
	for _, row := range rows {
		key := Fold(row.Email)
		sharing[key] = append(sharing[key], row)
	}
	return sharing, nil
}

// everybody is a limit that is none.
const everybody = 1 << 31
