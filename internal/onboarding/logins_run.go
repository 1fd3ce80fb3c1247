package onboarding

import (
	"context"
	"errors"
	"strconv"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/job"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// LoginsJob is the kind of the jobs that RunLogins does.
const LoginsJob = "onboarding.logins"

// lastTry is the attempt after which a run that keeps failing is called failed,
// so that another one can be started.
const lastTry = 6

// RunState is where a run stands.
type RunState string

// The states of a run.
const (
	RunUnderWay RunState = "running"
	RunDone     RunState = "done"
	RunFailed   RunState = "failed"
)

// RunKind is what a run does.
type RunKind string

// The kinds of runs.
const (
	RunCreate RunKind = "create" // logins and welcome e-mails for those who have none
	RunRemind RunKind = "remind" // fresh welcome e-mails for those who never signed in
)

// LoginRun is one walk through many pet parents, under way or ended. Its Tally
// says what it has come to so far.
type LoginRun struct {
	Tally
	ID            string
	PracticeID    string
	Kind          RunKind
	Scope         petparent.Scope
	State         RunState
	Total         int // whom it was going to look at when it began
	Done          int // people looked at so far
	Failure       string
	StartedBy     string // account or API key, "" for the command line
	StartedByName string
	ByPlatform    bool // platform support started it
	StartedAt     time.Time
	EndedAt       time.Time // zero while it is under way
	place         string
}

// UnderWay reports whether the run goes on.
func (r LoginRun) UnderWay() bool { return r.State == RunUnderWay }

// Faults of runs.
var (
	// ErrRunNotFound answers for a run that is not the practice's.
	ErrRunNotFound = fault.New(fault.NotFound, "login-run-not-found",
		"This report is not here. Open Logins for all and choose one from the list.")
	// ErrRunUnderWay answers to who wants to start a second one.
	ErrRunUnderWay = fault.New(fault.Conflict, "logins-under-way",
		"Logins are being created or reminders sent for this practice already. Wait for that to end, then look at its report.")
)

type loginsPayload struct {
	PracticeID string `json:"practice_id"`
	RunID      string `json:"run_id"`
}

// StartLogins begins to create logins for everybody of a scope who has none, has
// an address of their own and can be mailed; RunLogins does it. One run at a time
// in a practice: with ErrRunUnderWay it returns the one that goes on, and
// makes sure that it does. ErrNotInPlan, practice.ErrNotOpen.
func (s *Service) StartLogins(ctx context.Context, practiceID string, sc petparent.Scope) (LoginRun, error) {
	return s.start(ctx, practiceID, RunCreate, sc)
}

func (s *Service) start(ctx context.Context, practiceID string, kind RunKind, sc petparent.Scope) (run LoginRun, err error) {
	if err := sc.Check(); err != nil {
		return run, err
	}
	started := false
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := s.withPetApp(ctx, tx, practiceID)
		if err != nil {
			return err
		}
		run = LoginRun{
			ID: id.New(), PracticeID: practiceID, Kind: kind, Scope: sc, State: RunUnderWay,
			StartedBy: access.ViewerFrom(ctx).ActorID(), StartedAt: s.Clock.Now(),
		}
		if run.Total, err = s.countPeople(ctx, tx, run); err != nil {
			return err
		}
		if started, err = insertRun(ctx, tx, run); err != nil {
			return err
		}
		if started {
			err = s.recordStart(ctx, tx, p, run)
		} else {
			run, err = s.runUnderWay(ctx, tx, practiceID)
		}
		if err != nil {
			return err
		}
		_, err = s.Jobs.Enqueue(ctx, tx, LoginsJob, loginsPayload{PracticeID: practiceID, RunID: run.ID}, job.Key(run.ID))
		return err
	})
	if err == nil && !started {
		err = ErrRunUnderWay
	}
	return run, err
}

func (s *Service) countPeople(ctx context.Context, r db.Reader, run LoginRun) (int, error) {
	if run.Kind == RunRemind {
		return s.PetParents.CountNeverSignedIn(ctx, r, run.PracticeID, run.Scope)
	}
	return s.PetParents.CountWithoutLogin(ctx, r, run.PracticeID, run.Scope)
}

// recordStart records it with the practice, and with the platform if that
// started it. What was searched for may be somebody's name, and is left out.
func (s *Service) recordStart(ctx context.Context, tx *db.Tx, p practice.Practice, run LoginRun) error {
	e := audit.Entry{
		Action: audit.LoginsStarted, PracticeID: p.ID, Target: audit.Target{Kind: "login_run", ID: run.ID},
		Detail: map[string]string{"people": strconv.Itoa(run.Total)},
	}
	if run.Kind == RunRemind {
		e.Action = audit.RemindersStarted
	}
	if !run.Scope.Everybody() {
		e.Detail["of"] = "filter"
		if run.Scope.Choice != "" {
			e.Detail["of"] = "chosen"
		}
	}
	if err := s.Audit.Record(ctx, tx, e); err != nil || access.ViewerFrom(ctx).Kind != access.KindPlatform {
		return err
	}
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.LoginsForPractice, OnPlatform: true, Target: audit.Target{Kind: "practice", ID: p.ID, Name: p.Name},
		Detail: map[string]string{"people": strconv.Itoa(run.Total)},
	})
}

func (s *Service) runUnderWay(ctx context.Context, r db.Reader, practiceID string) (LoginRun, error) {
	run, err := db.One(ctx, r, scanRun, selectRun+` WHERE r.practice_id = $1 AND r.state = 'running'`, practiceID)
	if errors.Is(err, db.ErrNone) {
		return run, ErrRunUnderWay // it ended a moment ago
	}
	return run, err
}

// Run reads one run of the practice. ErrRunNotFound.
func (s *Service) Run(ctx context.Context, practiceID, runID string) (LoginRun, error) {
	run, err := db.One(ctx, s.DB, scanRun, selectRun+` WHERE r.practice_id = $1 AND r.id = $2`, practiceID, runID)
	if errors.Is(err, db.ErrNone) {
		return run, ErrRunNotFound
	}
	return run, err
}

// Runs lists at most limit runs of the practice, newest first.
func (s *Service) Runs(ctx context.Context, practiceID string, limit int) ([]LoginRun, error) {
	return db.All(ctx, s.DB, scanRun, selectRun+` WHERE r.practice_id = $1 ORDER BY r.id DESC LIMIT $2`, practiceID, limit)
}

// RunLogins does the job of a run, or what is left of it. Each batch of people
// is one transaction with everything that belongs to it, so that a run that was
// killed goes on behind the last complete batch.
func (s *Service) RunLogins(ctx context.Context, j job.Job) error {
	var p loginsPayload
	if err := j.Into(&p); err != nil {
		return err
	}
	err := s.runLogins(ctx, p)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if j.Attempt < lastTry && !errors.Is(err, ErrNotInPlan) && !errors.Is(err, practice.ErrNotOpen) {
		return err
	}
	if ferr := s.DB.Write(ctx, func(tx *db.Tx) error {
		return failRun(ctx, tx, p.PracticeID, p.RunID, fault.From(err).Message, s.Clock.Now())
	}); ferr != nil {
		return errors.Join(err, ferr)
	}
	return job.Give(err)
}

func (s *Service) runLogins(ctx context.Context, p loginsPayload) error {
	run, err := s.Run(ctx, p.PracticeID, p.RunID)
	if err != nil {
		return err
	}
	if ctx, err = s.OnBehalf(ctx, run.PracticeID, run.StartedBy); err != nil {
		return err
	}
	single := false // the next batch person by person, because one of them is in the way of the others
	for {
		more := false
		err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
			more, err = s.nextBatch(ctx, tx, p, single)
			return err
		})
		switch {
		case errors.Is(err, ErrHasLogin), errors.Is(err, account.ErrLoginTaken) && !single:
			single = true
		case err != nil:
			return err
		case !more:
			return nil
		default:
			single = false
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// OnBehalf has work in the background recorded as that of who started it: an
// account or an API key, "" for the command line.
func (s *Service) OnBehalf(ctx context.Context, practiceID, startedBy string) (context.Context, error) {
	p, err := s.Practices.Get(ctx, s.DB, practiceID)
	if err != nil {
		return ctx, err
	}
	ctx = access.WithPractice(ctx, p.Access())
	if startedBy == "" {
		return access.WithViewer(ctx, access.System("command line")), nil
	}
	a, err := s.Accounts.Get(ctx, s.DB, practiceID, startedBy)
	if errors.Is(err, account.ErrNotFound) { // of the platform
		a, err = s.Accounts.Get(ctx, s.DB, "", startedBy)
	}
	if errors.Is(err, account.ErrNotFound) { // no person
		v, err := s.Keys.Viewer(ctx, s.DB, p.Access(), startedBy)
		return access.WithViewer(ctx, v), err
	}
	return access.WithViewer(ctx, access.Viewer{Kind: a.Kind, AccountID: a.ID, Name: a.Name, PracticeID: a.PracticeID}), err
}

// nextBatch looks at the next people of a run; false when it has ended.
func (s *Service) nextBatch(ctx context.Context, tx *db.Tx, p loginsPayload, single bool) (bool, error) {
	run, err := heldRun(ctx, tx, p.PracticeID, p.RunID)
	if errors.Is(err, db.ErrNone) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	full, err := s.holdPetApp(ctx, tx, run.PracticeID)
	if err != nil {
		return false, err
	}
	people, err := s.nextPeople(ctx, tx, run.PracticeID, run.Kind, run.Scope, run.place)
	if err != nil {
		return false, err
	}
	if len(people) == 0 {
		return false, s.endRun(ctx, tx, run)
	}
	verdicts, err := s.verdicts(ctx, tx, run.PracticeID, run.Kind, people, run.Tally)
	if err != nil {
		return false, err
	}
	switch {
	case run.Kind == RunRemind:
		err = s.remindAll(ctx, tx, full, people, verdicts)
	case single:
		err = s.createSingly(ctx, tx, run, full, people, verdicts)
	default:
		err = s.createLogins(ctx, tx, run, full, plainOnes(people, verdicts))
	}
	if err != nil {
		return false, err
	}
	for _, v := range verdicts {
		run.add(v)
	}
	if err := insertOutcomes(ctx, tx, run, people, verdicts); err != nil {
		return false, err
	}
	run.place = people[len(people)-1].ID
	run.Done += len(people)
	run.Total = max(run.Total, run.Done) // somebody may have been imported meanwhile
	return true, updateRun(ctx, tx, run)
}

// plainOnes are the people with whom nothing is in the way.
func plainOnes(people []petparent.Row, verdicts []verdict) []petparent.Row {
	var plain []petparent.Row
	for i, v := range verdicts {
		if v.plain() {
			plain = append(plain, people[i])
		}
	}
	return plain
}

// createSingly gives people logins, one after the other, where the verdict says so.
// When a login ID was taken meanwhile, that is the verdict.
func (s *Service) createSingly(ctx context.Context, tx *db.Tx, run LoginRun, p practice.Practice, people []petparent.Row, verdicts []verdict) error {
	for i, person := range people {
		if !verdicts[i].plain() {
			continue
		}
		_, err := s.createLogin(ctx, tx, newLogin{
			practice: p, person: person, loginID: person.Email, mailWelcome: true, bulk: true, runID: run.ID,
		})
		if err == nil {
			continue
		}
		if !errors.Is(err, account.ErrLoginTaken) {
			return err
		}
		again, err := s.judge(ctx, tx, run.PracticeID, []petparent.Row{person}, Tally{})
		if err != nil {
			return err
		}
		if again[0].conflict == nil {
			return ErrHasLogin // taken and free again: the batch is tried anew
		}
		verdicts[i] = again[0]
	}
	return nil
}

func (s *Service) endRun(ctx context.Context, tx *db.Tx, run LoginRun) error {
	run.State, run.Total, run.EndedAt = RunDone, run.Done, s.Clock.Now()
	if err := updateRun(ctx, tx, run); err != nil {
		return err
	}
	e := audit.Entry{
		Action: audit.LoginsCreated, PracticeID: run.PracticeID, Target: audit.Target{Kind: "login_run", ID: run.ID},
		Detail: map[string]string{
			"people": strconv.Itoa(run.Done), "created": strconv.Itoa(run.Create),
			"conflicts": strconv.Itoa(len(run.Conflicts)), "not_mailable": strconv.Itoa(run.NotMailable),
		},
	}
	if run.Kind == RunRemind {
		e.Action = audit.RemindersSent
		e.Detail = map[string]string{
			"people": strconv.Itoa(run.Done), "sent": strconv.Itoa(run.Create),
			"recent": strconv.Itoa(run.Recent), "not_mailable": strconv.Itoa(run.NotMailable),
		}
	} else if run.Skipped > 0 {
		e.Detail["skipped"] = strconv.Itoa(run.Skipped)
	}
	return s.Audit.Record(ctx, tx, e)
}
