package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/app"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/mail"
	"catflap/internal/onboarding"
	"catflap/internal/practice"
	"catflap/internal/role"
)

const slug = "bench"

// waiting is Catflap's default queue for each worker.
const waiting = 64

// stormy is how many people sign in at the same moment in the storm.
const stormy = 500

// capacity is how many passwords a server with default settings hashes or lets
// wait at once.
func capacity() int { return runtime.NumCPU() * (waiting + 1) }

// person is a member of staff who can sign in.
type person struct {
	login, password string
	session         string // the token of the last sign-in
}

// place is a practice full of staff and where it is kept.
type place struct {
	binary
	data     string // folder of key ring, log and SQLite file
	database string // as in CATFLAP_DATABASE
	people   []person
	disabled []person // their accounts are switched off
	tokens   []string // of the sessions of a crowd; those at the end are there to be ended
	checks   [][]byte // the requests that check the others
}

// newPlace is a migrated database that nobody is in yet.
func newPlace(ctx context.Context, b binary, url string) (*place, error) {
	data, err := os.MkdirTemp(b.folder, "data-")
	if err != nil {
		return nil, err
	}
	p := &place{binary: b, data: data, database: url, people: make([]person, stormy), disabled: make([]person, tried/patient)}
	if url == "" {
		p.database = "sqlite:" + filepath.Join(data, "catflap.db")
	}
	return p, p.open(ctx, func(ctx context.Context, d *db.DB) error { return d.Migrate(ctx) })
}

// open opens the database for f.
func (p *place) open(ctx context.Context, f func(context.Context, *db.DB) error) error {
	d, err := db.Open(ctx, p.database, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return errors.Join(f(ctx, d), d.Close())
}

// fill makes a practice with one branch and somebody for every caller of the
// storm, each with a password of their own.
func (p *place) fill(ctx context.Context, d *db.DB) error {
	a, err := p.app(ctx, d)
	if err != nil {
		return err
	}
	// The set-up stays open, which costs nothing and is not asked for.
	opened, err := a.Onboarding.OpenPractice(ctx, onboarding.PracticeInput{
		Input: practice.Input{
			Slug: slug, Name: "Bench", Kind: practice.Clinic, Plan: "complete", Branches: []string{"Main"},
			Phone: "+1 555 0100", Email: "desk@bench.example", Hours: "always",
		},
		AdministratorName: "Ada Admin", AdministratorEmail: "ada@bench.example",
	})
	if err != nil {
		return err
	}
	desk, err := a.Roles.ByKey(ctx, d, opened.ID, role.Receptionist)
	if err != nil {
		return err
	}
	branches, err := a.Practices.Branches(ctx, d, opened.ID)
	if err != nil {
		return err
	}
	all := append(p.people, p.disabled...)
	hashes, err := passwords(ctx, all, a.Factors.Hasher.Hash)
	if err != nil {
		return err
	}
	p.people, p.disabled = all[:len(p.people)], all[len(p.people):]
	err = d.Write(access.WithPractice(ctx, opened.Access()), func(tx *db.Tx) error {
		for i, h := range hashes {
			// Not invited: nobody is to be busy with mail while others measure.
			hired, err := a.Accounts.Create(ctx, tx, account.Input{
				PracticeID: opened.ID, Kind: access.KindStaff, Name: fmt.Sprint("Person ", i),
				LoginID: all[i].login, RecoveryEmail: all[i].login,
			})
			if err != nil {
				return err
			}
			if err := a.Roles.Give(ctx, tx, opened.ID, hired.ID, []role.Grant{{RoleID: desk.ID}}); err != nil {
				return err
			}
			if err := a.Factors.SetPassword(ctx, tx, opened.ID, hired.ID, h); err != nil {
				return err
			}
			if _, err := a.Accounts.MarkOnboarded(ctx, tx, opened.ID, hired.ID); err != nil {
				return err
			}
			if i < len(p.people) {
				continue
			}
			if _, err := tx.Exec(ctx, `UPDATE account SET active = FALSE WHERE practice_id = $1 AND id = $2`, opened.ID, hired.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return p.crowd(ctx, d, opened.ID, branches[0].ID, desk.ID)
}

// app is Catflap on the database of the place, inside of this process. Mail is
// written and stays.
func (p *place) app(ctx context.Context, d *db.DB) (*app.App, error) {
	ring, err := app.OpenRing(ctx, d, filepath.Join(p.data, "keyring.json"))
	if err != nil {
		return nil, err
	}
	return app.New(app.Options{
		DB: d, Ring: ring, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler),
		PublicURL: &url.URL{Scheme: "http", Host: "localhost"}, Transport: mail.Hold{}, Country: "US",
	})
}

// passwords gives everybody a login ID and a password, and hashes them.
func passwords(ctx context.Context, people []person, hash func(context.Context, string) (string, error)) ([]string, error) {
	hashes, failed := make([]string, len(people)), make([]error, runtime.NumCPU())
	var all sync.WaitGroup
	for worker := range failed {
		all.Go(func() {
			for i := worker; i < len(people); i += len(failed) {
				people[i] = person{login: fmt.Sprintf("person-%d@bench.example", i), password: "pw " + rand.Text()}
				if hashes[i], failed[worker] = hash(ctx, people[i].password); failed[worker] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	return hashes, errors.Join(failed...)
}

// explain is the end of the server's log, for a run that failed.
func (p *place) explain() error {
	words, err := os.ReadFile(p.log())
	if err != nil {
		return err
	}
	return fmt.Errorf("the server's log ends with:\n%s", words[max(0, len(words)-4000):])
}

func (p *place) log() string { return filepath.Join(p.data, "server.log") }
