package audit

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"catflap/internal/foundation/db"
)

// Line is one entry as it is read.
type Line struct {
	ID         string
	PracticeID string
	At         time.Time
	Action     Action
	Outcome    Outcome
	Cause      string
	ActorKind  string
	ActorID    string
	AccountID  string
	BranchID   string
	SessionID  string
	TargetKind string
	TargetID   string
	Detail     map[string]string
	Personal   Personal // zero once erased
	Repeated   int64
	LastAt     time.Time
}

// Filter narrows a list; zero fields do not.
type Filter struct {
	Subject  string // the part of the action before the dot
	Action   Action
	Also     Action // besides what Subject and Action let through
	Outcome  Outcome
	Cause    string
	BranchID string
	Within   Branches  // whose lines somebody may see
	PersonID string    // as actor, account or target
	About    string    // account that it is about
	Text     string    // words, each part of a name, an address, a device, or a value before or after
	From, To time.Time // what happened, first or again, at or after From and first before To
}

// Branches are those to which somebody is confined who reads the record; the
// zero value is the whole practice. What happened to pet parents in no branch, a
// refused sign-in for instance, is seen from all of them, as they are.
type Branches string

// In confines to these branches.
func In(branchIDs []string) Branches {
	encoded, _ := json.Marshal(append([]string{}, branchIDs...)) // strings always marshal
	return Branches(encoded)
}

// condition is the WHERE of the branches, with a ? for each.
func (b Branches) condition() (text string, branchIDs []any) {
	var all []string
	_ = json.Unmarshal([]byte(b), &all) // what In made
	for _, one := range all {
		branchIDs = append(branchIDs, one)
	}
	text = `branch_id = '' AND EXISTS (SELECT 1 FROM account a
		WHERE a.practice_id = audit.practice_id AND a.id = audit.account_id AND a.kind = 'client')`
	if len(all) > 0 {
		text += " OR branch_id IN (" + strings.TrimSuffix(strings.Repeat("?, ", len(all)), ", ") + ")"
	}
	return "(" + text + ")", branchIDs
}

// List reads at most limit lines, newest first, older than the line with id
// before ("" for the newest).
func (l *Log) List(ctx context.Context, practiceID string, f Filter, before string, limit int) ([]Line, error) {
	where := []string{"practice_id = $1"}
	args := []any{practiceID}
	add := func(condition string, v any) {
		args = append(args, v)
		where = append(where, strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args))))
	}
	also := " OR action = '" + string(f.Also) + "')"
	if f.Also == "" {
		also = ")"
	}
	if f.Subject != "" {
		add("(action LIKE ? ESCAPE '!'"+also, likeEscape(f.Subject)+".%")
	}
	if f.Action != "" {
		add("(action = ?"+also, string(f.Action))
	}
	if f.Cause != "" {
		add("cause = ?", f.Cause)
	}
	if f.Outcome != "" {
		add("outcome = ?", string(f.Outcome))
	}
	if f.BranchID != "" {
		add("branch_id = ?", f.BranchID)
	}
	if f.Within != "" {
		text, branchIDs := f.Within.condition()
		for _, one := range branchIDs {
			args = append(args, one)
			text = strings.Replace(text, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		where = append(where, text)
	}
	if f.PersonID != "" {
		// Not "actor or account or target": for that SQLite would read the whole
		// record, newest first, where these three look into an index.
		add(`id IN (SELECT id FROM audit WHERE practice_id = $1 AND actor_id = ?
			UNION SELECT id FROM audit WHERE practice_id = $1 AND account_id = ?
			UNION SELECT id FROM audit WHERE practice_id = $1 AND target_id = ?)`, f.PersonID)
	}
	if f.About != "" {
		add("account_id = ?", f.About)
	}
	for _, word := range words(f.Text) {
		add("search LIKE ? ESCAPE '!'", "%"+likeEscape(word)+"%")
	}
	if !f.From.IsZero() {
		add("last_at >= ?", f.From)
	}
	if !f.To.IsZero() {
		add("at < ?", f.To)
	}
	if before != "" {
		add("id < ?", before)
	}
	args = append(args, limit)
	return db.All(ctx, l.DB, scanLine, `
		SELECT `+lineColumns+` FROM audit WHERE `+strings.Join(where, " AND ")+`
		ORDER BY id DESC LIMIT $`+strconv.Itoa(len(args)), args...)
}

const lineColumns = `id, practice_id, at, action, outcome, cause, actor_kind, actor_id, account_id, branch_id, session_id,
	target_kind, target_id, detail, personal, repeated, last_at`

func scanLine(s db.Scanner) (Line, error) {
	var l Line
	var action, outcome, detail, personal string
	if err := s.Scan(&l.ID, &l.PracticeID, &l.At, &action, &outcome, &l.Cause, &l.ActorKind, &l.ActorID, &l.AccountID,
		&l.BranchID, &l.SessionID, &l.TargetKind, &l.TargetID, &detail, &personal, &l.Repeated, &l.LastAt); err != nil {
		return Line{}, err
	}
	l.Action, l.Outcome = Action(action), Outcome(outcome)
	if err := json.Unmarshal([]byte(detail), &l.Detail); err != nil {
		return Line{}, err
	}
	if personal != "" {
		if err := json.Unmarshal([]byte(personal), &l.Personal); err != nil {
			return Line{}, err
		}
	}
	return l, nil
}
