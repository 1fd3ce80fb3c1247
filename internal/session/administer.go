package session

import (
	"context"
	"errors"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
)

// Open is an open session of a practice with whose it is.
type Open struct {
	Listed
	Name    string
	LoginID string
	Kind    access.Kind
}

// Wish is which open sessions of a practice somebody looks for; what is empty
// does not narrow it.
type Wish struct {
	Text      string // part of a name, login ID, device or address
	BranchID  string
	Kind      access.Kind
	AccountID string
	After     string // id of the last one seen
	Limit     int    // how many at most
}

func (w Wish) admits(o Open) bool {
	return (w.BranchID == "" || o.BranchID == w.BranchID) && (w.Kind == "" || o.Kind == w.Kind) &&
		(w.AccountID == "" || o.AccountID == w.AccountID) && w.says(o)
}

func (w Wish) says(o Open) bool {
	text := strings.ToLower(strings.TrimSpace(w.Text))
	return slices.ContainsFunc([]string{o.Name, o.LoginID, o.Device, o.IP}, func(of string) bool {
		return strings.Contains(strings.ToLower(of), text)
	})
}

// manages reports whether the viewer may see and end a session: its own branch
// decides, and sessions without one, those of pet parents, belong to the whole
// practice.
func manages(v access.Viewer, o Session) bool { return v.MayIn(access.SessionManage, o.BranchID) }

// searchBatch is how many open sessions are looked through at once.
const searchBatch = 200

// Search lists the open sessions that the viewer manages and wishes to see, the
// newest first. next is the After of what follows, "" at the end.
func (s *Service) Search(ctx context.Context, v access.Viewer, w Wish) (found []Open, next string, err error) {
	after, now := w.After, s.Clock.Now()
	for {
		batch, err := db.All(ctx, s.DB, scanOpen, selectOpen, v.PracticeID, now, after, searchBatch)
		if err != nil {
			return nil, "", err
		}
		for _, o := range batch {
			if !manages(v, o.Session) || !w.admits(o) {
				continue
			}
			if len(found) == w.Limit {
				return found, found[len(found)-1].ID, nil
			}
			found = append(found, o)
		}
		if len(batch) < searchBatch {
			return found, "", nil
		}
		after = batch[len(batch)-1].ID
	}
}

// EndOther ends an open session that the viewer manages; ErrNotFound for every
// other one.
func (s *Service) EndOther(ctx context.Context, v access.Viewer, sessionID string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		o, err := s.Get(ctx, tx, v.PracticeID, sessionID)
		if err != nil {
			return err
		}
		if !manages(v, o) {
			return ErrNotFound
		}
		ended, err := s.end(ctx, tx, o.PracticeID, o.AccountID, o.ID, reasonFor(v, o))
		if err == nil && !ended {
			return ErrNotFound
		}
		return err
	})
}

// EndPerson ends the open sessions of an account that the viewer manages, but
// not the one they are using, and tells how many. ErrNotFound when there are none.
func (s *Service) EndPerson(ctx context.Context, v access.Viewer, accountID string) (n int, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		open, err := db.All(ctx, tx, scanListed, selectListed, v.PracticeID, accountID)
		if err != nil {
			return err
		}
		n = 0
		for _, o := range open {
			if o.ID == v.SessionID || !manages(v, o.Session) || o.alive(s.Clock.Now()) != nil {
				continue
			}
			ended, err := s.end(ctx, tx, o.PracticeID, o.AccountID, o.ID, reasonFor(v, o.Session))
			if err != nil {
				return err
			}
			if ended {
				n++
			}
		}
		if n == 0 {
			return ErrNotFound
		}
		return nil
	})
	return n, err
}

// reasonFor is how a session ends that the viewer ends as a manager of sessions,
// also of one of their own.
func reasonFor(v access.Viewer, o Session) Reason {
	switch {
	case o.AccountID != v.AccountID:
		return ByOther
	case o.ID == v.SessionID:
		return SignedOut
	}
	return Ended
}

// Get reads an open session of the practice; ErrNotFound otherwise.
func (s *Service) Get(ctx context.Context, r db.Reader, practiceID, sessionID string) (Session, error) {
	o, err := db.One(ctx, r, scanSession, `SELECT `+sessionColumns+`
		FROM session s WHERE s.practice_id = $1 AND s.id = $2 AND s.ended_at IS NULL`, practiceID, sessionID)
	if errors.Is(err, db.ErrNone) || err == nil && o.alive(s.Clock.Now()) != nil {
		return Session{}, ErrNotFound
	}
	return o, err
}
