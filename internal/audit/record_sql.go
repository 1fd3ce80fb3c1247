package audit

import (
	"context"
	"time"

	"catflap/internal/foundation/db"
)

type row struct {
	id, practiceID           string
	at                       time.Time
	action                   Action
	outcome                  Outcome
	cause                    string
	actorKind, actorID       string
	accountID, branchID      string
	sessionID                string
	targetKind, targetID     string
	detail, personal, search string
	floodKey                 string
	digest                   []byte
}

func insert(ctx context.Context, tx *db.Tx, r row) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO audit (id, practice_id, at, action, outcome, cause, actor_kind, actor_id, account_id,
			branch_id, session_id, target_kind, target_id, detail, personal, search, personal_digest, flood_key, repeated, last_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 0, $19)`,
		r.id, r.practiceID, r.at, string(r.action), string(r.outcome), r.cause, r.actorKind, r.actorID, r.accountID,
		r.branchID, r.sessionID, r.targetKind, r.targetID, r.detail, r.personal, r.search, r.digest, r.floodKey, r.at)
	return err
}
