package mail

import (
	"context"
	"errors"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
)

const selectText = `SELECT id, template_id, key, lang, subject, html, plain, created_at FROM mail_text WHERE practice_id = $1`

func scanText(s db.Scanner) (t Text, err error) {
	return t, s.Scan(&t.ID, &t.Template, &t.key, &t.Lang, &t.Subject, &t.HTML, &t.Source.Text, &t.CreatedAt)
}

func oneText(ctx context.Context, r db.Reader, practiceID, textID string) (Text, error) {
	return db.One(ctx, r, scanText, selectText+` AND id = $2`, practiceID, textID)
}

func currentText(ctx context.Context, r db.Reader, practiceID, templateID, tag string) (Text, error) {
	return db.One(ctx, r, scanText, selectText+` AND template_id = $2 AND template_id <> '' AND lang = $3 AND current`, practiceID, templateID, tag)
}

func insertText(ctx context.Context, tx *db.Tx, practiceID, accountID string, t Text, current bool) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO mail_text (practice_id, id, template_id, key, lang, subject, html, plain, current, created_at, created_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		practiceID, t.ID, t.Template, t.key, t.Lang, t.Subject, t.HTML, t.Source.Text, current, t.CreatedAt, accountID)
	return err
}

// retire takes the words of a template out of use, in one language or, for "",
// in all. Messages that wait still find them.
func retire(ctx context.Context, tx *db.Tx, practiceID, templateID, tag string) error {
	_, err := tx.Exec(ctx, `
		UPDATE mail_text SET current = FALSE
		WHERE practice_id = $1 AND template_id = $2 AND template_id <> '' AND current AND (lang = $3 OR $3 = '')`, practiceID, templateID, tag)
	return err
}

const selectTemplate = `
	SELECT t.id, t.name, t.mark, t.updated_at, coalesce(a.name, '')
	FROM mail_template t LEFT JOIN account a ON a.id = t.updated_by AND a.practice_id = t.practice_id
	WHERE t.practice_id = $1`

func scanTemplate(s db.Scanner) (t Template, err error) {
	return t, s.Scan(&t.ID, &t.Name, &t.Mark, &t.UpdatedAt, &t.UpdatedBy)
}

// storedTemplates are those of which a practice has words, by their names.
func storedTemplates(ctx context.Context, r db.Reader, practiceID string) ([]Template, error) {
	all, err := db.All(ctx, r, scanTemplate, selectTemplate+` ORDER BY t.name_key, t.id`, practiceID)
	if err != nil {
		return nil, err
	}
	type pair struct{ template, tag string }
	texts, err := db.All(ctx, r, func(s db.Scanner) (p pair, err error) { return p, s.Scan(&p.template, &p.tag) }, `
		SELECT template_id, lang FROM mail_text WHERE practice_id = $1 AND template_id <> '' AND current ORDER BY lang`, practiceID)
	if err != nil {
		return nil, err
	}
	for i := range all {
		for _, p := range texts {
			if p.template == all[i].ID {
				all[i].Langs = append(all[i].Langs, p.tag)
			}
		}
	}
	return all, nil
}

func storedTemplate(ctx context.Context, r db.Reader, practiceID, templateID string) (Template, error) {
	all, err := storedTemplates(ctx, r, practiceID)
	if err != nil {
		return Template{}, err
	}
	for _, t := range all {
		if t.ID == templateID {
			return t, nil
		}
	}
	return Template{}, ErrNoTemplate
}

func insertTemplate(ctx context.Context, tx *db.Tx, v access.Viewer, templateID, name string, now time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO mail_template (practice_id, id, name, name_key, mark, created_at, updated_at, updated_by)
		VALUES ($1, $2, $3, $4, 1, $5, $5, $6)`, v.PracticeID, templateID, name, nameKey(name), now, v.AccountID)
	return err
}

// touchOrInsert is touch for a built-in template, of which there may be nothing yet.
func touchOrInsert(ctx context.Context, tx *db.Tx, v access.Viewer, templateID string, now time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO mail_template (practice_id, id, name, name_key, mark, created_at, updated_at, updated_by)
		VALUES ($1, $2, '', '', 1, $3, $3, $4)
		ON CONFLICT (practice_id, id) DO UPDATE SET mark = mail_template.mark + 1, updated_at = $3, updated_by = $4`,
		v.PracticeID, templateID, now, v.AccountID)
	return err
}

// touch counts a change and keeps others out until the transaction ends.
func touch(ctx context.Context, tx *db.Tx, v access.Viewer, templateID string, now time.Time) (name string, err error) {
	name, err = db.One(ctx, tx, func(s db.Scanner) (name string, err error) { return name, s.Scan(&name) }, `
		UPDATE mail_template SET mark = mark + 1, updated_at = $3, updated_by = $4
		WHERE practice_id = $1 AND id = $2 RETURNING name`, v.PracticeID, templateID, now, v.AccountID)
	if errors.Is(err, db.ErrNone) {
		return "", ErrNoTemplate
	}
	return name, err
}

func renameTemplate(ctx context.Context, tx *db.Tx, practiceID, templateID, name string) error {
	_, err := tx.Exec(ctx, `UPDATE mail_template SET name = $3, name_key = $4 WHERE practice_id = $1 AND id = $2`,
		practiceID, templateID, name, nameKey(name))
	return err
}

func deleteTemplate(ctx context.Context, tx *db.Tx, practiceID, templateID string) error {
	if err := retire(ctx, tx, practiceID, templateID, ""); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM mail_template WHERE practice_id = $1 AND id = $2`, practiceID, templateID)
	return err
}
