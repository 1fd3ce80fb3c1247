package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"catflap/internal/campaign"
	"catflap/internal/foundation/job"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
	"catflap/internal/pims"
	"catflap/internal/privacy"
	"catflap/internal/recovery"
	"catflap/internal/staff"
)

// The kinds of the jobs that come round by themselves.
const (
	sweepSessions  = "session.sweep"
	sweepTemporary = "factor.sweep_temporary"
	sweepSetups    = "factor.sweep_setups"
	sweepSignIns   = "signin.sweep"
	sweepMail      = "mail.sweep"
)

func (a *App) jobs() {
	a.Jobs.Handle(recovery.RequestJob, 2, a.Recovery.Answer)
	a.Jobs.Handle(recovery.AddressesJob, 1, a.Recovery.AnswerAddresses)
	a.Jobs.Handle(onboarding.LoginsJob, 2, a.Onboarding.RunLogins)
	a.Jobs.Handle(onboarding.InviteJob, 1, a.Onboarding.RunInvite)
	a.Jobs.Handle(campaign.PrepareJob, 2, a.Campaigns.Prepare)
	a.Jobs.Handle(campaign.AlignJob, 2, a.Campaigns.Align)
	a.Jobs.Handle(campaign.WatchJob, 1, a.Campaigns.Watch)
	a.Jobs.Every(campaign.WatchJob, 10*time.Second)
	a.Jobs.Handle(pims.RunJob, 1, a.Imports.Run)
	a.Jobs.Handle(pims.AfterJob, 1, a.Imports.After)
	a.Jobs.Handle(privacy.WipeJob, 1, a.Privacy.Wipe)
	a.Jobs.Handle(pims.SweepJob, 1, func(ctx context.Context, _ job.Job) error { return a.Imports.Sweep(ctx) })
	a.Jobs.Handle(sweepSessions, 1, func(ctx context.Context, _ job.Job) error { return a.Sessions.Sweep(ctx) })
	a.Jobs.Handle(sweepTemporary, 1, func(ctx context.Context, _ job.Job) error { return a.Factors.SweepTemporary(ctx) })
	a.Jobs.Handle(sweepSetups, 1, func(ctx context.Context, _ job.Job) error { return a.Factors.SweepSetups(ctx) })
	a.Jobs.Handle(petparent.WordsJob, 1, a.PetParents.FillWords)
	a.Jobs.Every(petparent.WordsJob, time.Hour)
	a.Jobs.Every(sweepSetups, 5*time.Minute)
	a.Jobs.Every(pims.SweepJob, time.Hour)
	a.Jobs.Handle(staff.SweepJob, 1, func(ctx context.Context, _ job.Job) error { return a.Staff.Sweep(ctx) })
	a.Jobs.Every(staff.SweepJob, time.Minute)
	a.Jobs.Handle(staff.ReminderJob, 1, a.Staff.RunReminder)
	a.Jobs.Handle(sweepSignIns, 1, func(ctx context.Context, _ job.Job) error { return a.SignIn.Sweep(ctx) })
	a.Jobs.Every(sweepSignIns, time.Hour)
	a.Jobs.Handle(sweepMail, 1, func(ctx context.Context, _ job.Job) error {
		return errors.Join(a.Mail.Sweep(ctx), a.Campaigns.Sweep(ctx))
	})
	a.Jobs.Every(sweepMail, time.Hour)
	a.Jobs.Every(sweepSessions, time.Minute)
	a.Jobs.Every(sweepTemporary, 5*time.Minute)
}

// Work runs the workers, and listens to other servers on the same database,
// until ctx ends or one of them fails.
func (a *App) Work(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- a.DB.Follow(ctx) }()
	err := a.work(ctx)
	cancel()
	return errors.Join(err, <-ended)
}

func (a *App) work(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var mail sync.WaitGroup
	mail.Go(func() { a.Mail.Run(ctx) })
	err := a.Jobs.Run(ctx)
	cancel()
	mail.Wait()
	return err
}

// Drain runs every job that is due and then delivers all mail, one after the
// other: for tests and demonstrations.
func (a *App) Drain(ctx context.Context) error {
	if err := a.Jobs.Drain(ctx); err != nil {
		return err
	}
	return a.Mail.Drain(ctx)
}
