package pims

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
)

func fileUpload(name, text string) UploadInput {
	return UploadInput{Files: []File{{Name: name, Body: strings.NewReader(text)}}}
}

// Dates that nothing decides are asked once, and remembered for files with the
// same columns, until that is forgotten.
func TestDateOrderIsAsked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const text = genericHeader + "C1,Anna,Miller,a@example.com,,Luna,Dog,,,02/03/2020,\nC2,Bea,Brown,,,Rex,Dog,,,04/05/2021,\n"
		im := w.upload(fileUpload("clients.csv", text))
		if im.State != StateAsks || len(im.Preview.Open) != 1 || im.Preview.Open[0].Kind != AsksDateOrder {
			t.Fatalf("%s, %+v", im.State, im.Preview)
		}
		compare(t, "samples", []string{"02/03/2020", "04/05/2021"}, im.Preview.Open[0].Samples)
		if MDY.Reading("02/03/2020") != "3 February 2020" || DMY.Reading("02/03/2020") != "2 March 2020" {
			t.Error("both readings")
		}
		if err := w.Start(w.ctx, w.practice.ID, im.ID, true); !errors.Is(err, ErrAsks) {
			t.Errorf("started: %v", err)
		}
		if _, err := w.Choose(w.ctx, w.practice.ID, im.ID, Choices{DateOrder: "x"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("an order that does not exist: %v", err)
		}
		if _, err := w.Choose(w.ctx, w.other.ID, im.ID, Choices{DateOrder: DMY}); !errors.Is(err, ErrNotFound) {
			t.Errorf("another practice: %v", err)
		}
		chosen, err := w.Choose(w.ctx, w.practice.ID, im.ID, Choices{DateOrder: DMY})
		if err != nil || chosen.State != StatePreviewed || chosen.Counts.New != 2 {
			t.Fatalf("%+v, %v", chosen, err)
		}
		if err := w.Start(w.ctx, w.practice.ID, im.ID, false); err != nil {
			t.Fatal(err)
		}
		w.drain()
		compare(t, "born", []string{"2020-03-02", "2021-05-04"}, w.column(`SELECT born_on FROM pet ORDER BY born_on`))
		if _, err := w.Choose(w.ctx, w.practice.ID, im.ID, Choices{}); !errors.Is(err, ErrStarted) {
			t.Errorf("chosen after the run: %v", err)
		}

		// The columns in another order are the same source.
		const again = "dob,client_id,first_name,last_name,email,phone,pet_name,species,breed,sex,deceased\n02/03/2020,C1,Anna,Miller,a@example.com,,Luna,Dog,,,\n"
		im = w.upload(fileUpload("new.csv", again))
		if im.State != StatePreviewed || !im.Remembered || im.Choices.DateOrder != DMY || im.Counts.Unchanged != 1 {
			t.Errorf("remembered: %s, %+v, %+v", im.State, im.Choices, im.Counts.Tally)
		}
		if im, err = w.ForgetChoices(w.ctx, w.practice.ID, im.ID); err != nil || im.State != StateAsks || im.Remembered {
			t.Errorf("forgotten: %s, %v", im.State, err)
		}
		if im = w.upload(fileUpload("new.csv", again)); im.State != StateAsks {
			t.Errorf("after forgetting: %s", im.State)
		}
		theirs, err := w.Upload(w.ctx, w.other.ID, fileUpload("clients.csv", text))
		if err != nil || theirs.State != StateAsks {
			t.Errorf("another practice: %s, %v", theirs.State, err)
		}
		w.clock.Advance(waitsFor + time.Minute)
		if err := w.Sweep(w.ctx); err != nil {
			t.Fatal(err)
		}
		if im = w.get(im); im.State != StateCancelled || len(im.Preview.Open) > 0 {
			t.Errorf("a question that nobody answered: %s", im.State)
		}
	})
}

// Columns with other names are mapped by hand; those that are never stored cannot.
func TestMapping(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const text = "Nummer;Vorname;Nachname;Post;Alarm Code\n0077;Änne;Müller;a@example.com;CANARY-4711\n0078;Bea;Brown;;CANARY-4712\n"
		im := w.upload(fileUpload("kunden.csv", text))
		if im.State != StateAsks || im.Preview.Open[0].Kind != AsksColumns {
			t.Fatalf("%s, %+v", im.State, im.Preview)
		}
		looks, err := w.Looks(w.ctx, w.practice.ID, im.ID)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, "columns", []Column{
			{Name: "Nummer", Samples: []string{"0077", "0078"}}, {Name: "Vorname", Samples: []string{"Änne", "Bea"}},
			{Name: "Nachname", Samples: []string{"Müller", "Brown"}}, {Name: "Post", Samples: []string{"a@example.com"}}, {Name: "Alarm Code", Never: true},
		}, looks[0].Columns)
		columns := map[string]string{"client_id": "Nummer", "first_name": "Vorname", "last_name": "Nachname", "email": "Alarm Code"}
		choices := Choices{System: "generic", Columns: map[string]map[string]string{"clients": columns}}
		if _, err := w.Choose(w.ctx, w.practice.ID, im.ID, choices); !fault.Is(err, fault.Invalid) {
			t.Errorf("a column that is never stored: %v", err)
		}
		delete(columns, "email")
		if half, err := w.Choose(w.ctx, w.practice.ID, im.ID, choices); err != nil || half.State != StateAsks {
			t.Errorf("without a column that is needed: %s, %v", half.State, err)
		}
		columns["email"] = "Post"
		im, err = w.Choose(w.ctx, w.practice.ID, im.ID, choices)
		if err != nil || im.State != StatePreviewed || im.Counts.New != 2 {
			t.Fatalf("%+v, %v", im, err)
		}
		if err := w.Start(w.ctx, w.practice.ID, im.ID, false); err != nil {
			t.Fatal(err)
		}
		w.drain()
		compare(t, "numbers", []string{"0077", "0078"}, w.column(`SELECT external_id FROM household ORDER BY 1`))
		if im = w.upload(fileUpload("kunden.csv", text)); im.State != StatePreviewed || !im.Remembered || im.Counts.Unchanged != 2 {
			t.Errorf("the next time: %s, %+v", im.State, im.Counts.Tally)
		}
	})
}

// A wrong separator or encoding can be corrected, and one with which nothing can
// be read changes nothing.
func TestSeparatorAndEncoding(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		im := w.upload(fileUpload("clients.csv", genericHeader+"C1,Zo\xeb,Miller,,,,,,,,\n"))
		name := func() string { return im.Preview.Samples[0].Name }
		if im.State != StatePreviewed || name() != "Zoë Miller" {
			t.Fatalf("%s, %+v", im.State, im.Preview.Samples)
		}
		var err error
		if im, err = w.Choose(w.ctx, w.practice.ID, im.ID, Choices{Encoding: IBM850}); err != nil || name() == "Zoë Miller" {
			t.Errorf("%v, %+v", err, im.Preview.Samples)
		}
		if im, err = w.Choose(w.ctx, w.practice.ID, im.ID, Choices{}); err != nil || name() != "Zoë Miller" || im.Counts.New != 1 {
			t.Errorf("recognised again: %v, %+v", err, im.Preview.Samples)
		}
		if n := w.column(`SELECT count(*) FROM import_batch`); n[0] != "1" {
			t.Errorf("%s batches wait", n[0])
		}
		if _, err = w.Choose(w.ctx, w.practice.ID, im.ID, Choices{Separator: ";"}); err != nil && !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
	})
}

// Rejected rows come back with all their cells, are corrected and imported again.
func TestCorrectedRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const head = "client_id,first_name,last_name,email,phone,pet_name,species,dob,Gate code\n"
		im := w.upload(fileUpload("clients.csv", head+
			"C1,Anna,Miller,a@example.com,,Luna,Dog,2020-02-03,CANARY-1\n"+
			"C1,Anna,Miller,a@example.com,,,Cat,2021-02-03,CANARY-2\n"+
			",=Zoë,\"O'Neil\",z@example.com,+12065550152,Rex,Dog,2022-02-03,CANARY-3\n"+
			"C9,Short\n"))
		if im.Counts.Rejected != 3 {
			t.Fatalf("%+v", im.Counts)
		}
		if err := w.Start(w.ctx, w.practice.ID, im.ID, false); !errors.Is(err, ErrRejects) {
			t.Errorf("whole or nothing: %v", err)
		}
		if err := w.Start(w.ctx, w.practice.ID, im.ID, true); err != nil {
			t.Fatal(err)
		}
		w.drain()
		var out strings.Builder
		if err := w.WriteRejects(w.ctx, &out, w.practice.ID, im.ID, ""); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		if strings.Contains(text, "CANARY") || strings.Contains(text, "Gate") || strings.Contains(text, "Short") ||
			!strings.Contains(text, ",,'=Zoë,O'Neil,z@example.com,'+12065550152,Rex,Dog,2022-02-03\r\n") {
			t.Errorf("%q", text)
		}
		text = strings.Replace(text, "a@example.com,,,Cat", "a@example.com,,Mia,Cat", 1)
		text = strings.Replace(text, ",,'=Zoë", ",C2,'=Zoë", 1)
		text = text[:strings.Index(text, "clients.csv,5")]
		im = w.upload(fileUpload("rejected.csv", text))
		if im.State != StatePreviewed || im.Counts.Rejected != 0 || im.Counts.New != 1 || im.Counts.Changed != 1 {
			t.Fatalf("%s, %+v, %+v", im.State, im.Counts, im.Preview)
		}
		if err := w.Start(w.ctx, w.practice.ID, im.ID, false); err != nil {
			t.Fatal(err)
		}
		w.drain()
		compare(t, "people", []string{"=Zoë", "Anna"}, w.column(`SELECT first_name FROM pet_parent ORDER BY 1`))
		compare(t, "phones", []string{"[]", `[{"kind":"unknown","e164":"+12065550152"}]`}, w.column(`SELECT phones FROM pet_parent ORDER BY 1`))
		compare(t, "pets", []string{"Luna", "Mia", "Rex"}, w.column(`SELECT name FROM pet WHERE NOT deleted ORDER BY 1`))

		w.clock.Advance(rejectsKept + time.Hour)
		if err := w.Sweep(w.ctx); err != nil {
			t.Fatal(err)
		}
		if kept := w.column(`SELECT import_id FROM import_key UNION ALL SELECT import_id FROM import_reject WHERE sealed IS NOT NULL`); len(kept) > 0 {
			t.Errorf("%d are kept", len(kept))
		}
	})
}

// What is never stored stands nowhere but sealed, and nothing can be opened once
// the import is over.
func TestNeverStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const canary = "CANARY-4711"
		const text = "client_id,first_name,last_name,email,Alarm Code\nC1,Anna,Miller,a@example.com," + canary + "\n,No,Number,," + canary + "\n"
		nowhere := func(when string) {
			t.Helper()
			for table, columns := range map[string]string{
				"import": "files || counts || preview || choices", "import_batch": "households", "import_choice": "choices",
				"import_reject": "client || pet || message", "audit": "detail", "job": "payload",
			} {
				if found := w.column(`SELECT ` + columns + ` FROM ` + table + ` WHERE ` + columns + ` LIKE '%` + canary + `%'`); len(found) > 0 {
					t.Errorf("%s: %s has it: %q", when, table, found)
				}
			}
			for _, table := range []string{"import_chunk", "import_reject", "import_key"} {
				for _, sealed := range w.column(`SELECT sealed FROM ` + table + ` WHERE sealed IS NOT NULL`) {
					if strings.Contains(sealed, "CANARY") || strings.Contains(sealed, "Anna") || strings.Contains(sealed, "Number") {
						t.Errorf("%s: %s is not sealed", when, table)
					}
				}
			}
		}
		im := w.upload(fileUpload("clients.csv", text))
		nowhere("waiting")
		if never := im.Files[0].Never; len(never) != 1 || never[0] != "Alarm Code" {
			t.Errorf("never stored: %q", never)
		}
		if n := w.column(`SELECT count(*) FROM import_chunk`); n[0] != "1" {
			t.Errorf("%s pieces", n[0])
		}
		if err := w.Start(w.ctx, w.practice.ID, im.ID, true); err != nil {
			t.Fatal(err)
		}
		nowhere("running")
		w.drain()
		nowhere("after the run")
		if left := w.column(`SELECT import_id FROM import_chunk UNION ALL SELECT import_id FROM import_file
			UNION ALL SELECT import_id FROM import_key WHERE purpose = 'files'`); len(left) > 0 {
			t.Errorf("%d rows are left of the upload", len(left))
		}
		if _, err := w.Looks(w.ctx, w.practice.ID, im.ID); !errors.Is(err, ErrStarted) {
			t.Errorf("looked at after the run: %v", err)
		}
		cancelled := w.upload(fileUpload("clients.csv", text))
		if err := w.Cancel(w.ctx, w.practice.ID, cancelled.ID); err != nil {
			t.Fatal(err)
		}
		if left := w.column(`SELECT import_id FROM import_chunk`); len(left) > 0 {
			t.Errorf("%d pieces are left of what was cancelled", len(left))
		}
	})
}

// Nothing of the canary stands in the files of a SQLite database at any moment.
func TestNeverOnDisk(t *testing.T) {
	url := dbtest.URL(t, db.SQLite)
	w := newWorld(t, dbtest.Open(t, url))
	const canary = "CANARY-4711"
	path := strings.TrimPrefix(strings.SplitN(url, "?", 2)[0], "sqlite:")
	files, err := filepath.Glob(strings.TrimPrefix(path, "//") + "*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files at %s: %v", url, err)
	}
	search := func(when, word string) (found bool) {
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			found = found || strings.Contains(string(b), word)
		}
		if found && word == canary {
			t.Errorf("%s: the canary is on disk", when)
		}
		return found
	}
	im := w.upload(fileUpload("clients.csv", "client_id,first_name,last_name,email,Alarm Code\nC1,Annabella,Miller,,"+canary+"\n,No,Number,,"+canary+"\n"))
	if !search("waiting", canary) && !search("waiting", "Annabella") {
		t.Error("the search finds not even what is stored")
	}
	if err := w.Start(w.ctx, w.practice.ID, im.ID, true); err != nil {
		t.Fatal(err)
	}
	w.drain()
	search("after the run", canary)
}

// Of sixteen who choose and start at once nobody leaves the import in between: it
// runs with what one of them chose, whole.
func TestChooseAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const text = genericHeader + "C1,Anna,Miller,a@example.com,,Luna,Dog,,,02/03/2020,\nC2,Bea,Brown,,,Rex,Dog,,,02/03/2020,\n"
		im := w.upload(fileUpload("clients.csv", text))
		nodes := []*Service{w.Service, newService(d, w.clock)} // reading takes turns in one of them only
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				s := nodes[i%2]
				order := []DateOrder{MDY, DMY}[i/2%2]
				if _, err := s.Choose(w.ctx, w.practice.ID, im.ID, Choices{DateOrder: order}); err != nil && !errors.Is(err, ErrStarted) {
					t.Errorf("choosing: %v", err)
				}
				if err := s.Start(w.ctx, w.practice.ID, im.ID, false); err != nil &&
					!errors.Is(err, ErrStarted) && !errors.Is(err, ErrReading) && !errors.Is(err, ErrAsks) {
					t.Errorf("starting: %v", err)
				}
			})
		}
		all.Wait()
		if im = w.get(im); im.State == StatePreviewed { // the last choice came after the last start
			if err := w.Start(w.ctx, w.practice.ID, im.ID, false); err != nil {
				t.Fatal(err)
			}
		}
		w.drain()
		if im = w.get(im); im.State != StateDone || im.Result != (Tally{New: 2}) {
			t.Fatalf("%s, %+v", im.State, im.Result)
		}
		want := map[DateOrder]string{MDY: "2020-02-03", DMY: "2020-03-02"}[im.Choices.DateOrder]
		compare(t, "born", []string{want, want}, w.column(`SELECT born_on FROM pet`))
		if n := w.column(`SELECT count(*) FROM import_batch`); n[0] != "0" {
			t.Errorf("%s batches are left", n[0])
		}
	})
}
