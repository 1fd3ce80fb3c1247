package mail

import (
	"context"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// Halt is what keeps a message of a campaign from leaving; the zero Halt nothing.
type Halt struct {
	Passage Passage
	Words   string // beside a message that is over
}

// Halts tells which of the messages that are about to leave must not, by their
// ids: because their campaign was stopped, or somebody opted out meanwhile.
type Halts func(ctx context.Context, practiceID string, all []Message) (map[string]Halt, error)

// heldFor is when a message is looked at again that met a campaign at rest. It is
// not parked: whoever lets the campaign go may just have done so.
const heldFor = time.Minute

// halted asks about the messages of campaigns in a claim, once for each practice.
func (s *Service) halted(ctx context.Context, all []Message) (map[string]Halt, error) {
	if s.halts == nil {
		return nil, nil
	}
	byPractice := map[string][]Message{}
	for _, m := range all {
		if m.CampaignID != "" {
			byPractice[m.PracticeID] = append(byPractice[m.PracticeID], m)
		}
	}
	found := map[string]Halt{}
	for practiceID, some := range byPractice {
		halts, err := s.halts(ctx, practiceID, some)
		if err != nil {
			return nil, err
		}
		for id, h := range halts {
			found[id] = h
		}
	}
	return found, nil
}

// askEvery is for how long it counts what was said of the messages of a claim: a
// slow mail server takes minutes for as many.
const askEvery = time.Second

// haltOf is what keeps a message of a claim from leaving by now.
func (s *Service) haltOf(ctx context.Context, m claimed) (Halt, error) {
	if s.clock.Now().Sub(m.claim.asked) < askEvery {
		return m.halt, nil
	}
	halts, err := s.halted(ctx, []Message{m.Message})
	return halts[m.ID], err
}

const (
	// campaignBatch is how many messages of a campaign are parked or freed in one
	// transaction: each batch passes by those before it.
	campaignBatch = 2000
	// dropBatch is how many are dropped, with what they carry.
	dropBatch = 500
)

// some are the next messages of a campaign to which a condition applies. Those that
// are being claimed at this moment are stepped around.
func (s *Service) some(condition string) string {
	skip := ""
	if s.db.Dialect() == db.PostgreSQL {
		skip = " FOR UPDATE SKIP LOCKED"
	}
	return `WITH these AS MATERIALIZED (
		SELECT id FROM message
		WHERE practice_id = $1 AND campaign_id = $2 AND campaign_id <> '' AND state = 'queued' AND state <> 'sent' AND ` + condition + `
		LIMIT $4` + skip + `) `
}

// ParkCampaign has the next messages of a campaign wait until FreeCampaign, and
// returns how many that are.
func (s *Service) ParkCampaign(ctx context.Context, tx *db.Tx, practiceID, campaignID string) (int, error) {
	n, err := tx.Exec(ctx, s.some(`due_at < $3`)+`
		UPDATE message SET due_at = $3, paced = FALSE WHERE id IN (SELECT id FROM these)`, practiceID, campaignID, parked, campaignBatch)
	return int(n), err
}

// FreeCampaign lets the next messages go that ParkCampaign has wait.
func (s *Service) FreeCampaign(ctx context.Context, tx *db.Tx, practiceID, campaignID string) (int, error) {
	tx.AfterCommit(s.bulk.notify)
	n, err := tx.Exec(ctx, s.some(`due_at = $3`)+`
		UPDATE message SET due_at = $5 WHERE id IN (SELECT id FROM these)`, practiceID, campaignID, parked, campaignBatch, s.clock.Now())
	return int(n), err
}

// DropCampaign drops the next messages of a campaign that wait, with the words
// beside them. What they carried begins to age, as if it had left.
func (s *Service) DropCampaign(ctx context.Context, tx *db.Tx, practiceID, campaignID, words string) (int, error) {
	refs, err := db.All(ctx, tx, func(r db.Scanner) (ref SecretRef, err error) { return ref, r.Scan(&ref.Kind, &ref.ID) },
		s.some(`due_at <= $3`)+`
		UPDATE message SET state = 'dropped', last_error = $5 WHERE id IN (SELECT id FROM these)
		RETURNING secret_kind, secret_ref`, practiceID, campaignID, parked, dropBatch, words)
	if err != nil {
		return 0, err
	}
	for _, ref := range refs {
		if ref == (SecretRef{}) {
			continue
		}
		if err := s.secrets.Settled(ctx, tx, practiceID, ref, s.clock.Now()); err != nil && !fault.Is(err, fault.Gone) {
			return 0, err
		}
	}
	return len(refs), nil
}

// Lags reports whether messages of a campaign wait other than they should: at
// rest, something that is not parked or being handed over; else something that
// is parked.
func (s *Service) Lags(ctx context.Context, r db.Reader, practiceID, campaignID string, atRest bool) (bool, error) {
	condition := `due_at = $3`
	if atRest {
		condition = `due_at < $3`
	}
	return db.One(ctx, r, func(r db.Scanner) (lags bool, err error) { return lags, r.Scan(&lags) }, `
		SELECT EXISTS (SELECT 1 FROM message
			WHERE practice_id = $1 AND campaign_id = $2 AND campaign_id <> '' AND state = 'queued' AND state <> 'sent'
				AND `+condition+`)`, practiceID, campaignID, parked)
}

// CampaignCount is where the messages of a campaign stand. Those that have left
// are the others.
type CampaignCount struct {
	Waiting, Failed, Dropped int
	Lately                   int // left within the last minute
}

// CountCampaign counts the messages of a campaign.
func (s *Service) CountCampaign(ctx context.Context, r db.Reader, practiceID, campaignID string) (c CampaignCount, err error) {
	scan := func(r db.Scanner) (struct{}, error) {
		var state State
		var n int
		err := r.Scan((*string)(&state), &n)
		switch state {
		case Failed:
			c.Failed = n
		case Dropped:
			c.Dropped = n
		case Queued:
			c.Waiting += n
		case Sent:
		}
		return struct{}{}, err
	}
	if _, err = db.All(ctx, r, scan, `
		SELECT state, count(*) FROM message
		WHERE practice_id = $1 AND campaign_id = $2 AND campaign_id <> '' AND state <> 'sent'
		GROUP BY state`, practiceID, campaignID); err != nil {
		return c, err
	}
	c.Lately, err = db.One(ctx, r, scanCount, `
		SELECT count(*) FROM message WHERE sent_at > $3 AND practice_id = $1 AND campaign_id = $2`,
		practiceID, campaignID, s.clock.Now().Add(-time.Minute))
	return c, err
}

// TryCampaignAgain puts what failed of a campaign back into the queue, and returns
// how many messages that are.
func (s *Service) TryCampaignAgain(ctx context.Context, tx *db.Tx, practiceID, campaignID string) (int, error) {
	tx.AfterCommit(s.bulk.notify)
	n, err := tx.Exec(ctx, `
		UPDATE message SET state = 'queued', attempts = 0, paced = FALSE, due_at = $3
		WHERE practice_id = $1 AND campaign_id = $2 AND campaign_id <> '' AND state = 'failed' AND state <> 'sent'`,
		practiceID, campaignID, s.clock.Now())
	return int(n), err
}

// PerPractice is how many bulk messages of one practice may leave in a minute; 0
// is no limit.
func (s *Service) PerPractice() int { return s.limits.PerPractice }

// WordsNow are the words that somebody with a language would get at this moment:
// the id of the practice's own, "" for those of Catflap. templateID is a built-in
// name or one of the practice's own. ErrNoTemplate.
func (s *Service) WordsNow(ctx context.Context, r db.Reader, practiceID, templateID, tag string) (textID string, err error) {
	d := Draft{PracticeID: practiceID, Template: templateID, Lang: tag}
	if !overridable(templateID) {
		d.Template, d.OwnTemplate = "", templateID
	}
	_, textID, err = s.textFor(ctx, r, d, choice{})
	return textID, err
}
