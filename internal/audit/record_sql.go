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

func insert(ctx context.Context, tx *db.Tx, all ...row) error {
	rows := make([][]any, len(all))
	for i, r := range all {
		rows[i] = []any{
			r.id, r.practiceID, r.at, string(r.action), string(r.outcome), r.cause, r.actorKind, r.actorID, r.accountID,
			r.branchID, r.sessionID, r.targetKind, r.targetID, r.detail, r.personal, r.search, r.digest, r.floodKey, 0, r.at,
		}
	}
	_, err := tx.Insert(ctx, `
		INSERT INTO audit (id, practice_id, at, action, outcome, cause, actor_kind, actor_id, account_id,
			branch_id, session_id, target_kind, target_id, detail, personal, search, personal_digest, flood_key, repeated, last_at)`,
		rows, ``)
	return err
}
