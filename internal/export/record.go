package export

import (
	"time"

	"catflap/internal/audit"
)

// record is a line of audit.jsonl.
type record struct {
	ID       string            `json:"id"`
	At       time.Time         `json:"at"`
	Action   audit.Action      `json:"action"`
	Outcome  audit.Outcome     `json:"outcome"`
	Cause    string            `json:"cause,omitempty"`
	Actor    *named            `json:"actor,omitempty"`
	Account  *named            `json:"account,omitempty"`
	Target   *named            `json:"target,omitempty"`
	Branch   string            `json:"branch_id,omitempty"`
	Session  string            `json:"session_id,omitempty"`
	IP       string            `json:"ip,omitempty"`
	Device   string            `json:"device,omitempty"`
	Changes  []audit.Change    `json:"changes,omitempty"`
	Detail   map[string]string `json:"detail,omitempty"`
	Repeated int64             `json:"repeated,omitempty"`
	LastAt   *time.Time        `json:"last_at,omitempty"`
}

type named struct {
	Kind string `json:"kind,omitempty"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

func nameOf(kind, id, name string) *named {
	if kind+id+name == "" {
		return nil
	}
	return &named{kind, id, name}
}

// recordOf is the whole line as it is stored, but for the salt of the personal
// part, which proves it and says nothing.
func recordOf(l audit.Line) record {
	r := record{
		ID: l.ID, At: l.At, Action: l.Action, Outcome: l.Outcome, Cause: l.Cause,
		Actor: nameOf(l.ActorKind, l.ActorID, l.Personal.Actor), Account: nameOf("", l.AccountID, l.Personal.Account),
		Target: nameOf(l.TargetKind, l.TargetID, l.Personal.Target), Branch: l.BranchID, Session: l.SessionID,
		IP: l.Personal.IP, Device: l.Personal.Device, Changes: l.Personal.Changes, Detail: l.Detail, Repeated: l.Repeated,
	}
	if l.Repeated > 0 {
		r.LastAt = &l.LastAt
	}
	return r
}
