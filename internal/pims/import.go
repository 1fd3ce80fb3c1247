package pims

import (
	"context"
	"errors"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
)

// State is where an import stands.
type State string

// The states, in the order in which an import goes through them.
const (
	StateUploaded  State = "uploaded"  // being stored; cannot be started yet
	StateAsks      State = "asks"      // the files leave something open that a person must choose
	StatePreviewed State = "previewed" // waits for somebody to start it
	StateRunning   State = "running"
	StateDone      State = "done"
	StateFailed    State = "failed"
	StateCancelled State = "cancelled"
)

// Over reports whether nothing more will happen.
func (s State) Over() bool { return s == StateDone || s == StateFailed || s == StateCancelled }

// Import is one import with its preview, progress and report.
type Import struct {
	ID           string
	PracticeID   string
	System       string
	State        State
	HomeBranchID string    // "" leaves home branches as they are
	AsOf         time.Time // when the export was made
	Choices      Choices   // how the files are read, where somebody chose
	Remembered   bool      // the choices are those of an earlier import
	Source       string    // names the columns of the files
	GoodRows     bool      // rejected rows may be left out
	Files        []FileInfo
	Counts       Counts  // compared at the time of the upload
	Preview      Preview // empty once the import is over
	Total        int     // clients
	Done         int     // clients that the run has been through
	Result       Tally   // of those that are done
	Problem      string  // why it failed, and what to do
	CreatedAt    time.Time
	StartedAt    time.Time
	EndedAt      time.Time

	by      actor
	reading int // how often the files were read; the last one counts
}

// actor is who uploaded an import; once it runs, who started it.
type actor struct{ kind, id, name string }

func actorFrom(v access.Viewer) actor { return actor{string(v.Kind), v.ActorID(), v.Name} }

// viewer is the actor again, for work that goes on without them.
func (a actor) viewer(practiceID string) access.Viewer {
	v := access.Viewer{Kind: access.Kind(a.kind), Name: a.name, PracticeID: practiceID}
	if v.Kind == access.KindProgram {
		v.KeyID = a.id
	} else {
		v.AccountID = a.id
	}
	return v
}

// By is the name of who uploaded the import; once it runs, of who started it.
func (im Import) By() string { return im.by.name }

// SystemLabel is the practice system as people know it.
func (im Import) SystemLabel() string {
	for _, s := range systems() {
		if s.name == im.System {
			return s.label
		}
	}
	return im.System
}

// NothingNew reports whether the run changes, or changed, nothing.
func (im Import) NothingNew() bool {
	t := im.Counts.Tally
	if im.State == StateRunning || im.State.Over() {
		t = im.Result
	}
	return t.New+t.Changed == 0
}

// Rate is how many clients a second the run got through until now; 0 when that
// cannot be told yet.
func (im Import) Rate(now time.Time) float64 {
	took := now.Sub(im.StartedAt).Seconds()
	if im.StartedAt.IsZero() || took < 1 {
		return 0
	}
	return float64(im.Done) / took
}

// Left is how long the run will probably take from now on; 0 when that cannot
// be told.
func (im Import) Left(now time.Time) time.Duration {
	rate := im.Rate(now)
	if rate == 0 {
		return 0
	}
	return time.Duration(float64(im.Total-im.Done) / rate * float64(time.Second)).Round(time.Second)
}

// Get reads one import. ErrNotFound.
func (s *Service) Get(ctx context.Context, practiceID, importID string) (Import, error) {
	return found(db.One(ctx, s.DB, scanImport, selectImport+` WHERE i.practice_id = $1 AND i.id = $2`, practiceID, importID))
}

// List reads the newest imports, those before the one with id before if it is
// not "". Uploads that are still being stored are left out.
func (s *Service) List(ctx context.Context, practiceID, before string, limit int) ([]Import, error) {
	return db.All(ctx, s.DB, scanImport, selectImport+`
		WHERE i.practice_id = $1 AND i.state <> 'uploaded' AND ($2 = '' OR i.id < $2)
		ORDER BY i.id DESC LIMIT $3`, practiceID, before, limit)
}

func found(im Import, err error) (Import, error) {
	if errors.Is(err, db.ErrNone) {
		return im, ErrNotFound
	}
	return im, err
}
