package audit_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/id"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a log of two practices.
type world struct {
	*audit.Log
	t               *testing.T
	clock           *clock.Manual
	practice, other string
}

func newWorld(t *testing.T, d *db.DB) *world {
	c := clock.NewManual(noon)
	return &world{Log: &audit.Log{DB: d, Clock: c}, t: t, clock: c, practice: id.New(), other: id.New()}
}

// by is a context in which somebody of the practice acts from an address.
func (w *world) by(name, ip string) (context.Context, access.Viewer) {
	v := access.Viewer{
		Kind: access.KindStaff, AccountID: id.New(), Name: name, SessionID: id.New(), PracticeID: w.practice,
		Practice: access.Practice{ID: w.practice}, Branch: access.Branch{ID: id.New(), Name: "North"},
	}
	ctx := access.WithViewer(context.Background(), v)
	return access.WithOrigin(ctx, access.Origin{IP: ip, Device: "Firefox on Windows"}), v
}

func (w *world) write(ctx context.Context, entries ...audit.Entry) {
	w.t.Helper()
	for _, e := range entries {
		if err := w.Write(ctx, e); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) list(practiceID string, f audit.Filter, before string, limit int) []audit.Line {
	w.t.Helper()
	lines, err := w.List(context.Background(), practiceID, f, before, limit)
	if err != nil {
		w.t.Fatal(err)
	}
	return lines
}

// targets are the names of what the lines concern, newest first.
func targets(lines []audit.Line) string {
	var all []string
	for _, l := range lines {
		all = append(all, l.Personal.Target)
	}
	return strings.Join(all, " ")
}

func on(name string) audit.Target { return audit.Target{Kind: "branch", ID: id.New(), Name: name} }

// TestRecord: what was told and what the context knows comes back, and the
// digest proves the personal part.
func TestRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx, v := w.by("Maria Lopez", "10.0.0.7")
		e := audit.Entry{
			Action: audit.BranchCreated, AccountID: id.New(), AccountName: "Ken Ito", Target: on("North"),
			Changes: audit.Diff(nil, "name", "Nord", "North <1>"), Detail: map[string]string{"by": "test"},
		}
		w.write(ctx, e)
		lines := w.list(w.practice, audit.Filter{}, "", 10)
		if len(lines) != 1 {
			t.Fatalf("%d lines", len(lines))
		}
		got := lines[0]
		if !id.Valid(got.ID) || len(got.Personal.Salt) < 16 {
			t.Errorf("id %q, salt %q", got.ID, got.Personal.Salt)
		}
		want := audit.Line{
			ID: got.ID, PracticeID: w.practice, At: noon, Action: e.Action, Outcome: audit.Done,
			ActorKind: "staff", ActorID: v.AccountID, AccountID: e.AccountID, BranchID: v.Branch.ID, SessionID: v.SessionID,
			TargetKind: "branch", TargetID: e.Target.ID, Detail: e.Detail, LastAt: noon,
			Personal: audit.Personal{
				Actor: "Maria Lopez", Account: "Ken Ito", Target: "North", IP: "10.0.0.7", Device: "Firefox on Windows",
				Changes: e.Changes, Salt: got.Personal.Salt,
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		var personal string
		var digest []byte
		if err := d.QueryRow(ctx, `SELECT personal, personal_digest FROM audit WHERE practice_id = $1`, w.practice).Scan(&personal, &digest); err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256([]byte(personal)); !slices.Equal(sum[:], digest) {
			t.Error("the digest does not prove the personal part")
		}
	})
}

func TestRollsBackWithTheChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx, _ := w.by("Maria", "10.0.0.7")
		stop := errors.New("the change failed")
		err := d.Write(ctx, func(tx *db.Tx) error {
			if err := w.Record(ctx, tx, audit.Entry{Action: audit.BranchCreated}); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		if n := len(w.list(w.practice, audit.Filter{}, "", 10)); n != 0 {
			t.Errorf("%d lines tell of a change that never was", n)
		}
	})
}

// TestFlood: repetitions are counted on the first line for the window, by key
// and by practice, none is lost when many come at once, and afterwards a new
// line begins.
func TestFlood(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx, _ := w.by("", "203.0.113.9")
		refused := func(practiceID, key string) audit.Entry {
			return audit.Entry{
				Action: audit.SignInRefused, Outcome: audit.Refused, Cause: "wrong-password", PracticeID: practiceID, FloodKey: key,
			}
		}
		w.write(ctx, refused(w.practice, "a"))
		w.clock.Advance(6 * time.Minute)
		w.write(ctx, refused(w.practice, "a"), refused(w.practice, "b"), refused(w.other, "a"))
		last := w.clock.Now()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := w.Write(ctx, refused(w.practice, "a")); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		// Ten minutes after the first one, not after the last.
		w.clock.Advance(5 * time.Minute)
		w.write(ctx, refused(w.practice, "a"))

		type counted struct {
			At, LastAt time.Time
			Repeated   int64
		}
		var got []counted
		for _, l := range w.list(w.practice, audit.Filter{}, "", 10) {
			got = append(got, counted{l.At, l.LastAt, l.Repeated})
		}
		now := w.clock.Now()
		if diff := cmp.Diff([]counted{{now, now, 0}, {last, last, 0}, {noon, last, 9}}, got); diff != "" {
			t.Error(diff)
		}
		if others := w.list(w.other, audit.Filter{}, "", 10); len(others) != 1 || others[0].Repeated != 0 {
			t.Errorf("counted across practices: %+v", others)
		}
		// The flood reached into a time that began after its first line.
		within := w.list(w.practice, audit.Filter{From: noon.Add(time.Minute), To: noon.Add(2 * time.Minute)}, "", 10)
		if len(within) != 1 || within[0].Repeated != 9 {
			t.Errorf("a flood that went on is not found by its time: %+v", within)
		}
	})
}

func TestFilters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		maria, m := w.by("Maria Löpez", "10.0.0.7")
		ken, k := w.by("Ken Ito", "192.168.1.20")
		nobody := access.WithPractice(access.WithOrigin(context.Background(), access.Origin{IP: "203.0.113.9"}), access.Practice{ID: w.practice})
		w.write(maria, audit.Entry{Action: audit.BranchCreated, Target: on("one")})
		w.clock.Advance(time.Hour)
		w.write(ken, audit.Entry{
			Action: audit.BranchCreated, Target: on("two"),
			Changes: []audit.Change{{Field: "email", Before: "old@example.com", After: "a_b%c!d@example.com"}},
		})
		w.clock.Advance(time.Hour)
		w.write(nobody, audit.Entry{
			Action: audit.SignInRefused, Outcome: audit.Refused, Cause: "wrong-password", AccountID: k.AccountID, AccountName: "Ken Ito",
			Target: audit.Target{Kind: "login", Name: "three"},
		})
		w.clock.Advance(time.Hour)
		w.write(maria, audit.Entry{Action: audit.SessionEnded, Target: audit.Target{Kind: "session", ID: k.SessionID, Name: "four"}})
		w.write(maria, audit.Entry{Action: audit.PetParentChanged, Target: audit.Target{Kind: "pet_parent", ID: k.Branch.ID, Name: "five"}})
		w.write(maria, audit.Entry{Action: audit.SetupDone, OnPlatform: true, Target: on("platform")})
		w.write(maria, audit.Entry{Action: audit.BranchCreated, PracticeID: w.other, Target: on("other")})

		for name, c := range map[string]struct {
			filter audit.Filter
			want   string
		}{
			"none":                 {audit.Filter{}, "five four three two one"},
			"subject":              {audit.Filter{Subject: "branch"}, "two one"},
			"subject with _":       {audit.Filter{Subject: "sign_in"}, "three"},
			"part of a subject":    {audit.Filter{Subject: "bran"}, ""},
			"wildcard subject":     {audit.Filter{Subject: "%"}, ""},
			"_ as wildcard":        {audit.Filter{Subject: "s______"}, ""},
			"outcome":              {audit.Filter{Outcome: audit.Refused}, "three"},
			"branch":               {audit.Filter{BranchID: m.Branch.ID}, "five four one"},
			"actor":                {audit.Filter{PersonID: m.AccountID}, "five four one"},
			"actor or account":     {audit.Filter{PersonID: k.AccountID}, "three two"},
			"target":               {audit.Filter{PersonID: k.Branch.ID}, "five"},
			"from":                 {audit.Filter{From: noon.Add(2 * time.Hour)}, "five four three"},
			"to is exclusive":      {audit.Filter{To: noon.Add(time.Hour)}, "one"},
			"from and to":          {audit.Filter{From: noon.Add(time.Hour), To: noon.Add(3 * time.Hour)}, "three two"},
			"name":                 {audit.Filter{Text: "ken"}, "three two"},
			"case and accents":     {audit.Filter{Text: "LOPEZ"}, "five four one"},
			"accents typed":        {audit.Filter{Text: "löpez"}, "five four one"},
			"all words":            {audit.Filter{Text: " lopez   four "}, "four"},
			"address":              {audit.Filter{Text: "203.0.113"}, "three"},
			"device":               {audit.Filter{Text: "firefox"}, "five four two one"},
			"value before":         {audit.Filter{Text: "old@example"}, "two"},
			"% is a character":     {audit.Filter{Text: "%"}, "two"},
			"_ is a character":     {audit.Filter{Text: "a_b"}, "two"},
			"_ is no wildcard":     {audit.Filter{Text: "o_d"}, ""},
			"! is a character":     {audit.Filter{Text: "c!d"}, "two"},
			"no field names":       {audit.Filter{Text: "salt"}, ""},
			"no JSON":              {audit.Filter{Text: `"actor"`}, ""},
			"only blanks":          {audit.Filter{Text: "  "}, "five four three two one"},
			"several filters":      {audit.Filter{Subject: "branch", PersonID: k.AccountID, Text: "ken"}, "two"},
			"of the other record":  {audit.Filter{Text: "other"}, ""},
			"of the platform only": {audit.Filter{Subject: "setup"}, ""},
		} {
			if got := targets(w.list(w.practice, c.filter, "", 100)); got != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
		if got := targets(w.list(w.other, audit.Filter{}, "", 100)); got != "other" {
			t.Errorf("the other practice sees %q", got)
		}
		if got := targets(w.list("", audit.Filter{}, "", 100)); got != "platform" {
			t.Errorf("the platform sees %q", got)
		}
	})
}

// TestPages: every line is met once, also when new ones come meanwhile, and a
// line of another practice is no way into it.
func TestPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx, _ := w.by("Maria", "10.0.0.7")
		want := []string{}
		for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
			w.write(ctx, audit.Entry{Action: audit.BranchCreated, Target: on(name)},
				audit.Entry{Action: audit.BranchCreated, PracticeID: w.other, Target: on("x")})
			want = append([]string{name}, want...)
		}
		var got []string
		before := ""
		for {
			lines := w.list(w.practice, audit.Filter{Subject: "branch"}, before, 3)
			if len(lines) == 0 {
				break
			}
			for _, l := range lines {
				got = append(got, l.Personal.Target)
			}
			before = lines[len(lines)-1].ID
			w.write(ctx, audit.Entry{Action: audit.BranchCreated, Target: on("new")})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		foreign := w.list(w.other, audit.Filter{}, "", 1)[0].ID
		for _, l := range w.list(w.practice, audit.Filter{}, foreign, 100) {
			if l.PracticeID != w.practice {
				t.Errorf("a line of %s in the record of %s", l.PracticeID, w.practice)
			}
		}
	})
}
