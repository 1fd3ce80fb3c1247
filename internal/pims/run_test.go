package pims

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
)

// What waits for the run, and the samples with names, are gone once it is over.
func TestNothingIsKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		waits := func() int { return len(w.column(`SELECT households FROM import_batch`)) }
		im := w.upload(csvUpload(genericRowOne))
		if waits() != 1 || len(im.Preview.Samples) != 1 || im.Preview.Samples[0].Name != "Anna Müller" || im.Preview.Samples[0].Pets[0] != "Luna" {
			t.Errorf("preview: %+v", im.Preview)
		}
		compare(t, "read back", im, w.get(im), cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(Import{}))
		if err := w.Start(w.ctx, w.practice.ID, im.ID, true); err != nil {
			t.Fatal(err)
		}
		w.drain()
		if im = w.get(im); waits() != 0 || len(im.Preview.Samples) != 0 || im.State != StateDone || im.By() != "Maria Lopez" {
			t.Errorf("after the run: %+v", im)
		}

		cancelled, forgotten := w.upload(csvUpload(genericRowOne)), w.upload(csvUpload(genericRowOne))
		if err := w.Cancel(w.ctx, w.practice.ID, cancelled.ID); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(waitsFor - time.Minute)
		for range 2 {
			if err := w.Sweep(w.ctx); err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(2 * time.Minute)
			if one := waits(); one > 1 {
				t.Errorf("%d wait", one)
			}
		}
		if waits() != 0 || w.get(forgotten).State != StateCancelled || w.get(cancelled).State != StateCancelled {
			t.Error("what nobody started is still here")
		}
		for _, over := range []Import{im, cancelled, forgotten} {
			if err := w.Start(w.ctx, w.practice.ID, over.ID, true); !errors.Is(err, ErrStarted) {
				t.Errorf("start of one that is over: %v", err)
			}
			if err := w.Cancel(w.ctx, w.practice.ID, over.ID); !errors.Is(err, ErrOver) {
				t.Errorf("cancel of one that is over: %v", err)
			}
		}
		lines, err := w.Audit.List(w.ctx, w.practice.ID, audit.Filter{}, "", 50)
		if err != nil {
			t.Fatal(err)
		}
		got := map[audit.Action]int{}
		for _, l := range lines {
			if l.TargetKind == "import" {
				got[l.Action]++
			}
		}
		compare(t, "audit", map[audit.Action]int{
			audit.ImportUploaded: 3, audit.ImportStarted: 1, audit.ImportFinished: 1, audit.ImportCancelled: 2,
		}, got)
	})
}

// A file that cannot be read leaves nothing: no import, no client, no rest.
func TestBadFileImportsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		good, bad := genericHeader+genericRowOne, "%PDF-1.7\n"
		for name, in := range map[string]UploadInput{
			"none":   {},
			"PDF":    {Files: []File{{Name: "a.pdf", Body: strings.NewReader(bad)}}},
			"second": {Files: []File{{Name: "a.csv", Body: strings.NewReader(good)}, {Name: "b.pdf", Body: strings.NewReader(bad)}}},
			"broken": {Files: []File{{Name: "a.csv", Body: &failing{}}}},
			"branch": {HomeBranchID: "nowhere", Files: []File{{Name: "a.csv", Body: strings.NewReader(good)}}},
		} {
			if _, err := w.Upload(w.ctx, w.practice.ID, in); err == nil || name != "broken" && !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		ctx, cancel := context.WithCancel(w.ctx)
		w.PetParents.DB = d
		w.Clock = &tripwire{Clock: w.clock, left: 1, cut: cancel}
		if _, err := w.Upload(ctx, w.practice.ID, csvUpload(genericRowOne)); !errors.Is(err, context.Canceled) {
			t.Errorf("cut off: %v", err)
		}
		for _, table := range []string{"import", "import_batch", "import_reject", "household"} {
			if n := w.column(`SELECT count(*) FROM ` + table); n[0] != "0" {
				t.Errorf("%s rows in %s", n[0], table)
			}
		}
	})
}

// tripwire is a clock at whose so-manyth look the process is killed.
type tripwire struct {
	clock.Clock
	left int
	cut  func()
}

func (c *tripwire) Now() time.Time {
	if c.left--; c.left == 0 {
		c.cut()
	}
	return c.Clock.Now()
}

// A kill in the middle of a batch loses that batch; the next process goes on.
func TestKilledInTheMiddle(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const path = "samples/generic"
		im := w.upload(folder(t, path))
		if err := w.Start(w.ctx, w.practice.ID, im.ID, true); err != nil {
			t.Fatal(err)
		}
		ctx, kill := context.WithCancel(w.ctx)
		w.PetParents.Clock = &tripwire{Clock: w.clock, left: 5 * batchSize, cut: kill}
		if err := w.Jobs.Drain(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("the work went on: %v", err)
		}
		middle := w.get(im)
		if middle.State != StateRunning || middle.Done == 0 || middle.Done%batchSize != 0 || middle.Done >= middle.Total {
			t.Fatalf("killed at %d of %d, %s", middle.Done, middle.Total, middle.State)
		}
		if n := w.column(`SELECT count(*) FROM household`); n[0] != count(middle.Done) {
			t.Errorf("%s households are in, the progress says %d", n[0], middle.Done)
		}

		w.Service = newService(d, w.clock)
		w.clock.Advance(time.Minute)
		w.drain()
		if im = w.get(im); im.State != StateDone || im.Done != im.Total || im.Result.New != im.Total {
			t.Errorf("resumed: %s, %+v", im.State, im.Result)
		}
		w.equals(readTruth(t, path), w.stored("generic"))
	})
}

// Of sixteen who start at once one wins, whether it is one import or several.
func TestStartAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		one := w.upload(csvUpload(genericRowOne))
		various := make([]string, 16)
		for i := range various {
			various[i] = one.ID
		}
		w.race(various, ErrStarted)
		w.drain()
		for i := range various {
			various[i] = w.upload(csvUpload(fmt.Sprintf("N%d,Bea,Brown,,,,,,,,\n", i))).ID
		}
		w.race(various, ErrOther)
		w.drain()
		if done := w.column(`SELECT id FROM import WHERE state = 'done'`); len(done) != 2 {
			t.Errorf("%d imports are done, want 2", len(done))
		}
		// Another practice does not wait for this one.
		theirs, err := w.Upload(w.ctx, w.other.ID, csvUpload(genericRowOne))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Start(w.ctx, w.practice.ID, w.upload(csvUpload(genericRowOne)).ID, true), w.Start(w.ctx, w.other.ID, theirs.ID, true)); err != nil {
			t.Error(err)
		}
	})
}

func (w *world) race(imports []string, lost error) {
	w.t.Helper()
	errs := make([]error, len(imports))
	var all sync.WaitGroup
	for i, importID := range imports {
		all.Go(func() { errs[i] = w.Start(w.ctx, w.practice.ID, importID, true) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, lost):
			w.t.Errorf("lost with %v", err)
		}
	}
	if won != 1 {
		w.t.Errorf("%d of %d won", won, len(imports))
	}
}

func TestCancelWhileRunning(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		im := w.upload(folder(t, "samples/generic"))
		if err := w.Start(w.ctx, w.practice.ID, im.ID, true); err != nil {
			t.Fatal(err)
		}
		if more, err := w.step(w.ctx, im); err != nil || !more {
			t.Fatal(more, err)
		}
		if err := w.Cancel(w.ctx, w.practice.ID, im.ID); err != nil {
			t.Fatal(err)
		}
		w.drain()
		im = w.get(im)
		if n := w.column(`SELECT count(*) FROM household`); im.State != StateCancelled || im.Done != batchSize || n[0] != count(batchSize) {
			t.Errorf("%s after %d, %s households", im.State, im.Done, n[0])
		}
		if w.run(csvUpload(genericRowOne)).State != StateDone {
			t.Error("a cancelled import keeps others from running")
		}
	})
}

// An import that cannot go on says so, and the next one can.
func TestFailedRun(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		im := w.upload(csvUpload(genericRowOne))
		if err := d.Write(w.ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(w.ctx, `UPDATE import_batch SET households = '[' WHERE import_id = $1`, im.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := w.Start(w.ctx, w.practice.ID, im.ID, true); err != nil {
			t.Fatal(err)
		}
		for range maxTries {
			w.drain()
			w.clock.Advance(time.Hour)
		}
		if im = w.get(im); im.State != StateFailed || !strings.Contains(im.Problem, "Import the same files again") {
			t.Errorf("%s: %q", im.State, im.Problem)
		}
		if w.run(csvUpload(genericRowOne)).State != StateDone {
			t.Error("a failed import keeps others from running")
		}
	})
}

func TestImportNow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		im, err := w.ImportNow(w.ctx, w.practice.ID, csvUpload(genericRowOne))
		if err != nil || im.State != StateDone || im.Result.New != 1 {
			t.Errorf("%+v, %v", im, err)
		}
		w.drain() // its job finds nothing to do
		running := w.upload(csvUpload(genericRowOne))
		if err := w.Start(w.ctx, w.practice.ID, running.ID, true); err != nil {
			t.Fatal(err)
		}
		if _, err := w.ImportNow(w.ctx, w.practice.ID, csvUpload(genericRowOne)); !errors.Is(err, ErrOther) {
			t.Errorf("beside another one: %v", err)
		}
		if list, err := w.List(w.ctx, w.practice.ID, "", 10); err != nil || len(list) != 3 || list[0].State != StateCancelled {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// With the id of another practice's import nothing can be seen or done.
func TestOtherPractice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		im := w.upload(csvUpload(genericRowOne, ",No,Number,,,,,,,,\n"))
		var out strings.Builder
		for name, try := range map[string]func() error{
			"get":    func() error { _, err := w.Get(w.ctx, w.other.ID, im.ID); return err },
			"start":  func() error { return w.Start(w.ctx, w.other.ID, im.ID, true) },
			"cancel": func() error { return w.Cancel(w.ctx, w.other.ID, im.ID) },
			"rows":   func() error { return w.WriteRejects(w.ctx, &out, w.other.ID, im.ID, "") },
		} {
			if err := try(); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		rows, rowsErr := w.Rejects(w.ctx, w.other.ID, im.ID, 10)
		list, listErr := w.List(w.ctx, w.other.ID, "", 10)
		if len(rows)+len(list)+out.Len() > 0 || rowsErr != nil || listErr != nil || w.get(im).State != StatePreviewed {
			t.Error("the other practice sees or changed something")
		}
		theirs := UploadInput{HomeBranchID: w.branches[0].ID, Files: csvUpload(genericRowOne).Files}
		if _, err := w.Upload(w.ctx, w.other.ID, theirs); !fault.Is(err, fault.Invalid) {
			t.Errorf("a branch of another practice: %v", err)
		}
	})
}

// The preview names the addresses that clients share, with who is here already.
func TestSharedWithWhoIsHere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.run(csvUpload(genericRowOne))
		if _, err := w.ImportNow(w.ctx, w.other.ID, csvUpload("X1,Ota,Other,anna@example.com,,,,,,,\n")); err != nil {
			t.Fatal(err)
		}
		im := w.upload(csvUpload("C2,Ben,Brown,Anna@Example.com,,,,,,,\n", "C3,Cy,Cole,cy@example.com,,,,,,,\n", "C4,Di,Cole,cy@example.com,,,,,,,\n"))
		compare(t, "shared", []SharedAddress{
			{Email: "Anna@example.com", Clients: []string{"Ben Brown (C2)", "Anna Müller (C1)"}},
			{Email: "cy@example.com", Clients: []string{"Cy Cole (C3)", "Di Cole (C4)"}},
		}, im.Preview.Shared)
		if im = w.upload(csvUpload(genericRowOne)); im.Counts.Shared != 0 {
			t.Errorf("somebody shares an address with themselves: %+v", im.Preview.Shared)
		}
		var rows []string
		for i := range showSharers + 5 {
			rows = append(rows, fmt.Sprintf("N%d,Nan,None,none@example.com,,,,,,,\n", i))
		}
		im = w.upload(csvUpload(rows...))
		if one := im.Preview.Shared[0]; len(one.Clients) != showSharers || one.Others != 5 {
			t.Errorf("an address of very many is told as %+v", one)
		}
	})
}

// Cells that a spreadsheet would run are text in the CSV.
func TestWriteRejects(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		in := csvUpload(genericRowOne, "=1+1,,,,,,,,,,\n", ",No,Number,,,,,,,,\n")
		in.Files[0].Name = "@clients.csv"
		im := w.upload(in)
		var out strings.Builder
		if err := w.WriteRejects(w.ctx, &out, w.practice.ID, im.ID, ""); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(out.String(), "\r\n")
		if len(lines) != 4 || lines[0] != "\ufeffCatflap: file,Catflap: line,Catflap: reason,Catflap: what to do,"+strings.TrimSpace(genericHeader) ||
			!strings.HasPrefix(lines[1], "'@clients.csv,3,missing_name,") || !strings.HasSuffix(lines[1], ",'=1+1,,,,,,,,,,") ||
			!strings.HasPrefix(lines[2], "'@clients.csv,4,missing_client_id,") || !strings.HasSuffix(lines[2], ",,No,Number,,,,,,,,") {
			t.Errorf("%q", lines)
		}
	})
}
