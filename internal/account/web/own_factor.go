package accountweb

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/lang"
	"catflap/internal/foundation/ui"
)

// todo is one thing that somebody should do about their own second factor.
type todo struct{ Icon, Title, Text, Href, Label string }

// ownFactor lists what the viewer should do about their own second factor.
func (d *Desk) ownFactor(ctx context.Context, v access.Viewer) ([]todo, error) {
	n, err := d.Factors.NoteFor(ctx, d.Factors.DB, v)
	if err != nil || !n.Any() {
		return nil, err
	}
	return todos(n, v), nil
}

func todos(n factor.Note, v access.Viewer) (all []todo) {
	const configure = "Configure two-factor authentication"
	switch {
	case n.From.IsZero():
	case n.Over:
		all = append(all, todo{
			"shield", "Two-factor authentication is required",
			"Your next sign-in asks you to set it up, before anything else. Now it takes two minutes.", "/account/two-factor", configure,
		})
	default:
		all = append(all, todo{
			"shield", "Two-factor authentication is required from " + lang.DayMonth(v.Lang, n.From.In(v.Zone())),
			"Until then you set it up whenever it suits you. Afterwards the sign-in asks for it, before anything else.",
			"/account/two-factor", configure,
		})
	}
	const codes = "Generate new ones and keep them where you find them without your phone."
	switch {
	case n.FewCodes && n.Left == 0:
		all = append(all, todo{"key", "You have no backup code left", codes, "/account/two-factor", "View or generate backup codes"})
	case n.FewCodes && n.Left == 1:
		all = append(all, todo{"key", "You have one backup code left", codes, "/account/two-factor", "View or generate backup codes"})
	case n.FewCodes:
		all = append(all, todo{"key", "You have two backup codes left", codes, "/account/two-factor", "View or generate backup codes"})
	case n.Unstored:
		all = append(all, todo{
			"key", "Keep your backup codes where you find them",
			"They let you in when your phone is lost. Nobody said yet that yours are kept somewhere.",
			"/account/two-factor", "View or generate backup codes",
		})
	}
	return all
}

// Arrived is what the panel after a sign-in tells of it.
func (d *Desk) Arrived(ctx context.Context, v access.Viewer) ([]ui.Note, error) {
	own, err := d.ownFactor(ctx, v)
	var notes []ui.Note
	for _, one := range own {
		notes = append(notes, ui.Note{Text: one.Title, Href: one.Href, Label: one.Label})
	}
	return notes, err
}
