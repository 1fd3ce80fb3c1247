package audit

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
)

// Entry is what a caller tells of a change. Actor, address, device, session
// and the active branch come from the context.
type Entry struct {
	Action      Action
	Outcome     Outcome // Done when empty
	Cause       string  // exact internal cause of a refusal, a stable word
	PracticeID  string  // the viewer's or the path's practice when empty
	OnPlatform  bool    // the entry belongs to the platform's own record
	BranchID    string  // the active branch when empty
	AccountID   string  // the account it is about
	AccountName string  // how that account was called at the time; personal
	Target      Target
	Changes     []Change
	Detail      map[string]string // counts, codes, choices; nothing personal, no secrets
	FloodKey    string            // refusals with the same key within FloodWindow are counted, not repeated
}

// Target is the thing that was acted on.
type Target struct {
	Kind string // "pet_parent", "branch", "import", ...
	ID   string
	Name string // personal
}

// Change is one field before and after. Secrets never stand here.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Diff appends a change when the two values differ.
func Diff(changes []Change, field, before, after string) []Change {
	if before == after {
		return changes
	}
	return append(changes, Change{Field: field, Before: before, After: after})
}

// Personal is the part of an entry that can be erased. What is left then has no
// salt.
type Personal struct {
	Actor   string   `json:"actor,omitempty"`
	Account string   `json:"account,omitempty"`
	Target  string   `json:"target,omitempty"`
	IP      string   `json:"ip,omitempty"`
	Device  string   `json:"device,omitempty"`
	Changes []Change `json:"changes,omitempty"`
	Salt    string   `json:"salt"`
}

// FloodWindow is how long the same refusal is counted on one entry. It does not
// move with the repetitions: a flood that goes on appears anew at the top.
const FloodWindow = 10 * time.Minute

// Log writes entries. Of one that stands it can only erase what is personal.
type Log struct {
	DB    *db.DB
	Clock clock.Clock
}

// Record writes the entry in the caller's transaction.
func (l *Log) Record(ctx context.Context, tx *db.Tx, e Entry) error {
	now := l.Clock.Now()
	e = e.completed(ctx)
	if e.FloodKey != "" {
		counted, err := l.countAgain(ctx, tx, e, now)
		if err != nil || counted {
			return err
		}
	}
	r, err := e.row(ctx, now)
	if err != nil {
		return err
	}
	return insert(ctx, tx, r)
}

// RecordAll is Record for many entries, in their order, none of which has a
// FloodKey.
func (l *Log) RecordAll(ctx context.Context, tx *db.Tx, all []Entry) error {
	rows, now := make([]row, len(all)), l.Clock.Now()
	for i, e := range all {
		var err error
		if rows[i], err = e.completed(ctx).row(ctx, now); err != nil {
			return err
		}
	}
	return insert(ctx, tx, rows...)
}

// completed fills in what the context knows.
func (e Entry) completed(ctx context.Context) Entry {
	if e.Outcome == "" {
		e.Outcome = Done
	}
	if e.PracticeID == "" && !e.OnPlatform {
		e.PracticeID = access.PracticeFrom(ctx).ID
	}
	if e.BranchID == "" {
		e.BranchID = access.ViewerFrom(ctx).Branch.ID
	}
	return e
}

func (e Entry) row(ctx context.Context, now time.Time) (row, error) {
	viewer, origin := access.ViewerFrom(ctx), access.OriginFrom(ctx)
	p := Personal{
		Actor: viewer.Name, Account: e.AccountName, Target: e.Target.Name,
		IP: origin.IP, Device: origin.Device, Changes: e.Changes, Salt: salt(),
	}
	personal, err := json.Marshal(p)
	if err != nil {
		return row{}, err
	}
	detail := []byte("{}")
	if len(e.Detail) > 0 {
		if detail, err = json.Marshal(e.Detail); err != nil {
			return row{}, err
		}
	}
	digest := sha256.Sum256(personal)
	return row{
		id: id.New(), practiceID: e.PracticeID, at: now, action: e.Action, outcome: e.Outcome, cause: e.Cause,
		actorKind: string(viewer.Kind), actorID: viewer.ActorID(), accountID: e.AccountID, branchID: e.BranchID,
		sessionID: viewer.SessionID, targetKind: e.Target.Kind, targetID: e.Target.ID,
		detail: string(detail), personal: string(personal), search: p.search(), digest: digest[:],
		floodKey: e.FloodKey,
	}, nil
}

// Write records an entry that stands alone, in a transaction of its own.
func (l *Log) Write(ctx context.Context, e Entry) error {
	return l.DB.Write(ctx, func(tx *db.Tx) error { return l.Record(ctx, tx, e) })
}

func (l *Log) countAgain(ctx context.Context, tx *db.Tx, e Entry, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE audit SET repeated = repeated + 1, last_at = $1
		WHERE practice_id = $2 AND leaf IS NULL AND id = (
			SELECT id FROM audit
			WHERE practice_id = $2 AND flood_key = $3 AND at > $4
			ORDER BY at DESC LIMIT 1)`,
		now, e.PracticeID, e.FloodKey, now.Add(-FloodWindow))
	return n > 0, err
}

func salt() string {
	b := make([]byte, 12)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b)
}
