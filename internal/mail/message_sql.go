package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"catflap/internal/foundation/db"
)

const messageColumns = `id, practice_id, account_id, petparent_id, to_address, to_name, template, lang,
	subject, data, secret_kind, secret_ref, bulk, state, attempts, last_error, message_id, created_at, sent_at, text_id, campaign_id`

func scanMessage(r db.Scanner) (Message, error) {
	var m Message
	var data string
	err := r.Scan(&m.ID, &m.PracticeID, &m.AccountID, &m.PetParentID, &m.To, &m.ToName, &m.Template, &m.Lang,
		&m.Subject, &data, &m.Secret.Kind, &m.Secret.ID, &m.Bulk, (*string)(&m.State), &m.Attempts, &m.LastError,
		&m.MessageID, &m.CreatedAt, &m.SentAt, &m.TextID, &m.CampaignID)
	if err != nil {
		return Message{}, err
	}
	if err := json.Unmarshal([]byte(data), &m.Data); err != nil {
		return Message{}, fmt.Errorf("message %s, data: %w", m.ID, err)
	}
	return m, nil
}

func insertMessage(ctx context.Context, tx *db.Tx, all ...Message) error {
	rows := make([][]any, len(all))
	for i, m := range all {
		data, err := json.Marshal(m.Data)
		if err != nil {
			return err
		}
		rows[i] = []any{
			m.ID, m.PracticeID, m.AccountID, m.PetParentID, m.To, m.ToName, m.Template, m.Lang,
			m.Subject, string(data), m.Secret.Kind, m.Secret.ID, m.Bulk, string(m.State), m.Attempts, m.LastError,
			m.MessageID, m.CreatedAt, m.SentAt, m.TextID, m.CampaignID, domainOf(m.To), m.CreatedAt,
		}
	}
	_, err := tx.Insert(ctx, `INSERT INTO message (`+messageColumns+`, domain, due_at)`, rows, ``)
	return err
}

// newest is greater than every identifier, which are hexadecimal.
const newest = "z"

// ToPersonSQL is true for a message that is to the pet parent whom it names; help
// with a lost factor is told to those who could have helped, and names whom it was for.
// A sample names whose values it is filled with.
const ToPersonSQL = `template NOT IN ('` + FactorHelp + `', '` + Sample + `')`

func petParentMessages(ctx context.Context, r db.Reader, practiceID, petParentID, after string, limit int) ([]Message, error) {
	return db.All(ctx, r, scanMessage, `SELECT `+messageColumns+` FROM message
		WHERE practice_id = $1 AND petparent_id = $2 AND petparent_id <> '' AND `+ToPersonSQL+` AND id < $3
		ORDER BY id DESC LIMIT $4`, practiceID, petParentID, after, limit)
}

// petParentOf is who signs in with an account; "" for nobody. The table of the
// people is read here and never written: what is mailed to a login stays with its
// person when that goes.
func petParentOf(ctx context.Context, r db.Reader, practiceID, accountID string) (string, error) {
	scan := func(s db.Scanner) (id string, err error) { return id, s.Scan(&id) }
	petParentID, err := db.One(ctx, r, scan, `SELECT id FROM pet_parent WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID)
	if errors.Is(err, db.ErrNone) {
		return "", nil
	}
	return petParentID, err
}

func scanCount(r db.Scanner) (int, error) {
	var n int
	err := r.Scan(&n)
	return n, err
}

func countWritten(ctx context.Context, r db.Reader, practiceID, accountID, template string, since time.Time) (int, error) {
	return db.One(ctx, r, scanCount, `SELECT COUNT(*) FROM message
		WHERE practice_id = $1 AND account_id = $2 AND account_id <> '' AND template = $3 AND created_at > $4`,
		practiceID, accountID, template, since)
}
