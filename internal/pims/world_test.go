package pims

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/job"
	"catflap/internal/foundation/secret"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// world is one database with two practices, of which the second must never be
// reached from the first.
type world struct {
	*Service
	t        *testing.T
	ctx      context.Context
	clock    *clock.Manual
	practice practice.Practice
	branches []practice.Branch
	other    practice.Practice
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	c := clock.NewManual(time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC))
	w := &world{t: t, clock: c, ctx: access.WithViewer(context.Background(), access.Viewer{
		Kind: access.KindStaff, AccountID: "maria", Name: "Maria Lopez",
	})}
	w.Service = newService(d, c)
	w.practice, w.branches = w.open("here")
	w.other, _ = w.open("elsewhere")
	return w
}

// newService is what a starting process builds.
func newService(d *db.DB, c clock.Clock) *Service {
	log := &audit.Log{DB: d, Clock: c}
	s := &Service{
		Ring: testRing(),
		DB:   d, Clock: c, Audit: log, Jobs: job.New(d, c, slog.New(slog.DiscardHandler)), Country: "US",
		Practices:  &practice.Service{DB: d, Clock: c, Audit: log},
		PetParents: &petparent.Service{DB: d, Clock: c, Audit: log, Region: "US"},
	}
	s.Jobs.Handle(RunJob, 1, s.Run)
	return s
}

func (w *world) open(slug string) (p practice.Practice, b []practice.Branch) {
	w.t.Helper()
	if err := w.DB.Write(w.ctx, func(tx *db.Tx) (err error) {
		p, b, err = w.Practices.Create(w.ctx, tx, practice.Input{
			Slug: slug, Name: slug, Kind: practice.Clinic, Plan: "complete", Branches: []string{"North", "South"},
		})
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return p, b
}

// folder is an upload of the export that a truth.json describes.
func folder(t *testing.T, path string) UploadInput {
	t.Helper()
	want := readTruth(t, path)
	asOf, err := time.Parse(isoDate, want.AsOf)
	if err != nil {
		t.Fatal(err)
	}
	in := UploadInput{AsOf: asOf}
	for _, f := range want.Files {
		body, err := os.ReadFile(filepath.Join(path, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		in.Files = append(in.Files, File{Name: f.Name, Body: strings.NewReader(string(body))})
	}
	return in
}

func csvUpload(rows ...string) UploadInput {
	return UploadInput{Files: []File{{Name: "clients.csv", Body: strings.NewReader(genericHeader + strings.Join(rows, ""))}}}
}

func (w *world) upload(in UploadInput) Import {
	w.t.Helper()
	im, err := w.Upload(w.ctx, w.practice.ID, in)
	if err != nil {
		w.t.Fatal(err)
	}
	return im
}

func (w *world) drain() {
	w.t.Helper()
	if err := w.Jobs.Drain(w.ctx); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) get(im Import) Import {
	w.t.Helper()
	im, err := w.Get(w.ctx, w.practice.ID, im.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return im
}

// run uploads, starts, and lets the background work do the rest.
func (w *world) run(in UploadInput) Import {
	w.t.Helper()
	im := w.upload(in)
	if err := w.Start(w.ctx, w.practice.ID, im.ID, true); err != nil {
		w.t.Fatal(err)
	}
	w.drain()
	return w.get(im)
}

// column is one column of every row that a question finds.
func (w *world) column(question string) []string {
	w.t.Helper()
	all, err := db.All(w.ctx, w.DB, func(s db.Scanner) (v string, err error) { return v, s.Scan(&v) }, question)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// stored is what the database says, as if it were an export.
func (w *world) stored(system string) *Export {
	w.t.Helper()
	e := &Export{System: system}
	var err error
	e.Clients, err = db.All(w.ctx, w.DB, func(s db.Scanner) (*Client, error) {
		var c Client
		var active bool
		var emails, phones string
		err := s.Scan(&c.ID, &c.First, &c.Last, &c.Company, &emails, &c.EmailProblem, &phones, &active, &c.Deleted, &c.OptOut)
		c.Inactive = !active
		var addresses []string
		defer func() { c.Emails = emailsOf(addresses) }()
		return &c, errors.Join(err, json.Unmarshal([]byte(emails), &addresses), json.Unmarshal([]byte(phones), &c.Phones))
	}, `SELECT h.external_id, p.first_name, p.last_name, h.company, p.emails, p.email_problem, p.phones, h.active, h.deleted, h.opt_out
		FROM household h JOIN pet_parent p ON p.household_id = h.id WHERE h.practice_id = $1 AND h.system = $2
		ORDER BY h.id`, w.practice.ID, system)
	if err != nil {
		w.t.Fatal(err)
	}
	pets := map[string]*Pet{}
	_, err = db.All(w.ctx, w.DB, func(s db.Scanner) (any, error) {
		var p Pet
		var o Owner
		var neutered *bool
		err := s.Scan(&p.Key, &p.Name, &p.Species, &p.Breed, &p.Sex, &neutered, &p.Born, &p.Died, &p.Deceased, &p.Inactive,
			&p.Deleted, &o.Client, &o.Percentage, &o.Primary)
		p.Neutered = neutered
		if system == "cornerstone" { // the other one exports none
			p.ID = p.Key
		}
		if pets[p.Key] == nil {
			pets[p.Key] = &p
			e.Pets = append(e.Pets, &p)
		}
		pets[p.Key].Owners = append(pets[p.Key].Owners, o)
		return nil, err
	}, `SELECT x.external_id, x.name, x.species, x.breed, x.sex, x.neutered, x.born_on, x.died_on, x.deceased, x.inactive,
			x.deleted, h.external_id, o.percentage, o.main
		FROM pet x JOIN pet_owner o ON o.pet_id = x.id JOIN household h ON h.id = o.household_id
		WHERE x.practice_id = $1 AND x.system = $2 ORDER BY x.id, o.main DESC, h.external_id`, w.practice.ID, system)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// testRing is one ring for all tests, whose databases are their own.
var testRing = sync.OnceValue(func() *secret.Ring {
	folder, err := os.MkdirTemp("", "catflap-ring")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	ring, err := secret.CreateRing(filepath.Join(folder, "keyring.json"))
	if err != nil {
		panic(err)
	}
	return ring
})
