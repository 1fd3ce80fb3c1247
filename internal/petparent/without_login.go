package petparent

import (
	"context"
	"strconv"
	"strings"

	"catflap/internal/foundation/db"
)

// WithoutLogin reads at most limit pet parents of a scope who have no login,
// archived ones too, in the order of their ids after the one with id after (""
// for the first). Pets are not filled in.
func (s *Service) WithoutLogin(ctx context.Context, r db.Reader, practiceID string, sc Scope, after string, limit int) ([]Row, error) {
	q, err := s.scoped(ctx, r, practiceID, sc)
	if err != nil {
		return nil, err
	}
	q.where("p.account_id IS NULL")
	q.where("p.id > ?", after)
	return q.part(ctx, r, "p", "p.id", limit)
}

// CountWithoutLogin counts the pet parents of a scope who have no login.
func (s *Service) CountWithoutLogin(ctx context.Context, r db.Reader, practiceID string, sc Scope) (int, error) {
	if !sc.Everybody() {
		q, err := s.scoped(ctx, r, practiceID, sc)
		if err != nil {
			return 0, err
		}
		q.where("p.account_id IS NULL")
		return q.count(ctx, r)
	}
	scan := func(s db.Scanner) (n int, err error) { return n, s.Scan(&n) }
	return db.One(ctx, r, scan, `
		SELECT count(*) FROM pet_parent WHERE practice_id = $1 AND account_id IS NULL`, practiceID)
}

// NeverSignedIn reads at most limit pet parents of a scope who have a login that
// is switched on and never completed the first sign-in, in the order of their
// ids after the one with id after. Pets are not filled in.
func (s *Service) NeverSignedIn(ctx context.Context, r db.Reader, practiceID string, sc Scope, after string, limit int) ([]Row, error) {
	q, err := s.scoped(ctx, r, practiceID, sc)
	if err != nil {
		return nil, err
	}
	q.where(neverSignedInSQL)
	q.where("p.id > ?", after)
	return q.part(ctx, r, "p", "p.id", limit)
}

// CountNeverSignedIn counts those whom NeverSignedIn reads.
func (s *Service) CountNeverSignedIn(ctx context.Context, r db.Reader, practiceID string, sc Scope) (int, error) {
	q, err := s.scoped(ctx, r, practiceID, sc)
	if err != nil {
		return 0, err
	}
	q.where(neverSignedInSQL)
	return q.count(ctx, r)
}

// Shared tells which of the contact addresses are on record for more than one
// person, archived ones too: the folded ones (Fold).
func (s *Service) Shared(ctx context.Context, r db.Reader, practiceID string, emails []string) ([]string, error) {
	keys, args := emailKeys(emails, practiceID)
	if keys == "" {
		return nil, nil
	}
	return db.All(ctx, r, func(sc db.Scanner) (key string, err error) { return key, sc.Scan(&key) }, `
		SELECT email_key FROM pet_parent WHERE practice_id = $1 AND email_key IN (`+keys+`)
		GROUP BY email_key HAVING count(*) > 1`, args...)
}

// Sharing reads everybody who has one of the contact addresses, archived ones
// too, by folded address (Fold). Pets and the state of their mail are not filled in.
func (s *Service) Sharing(ctx context.Context, r db.Reader, practiceID string, emails []string) (map[string][]Row, error) {
	q := newRowQuery(practiceID, s.Clock.Now())
	q.noMail = true
	keys, args := emailKeys(emails, q.args...)
	if keys == "" {
		return nil, nil
	}
	q.args = args
	q.where("p.email_key IN (" + keys + ")")
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

// emailKeys are the folded addresses as placeholders behind args, "" without one.
func emailKeys(emails []string, args ...any) (places string, all []any) {
	var list []string
	for _, e := range emails {
		if key := Fold(e); key != "" {
			args = append(args, key)
			list = append(list, "$"+strconv.Itoa(len(args)))
		}
	}
	return strings.Join(list, ", "), args
}

// everybody is a limit that is none.
const everybody = 1 << 31
