package mail

import (
	"context"
	"fmt"
	"testing"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/id"
)

// A campaign that is stopped after its messages were claimed: what has not left
// within a second asks again.
func TestStoppedAfterTheClaim(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOutbox(t, d)
		var ids []string
		for i := range 3 {
			draft := o.draft("paws", fmt.Sprintf("bob%d@example.com", i))
			draft.Bulk, draft.CampaignID = true, id.New()
			ids = append(ids, o.enqueue(draft))
		}
		now := Halt{}
		o.halts = func(_ context.Context, _ string, all []Message) (map[string]Halt, error) {
			found := map[string]Halt{}
			for _, m := range all {
				found[m.ID] = now
			}
			return found, nil
		}
		claims, _, err := o.take(o.ctx, o.bulk, 3)
		if err != nil || len(claims) != 3 {
			t.Fatalf("%d claimed, %v", len(claims), err)
		}
		h := hand{Service: o.Service}
		next := func() {
			h.deliver(o.ctx, claims[0])
			h.wait()
			claims = claims[1:]
		}
		now = Halt{Passage: Waits}
		next() // so soon, it counts what was said at the claim
		o.clock.Advance(askEvery)
		next()
		now = Halt{Passage: Over, Words: "Not sent: it was cancelled."}
		next()
		o.check("paws", ids[0], Sent, "", 1)
		o.check("paws", ids[1], Queued, "", 0)
		o.check("paws", ids[2], Dropped, "it was cancelled", 1)
	})
}
