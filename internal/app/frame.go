package app

import (
	"context"

	"catflap/internal/access"
	accountweb "catflap/internal/account/web"
	"catflap/internal/foundation/ui"
	"catflap/internal/role"
)

// frame is what stands around every page of signed-in people.
func (a *App) frame(ctx context.Context, v access.Viewer) (ui.Frame, error) {
	var f ui.Frame
	others, err := a.SignIn.OtherBranches(ctx, v)
	if err != nil {
		return f, err
	}
	for _, b := range others {
		f.Branches = append(f.Branches, ui.Choice{Value: b.ID, Label: b.Name, Hue: b.Hue, Branch: true})
	}
	if why := a.Mail.Holding(); why != "" && (v.Kind == access.KindPlatform || v.May(access.StaffManage)) {
		f.Notices = append(f.Notices, ui.Standing{Tone: "careful", Title: "E-mail is not being sent", Text: why})
	}
	if v.Kind == access.KindStaff && (v.May(access.SecurityManage) || v.May(access.StaffManage)) {
		alone, err := a.Roles.AloneInSecurity(ctx, a.DB, v.PracticeID)
		if err != nil {
			return f, err
		}
		if alone.AccountID != "" {
			f.Notices = append(f.Notices, loneliness(v, alone))
		}
	}
	return f, nil
}

// loneliness warns while a practice has one Security Manager.
func loneliness(v access.Viewer, alone role.Alone) ui.Standing {
	s := ui.Standing{
		Tone: "careful", Title: alone.Name + " is the only Security Manager",
		Text: "Nobody here could let " + alone.Name + " in after a lost phone. Give a second person the same role for all branches, under Staff, People.",
	}
	if alone.AccountID == v.AccountID {
		s.Title = "You are the only Security Manager"
		s.Text = "Nobody here could let you in after a lost phone. Give a second person your role for all branches, under Staff, People."
	}
	return s
}

// arrival is what the panel after a sign-in tells of it.
func (a *App) arrival(desk *accountweb.Desk) func(context.Context, access.Viewer) (ui.Arrival, error) {
	return func(ctx context.Context, v access.Viewer) (ui.Arrival, error) {
		s, err := a.Sessions.Get(ctx, a.DB, v.PracticeID, v.SessionID)
		if err != nil {
			return ui.Arrival{}, err
		}
		notes, err := desk.Arrived(ctx, v)
		return ui.Arrival{Before: s.BeforeAt, On: s.BeforeOn, Failed: s.FailedBefore, Notes: notes}, err
	}
}
