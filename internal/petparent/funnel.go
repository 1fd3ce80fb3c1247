package petparent

import (
	"context"

	"catflap/internal/foundation/db"
)

// Funnel is how many pet parents have come how far; who is in one number is in
// all before it, but for Queued. The steps are those of Invitation.
type Funnel struct {
	Known     int // on record
	Invited   int // were given something to sign in with, or it is on its way
	Queued    int // those of them whose welcome e-mail waits to be sent
	Delivered int // have it: the mail server took it, or staff handed it over
	Opened    int // opened the page that it leads to
	SignedIn  int // came in with it
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
	type step struct {
		state Invitation
		n     int
	}
	scan := func(sc db.Scanner) (one step, err error) { return one, sc.Scan(&one.state, &one.n) }
	steps, err := db.All(ctx, s.DB, scan, `
		SELECT '`+string(InvitationFinished)+`', count(*) FROM account
		WHERE practice_id = $1 AND kind = 'client' AND onboarded_at IS NOT NULL
		UNION ALL
		SELECT state, count(*) FROM (
			SELECT `+invitationSQL()+` AS state FROM account a
			LEFT JOIN temporary_password t ON t.account_id = a.id AND t.practice_id = a.practice_id`+invitationJoin+`
			WHERE a.practice_id = $1 AND a.kind = 'client' AND a.onboarded_at IS NULL) AS open
		GROUP BY state`, practiceID)
	for _, one := range steps {
		f.add(one.state, one.n)
	}
	return f, err
}

// add counts n people in every step that they have come to.
func (f *Funnel) add(state Invitation, n int) {
	switch state {
	case InvitationFinished:
		f.Finished += n
		fallthrough
	case InvitationEntered:
		f.SignedIn += n
		fallthrough
	case InvitationOpened:
		f.Opened += n
		fallthrough
	case InvitationSent:
		f.Delivered += n
		fallthrough
	case InvitationFailed:
		f.Invited += n
	case InvitationQueued:
		f.Queued += n
		f.Invited += n
	case InvitationNone:
	}
}
