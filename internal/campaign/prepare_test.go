package campaign_test

import (
	"context"
	"errors"
	"testing"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/campaign"
	"catflap/internal/foundation/db"
)

// A server that dies in the middle of a batch, or between two, leaves the rest to
// the next one: everybody gets one message.
func TestPreparedOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		const people = campaign.Batch + 100
		c := a.Clinic("paws")
		ctx := access.WithPractice(access.WithViewer(context.Background(),
			access.Viewer{Kind: access.KindStaff, AccountID: c.Administrator.ID, PracticeID: c.ID}.WithPermissions(access.Permissions())), c.Access())
		enrol(ctx, t, a, c.ID, people)
		made := draft(ctx, t, a)
		if _, err := a.Campaigns.Start(ctx, made.ID, made.Mark); err != nil {
			t.Fatal(err)
		}
		killed := errors.New("killed")
		step := func(end error) {
			t.Helper()
			err := a.DB.Write(ctx, func(tx *db.Tx) error {
				if more, err := a.Campaigns.NextBatch(ctx, tx, c.ID, made.ID); err != nil || !more {
					t.Fatalf("nothing to do: %v", err)
				}
				return end
			})
			if !errors.Is(err, end) {
				t.Fatal(err)
			}
		}
		written := func() int { return apptest.Number(a, `SELECT count(*) FROM message WHERE campaign_id = $1`, made.ID) }
		step(killed)
		if n := written(); n != 0 {
			t.Errorf("%d messages of a batch that was never complete", n)
		}
		step(nil)
		if n := written(); n != campaign.Batch {
			t.Errorf("%d messages of the first batch", n)
		}
		step(killed)
		if err := a.Jobs.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		if n := written(); n != people {
			t.Errorf("%d messages for %d people", n, people)
		}
		if n := apptest.Number(a, `SELECT count(DISTINCT petparent_id) FROM message WHERE campaign_id = $1`, made.ID); n != people {
			t.Errorf("messages to %d of %d people", n, people)
		}
		p, err := a.Campaigns.Progress(ctx, made.ID)
		if err != nil || p.State != campaign.Running || p.Waiting != people || p.Looked != people || !p.Prepared {
			t.Errorf("%+v: %v", p, err)
		}
	})
}
