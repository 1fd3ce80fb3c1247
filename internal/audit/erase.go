package audit

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"catflap/internal/foundation/db"
)

// Erasure names whose personal details are taken out of the record.
type Erasure struct {
	Targets  []string `json:"targets"`  // people, pets and households
	Accounts []string `json:"accounts"` // their logins
	// Shared are households that go on without them. A line there whose detail
	// has an OnBehalf names that person, and goes only when it is one of Targets;
	// whom any other line names cannot be told, so it goes.
	Shared []string `json:"shared,omitempty"`
}

// OnBehalf is the key of a detail for the id of the person whom a line about their
// household names.
const OnBehalf = "pet_parent"

// AccountsOf lists the logins that lines about a pet parent name: also such as
// are deleted by now.
func (l *Log) AccountsOf(ctx context.Context, r db.Reader, practiceID string, petParentIDs []string) ([]string, error) {
	args, places := db.In([]any{practiceID}, petParentIDs)
	return db.All(ctx, r, func(s db.Scanner) (id string, err error) { return id, s.Scan(&id) }, `
		SELECT DISTINCT account_id FROM audit
		WHERE practice_id = $1 AND target_kind = 'pet_parent' AND account_id <> '' AND target_id IN (`+places+`)
		ORDER BY account_id`, args...)
}

// Details lists what lines of an action about some targets tell under some keys,
// each value once.
func (l *Log) Details(ctx context.Context, r db.Reader, practiceID string, a Action, targets []string, keys ...string) ([]string, error) {
	args, places := db.In([]any{practiceID, string(a)}, targets)
	lines, err := db.All(ctx, r, scanLine, `
		SELECT `+lineColumns+` FROM audit WHERE practice_id = $1 AND action = $2 AND target_id IN (`+places+`) ORDER BY id`, args...)
	var values []string
	for _, line := range lines {
		for _, key := range keys {
			if v := line.Detail[key]; v != "" && !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
	}
	return values, err
}

// About reads at most limit lines that Erase would touch, the oldest first, after
// the one with id after ("" for the first).
func (l *Log) About(ctx context.Context, r db.Reader, practiceID string, e Erasure, after string, limit int) ([]Line, error) {
	condition, args := e.condition(practiceID)
	args = append(args, after, limit)
	return db.All(ctx, r, scanLine, `
		SELECT `+lineColumns+` FROM audit WHERE `+condition+` AND personal <> '' AND id > $`+strconv.Itoa(len(args)-1)+`
		ORDER BY id LIMIT $`+strconv.Itoa(len(args)), args...)
}

// CountAbout counts the lines that Erase would touch.
func (l *Log) CountAbout(ctx context.Context, r db.Reader, practiceID string, e Erasure) (int, error) {
	condition, args := e.condition(practiceID)
	return db.One(ctx, r, func(s db.Scanner) (n int, err error) { return n, s.Scan(&n) },
		`SELECT count(*) FROM audit WHERE `+condition+` AND personal <> ''`, args...)
}

func (e Erasure) condition(practiceID string) (string, []any) {
	targets, places := db.In([]any{practiceID}, e.Targets)
	args, logins := db.In(targets, e.Accounts)
	args, shared := db.In(args, e.Shared)
	theirs := ""
	for _, target := range e.Targets {
		args = append(args, onBehalf(target+`"`))
		theirs += ` OR detail LIKE $` + strconv.Itoa(len(args)) + ` ESCAPE '!'`
	}
	args = append(args, onBehalf(""))
	return `practice_id = $1 AND id IN (
		SELECT id FROM audit WHERE practice_id = $1 AND target_id IN (` + places + `)
		UNION SELECT id FROM audit WHERE practice_id = $1 AND target_id IN (` + shared + `)
			AND (detail NOT LIKE $` + strconv.Itoa(len(args)) + ` ESCAPE '!'` + theirs + `)
		UNION SELECT id FROM audit WHERE practice_id = $1 AND account_id IN (` + logins + `)
		UNION SELECT id FROM audit WHERE practice_id = $1 AND actor_id IN (` + logins + `))`, args
}

// onBehalf is the pattern of a detail whose OnBehalf begins so.
func onBehalf(id string) string { return "%" + likeEscape(`"`+OnBehalf+`":"`+id) + "%" }

// erasedAtOnce is how many lines are read at once.
const erasedAtOnce = 500

// Erase takes personal details out of the record, in the caller's transaction,
// and tells out of how many lines. That something was done, when and by whom of
// the staff stays, and so does what proves it.
func (l *Log) Erase(ctx context.Context, tx *db.Tx, practiceID string, e Erasure) (n int, err error) {
	own := map[string]bool{}
	for _, a := range e.Accounts {
		own[a] = true
	}
	after := ""
	for {
		lines, err := l.About(ctx, tx, practiceID, e, after, erasedAtOnce)
		if err != nil {
			return n, err
		}
		for _, line := range lines {
			if err := eraseLine(ctx, tx, line, own[line.ActorID] || line.ActorID == ""); err != nil {
				return n, err
			}
			n++
			after = line.ID
		}
		if len(lines) < erasedAtOnce {
			return n, nil
		}
	}
}

// eraseLine leaves who of the staff acted, and from where; of a line that is the
// person's own, nothing.
func eraseLine(ctx context.Context, tx *db.Tx, line Line, own bool) error {
	var personal []byte
	var left Personal
	if !own {
		left = Personal{Actor: line.Personal.Actor, IP: line.Personal.IP, Device: line.Personal.Device}
		var err error
		if personal, err = json.Marshal(left); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `UPDATE audit SET personal = $3, search = $4 WHERE practice_id = $1 AND id = $2`,
		line.PracticeID, line.ID, string(personal), left.search())
	return err
}
