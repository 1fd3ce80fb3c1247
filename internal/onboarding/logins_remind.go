package onboarding

import (
	"context"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/mail"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// remindRest is how long nobody is reminded after a welcome e-mail.
const remindRest = 24 * time.Hour

// PlanReminders looks at everybody of a scope whose login was never used, and
// writes nothing: who would get a fresh welcome e-mail. ErrNotInPlan.
func (s *Service) PlanReminders(ctx context.Context, practiceID string, sc petparent.Scope) (LoginPlan, error) {
	return s.plan(ctx, practiceID, RunRemind, sc)
}

// StartReminders begins to send fresh welcome e-mails to everybody of a scope who
// has a login and never completed the first sign-in; what they were given before
// is void. It is a run like StartLogins, and never two at once in a practice.
func (s *Service) StartReminders(ctx context.Context, practiceID string, sc petparent.Scope) (LoginRun, error) {
	return s.start(ctx, practiceID, RunRemind, sc)
}

// judgeReminders decides who is reminded.
func (s *Service) judgeReminders(ctx context.Context, r db.Reader, practiceID string, people []petparent.Row) ([]verdict, error) {
	recent, err := writtenTo(ctx, r, practiceID, people, s.Clock.Now().Add(-remindRest))
	if err != nil {
		return nil, err
	}
	verdicts := make([]verdict, len(people))
	for i, p := range people {
		if verdicts[i].reasons = unmailable(p); len(verdicts[i].reasons) == 0 {
			verdicts[i].recent = recent[p.AccountID]
		}
	}
	return verdicts, nil
}

// writtenTo are the accounts to which a welcome e-mail was written since then,
// unless it could not be sent.
func writtenTo(ctx context.Context, r db.Reader, practiceID string, people []petparent.Row, since time.Time) (map[string]bool, error) {
	accounts := make([]string, len(people))
	for i, p := range people {
		accounts[i] = p.AccountID
	}
	args, places := db.In([]any{practiceID, since, mail.Welcome, mail.Activation, string(mail.Failed), string(mail.Dropped)}, accounts)
	found := map[string]bool{}
	scan := func(sc db.Scanner) (struct{}, error) {
		var accountID string
		err := sc.Scan(&accountID)
		found[accountID] = true
		return struct{}{}, err
	}
	_, err := db.All(ctx, r, scan, `
		SELECT DISTINCT account_id FROM message
		WHERE practice_id = $1 AND created_at > $2 AND template IN ($3, $4) AND account_id <> '' AND state NOT IN ($5, $6)
			AND account_id IN (`+places+`)`, args...)
	return found, err
}

// remindAll writes to those with whom nothing is in the way. Who signed in a
// moment ago, or was switched off, is told so in the verdicts.
func (s *Service) remindAll(ctx context.Context, tx *db.Tx, p practice.Practice, people []petparent.Row, verdicts []verdict) error {
	for i, person := range people {
		if !verdicts[i].plain() {
			continue
		}
		_, err := s.reissue(ctx, tx, p, person, true)
		if fault.Is(err, fault.Conflict) {
			verdicts[i].late = true
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}
