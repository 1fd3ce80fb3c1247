package account

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/lang"
)

// SetLang stores the language in which the person is spoken and written to.
func (s *Service) SetLang(ctx context.Context, tx *db.Tx, a Account, tag string) error {
	_, err := tx.Exec(ctx, `UPDATE account SET lang = $3 WHERE practice_id = $1 AND id = $2`, a.PracticeID, a.ID, lang.Or(tag))
	tx.Announce(access.AccountTopic(a.ID))
	return err
}

// Speak changes the viewer's own language. A complaint about "language" when it
// is none that Catflap speaks.
func (s *Service) Speak(ctx context.Context, tag string) error {
	if !lang.Known(tag) {
		return fault.Complain("language", "Choose one of the languages that are offered.")
	}
	v := access.ViewerFrom(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := s.Hold(ctx, tx, v.PracticeID, v.AccountID)
		if err != nil || a.Lang == tag {
			return err
		}
		if err := s.SetLang(ctx, tx, a, tag); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.LanguageChanged, PracticeID: a.PracticeID, AccountID: a.ID, AccountName: a.Name,
			Changes: audit.Diff(nil, "language", a.Lang, tag),
		})
	})
}
