package app

import (
	"context"

	"catflap/internal/access"
	accountweb "catflap/internal/account/web"
	"catflap/internal/foundation/ui"
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
	return f, nil
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
