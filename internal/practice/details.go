package practice

import (
	"context"
	"strings"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/mail"
)

// Details is what a practice says about itself.
type Details struct {
	Name, Phone, Email, Hours string
	TimeZone                  string // IANA name
}

// Details is that part of a practice.
func (p Practice) Details() Details {
	return Details{Name: p.Name, Phone: p.Phone, Email: p.Email, Hours: p.Hours, TimeZone: p.TimeZone}
}

func (d Details) check() (Details, error) {
	d.Name, d.Phone, d.Email, d.Hours = strings.TrimSpace(d.Name), strings.TrimSpace(d.Phone), strings.TrimSpace(d.Email), strings.TrimSpace(d.Hours)
	var c fault.Complaints
	c.Check(d.Name != "", "name", "Type the name of the practice.")
	c.Check(utf8.RuneCountInString(d.Name) <= 100, "name", "Use at most 100 characters.")
	c.Check(d.Email == "" || mail.ValidAddress(d.Email), "email", "Type a whole e-mail address, for instance desk@example.com.")
	for _, f := range []struct{ name, value string }{{"phone", d.Phone}, {"email", d.Email}, {"hours", d.Hours}} {
		c.Check(utf8.RuneCountInString(f.value) <= 200, f.name, "Use at most 200 characters.")
	}
	c.Check(Zone(d.TimeZone) != nil, "time_zone", "Choose one of the time zones in the list.")
	return d, c.Err()
}

// ChangeDetails stores what the viewer changed about their practice, which
// needs the permission for all branches. ErrNotHere, and complaints per field.
func (s *Service) ChangeDetails(ctx context.Context, d Details) (p Practice, err error) {
	v := access.ViewerFrom(ctx)
	if !v.MayEverywhere(access.PracticeWrite) {
		return Practice{}, ErrNotHere
	}
	if d, err = d.check(); err != nil {
		return Practice{}, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if p, err = s.HoldPolicy(ctx, tx, v.PracticeID); err != nil {
			return err
		}
		was := p.Details()
		changes := audit.Diff(nil, "name", was.Name, d.Name)
		changes = audit.Diff(changes, "phone", was.Phone, d.Phone)
		changes = audit.Diff(changes, "email", was.Email, d.Email)
		changes = audit.Diff(changes, "hours", was.Hours, d.Hours)
		changes = audit.Diff(changes, "time_zone", was.TimeZone, d.TimeZone)
		if len(changes) == 0 {
			return nil
		}
		if _, err := tx.Exec(ctx, `UPDATE practice SET name = $2, phone = $3, email = $4, hours = $5, time_zone = $6 WHERE id = $1`,
			p.ID, d.Name, d.Phone, d.Email, d.Hours, d.TimeZone); err != nil {
			return err
		}
		p.Name, p.Phone, p.Email, p.Hours, p.TimeZone = d.Name, d.Phone, d.Email, d.Hours, d.TimeZone
		tx.Announce(access.PracticeTopic(p.ID))
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.PracticeEdited, PracticeID: p.ID,
			Target: audit.Target{Kind: "practice", ID: p.ID, Name: p.Name}, Changes: changes,
		})
	})
	return p, err
}
