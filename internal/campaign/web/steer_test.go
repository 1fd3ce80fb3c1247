package campaignweb_test

import (
	"context"
	"testing"
	"time"

	"catflap/internal/app"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/mail"
)

// slowly is a world whose server lets ten messages a second leave.
func slowly(t *testing.T, f func(t *testing.T, w *world)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f(t, newWorld(t, apptest.On(t, d, func(o *app.Options) { o.MailLimits = mail.Limits{PerPractice: 600} })))
	})
}

// steer does something with a campaign.
func (w *world) steer(id, to string) {
	w.t.Helper()
	w.API("POST", "/campaigns/"+id+"/"+to, w.token, nil).Want(w.t, 200)
}

// Paused in the middle, nothing leaves, not even what no job has parked yet; then
// everybody gets it once.
func TestPauseAndResume(t *testing.T) {
	slowly(t, func(t *testing.T, w *world) {
		w.many(40)
		id := w.started(w.template, nil)
		w.Work()
		sent := len(w.letters(""))
		if sent == 0 || sent == 40 {
			t.Fatalf("%d letters have left, which is not the middle", sent)
		}
		w.stands(id, "running", 40-sent, sent, 0, 0, 0)
		w.steer(id, "pause")
		w.Clock.Advance(time.Minute)
		if err := w.Mail.Drain(context.Background()); err != nil { // before any job
			t.Fatal(err)
		}
		w.stands(id, "paused", 40-sent, sent, 0, 0, 0)
		for range 3 {
			w.Clock.Advance(5 * time.Minute)
			w.Work()
			w.API("GET", "/campaigns", w.token, nil).Want(t, 200) // looking at one does not keep a session open
			w.stands(id, "paused", 40-sent, sent, 0, 0, 0)
		}
		w.stands(id, "paused", 40-sent, sent, 0, 0, 0)
		if n := apptest.Number(w.App, `SELECT count(*) FROM message WHERE campaign_id = $1 AND state = 'queued' AND due_at < 4503599627370496`, id); n != 0 {
			t.Errorf("%d messages of a paused campaign are due again and again", n)
		}
		// Opening the practice again lets go what waits; what is paused stays.
		if err := w.DB.Write(w.ctx(), func(tx *db.Tx) error { return w.App.Mail.ResumePractice(w.ctx(), tx, w.clinic.ID) }); err != nil {
			t.Fatal(err)
		}
		w.Work()
		w.stands(id, "paused", 40-sent, sent, 0, 0, 0)
		w.steer(id, "resume")
		for range 8 {
			w.Clock.Advance(10 * time.Second)
			w.Work()
		}
		w.stands(id, "done", 0, 40, 0, 0, 0)
		for to, n := range w.letters("") {
			if n != 1 {
				t.Errorf("%s got %d letters", to, n)
			}
		}
	})
}

func TestCancel(t *testing.T) {
	slowly(t, func(t *testing.T, w *world) {
		w.many(40)
		id := w.started(w.template, nil)
		w.Work()
		sent := len(w.letters(""))
		w.steer(id, "cancel")
		w.API("POST", "/campaigns/"+id+"/resume", w.token, nil).Want(t, 409)
		w.Clock.Advance(time.Minute)
		if err := w.Mail.Drain(context.Background()); err != nil { // before any job
			t.Fatal(err)
		}
		w.Work()
		w.stands(id, "cancelled", 0, sent, 0, 40-sent, 0)
		if n := apptest.Number(w.App, `SELECT count(*) FROM message WHERE campaign_id = $1 AND state = 'dropped' AND last_error LIKE '%cancelled%'`, id); n != 40-sent {
			t.Errorf("%d say that the campaign was cancelled", n)
		}
		if n := len(w.letters("")); n != sent {
			t.Errorf("%d letters have left after the end", n-sent)
		}
		// Before the first message is written.
		early := w.started(w.template, nil)
		w.steer(early, "cancel")
		w.Work()
		w.stands(early, "cancelled", 0, 0, 0, 0, 0)
	})
}

// Who opts out after a message was written does not get it any more.
func TestOptedOutMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.many(3)
		id := w.started(w.template, nil)
		w.API("GET", "/campaigns/"+id, w.token, nil).Want(t, 200)
		if err := w.Jobs.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		// What was counted a moment ago is not told of what has changed since.
		if got := w.API("GET", "/campaigns/"+id, w.token, nil).Want(t, 200); got.Text("campaign", "state") != "running" {
			t.Errorf("nothing has left, and it says %s", got.Raw)
		}
		w.stands(id, "running", 3, 0, 0, 0, 0)
		apptest.Exec(w.App, `UPDATE household SET opt_out = TRUE WHERE external_id = 'M001'`)
		w.Work()
		w.stands(id, "done", 0, 2, 0, 1, 0)
		if n := w.letters("")["m001@example.com"]; n != 0 {
			t.Error("somebody who opted out got it all the same")
		}
		got := w.API("GET", "/campaigns/"+id+"/recipients?outcome=dropped", w.token, nil).Want(t, 200)
		if items := got.Body["items"].([]any); len(items) != 1 || items[0].(map[string]any)["client_number"] != "M001" {
			t.Errorf("dropped: %s", got.Raw)
		}
	})
}

// A practice that is suspended, or loses what it bought, while messages are being
// written: the campaign says so, and goes on from there when it is started again.
func TestStoppedByThePractice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.many(3)
		id := w.started(w.template, nil)
		apptest.Exec(w.App, `UPDATE practice SET plan = 'basic' WHERE id = $1`, w.clinic.ID)
		w.Work()
		apptest.Exec(w.App, `UPDATE practice SET plan = 'complete' WHERE id = $1`, w.clinic.ID)
		got := w.stands(id, "failed", 0, 0, 0, 0, 0)
		if words := got.Text("campaign", "failure"); words == "" {
			t.Error("it does not say why")
		}
		w.API("POST", "/campaigns/"+id+"/start", w.token, nil).Want(t, 202)
		apptest.Exec(w.App, `UPDATE practice SET status = 'suspended' WHERE id = $1`, w.clinic.ID)
		w.Work()
		apptest.Exec(w.App, `UPDATE practice SET status = 'active' WHERE id = $1`, w.clinic.ID)
		w.stands(id, "failed", 0, 0, 0, 0, 0)
		w.API("POST", "/campaigns/"+id+"/start", w.token, nil).Want(t, 202)
		w.Work()
		w.stands(id, "done", 0, 3, 0, 0, 0)
	})
}
