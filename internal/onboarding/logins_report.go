package onboarding

import (
	"context"
	"strconv"
	"strings"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
)

// Outcome is what became of one person in a run.
type Outcome string

// The outcomes.
const (
	OutcomeSent        Outcome = "sent"         // a welcome e-mail, and a login for who had none
	OutcomeConflict    Outcome = "conflict"     // it is not plain whose the address is
	OutcomeNotMailable Outcome = "not_mailable" // for the reasons in the detail
	OutcomeSkipped     Outcome = "skipped"      // staff decided so
	OutcomeRecent      Outcome = "recent"       // was written to within a day
	OutcomeLate        Outcome = "too_late"     // signed in, or was switched off, meanwhile
)

// outcome is the verdict as a report keeps it.
func (v verdict) outcome() (Outcome, string) {
	switch {
	case v.skipped:
		return OutcomeSkipped, ""
	case v.recent:
		return OutcomeRecent, ""
	case v.late:
		return OutcomeLate, ""
	case v.conflict != nil:
		return OutcomeConflict, string(v.conflict.Clash)
	case len(v.reasons) > 0:
		words := make([]string, len(v.reasons))
		for i, r := range v.reasons {
			words[i] = string(r)
		}
		return OutcomeNotMailable, strings.Join(words, " ")
	}
	return OutcomeSent, ""
}

func insertOutcomes(ctx context.Context, tx *db.Tx, run LoginRun, people []petparent.Row, verdicts []verdict) error {
	rows := make([][]any, len(people))
	for i, p := range people {
		outcome, detail := verdicts[i].outcome()
		rows[i] = []any{run.ID, p.ID, run.PracticeID, string(outcome), detail}
	}
	_, err := tx.Insert(ctx, `INSERT INTO login_run_person (run_id, pet_parent_id, practice_id, outcome, detail)`, rows, ``)
	return err
}

// RunLine is one person in the report of a run, as they are on record now.
type RunLine struct {
	PetParentID string
	Name        string
	Household   string // client number in the practice system
	Email       string
	LoginID     string // "" without a login
	Outcome     Outcome
	Clash       Clash              // of OutcomeConflict
	Reasons     []petparent.Reason // of OutcomeNotMailable
}

// RunLines reads at most limit lines of a report, in the order of the people's
// ids after the one with id after. Who was erased meanwhile is left out.
func (s *Service) RunLines(ctx context.Context, practiceID, runID, after string, limit int) ([]RunLine, error) {
	scan := func(sc db.Scanner) (RunLine, error) {
		var l RunLine
		var p petparent.PetParent
		var company, detail string
		err := sc.Scan(&l.PetParentID, &p.FirstName, &p.LastName, &company, &l.Household, &l.Email, &l.LoginID, &l.Outcome, &detail)
		l.Name = p.Name(company)
		switch l.Outcome {
		case OutcomeConflict:
			l.Clash = Clash(detail)
		case OutcomeNotMailable:
			for _, r := range strings.Fields(detail) {
				l.Reasons = append(l.Reasons, petparent.Reason(r))
			}
		case OutcomeSent, OutcomeSkipped, OutcomeRecent, OutcomeLate:
		}
		return l, err
	}
	return db.All(ctx, s.DB, scan, `
		SELECT p.id, p.first_name, p.last_name, h.company, h.external_id, p.email, COALESCE(a.login_id, ''), o.outcome, o.detail
		FROM login_run_person o
		JOIN pet_parent p ON p.practice_id = o.practice_id AND p.id = o.pet_parent_id
		JOIN household h ON h.practice_id = p.practice_id AND h.id = p.household_id
		LEFT JOIN account a ON a.practice_id = p.practice_id AND a.id = p.account_id
		WHERE o.practice_id = $1 AND o.run_id = $2 AND o.pet_parent_id > $3
		ORDER BY o.pet_parent_id LIMIT $4`, practiceID, runID, after, limit)
}

// RecordReport writes down that who is asking takes the report of a run away.
func (s *Service) RecordReport(ctx context.Context, run LoginRun) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.LoginsDownloaded, PracticeID: run.PracticeID, Target: audit.Target{Kind: "login_run", ID: run.ID},
			Detail: map[string]string{"people": strconv.Itoa(run.Done)},
		})
	})
}
