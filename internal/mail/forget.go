package mail

import (
	"context"
	"strconv"

	"catflap/internal/foundation/db"
)

// Person is how messages name somebody.
type Person struct {
	PetParents []string `json:"pet_parents"` // the record, and those that were merged into it
	Accounts   []string `json:"accounts"`    // their logins, also such as are deleted
}

// condition is true for the messages that name the person; the practice is $1.
func (p Person) condition(practiceID string) (string, []any) {
	args, records := db.In([]any{practiceID}, p.PetParents)
	args, logins := db.In(args, p.Accounts)
	// Looked up twice rather than with OR: each has an index of its own.
	return `practice_id = $1 AND id IN (
		SELECT id FROM message WHERE practice_id = $1 AND petparent_id <> '' AND petparent_id IN (` + records + `)
		UNION SELECT id FROM message WHERE practice_id = $1 AND account_id <> '' AND account_id IN (` + logins + `))`, args
}

// Reassign makes everything that was written to one pet parent stand with
// another one, whose record took the first one over.
func (s *Service) Reassign(ctx context.Context, tx *db.Tx, practiceID, from, to string) error {
	_, err := tx.Exec(ctx, `
		UPDATE message SET petparent_id = $3 WHERE practice_id = $1 AND petparent_id = $2 AND petparent_id <> ''`, practiceID, from, to)
	return err
}

// CountFor counts the messages to a person, and about them.
func (s *Service) CountFor(ctx context.Context, r db.Reader, practiceID string, p Person) (int, error) {
	condition, args := p.condition(practiceID)
	return db.One(ctx, r, scanCount, `SELECT count(*) FROM message WHERE `+condition, args...)
}

// ToAfter walks the messages to a person in parts of at most limit, each behind
// the last id of the one before ("" begins).
func (s *Service) ToAfter(ctx context.Context, practiceID string, p Person, after string, limit int) ([]Message, error) {
	condition, args := p.condition(practiceID)
	args = append(args, after, limit)
	return db.All(ctx, s.db, scanMessage, `SELECT `+messageColumns+` FROM message
		WHERE `+condition+` AND `+ToPersonSQL+` AND id > $`+strconv.Itoa(len(args)-1)+` ORDER BY id LIMIT $`+strconv.Itoa(len(args)), args...)
}

// Forget takes everything personal out of the messages to a person, and out of
// those about them. That they were written, and what became of them, stays; those
// that wait are not sent.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, practiceID string, p Person) error {
	condition, args := p.condition(practiceID)
	// Words that somebody typed go too, unless others are still to get them.
	if _, err := tx.Exec(ctx, `
		UPDATE mail_text SET subject = '', html = '', plain = ''
		WHERE practice_id = $1 AND template_id = '' AND id IN (SELECT text_id FROM message WHERE `+condition+`)
			AND id NOT IN (SELECT text_id FROM message WHERE practice_id = $1 AND text_id <> '' AND state = 'queued'
				AND NOT (`+condition+`))`, args...); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		UPDATE message SET to_address = '', to_name = '', domain = '', subject = '', data = '{}', secret_kind = '', secret_ref = '', last_error = '',
			state = CASE WHEN state = 'queued' THEN 'dropped' ELSE state END
		WHERE `+condition, args...)
	return err
}
