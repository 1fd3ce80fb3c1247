package session

import (
	"context"
	"strconv"
	"time"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// ErrNotFound answers for a session that is not the person's or has ended.
var ErrNotFound = fault.New(fault.NotFound, "session-not-found", "This session has ended already, or it is not yours.")

// SignOut ends the session in place.
func (s *Service) SignOut(ctx context.Context, v access.Viewer) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := s.end(ctx, tx, v.PracticeID, v.AccountID, v.SessionID, SignedOut)
		return err
	})
}

// EndOwn ends one session of the same person. Of several at once one wins; the
// others get ErrNotFound.
func (s *Service) EndOwn(ctx context.Context, v access.Viewer, sessionID string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		reason := Ended
		if sessionID == v.SessionID {
			reason = SignedOut
		}
		ended, err := s.end(ctx, tx, v.PracticeID, v.AccountID, sessionID, reason)
		if err == nil && !ended {
			return ErrNotFound
		}
		return err
	})
}

// EndReplaced ends the session that another sign-in in the same browser takes
// the place of.
func (s *Service) EndReplaced(ctx context.Context, tx *db.Tx, v access.Viewer) error {
	_, err := s.end(ctx, tx, v.PracticeID, v.AccountID, v.SessionID, Replaced)
	return err
}

func (s *Service) end(ctx context.Context, tx *db.Tx, practiceID, accountID, sessionID string, why Reason) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE session SET ended_at = $4, ended_reason = $5
		WHERE practice_id = $1 AND account_id = $2 AND id = $3 AND ended_at IS NULL`,
		practiceID, accountID, sessionID, s.Clock.Now(), string(why))
	if err != nil || n == 0 {
		return false, err
	}
	tx.Announce(access.AccountTopic(accountID))
	action := audit.SessionEnded
	if why == SignedOut {
		action = audit.SessionSignedOut
	}
	return true, s.Audit.Record(ctx, tx, audit.Entry{
		Action: action, PracticeID: practiceID, OnPlatform: practiceID == "", AccountID: accountID, Cause: string(why),
		Target: audit.Target{Kind: "session", ID: sessionID},
	})
}

// EndAll ends every session of an account but the one with id except ("" ends
// all), in the caller's transaction, and tells how many.
func (s *Service) EndAll(ctx context.Context, tx *db.Tx, practiceID, accountID, except string, why Reason) (int64, error) {
	n, err := tx.Exec(ctx, `
		UPDATE session SET ended_at = $4, ended_reason = $5
		WHERE practice_id = $1 AND account_id = $2 AND id <> $3 AND ended_at IS NULL`,
		practiceID, accountID, except, s.Clock.Now(), string(why))
	if err != nil || n == 0 {
		return n, err
	}
	tx.Announce(access.AccountTopic(accountID))
	return n, s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.SessionEnded, PracticeID: practiceID, OnPlatform: practiceID == "", AccountID: accountID, Cause: string(why),
		Detail: map[string]string{"sessions": strconv.FormatInt(n, 10)},
	})
}

// EndOthers ends all sessions of the person but the one they are using.
func (s *Service) EndOthers(ctx context.Context, v access.Viewer) (n int64, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err = s.EndAll(ctx, tx, v.PracticeID, v.AccountID, v.SessionID, Ended)
		return err
	})
	return n, err
}

// List reads the open sessions of an account, the one used last first.
func (s *Service) List(ctx context.Context, practiceID, accountID string) ([]Listed, error) {
	now := s.Clock.Now()
	all, err := db.All(ctx, s.DB, scanListed, selectListed, practiceID, accountID)
	if err != nil {
		return nil, err
	}
	open := all[:0]
	for _, l := range all {
		if l.alive(now) == nil {
			open = append(open, l)
		}
	}
	return open, nil
}

// Listed is an open session with the name of its branch.
type Listed struct {
	Session
	BranchName string
}

// sweepBatch bounds one transaction of Sweep.
const sweepBatch = 200

// Sweep closes what has idled out or reached its limit, so that the record
// tells of time-outs also when the browser never comes back.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.shortenAgain(ctx); err != nil {
		return err
	}
	for {
		now := s.Clock.Now()
		// Looking through all open sessions takes a while, so nobody who writes
		// waits for it.
		over, err := db.All(ctx, s.DB, scanSession, selectOver, now, sweepBatch)
		if err != nil || len(over) == 0 {
			return err
		}
		err = s.DB.Write(ctx, func(tx *db.Tx) error {
			for _, o := range over {
				if err := s.timeOut(ctx, tx, o, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(over) < sweepBatch {
			return err
		}
	}
}

func (s *Service) timeOut(ctx context.Context, tx *db.Tx, o Session, now time.Time) error {
	why := Idle
	if !now.Before(o.ExpiresAt) {
		why = Expired
	}
	n, err := tx.Exec(ctx, `
		UPDATE session SET ended_at = $3, ended_reason = $4
		WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL AND seen_at = $5`,
		o.PracticeID, o.ID, now, string(why), o.SeenAt)
	if err != nil || n == 0 {
		return err
	}
	tx.Announce(access.AccountTopic(o.AccountID))
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.SessionTimedOut, PracticeID: o.PracticeID, OnPlatform: o.PracticeID == "", AccountID: o.AccountID,
		BranchID: o.BranchID, Cause: string(why), Target: audit.Target{Kind: "session", ID: o.ID},
	})
}
