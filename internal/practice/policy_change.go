package practice

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// PolicyInput is a wish to change the policy.
type PolicyInput struct {
	Values   map[string]string // by the name of the setting; those left out stay as they are
	Revision string            // of the policy that the wish is about; "" is any
	// Besides decides what stands in the policy and is stored elsewhere, once the
	// revision is known to be the one that the wish is about. nil: nothing.
	Besides func(context.Context, *db.Tx) ([]Decision, error)
}

// Decision is one change of what is stored elsewhere.
type Decision struct {
	Setting string // as the policy remembers who decided it
	audit.Change
}

// PolicyChange is what became of it.
type PolicyChange struct {
	Before, After Policy // in force
	Changed       []string
}

// LastChange is who decided a setting, and when.
type LastChange struct {
	At   time.Time
	By   string // account
	Name string // how that account was called
}

// PolicyView is the policy with where it comes from.
type PolicyView struct {
	Chosen, InForce Policy
	Revision        string
	Changes         map[string]LastChange // by the name of the setting
}

// ErrPolicyChanged answers to who decides on what is out of date.
var ErrPolicyChanged = fault.New(fault.Conflict, "policy-changed",
	"Somebody else changed the policy while you were looking at it, so nothing of yours was saved. Below is how it is now: look at it and save again.")

// PolicyOf reads the policy of a practice with the last change of each setting.
func (s *Service) PolicyOf(ctx context.Context, r db.Reader, practiceID string) (PolicyView, error) {
	p, err := s.Get(ctx, r, practiceID)
	if err != nil {
		return PolicyView{}, err
	}
	v := PolicyView{Chosen: p.Chosen, InForce: p.Policy}
	v.Changes, err = policyChanges(ctx, r, practiceID)
	v.Revision = revision(v.Changes)
	return v, err
}

// revision changes with every change, also with one that is taken back: when it
// was made says so by itself.
func revision(changes map[string]LastChange) string {
	var last int64
	for _, c := range changes {
		last = max(last, c.At.UnixMicro())
	}
	return strconv.FormatInt(last, 10)
}

// HoldPolicy reads a practice whose policy nobody else changes until the end of
// the transaction. Whoever makes something that the policy may forbid asks this
// way, so that it is made either before a change, and met by it, or after it.
func (s *Service) HoldPolicy(ctx context.Context, tx *db.Tx, practiceID string) (Practice, error) {
	if _, err := tx.Exec(ctx, `UPDATE practice SET policy = policy WHERE id = $1`, practiceID); err != nil {
		return Practice{}, err
	}
	return s.Get(ctx, tx, practiceID)
}

// ChangePolicy checks and stores a wish in the caller's transaction and records
// it field by field. What else follows from the change is the caller's to do in
// the same transaction. Only what differs is a change. ErrPolicyChanged.
func (s *Service) ChangePolicy(ctx context.Context, tx *db.Tx, practiceID string, in PolicyInput) (PolicyChange, error) {
	p, err := s.HoldPolicy(ctx, tx, practiceID)
	if err != nil {
		return PolicyChange{}, err
	}
	last, err := policyChanges(ctx, tx, practiceID)
	if err != nil {
		return PolicyChange{}, err
	}
	if in.Revision != "" && in.Revision != revision(last) {
		return PolicyChange{}, ErrPolicyChanged
	}
	chosen, changes, err := decide(p.Chosen, in.Values)
	besides, err := in.besides(ctx, tx, err)
	if err != nil {
		return PolicyChange{}, err
	}
	out := PolicyChange{Before: p.Policy, After: chosen.InForce()}
	if len(changes)+len(besides) == 0 {
		return out, nil
	}
	at := s.Clock.Now()
	for _, c := range last { // the revision moves even where the clock does not
		if !at.After(c.At) {
			at = c.At.Add(time.Microsecond)
		}
	}
	for _, c := range changes {
		out.Changed = append(out.Changed, c.Field)
	}
	for _, d := range besides {
		out.Changed = append(out.Changed, d.Setting)
		changes = append(changes, d.Change)
	}
	for _, setting := range out.Changed {
		if err := notePolicyChange(ctx, tx, practiceID, setting, at); err != nil {
			return PolicyChange{}, err
		}
	}
	text, err := storedPolicy(chosen)
	if err != nil {
		return PolicyChange{}, err
	}
	if _, err := tx.Exec(ctx, `UPDATE practice SET policy = $2 WHERE id = $1`, practiceID, text); err != nil {
		return PolicyChange{}, err
	}
	tx.Announce(access.PracticeTopic(practiceID))
	return out, s.recordPolicy(ctx, tx, p, chosen, changes)
}

// besides decides what is stored elsewhere. Complaints join those about the
// settings, if there are any.
func (in PolicyInput) besides(ctx context.Context, tx *db.Tx, err error) ([]Decision, error) {
	if in.Besides == nil || err != nil && !fault.Is(err, fault.Invalid) {
		return nil, err
	}
	decisions, besidesErr := in.Besides(ctx, tx)
	var c fault.Complaints
	for _, err := range []error{err, besidesErr} {
		if err := c.Take(err); err != nil {
			return nil, err
		}
	}
	return decisions, c.Err()
}

// decide is the policy with the wish put into it.
func decide(chosen Policy, values map[string]string) (Policy, []audit.Change, error) {
	var complaints fault.Complaints
	var changes []audit.Change
	left := len(values)
	for _, s := range Settings() {
		value, asked := values[s.Name]
		if !asked {
			continue
		}
		left--
		before := s.Value(chosen)
		if problem := s.put(&chosen, value); problem != "" {
			complaints.Add(s.Name, problem)
			continue
		}
		changes = audit.Diff(changes, s.Name, before, s.Value(chosen))
	}
	complaints.Check(left == 0, "", "There is no such setting. Look at the list of settings for their names.")
	return chosen, changes, complaints.Err()
}

// recordPolicy tells of strict mode in a line of its own.
func (s *Service) recordPolicy(ctx context.Context, tx *db.Tx, p Practice, chosen Policy, changes []audit.Change) error {
	e := audit.Entry{PracticeID: p.ID, Target: audit.Target{Kind: "practice", ID: p.ID, Name: p.Name}}
	if chosen.Strict != p.Chosen.Strict {
		e.Action = audit.StrictOff
		if chosen.Strict {
			e.Action = audit.StrictOn
		}
		if err := s.Audit.Record(ctx, tx, e); err != nil {
			return err
		}
		changes = slices.DeleteFunc(changes, func(c audit.Change) bool { return c.Field == StrictSetting })
	}
	if len(changes) == 0 {
		return nil
	}
	e.Action, e.Changes = audit.PolicyChanged, changes
	return s.Audit.Record(ctx, tx, e)
}

// storedPolicy is the JSON of what differs from the defaults.
func storedPolicy(chosen Policy) (string, error) {
	differs := map[string]any{}
	for _, s := range Settings() {
		if s.Value(chosen) != s.Default() {
			differs[s.Name] = s.Plain(chosen)
		}
	}
	text, err := json.Marshal(differs)
	return string(text), err
}

func notePolicyChange(ctx context.Context, tx *db.Tx, practiceID, setting string, at time.Time) error {
	v := access.ViewerFrom(ctx)
	_, err := tx.Exec(ctx, `
		INSERT INTO policy_change (practice_id, setting, changed_at, changed_by, changer) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (practice_id, setting) DO UPDATE SET changed_at = $3, changed_by = $4, changer = $5`,
		practiceID, setting, at, v.AccountID, v.Name)
	return err
}

func policyChanges(ctx context.Context, r db.Reader, practiceID string) (map[string]LastChange, error) {
	type line struct {
		setting string
		LastChange
	}
	all, err := db.All(ctx, r, func(s db.Scanner) (l line, err error) {
		return l, s.Scan(&l.setting, &l.At, &l.By, &l.Name)
	}, `SELECT setting, changed_at, changed_by, changer FROM policy_change WHERE practice_id = $1`, practiceID)
	changes := make(map[string]LastChange, len(all))
	for _, l := range all {
		changes[l.setting] = l.LastChange
	}
	return changes, err
}

// PoliciesChangedSince lists the practices whose policy was changed after t.
func (s *Service) PoliciesChangedSince(ctx context.Context, t time.Time) ([]string, error) {
	return db.All(ctx, s.DB, func(sc db.Scanner) (id string, err error) { return id, sc.Scan(&id) },
		`SELECT DISTINCT practice_id FROM policy_change WHERE changed_at > $1`, t)
}
