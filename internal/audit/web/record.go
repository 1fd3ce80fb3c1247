package auditweb

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"catflap/internal/audit"
)

// fact is one row of the exact record.
type fact struct {
	Label  string
	Value  string
	Key    string // a stable word or an id, shown as such beside the value
	Person string // whose entries the row leads to
}

// facts are all that is stored of a line.
func (n names) facts(l audit.Line) []fact {
	var all []fact
	add := func(one fact) {
		if one.Value != "" || one.Key != "" {
			one.Label = n.ours(one.Label)
			all = append(all, one)
		}
	}
	add(fact{Label: "Time", Value: exactly(l.At)})
	add(fact{Label: "Action", Key: string(l.Action)})
	add(fact{Label: "Outcome", Value: string(l.Outcome)})
	add(fact{Label: "Cause", Key: l.Cause})
	add(fact{Label: "Done by", Value: strings.TrimSpace(l.Personal.Actor + " " + n.ours(kind(l.ActorKind))), Key: l.ActorID, Person: l.ActorID})
	add(fact{Label: "Account", Value: l.Personal.Account, Key: l.AccountID, Person: l.AccountID})
	add(fact{Label: "Concerns", Value: strings.TrimSpace(l.Personal.Target + " " + n.ours(kind(l.TargetKind))), Key: l.TargetID, Person: targetPerson(l)})
	add(fact{Label: "Branch", Value: n.branches[l.BranchID], Key: l.BranchID})
	add(fact{Label: "IP address", Value: l.Personal.IP})
	add(fact{Label: "Device", Value: l.Personal.Device})
	add(fact{Label: "Session", Key: l.SessionID})
	for _, c := range l.Personal.Changes {
		add(fact{Label: "Changed: " + spaced(c.Field), Value: change(c)})
	}
	for _, name := range slices.Sorted(maps.Keys(l.Detail)) {
		add(fact{Label: "Detail: " + spaced(name), Value: l.Detail[name]})
	}
	if l.Repeated > 0 {
		add(fact{Label: "Repeated", Value: strconv.FormatInt(l.Repeated, 10) + " times"})
		add(fact{Label: "Last time", Value: exactly(l.LastAt)})
	}
	if erased(l) {
		add(fact{Label: "Personal details", Value: "erased"})
	}
	add(fact{Label: "Practice", Key: l.PracticeID})
	add(fact{Label: "Record", Key: l.ID})
	return all
}

func exactly(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05.000 MST") }

func kind(k string) string {
	if k == "" {
		return ""
	}
	return "(" + spaced(k) + ")"
}

func spaced(word string) string { return strings.ReplaceAll(word, "_", " ") }

// targetPerson is the target's id where it is a person.
func targetPerson(l audit.Line) string {
	if l.TargetKind == "pet_parent" {
		return l.TargetID
	}
	return ""
}

func change(c audit.Change) string {
	switch {
	case c.Before == "":
		return "now \"" + c.After + "\", empty before"
	case c.After == "":
		return "now empty, \"" + c.Before + "\" before"
	}
	return "now \"" + c.After + "\", \"" + c.Before + "\" before"
}
