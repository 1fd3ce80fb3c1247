package petparent

import (
	"context"

	"catflap/internal/foundation/db"
)

// Funnel is how many pet parents have come how far; who is in one number is in
// all before it.
type Funnel struct {
	Known     int // on record
	Invited   int // were given something to sign in with, or it is on its way
	Delivered int // have it: the mail server took it, or staff handed it over
	SignedIn  int // came in with it and confirmed their details
	Finished  int // chose a password of their own
}

// Count is how many pet parents are on record.
func (s *Service) Count(ctx context.Context, practiceID string) (int, error) {
	scan := func(sc db.Scanner) (n int, err error) { return n, sc.Scan(&n) }
	return db.One(ctx, s.DB, scan, `SELECT count(*) FROM pet_parent WHERE practice_id = $1`, practiceID)
}

// Funnel counts in the practice. Only those between the invitation and the end
// of the first sign-in are looked at one by one. The tables of other
// capabilities are read here and never written.
func (s *Service) Funnel(ctx context.Context, practiceID string) (Funnel, error) {
	f := Funnel{}
	var err error
	if f.Known, err = s.Count(ctx, practiceID); err != nil {
		return f, err
	}
	scan := func(sc db.Scanner) (n Funnel, err error) {
		return n, sc.Scan(&n.Finished, &n.SignedIn, &n.Delivered, &n.Invited)
	}
	n, err := db.One(ctx, s.DB, scan, `
		SELECT
			(SELECT count(*) FROM account
				WHERE practice_id = $1 AND kind = 'client' AND onboarded_at IS NOT NULL),
			count(*) FILTER (WHERE began),
			count(*) FILTER (WHERE began OR delivered),
			count(*) FILTER (WHERE began OR delivered OR invited)
		FROM (
			SELECT
				EXISTS (SELECT 1 FROM onboarding_draft d
					WHERE d.practice_id = a.practice_id AND d.account_id = a.id) AS began,
				t.expires_at IS NOT NULL OR t.burnt_at IS NOT NULL OR EXISTS (SELECT 1 FROM message m
					WHERE m.practice_id = a.practice_id AND m.account_id = a.id AND m.account_id <> '' AND m.state = 'sent') AS delivered,
				t.id IS NOT NULL OR EXISTS (SELECT 1 FROM link l
					WHERE l.practice_id = a.practice_id AND l.account_id = a.id AND l.purpose = 'activation') AS invited
			FROM account a
			LEFT JOIN temporary_password t ON t.practice_id = a.practice_id AND t.account_id = a.id
			WHERE a.practice_id = $1 AND a.kind = 'client' AND a.onboarded_at IS NULL) AS open`, practiceID)
	if err != nil {
		return f, err
	}
	f.Finished = n.Finished
	f.SignedIn, f.Delivered, f.Invited = n.SignedIn+f.Finished, n.Delivered+f.Finished, n.Invited+f.Finished
	return f, nil
}
