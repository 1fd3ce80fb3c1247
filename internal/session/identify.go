package session

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
)

// errAway answers when the database does not say in time who a token stands
// for. Nobody is let in without its word.
var errAway = fault.New(fault.Busy, "database-unavailable",
	"The database does not answer at the moment. Please try again in a minute.").After(10 * time.Second)

// Identify is who a token stands for at this moment. Passive requests do not
// move the idle clock. With a session that is over, the viewer still names
// account and practice, but has no SessionID.
//
// It answers yes from memory where nothing can have changed; every no is the
// database's own.
func (s *Service) Identify(ctx context.Context, token string, passive bool) (access.Viewer, error) {
	now, ip := s.Clock.Now(), access.OriginFrom(ctx).IP
	hash := [sha256.Size]byte(secret.HashToken(token))
	k := s.memory.find(hash)
	if k == nil || !s.holds(k) || !k.sure(now, ip) {
		var over access.Viewer
		var err error
		if k, over, err = s.read(ctx, hash, now, ip); err != nil {
			return over, err
		}
	}
	if !passive && !k.locked {
		stands, err := s.use(ctx, k, now)
		if err != nil {
			return access.Viewer{}, err
		}
		if !stands {
			var over access.Viewer
			if k, over, err = s.read(ctx, hash, now, ip); err != nil {
				return over, err
			}
		}
	}
	return k.viewer(ip), nil
}

// holds reports whether nothing has happened to what is remembered.
func (s *Service) holds(k *known) bool {
	return s.DB.Unchanged(k.since, k.topic(), k.place.topic)
}

// read asks the database and remembers the answer if it is a yes.
func (s *Service) read(ctx context.Context, hash [sha256.Size]byte, now time.Time, ip string) (*known, access.Viewer, error) {
	since := s.DB.Moment() // before reading
	inTime, cancel := context.WithTimeout(ctx, s.Patience)
	defer cancel()
	row, err := readIdentity(inTime, s.DB, hash[:])
	switch {
	case errors.Is(err, db.ErrNone):
		err = ErrNone
	case err != nil && inTime.Err() != nil && ctx.Err() == nil:
		err = errAway.Because(err)
	}
	s.memory.reads.Add(1)
	if err != nil {
		return nil, access.Viewer{}, err
	}
	k, err := s.memory.known(row)
	if err != nil {
		return nil, access.Viewer{}, err
	}
	if err := row.refusal(k, now, ip); err != nil {
		s.memory.forget(hash)
		return nil, access.Viewer{Kind: k.place.kind, AccountID: k.accountID(), PracticeID: k.place.practice.ID}, err
	}
	k.since, k.readAt = since, now.UnixMicro()
	s.memory.keep(hash, k, func(k *known) bool { return s.holds(k) && now.Before(k.idleAt()) })
	return k, access.Viewer{}, nil
}

// use writes real use down, at most every touchEvery. It reports whether the
// session stands as far as memory knows: it does not when there was nothing to
// write to, because it has ended or because another server was quicker.
func (s *Service) use(ctx context.Context, k *known, now time.Time) (stands bool, err error) {
	seen := k.seen.Load()
	if now.UnixMicro()-seen < touchEvery.Microseconds() || !k.seen.CompareAndSwap(seen, now.UnixMicro()) {
		return true, nil
	}
	var n int64
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err = tx.Exec(ctx, `
			UPDATE session SET seen_at = $3 WHERE practice_id = $1 AND id = $2 AND seen_at < $3 AND ended_at IS NULL`,
			k.place.practice.ID, k.id(), now)
		return err
	})
	if err != nil {
		k.seen.CompareAndSwap(now.UnixMicro(), seen)
	}
	return n == 1, err
}

// refusal is why the session answers nobody at the moment, nil if it does.
func (i identity) refusal(k *known, now time.Time, ip string) error {
	if err := i.session.alive(now); err != nil {
		return err
	}
	switch {
	case !i.accountActive:
		return errDeactivated
	case k.place.practice.Closed:
		return errPracticeClosed
	case k.place.kind == access.KindStaff && !slices.ContainsFunc(*k.held, func(h access.Held) bool {
		return h.BranchID == "" || h.BranchID == i.session.BranchID
	}):
		return errAccessChanged
	case !k.place.network.Admits(ip):
		return errOffNetwork
	}
	return nil
}

func (s Session) alive(now time.Time) error {
	switch {
	case !s.EndedAt.IsZero():
		return s.EndedWhy.answer()
	case !now.Before(s.ExpiresAt):
		return ErrExpired
	case !now.Before(s.IdleAt()):
		return ErrIdle
	}
	return nil
}
