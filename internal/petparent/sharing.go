package petparent

import (
	"context"

	"catflap/internal/foundation/db"
)

// Shared tells which of the contact addresses are on record for more than one
// person, archived ones too: the folded ones (Fold).
func (s *Service) Shared(ctx context.Context, r db.Reader, practiceID string, emails []string) ([]string, error) {
	keys := emailKeys(emails)
	if len(keys) == 0 {
		return nil, nil
	}
	args, places := db.In([]any{practiceID}, keys)
	return db.All(ctx, r, func(sc db.Scanner) (key string, err error) { return key, sc.Scan(&key) }, `
		SELECT email_key FROM pet_parent WHERE practice_id = $1 AND email_key IN (`+places+`)
		GROUP BY email_key HAVING count(*) > 1`, args...)
}

// Sharing reads everybody who has one of the contact addresses, archived ones
// too, by folded address (Fold). Pets and the state of their mail are not filled in.
func (s *Service) Sharing(ctx context.Context, r db.Reader, practiceID string, emails []string) (map[string][]Row, error) {
	keys := emailKeys(emails)
	if len(keys) == 0 {
		return nil, nil
	}
	q := newRowQuery(practiceID, s.Clock.Now())
	q.noMail = true
	var places string
	q.args, places = db.In(q.args, keys)
	q.where("p.email_key IN (" + places + ")")
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

// emailKeys are the folded addresses, without empty ones.
func emailKeys(emails []string) (keys []string) {
	for _, e := range emails {
		if key := Fold(e); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// everybody is a limit that is none.
const everybody = 1 << 31
