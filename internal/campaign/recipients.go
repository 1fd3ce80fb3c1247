package campaign

import (
	"context"
	"strconv"
	"strings"
	"time"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

// Outcome is what became of one person in a campaign.
type Outcome string

// The outcomes. A message waits, is sent, failed or was dropped.
const (
	OutcomeAll     Outcome = ""
	OutcomeWaiting Outcome = "waiting"
	OutcomeSent    Outcome = "sent"
	OutcomeFailed  Outcome = "failed"
	OutcomeDropped Outcome = "dropped"
	OutcomeLeftOut Outcome = "left_out"
)

// Outcomes lists what a list can be narrowed to.
func Outcomes() []Outcome {
	return []Outcome{OutcomeAll, OutcomeSent, OutcomeWaiting, OutcomeFailed, OutcomeDropped, OutcomeLeftOut}
}

// Line is one person in the report of a campaign.
type Line struct {
	PetParentID  string // "" once they are erased
	ClientNumber string
	Name         string
	Email        string
	Outcome      Outcome
	Reasons      []Reason // of OutcomeLeftOut
	Words        string   // why a message waits, failed or was dropped
	SentAt       time.Time
	place        string
}

// leftBehind begins the place of those who were left out: they stand behind
// everybody who was written to.
const leftBehind = "l:"

// Recipients reads at most limit lines of a report behind a place ("" begins), and
// returns the place of the next ones, "" at the end.
func (s *Service) Recipients(ctx context.Context, c Campaign, o Outcome, after string, limit int) ([]Line, string, error) {
	var lines []Line
	if behind, left := strings.CutPrefix(after, leftBehind); !left && o != OutcomeLeftOut {
		var err error
		if lines, err = writtenTo(ctx, s.DB, c, o, after, limit+1); err != nil {
			return nil, "", err
		}
		after = ""
	} else {
		after = behind
	}
	if len(lines) <= limit && (o == OutcomeAll || o == OutcomeLeftOut) {
		left, err := leftOut(ctx, s.DB, c, after, limit+1-len(lines))
		if err != nil {
			return nil, "", err
		}
		lines = append(lines, left...)
	}
	if len(lines) <= limit {
		return lines, "", nil
	}
	lines = lines[:limit]
	return lines, lines[limit-1].place, nil
}

// states are the states of messages with an outcome, as a condition.
func (o Outcome) states() string {
	switch o {
	case OutcomeWaiting:
		return `m.state = 'queued' AND m.state <> 'sent'`
	case OutcomeSent:
		return `m.state = 'sent'`
	case OutcomeFailed:
		return `m.state = 'failed' AND m.state <> 'sent'`
	case OutcomeDropped:
		return `m.state = 'dropped' AND m.state <> 'sent'`
	case OutcomeAll, OutcomeLeftOut:
	}
	return `1 = 1`
}

func writtenTo(ctx context.Context, r db.Reader, c Campaign, o Outcome, after string, limit int) ([]Line, error) {
	scan := func(r db.Scanner) (l Line, err error) {
		var state mail.State
		err = r.Scan(&l.place, &l.PetParentID, &l.ClientNumber, &l.Name, &l.Email, (*string)(&state), &l.Words, &l.SentAt)
		switch state {
		case mail.Queued:
			l.Outcome = OutcomeWaiting
		case mail.Sent:
			l.Outcome = OutcomeSent
		case mail.Failed:
			l.Outcome = OutcomeFailed
		case mail.Dropped:
			l.Outcome = OutcomeDropped
		}
		return l, err
	}
	return db.All(ctx, r, scan, `
		SELECT m.id, COALESCE(p.id, ''), COALESCE(h.external_id, ''), m.to_name, m.to_address, m.state, m.last_error, m.sent_at
		FROM message m
		LEFT JOIN pet_parent p ON p.practice_id = m.practice_id AND p.id = m.petparent_id
		LEFT JOIN household h ON h.practice_id = p.practice_id AND h.id = p.household_id
		WHERE m.practice_id = $1 AND m.campaign_id = $2 AND m.campaign_id <> '' AND `+o.states()+` AND m.id > $3
		ORDER BY m.id LIMIT $4`, c.PracticeID, c.ID, after, limit)
}

func leftOut(ctx context.Context, r db.Reader, c Campaign, after string, limit int) ([]Line, error) {
	scan := func(r db.Scanner) (l Line, err error) {
		var p petparent.PetParent
		var company, reasons string
		err = r.Scan(&l.place, &l.PetParentID, &p.FirstName, &p.LastName, &company, &l.ClientNumber, &l.Email, &reasons)
		l.place, l.Name, l.Outcome = leftBehind+l.place, p.Name(company), OutcomeLeftOut
		for _, one := range strings.Fields(reasons) {
			l.Reasons = append(l.Reasons, Reason(one))
		}
		return l, err
	}
	return db.All(ctx, r, scan, `
		SELECT o.pet_parent_id, COALESCE(p.id, ''), COALESCE(p.first_name, ''), COALESCE(p.last_name, ''), COALESCE(h.company, ''),
			COALESCE(h.external_id, ''), COALESCE(p.email, ''), o.reasons
		FROM campaign_left_out o
		LEFT JOIN pet_parent p ON p.practice_id = o.practice_id AND p.id = o.pet_parent_id
		LEFT JOIN household h ON h.practice_id = p.practice_id AND h.id = p.household_id
		WHERE o.practice_id = $1 AND o.campaign_id = $2 AND o.pet_parent_id > $3
		ORDER BY o.pet_parent_id LIMIT $4`, c.PracticeID, c.ID, after, limit)
}

// RecordReport writes down that who is asking takes the report of a campaign away.
func (s *Service) RecordReport(ctx context.Context, c Campaign) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		return s.record(ctx, tx, c, audit.CampaignDownloaded, map[string]string{"people": strconv.Itoa(c.Looked)})
	})
}
