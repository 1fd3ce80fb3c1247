package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"catflap/internal/access"
	"catflap/internal/campaign"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/job"
	"catflap/internal/mail"
)

// reportCampaign compares writing an e-mail alert to everybody with the bare insert
// of as many of its messages.
func reportCampaign(ctx context.Context, p *place) (err error) {
	d, err := db.Open(ctx, p.database, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	a, err := p.app(ctx, d)
	if err != nil {
		return err
	}
	s := &surgery{app: a, twins: map[string]string{}}
	if err := s.fill(ctx); err != nil {
		return err
	}
	ctx = access.WithViewer(access.WithPractice(ctx, s.practice.Access()),
		access.Viewer{Kind: access.KindStaff, Name: "bench", PracticeID: s.practice.ID}.WithPermissions(access.Permissions()))
	text, err := a.Mail.SaveText(ctx, mail.TextInput{
		Name: "News", Lang: "en", Source: mail.Source{Subject: "News of {{practice}}", HTML: "<p>Dear {{first_name}}, think of {{pets}}.</p>"},
	})
	if err != nil {
		return err
	}
	own, err := s.alert(ctx, text.Template)
	if err != nil {
		return err
	}
	var bare time.Duration
	for range clients / clientsATurn {
		base, err := copyMessages(ctx, d, s.practice.ID)
		if err != nil {
			return err
		}
		bare += base.time
	}
	row(fmt.Sprintf("e-mail alert to %d people ÷ bare insert", clients), fmt.Sprintf("%.2f", own.time.Seconds()/bare.Seconds()), "≤ 3",
		fmt.Sprintf("%.0f a second", clients/own.time.Seconds()))
	return nil
}

// alert writes to everybody.
func (s *surgery) alert(ctx context.Context, template string) (took effort, err error) {
	made, err := s.app.Campaigns.Create(ctx, campaign.DraftInput{Name: "News", Template: template})
	if err != nil {
		return took, err
	}
	took, err = effortOf(func() error {
		if _, err := s.app.Campaigns.Start(ctx, made.ID, made.Mark); err != nil {
			return err
		}
		payload, err := json.Marshal(map[string]string{"practice_id": s.practice.ID, "campaign_id": made.ID})
		if err != nil {
			return err
		}
		return s.app.Campaigns.Prepare(ctx, job.Job{Attempt: 1, Payload: payload})
	})
	if err != nil {
		return took, err
	}
	made, err = s.app.Campaigns.Get(ctx, made.ID)
	if err == nil && (made.State != campaign.Running || made.Written != clients) {
		err = fmt.Errorf("the e-mail alert was written to %d of %d people: %s %s", made.Written, clients, made.State, made.Failure)
	}
	return took, err
}
