package campaign

import (
	"context"
	"errors"
	"strconv"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/job"
	"catflap/internal/mail"
)

// AlignJob brings what waits in the queue in line with the state of a campaign,
// and WatchJob looks after all of them.
const (
	AlignJob = "campaign.align"
	WatchJob = "campaign.watch"
)

// cancelledWords stand beside what was dropped with its campaign.
const cancelledWords = "The campaign was cancelled."

// Align is the work of AlignJob.
func (s *Service) Align(ctx context.Context, j job.Job) error {
	var p jobPayload
	if err := j.Into(&p); err != nil {
		return err
	}
	return s.align(ctx, p)
}

// align parks, frees or drops the messages of a campaign batch by batch, each in a
// transaction that holds it: whatever is parked was parked before somebody let it
// go. Until it is done, what comes to leave meets Halts.
func (s *Service) align(ctx context.Context, p jobPayload) error {
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
			more, err = s.alignSome(ctx, tx, p)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) alignSome(ctx context.Context, tx *db.Tx, p jobPayload) (more bool, err error) {
	c, err := held(ctx, tx, p.PracticeID, p.CampaignID)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var n int
	switch c.State {
	case Paused:
		n, err = s.Mail.ParkCampaign(ctx, tx, c.PracticeID, c.ID)
	case Cancelled:
		n, err = s.Mail.DropCampaign(ctx, tx, c.PracticeID, c.ID, cancelledWords)
	case Draft, Preparing, Running, Done, Stopped:
		n, err = s.Mail.FreeCampaign(ctx, tx, c.PracticeID, c.ID)
	}
	if err != nil || n > 0 {
		return n > 0, err
	}
	lags, err := s.Mail.Lags(ctx, tx, c.PracticeID, c.ID, c.State == Paused || c.State == Cancelled)
	if err != nil || lags || c.inLine {
		return false, err // what is being handed over is looked at by the next watch
	}
	_, err = tx.Exec(ctx, `UPDATE campaign SET in_line = TRUE WHERE practice_id = $1 AND id = $2`, c.PracticeID, c.ID)
	return false, err
}

// goesOn is the condition of the index on campaigns that have not ended.
const goesOn = `state IN ('preparing', 'running', 'paused')`

// Watch ends campaigns of which everything has left, and brings those in line that
// are not.
func (s *Service) Watch(ctx context.Context, _ job.Job) error {
	scan := func(r db.Scanner) (p jobPayload, err error) { return p, r.Scan(&p.PracticeID, &p.CampaignID) }
	some, err := db.All(ctx, s.DB, scan, `
		SELECT practice_id, id FROM campaign WHERE NOT in_line
		UNION SELECT practice_id, id FROM campaign WHERE `+goesOn+` AND state = 'paused'`)
	if err != nil {
		return err
	}
	var all error
	for _, p := range some {
		all = errors.Join(all, s.align(ctx, p))
	}
	running, err := db.All(ctx, s.DB, scan, `SELECT practice_id, id FROM campaign WHERE `+goesOn+` AND state = 'running'`)
	if err != nil {
		return errors.Join(all, err)
	}
	for _, p := range running {
		all = errors.Join(all, s.end(ctx, p))
	}
	return all
}

// end closes a campaign of which everything has left.
func (s *Service) end(ctx context.Context, p jobPayload) error {
	ctx = access.WithViewer(ctx, access.System("mail"))
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := held(ctx, tx, p.PracticeID, p.CampaignID)
		if err != nil || c.State != Running {
			return err
		}
		n, err := s.Mail.CountCampaign(ctx, tx, c.PracticeID, c.ID)
		if err != nil || n.Waiting > 0 {
			return err
		}
		c.State, c.EndedAt = Done, s.Clock.Now()
		c.Mark++
		if err := store(ctx, tx, c); err != nil {
			return err
		}
		return s.record(ctx, tx, c, audit.CampaignEnded, map[string]string{
			"state": string(c.State), "written": strconv.Itoa(c.Written), "left_out": strconv.Itoa(c.LeftOut),
			"failed": strconv.Itoa(n.Failed), "dropped": strconv.Itoa(n.Dropped),
		})
	})
}

// Halts tells mail which messages of campaigns must not leave: those of one that
// was paused or cancelled, and those to people whom bulk mail leaves out by now.
func (s *Service) Halts(ctx context.Context, practiceID string, all []mail.Message) (map[string]mail.Halt, error) {
	states, people := map[string]State{}, make([]string, 0, len(all))
	for _, m := range all {
		states[m.CampaignID] = ""
		if m.PetParentID != "" {
			people = append(people, m.PetParentID)
		}
	}
	for id := range states {
		state, err := db.One(ctx, s.DB, func(r db.Scanner) (st State, err error) { return st, r.Scan((*string)(&st)) },
			`SELECT state FROM campaign WHERE practice_id = $1 AND id = $2`, practiceID, id)
		if err != nil && !errors.Is(err, db.ErrNone) {
			return nil, err
		}
		states[id] = state
	}
	barred, err := s.PetParents.Barred(ctx, s.DB, practiceID, people)
	if err != nil {
		return nil, err
	}
	halts := map[string]mail.Halt{}
	for _, m := range all {
		switch reason := barred[m.PetParentID]; {
		case states[m.CampaignID] == Cancelled:
			halts[m.ID] = mail.Halt{Passage: mail.Over, Words: cancelledWords}
		case reason != "":
			halts[m.ID] = mail.Halt{Passage: mail.Over, Words: "Not sent: since it was written, this has come up: " + reason.Words() + "."}
		case states[m.CampaignID] == Paused:
			halts[m.ID] = mail.Halt{Passage: mail.Waits}
		}
	}
	return halts, nil
}
