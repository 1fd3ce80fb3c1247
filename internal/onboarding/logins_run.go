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

// LoginRun is one creation of logins for everybody, under way or ended. Its
// Tally says what it has come to so far.
type LoginRun struct {
	Tally
	ID            string
	PracticeID    string
	State         RunState
	Total         int // people without a login when it began
	Done          int // people looked at so far
	Failure       string
	StartedBy     string // account or API key, "" for the command line
	StartedByName string
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
		"Logins are being created for this practice already. Wait for that to end, then look at its report.")
)

type loginsPayload struct {
	PracticeID string `json:"practice_id"`
	RunID      string `json:"run_id"`
}

// StartLogins begins to create logins for everybody who has none, has an
// address of their own and can be mailed; RunLogins does it. One run at a time
// in a practice: with ErrRunUnderWay it returns the one that goes on, and
// makes sure that it does. ErrNotInPlan.
func (s *Service) StartLogins(ctx context.Context, practiceID string) (run LoginRun, err error) {
	started := false
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := s.withPetApp(ctx, tx, practiceID); err != nil {
			return err
		}
		total, err := s.PetParents.CountWithoutLogin(ctx, tx, practiceID)
		if err != nil {
			return err
		}
		run = LoginRun{
			ID: id.New(), PracticeID: practiceID, State: RunUnderWay, Total: total,
			StartedBy: access.ViewerFrom(ctx).ActorID(), StartedAt: s.Clock.Now(),
		}
		if started, err = insertRun(ctx, tx, run); err != nil {
			return err
		}
		if started {
			err = s.Audit.Record(ctx, tx, audit.Entry{
				Action: audit.LoginsStarted, PracticeID: practiceID, Target: audit.Target{Kind: "login_run", ID: run.ID},
				Detail: map[string]string{"people": strconv.Itoa(total)},
			})
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
	if ctx, err = s.onBehalf(ctx, run); err != nil {
		return err
	}
	for {
		more := false
		err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
			more, err = s.nextBatch(ctx, tx, p)
			return err
		})
		switch {
		case errors.Is(err, ErrHasLogin): // given one by hand just now: the batch is looked at again
		case err != nil:
			return err
		case !more:
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// onBehalf has the work recorded as that of who started it.
func (s *Service) onBehalf(ctx context.Context, run LoginRun) (context.Context, error) {
	p, err := s.Practices.Get(ctx, s.DB, run.PracticeID)
	if err != nil {
		return ctx, err
	}
	ctx = access.WithPractice(ctx, p.Access())
	if run.StartedBy == "" {
		return access.WithViewer(ctx, access.System("command line")), nil
	}
	a, err := s.Accounts.Get(ctx, s.DB, run.PracticeID, run.StartedBy)
	if errors.Is(err, account.ErrNotFound) { // of the platform
		a, err = s.Accounts.Get(ctx, s.DB, "", run.StartedBy)
	}
	if errors.Is(err, account.ErrNotFound) { // no person
		v, err := s.Keys.Viewer(ctx, s.DB, p.Access(), run.StartedBy)
		return access.WithViewer(ctx, v), err
	}
	return access.WithViewer(ctx, access.Viewer{Kind: a.Kind, AccountID: a.ID, Name: a.Name, PracticeID: a.PracticeID}), err
}

// nextBatch looks at the next people of a run; false when it has ended.
func (s *Service) nextBatch(ctx context.Context, tx *db.Tx, p loginsPayload) (bool, error) {
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
	people, err := s.PetParents.WithoutLogin(ctx, tx, run.PracticeID, run.place, batch)
	if err != nil {
		return false, err
	}
	if len(people) == 0 {
		return false, s.endRun(ctx, tx, run)
	}
	verdicts, err := s.judge(ctx, tx, run.PracticeID, people, run.Tally)
	if err != nil {
		return false, err
	}
	for i, person := range people {
		v, err := s.settle(ctx, tx, run, full, person, verdicts[i])
		if err != nil {
			return false, err
		}
		run.add(v)
	}
	run.place = people[len(people)-1].ID
	run.Done += len(people)
	run.Total = max(run.Total, run.Done) // somebody may have been imported meanwhile
	return true, updateRun(ctx, tx, run)
}

// settle gives the person a login where the verdict says so. When the login ID
// was taken between the two, that is the verdict.
func (s *Service) settle(ctx context.Context, tx *db.Tx, run LoginRun, p practice.Practice, person petparent.Row, v verdict) (verdict, error) {
	if v.conflict != nil || len(v.reasons) > 0 {
		return v, nil
	}
	_, err := s.createLogin(ctx, tx, newLogin{
		practice: p, person: person, loginID: person.Email, mailWelcome: true, bulk: true, runID: run.ID,
	})
	if !errors.Is(err, account.ErrLoginTaken) {
		return v, err
	}
	again, err := s.judge(ctx, tx, run.PracticeID, []petparent.Row{person}, Tally{})
	if err != nil {
		return v, err
	}
	if again[0].conflict == nil {
		return v, account.ErrLoginTaken // taken and free again: the batch is tried anew
	}
	return again[0], nil
}

func (s *Service) endRun(ctx context.Context, tx *db.Tx, run LoginRun) error {
	run.State, run.Total, run.EndedAt = RunDone, run.Done, s.Clock.Now()
	if err := updateRun(ctx, tx, run); err != nil {
		return err
	}
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.LoginsCreated, PracticeID: run.PracticeID, Target: audit.Target{Kind: "login_run", ID: run.ID},
		Detail: map[string]string{
			"people": strconv.Itoa(run.Done), "created": strconv.Itoa(run.Create),
			"conflicts": strconv.Itoa(len(run.Conflicts)), "not_mailable": strconv.Itoa(run.NotMailable),
		},
	})
}
