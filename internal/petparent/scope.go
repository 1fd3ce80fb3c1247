package petparent

import (
	"context"
	"slices"
	"strconv"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
)

// Scope is whom something is done with: all who match a filter, or those who
// were chosen one by one. The zero Scope is everybody.
type Scope struct {
	Filter
	Choice   string `json:",omitempty"` // of Choose; "" for none
	Campaign string `json:",omitempty"` // those who were written to in it; "" for any

	Since time.Time `json:",omitzero"` // those whose record was made then or later; zero for any
}

// Everybody reports whether nothing narrows the scope.
func (sc Scope) Everybody() bool { return sc == Scope{} }

// MaxChosen is how many people can be chosen one by one.
const MaxChosen = 200

// maxChoices is how many choices of a practice are remembered; older ones go.
const maxChoices = 500

// choiceLife is how long a choice is remembered; a run that takes longer than
// that does not exist.
const choiceLife = 7 * 24 * time.Hour

// Choose remembers people who were chosen one by one, and returns what their
// choice is called in a Scope. ErrNotFound where one of them is not the
// practice's.
func (s *Service) Choose(ctx context.Context, tx *db.Tx, practiceID string, people []string) (string, error) {
	people = slices.Clone(people)
	slices.Sort(people)
	people = slices.Compact(people)
	switch {
	case len(people) == 0:
		return "", fault.Complain("people", "Tick the people on the list first, or take all that match.")
	case len(people) > MaxChosen:
		return "", fault.Complain("people", "Choose at most "+strconv.Itoa(MaxChosen)+" people at once, or take all that match.")
	}
	args, places := db.In([]any{practiceID}, people)
	known, err := db.One(ctx, tx, func(sc db.Scanner) (n int, err error) { return n, sc.Scan(&n) }, `
		SELECT count(*) FROM pet_parent WHERE practice_id = $1 AND id IN (`+places+`)`, args...)
	if err != nil {
		return "", err
	}
	if known != len(people) {
		return "", ErrNotFound
	}
	now := s.Clock.Now()
	if _, err := tx.Exec(ctx, `DELETE FROM pet_parent_choice WHERE practice_id = $1 AND made_at < $2`,
		practiceID, now.Add(-choiceLife)); err != nil {
		return "", err
	}
	choice, rows := id.New(), make([][]any, len(people))
	for i, p := range people {
		rows[i] = []any{choice, practiceID, p, now}
	}
	if _, err := tx.Insert(ctx, `INSERT INTO pet_parent_choice (id, practice_id, pet_parent_id, made_at)`, rows, ``); err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, `DELETE FROM pet_parent_choice WHERE practice_id = $1 AND id NOT IN (
		SELECT id FROM pet_parent_choice WHERE practice_id = $1 GROUP BY id ORDER BY max(made_at) DESC, id DESC LIMIT $2)`,
		practiceID, maxChoices)
	return choice, err
}

// Unchoose forgets a choice that was made to look at only.
func (s *Service) Unchoose(ctx context.Context, tx *db.Tx, practiceID, choice string) error {
	_, err := tx.Exec(ctx, `DELETE FROM pet_parent_choice WHERE practice_id = $1 AND id = $2`, practiceID, choice)
	return err
}

// Chosen counts the people of a choice; 0 when it is not the practice's, or
// forgotten.
func (s *Service) Chosen(ctx context.Context, r db.Reader, practiceID, choice string) (int, error) {
	return db.One(ctx, r, func(sc db.Scanner) (n int, err error) { return n, sc.Scan(&n) },
		`SELECT count(*) FROM pet_parent_choice WHERE practice_id = $1 AND id = $2`, practiceID, choice)
}

// scoped begins a statement about the people of a scope, who are many: what
// became of their mail is left out.
func (s *Service) scoped(ctx context.Context, r db.Reader, practiceID string, sc Scope) (*rowQuery, error) {
	m, err := s.matching(ctx, r, practiceID, sc.Query)
	if err != nil {
		return nil, err
	}
	q := newRowQuery(practiceID, s.Clock.Now())
	q.noMail = true
	q.filter(sc.Filter, m)
	if sc.Choice != "" {
		q.where(`EXISTS (SELECT 1 FROM pet_parent_choice c
			WHERE c.practice_id = p.practice_id AND c.id = ? AND c.pet_parent_id = p.id)`, sc.Choice)
	}
	if sc.Campaign != "" {
		q.where(`EXISTS (SELECT 1 FROM message g
			WHERE g.practice_id = p.practice_id AND g.petparent_id = p.id AND g.petparent_id <> '' AND g.campaign_id = ?)`, sc.Campaign)
	}
	if !sc.Since.IsZero() {
		q.where(`p.created_at >= ?`, sc.Since)
	}
	return q, nil
}

// count counts the rows.
func (q *rowQuery) count(ctx context.Context, r db.Reader) (int, error) {
	// The status is never empty; it is there for the time, which every such
	// statement has as its second argument.
	return db.One(ctx, r, func(sc db.Scanner) (n int, err error) { return n, sc.Scan(&n) }, `
		SELECT count(*) FILTER (WHERE `+statusSQL("$2")+` <> '') FROM pet_parent p`+rowJoin+`
		WHERE `+q.all(), q.args...)
}
