package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"syscall"
	"time"

	"catflap/internal/access"
	"catflap/internal/app"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/job"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

const (
	// clients is how many get a login, in turns of clientsATurn, each of which
	// has a home branch of its own for the run to be narrowed to.
	clients      = 100_000
	clientsATurn = 20_000
	// clientsAtOnce is how many the run looks at in one transaction.
	clientsAtOnce = 250
	// turnsEnd is when no other turn begins.
	turnsEnd = 2 * time.Minute
)

// copied are the tables that a run writes, with the columns of its rows. The
// first column orders the rows as they were written.
var copied = []struct{ table, columns, where string }{
	{"account", "id, practice_id, kind, name, login_id, login_key, recovery_email, recovery_key, lang, active, created_at, last_sign_in_on, last_branch_id, name_key", "kind = 'client'"},
	{"audit", "id, practice_id, at, action, outcome, cause, actor_kind, actor_id, account_id, branch_id, session_id, target_kind, target_id, detail, personal, search, personal_digest, flood_key, repeated, last_at", "action IN ('login.created', 'temporary_password.issued')"},
	{"temporary_password", "id, practice_id, account_id, sealed, hash, generated, tries, max_tries, life, issued_at, issued_by, expires_at, again, link_id", "1 = 1"},
	{"message", "id, practice_id, account_id, petparent_id, to_address, to_name, template, lang, subject, data, secret_kind, secret_ref, bulk, state, attempts, last_error, message_id, created_at, sent_at, text_id, domain, due_at, campaign_id", "template = 'welcome'"},
	{"login_run_person", "pet_parent_id, run_id, practice_id, outcome, detail", "1 = 1"},
}

// surgery is the practice whose pet parents get logins, and its shadow, into
// which the same rows are written again.
type surgery struct {
	app      *app.App
	practice practice.Practice
	shadow   practice.Practice
	twins    map[string]string // ids of pet parents, by those of whom they are the shadow
	places   [6]string         // how far each of the copied tables was read
}

// reportLogins compares the run that makes logins for everybody with the bare
// insert of what it wrote.
func reportLogins(ctx context.Context, p *place) (err error) {
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
	var ratio, rate, processor series
	for turn, begun := 0, time.Now(); turn < clients/clientsATurn && (turn < 2 || time.Since(begun) < turnsEnd); turn++ {
		run, made, err := s.run(ctx, turn)
		if err != nil {
			return err
		}
		bare, err := s.copy(ctx, run)
		if err != nil {
			return err
		}
		ratio, rate = append(ratio, bare.time.Seconds()/made.time.Seconds()), append(rate, clientsATurn/made.time.Seconds())
		processor = append(processor, bare.processor.Seconds()/made.processor.Seconds())
	}
	row(fmt.Sprintf("logins for %d pet parents, to the bare insert", len(ratio)*clientsATurn), ratio.String(), "≥ 0.5",
		fmt.Sprintf("%.0f a second; by processor time of this process %v", rate.mean(), processor))
	return nil
}

// effort is what something cost: time, and that of the processors in this
// process, which has SQLite in it and PostgreSQL not.
type effort struct{ time, processor time.Duration }

// effortOf measures f.
func effortOf(f func() error) (e effort, err error) {
	before, begun := processorTime(), time.Now()
	err = f()
	return effort{time.Since(begun), processorTime() - before}, err
}

func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// fill makes the two practices with as many pet parents each; those of the first
// one have a pet.
func (s *surgery) fill(ctx context.Context) error {
	for i, p := range []*practice.Practice{&s.practice, &s.shadow} {
		opened, err := s.app.Onboarding.OpenPractice(ctx, onboarding.PracticeInput{
			Input: practice.Input{
				Slug: fmt.Sprintf("surgery-%d", i), Name: "Surgery", Kind: practice.Clinic, Plan: "complete", Branches: []string{"Main"},
				Phone: "+1 555 0100", Email: "desk@bench.example", Hours: "always",
			},
			AdministratorName: "Ada Admin", AdministratorEmail: "ada@bench.example",
		})
		if err != nil {
			return err
		}
		*p = opened
	}
	const part = 5000
	for from := 0; from < clients; from += part {
		if err := s.app.DB.Write(ctx, func(tx *db.Tx) error { return s.fillPart(ctx, tx, from, part) }); err != nil {
			return err
		}
	}
	if s.app.DB.Dialect() != db.PostgreSQL {
		return nil
	}
	// What its server does by itself after a minute.
	return s.app.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `ANALYZE`)
		return err
	})
}

func (s *surgery) fillPart(ctx context.Context, tx *db.Tx, from, n int) error {
	now := time.Now()
	var households, people, pets, owners [][]any
	for i := from; i < from+n; i++ {
		person := ""
		for _, p := range []practice.Practice{s.practice, s.shadow} {
			household, pet := id.New(), id.New()
			email := fmt.Sprintf("client-%d@bench.example", i)
			households = append(households, []any{
				household, p.ID, "generic", fmt.Sprint("C", i), homeBranch(i / clientsATurn), "", true, false, false, "", nil, now, now,
			})
			if person != "" {
				twin := id.New()
				s.twins[person], person = twin, twin
			} else {
				person = id.New()
			}
			people = append(people, []any{
				person, p.ID, household, 1, "Client", fmt.Sprint("Number", i), email, email, `["` + email + `"]`, "", "[]",
				email, fmt.Sprint("number", i), now, now,
			})
			if p.ID == s.shadow.ID {
				continue
			}
			pets = append(pets, []any{
				pet, p.ID, "generic", fmt.Sprint("P", i), "Rex", "dog", "", "", nil, "", false, "", false, false, now, now,
			})
			owners = append(owners, []any{p.ID, household, pet, "", true})
		}
	}
	for _, one := range []struct {
		into string
		rows [][]any
	}{
		{`INSERT INTO household (id, practice_id, system, external_id, home_branch_id, company, active, deleted, opt_out, imported, digest, created_at, updated_at)`, households},
		{`INSERT INTO pet_parent (id, practice_id, household_id, position, first_name, last_name, email, email_key, emails, email_problem, phones, search, sort_key, created_at, updated_at)`, people},
		{`INSERT INTO pet (id, practice_id, system, external_id, name, species, breed, sex, neutered, born_on, deceased, died_on, inactive, deleted, created_at, updated_at)`, pets},
		{`INSERT INTO pet_owner (practice_id, household_id, pet_id, percentage, main)`, owners},
	} {
		if _, err := tx.Insert(ctx, one.into, one.rows, ``); err != nil {
			return err
		}
	}
	return nil
}

func homeBranch(turn int) string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", turn) }

// run makes the logins of one turn.
func (s *surgery) run(ctx context.Context, turn int) (run onboarding.LoginRun, took effort, err error) {
	ctx = access.WithViewer(access.WithPractice(ctx, s.practice.Access()), access.System("bench"))
	took, err = effortOf(func() error {
		run, err = s.app.Onboarding.StartLogins(ctx, s.practice.ID, petparent.Scope{Filter: petparent.Filter{BranchID: homeBranch(turn)}})
		if err != nil {
			return err
		}
		payload, err := json.Marshal(map[string]string{"practice_id": s.practice.ID, "run_id": run.ID})
		if err != nil {
			return err
		}
		return s.app.Onboarding.RunLogins(ctx, job.Job{Attempt: 1, Payload: payload})
	})
	if err != nil {
		return run, took, err
	}
	run, err = s.app.Onboarding.Run(ctx, s.practice.ID, run.ID)
	if err == nil && (run.State != onboarding.RunDone || run.Create != clientsATurn) {
		err = fmt.Errorf("the run made %d of %d logins: %s %s", run.Create, clientsATurn, run.State, run.Failure)
	}
	return run, took, err
}

// copy writes what the run wrote once more, for the shadow, and tells how long
// the writing took.
func (s *surgery) copy(ctx context.Context, run onboarding.LoginRun) (took effort, err error) {
	shadowRun := id.New()
	if err := s.app.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO login_run (id, practice_id, state, place, total, done, created, not_mailable, reasons, conflicts, failure, started_by, started_at)
			VALUES ($1, $2, 'done', '', 0, 0, 0, 0, '{}', '[]', '', '', $3)`, shadowRun, s.shadow.ID, time.Now())
		return err
	}); err != nil {
		return took, err
	}
	for range clientsATurn / clientsAtOnce {
		known := map[string]string{s.practice.ID: s.shadow.ID, run.ID: shadowRun}
		rows := make([][][]any, len(copied))
		for i := range copied {
			if rows[i], err = s.read(ctx, i, known); err != nil {
				return took, err
			}
		}
		var attach [][]any
		for _, message := range rows[3] {
			attach = append(attach, []any{message[3], message[2]})
		}
		part, err := effortOf(func() error { return s.write(ctx, rows, attach) })
		if err != nil {
			return took, err
		}
		took.time += part.time
		took.processor += part.processor
	}
	return took, nil
}

func (s *surgery) write(ctx context.Context, rows [][][]any, attach [][]any) error {
	return s.app.DB.Write(ctx, func(tx *db.Tx) error {
		for i, one := range copied {
			if _, err := tx.Insert(ctx, `INSERT INTO `+one.table+` (`+one.columns+`)`, rows[i], ``); err != nil {
				return err
			}
		}
		n, err := tx.Each(ctx, `WITH made (person, account) AS`, attach, `
			UPDATE pet_parent SET account_id = (SELECT account FROM made WHERE person = pet_parent.id), updated_at = $2
			WHERE practice_id = $1 AND id IN (SELECT person FROM made) AND account_id IS NULL`, s.shadow.ID, time.Now())
		if err == nil && n != clientsAtOnce {
			err = fmt.Errorf("%d of %d shadows got an account", n, clientsAtOnce)
		}
		return err
	})
}

// read reads the next rows of a table as they are to be written again: with ids
// of their own.
func (s *surgery) read(ctx context.Context, table int, known map[string]string) (rows [][]any, err error) {
	t := copied[table]
	width, limit := strings.Count(t.columns, ",")+1, clientsAtOnce
	if t.table == "audit" {
		limit = 2 * clientsAtOnce
	}
	key, _, _ := strings.Cut(t.columns, ",")
	found, err := s.app.DB.Query(ctx, `SELECT `+t.columns+` FROM `+t.table+`
		WHERE `+key+` > $1 AND practice_id = $2 AND `+t.where+` ORDER BY `+key+` LIMIT $3`, s.places[table], s.practice.ID, limit)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	for found.Next() {
		cells, into := make([]any, width), make([]any, width)
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := found.Scan(into...); err != nil {
			return nil, err
		}
		s.places[table] = fmt.Sprint(cells[0])
		for i := range cells {
			cells[i] = s.twin(cells[i], known)
		}
		rows = append(rows, cells)
	}
	if err := found.Err(); err != nil {
		return nil, err
	}
	if len(rows) != limit {
		return nil, fmt.Errorf("%d rows of %s, want %d", len(rows), t.table, limit)
	}
	return rows, nil
}

// twin is the shadow's id for one of the practice's; everything else stays.
func (s *surgery) twin(cell any, known map[string]string) any {
	text, ok := cell.(string)
	if !ok || !id.Valid(text) {
		return cell
	}
	if twin := s.twins[text]; twin != "" {
		return twin
	}
	if known[text] == "" {
		known[text] = id.New()
	}
	return known[text]
}
