package campaign

import (
	"context"
	"encoding/json"
	"errors"

	"catflap/internal/foundation/db"
)

const selectCampaign = `
	SELECT c.id, c.practice_id, c.name, c.template_id, c.template_name, c.scope, c.state, c.mark, c.credentials, c.words, c.place,
		c.prepared, c.in_line, c.total, c.looked, c.written, c.left_out, c.reasons, c.failure, c.created_at, c.created_by,
		COALESCE(a.name, k.name, ''), c.started_at, c.started_by, COALESCE(b.name, l.name, ''), c.paused_at, c.ended_at
	FROM campaign c
	LEFT JOIN account a ON a.id = c.created_by AND a.practice_id = c.practice_id
	LEFT JOIN api_key k ON k.id = c.created_by AND k.practice_id = c.practice_id
	LEFT JOIN account b ON b.id = c.started_by AND b.practice_id = c.practice_id
	LEFT JOIN api_key l ON l.id = c.started_by AND l.practice_id = c.practice_id`

func scanCampaign(s db.Scanner) (c Campaign, err error) {
	var scope, words, reasons string
	if err := s.Scan(&c.ID, &c.PracticeID, &c.Name, &c.Template, &c.TemplateName, &scope, (*string)(&c.State), &c.Mark, &c.Credentials, &words, &c.place,
		&c.Prepared, &c.inLine, &c.Total, &c.Looked, &c.Written, &c.LeftOut, &reasons, &c.Failure, &c.CreatedAt, &c.createdBy,
		&c.CreatedByName, &c.StartedAt, &c.startedBy, &c.StartedByName, &c.PausedAt, &c.EndedAt); err != nil {
		return c, err
	}
	return c, errors.Join(json.Unmarshal([]byte(scope), &c.Scope), json.Unmarshal([]byte(words), &c.words), json.Unmarshal([]byte(reasons), &c.Reasons))
}

func one(ctx context.Context, r db.Reader, practiceID, campaignID string) (Campaign, error) {
	c, err := db.One(ctx, r, scanCampaign, selectCampaign+` WHERE c.practice_id = $1 AND c.id = $2`, practiceID, campaignID)
	if errors.Is(err, db.ErrNone) {
		return c, ErrNotFound
	}
	return c, err
}

// held reads a campaign that nobody else can change until the end of the
// transaction.
func held(ctx context.Context, tx *db.Tx, practiceID, campaignID string) (Campaign, error) {
	if _, err := tx.Exec(ctx, `UPDATE campaign SET mark = mark WHERE practice_id = $1 AND id = $2`, practiceID, campaignID); err != nil {
		return Campaign{}, err
	}
	return one(ctx, tx, practiceID, campaignID)
}

// store writes a campaign, new or held.
func store(ctx context.Context, tx *db.Tx, c Campaign) error {
	if c.Scope.Query != "" && (c.State == Done || c.State == Cancelled) {
		c.Scope.Query = searched
	}
	var texts [3]string
	for i, v := range []any{c.Scope, c.words, c.Reasons} {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		texts[i] = string(text)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO campaign (practice_id, id, name, template_id, template_name, scope, state, mark, credentials, words, place, prepared, in_line,
			total, looked, written, left_out, reasons, failure, created_at, created_by, started_at, started_by, paused_at, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
		ON CONFLICT (practice_id, id) DO UPDATE SET name = $3, template_id = $4, template_name = $5, scope = $6, state = $7, mark = $8,
			credentials = $9, words = $10, place = $11, prepared = $12, in_line = $13, total = $14, looked = $15, written = $16,
			left_out = $17, reasons = $18, failure = $19, started_at = $22, started_by = $23, paused_at = $24, ended_at = $25`,
		c.PracticeID, c.ID, c.Name, c.Template, c.TemplateName, texts[0], string(c.State), c.Mark, c.Credentials, texts[1], c.place, c.Prepared, c.inLine,
		c.Total, c.Looked, c.Written, c.LeftOut, texts[2], c.Failure, c.CreatedAt, c.createdBy, c.StartedAt, c.startedBy, c.PausedAt, c.EndedAt)
	return err
}

// searched is what is kept of the words that were searched for, which may be
// somebody's name, once a campaign has ended: that there were some.
const searched = "…"

// leaveOut notes down who gets nothing in a campaign.
func leaveOut(ctx context.Context, tx *db.Tx, c Campaign, rows [][]any) error {
	_, err := tx.Insert(ctx, `INSERT INTO campaign_left_out (campaign_id, pet_parent_id, practice_id, reasons)`, rows, ``)
	return err
}
