package device

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/throttle"
	"catflap/internal/practice"
)

// Life is how long a device stays known without a sign-in, and how long browsers
// keep its cookie: longer they do not.
const Life = 400 * 24 * time.Hour

// Service is what can be done with devices.
type Service struct {
	DB        *db.DB
	Clock     clock.Clock
	Audit     *audit.Log
	Ring      *secret.Ring
	Throttle  *throttle.Limiter
	Practices *practice.Service
}

// Browser is what a request brought along to be recognised by.
type Browser struct {
	Token secret.Text // of the practice's device cookie; "" without one
	Keeps bool        // it keeps a cookie that the answer sets: a page, not a program
}

// Cookie is the name of the cookie by which browsers are recognised in a
// practice, or on the platform for the zero Practice. Each has its own, so that
// no practice touches what another one gave.
func Cookie(p access.Practice) string {
	if p.Slug == "" {
		return "catflap-device-platform"
	}
	return "catflap-device-" + p.Slug
}

type key struct{}

// WithBrowser returns a context in which the browser acts.
func WithBrowser(ctx context.Context, b Browser) context.Context {
	return context.WithValue(ctx, key{}, b)
}

func browserFrom(ctx context.Context) Browser {
	b, _ := ctx.Value(key{}).(Browser)
	return b
}

// hash is what is stored of the token, nil without one.
func (b Browser) hash() []byte {
	if b.Token == "" {
		return nil
	}
	return secret.HashToken(b.Token.Reveal())
}

// Mark names the browser in ctx in the throttle if it is known for the account,
// "" otherwise. It asks the same of an account that does not exist ("").
func (s *Service) Mark(ctx context.Context, r db.Reader, practiceID, accountID string) (string, error) {
	hash := browserFrom(ctx).hash()
	if hash == nil {
		return "", nil
	}
	known, err := s.known(ctx, r, practiceID, accountID, hash)
	if err != nil || !known {
		return "", err
	}
	return markOf(hash), nil
}

func markOf(hash []byte) string { return hex.EncodeToString(hash[:16]) }

// Arrival is what a complete sign-in means for the browser.
type Arrival struct {
	Known  bool        // the account signed in there before
	Shared bool        // it is a computer that the practice remembers as shared
	Token  secret.Text // what the browser is to keep from now on; "" leaves its cookie as it is
}

// Arrive remembers a complete sign-in of the account in the browser of ctx.
// Where others signed in before, the browser gets a new token, under which it
// stays known for them: a token that somebody planted there is worth nothing.
func (s *Service) Arrive(ctx context.Context, tx *db.Tx, practiceID, accountID string, shared bool) (Arrival, error) {
	b := browserFrom(ctx)
	if !b.Keeps && b.Token == "" {
		return s.arriveProgram(ctx, tx, practiceID, accountID, shared)
	}
	here, err := s.Here(ctx, tx, practiceID)
	if err != nil {
		return Arrival{}, err
	}
	if here.ID != "" {
		return s.arriveShared(ctx, tx, here, accountID)
	}
	known := false
	if hash := b.hash(); hash != nil {
		if known, err = s.known(ctx, tx, practiceID, accountID, hash); err != nil {
			return Arrival{}, err
		}
	}
	switch {
	case known:
		_, err := s.remember(ctx, tx, practiceID, accountID, b.hash())
		return Arrival{Known: true, Token: b.Token}, err
	case shared || !b.Keeps:
		return Arrival{}, nil
	}
	token, hash := secret.NewToken()
	if b.Token != "" {
		if err := s.rename(ctx, tx, practiceID, b.hash(), hash); err != nil {
			return Arrival{}, err
		}
	}
	_, err = s.remember(ctx, tx, practiceID, accountID, hash)
	return Arrival{Token: secret.Text(token)}, err
}

// arriveShared is Arrive at a shared computer; if that is removed at this very
// moment, nothing is remembered.
func (s *Service) arriveShared(ctx context.Context, tx *db.Tx, here Computer, accountID string) (Arrival, error) {
	n, err := tx.Exec(ctx, `
		UPDATE shared_computer SET last_at = $3 WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL`,
		here.PracticeID, here.ID, s.Clock.Now())
	if err != nil || n == 0 {
		return Arrival{Shared: true}, err
	}
	known, err := s.remember(ctx, tx, here.PracticeID, accountID, here.hash)
	return Arrival{Known: known, Shared: true, Token: browserFrom(ctx).Token}, err
}

// arriveProgram recognises a program, which keeps no cookie, by its name and its
// network. That is enough to spare its owner a message each day, and never
// enough for the throttle: nothing that can be copied is.
func (s *Service) arriveProgram(ctx context.Context, tx *db.Tx, practiceID, accountID string, shared bool) (Arrival, error) {
	if shared {
		return Arrival{}, nil
	}
	marks := s.programMarks(ctx, practiceID, accountID)
	known, err := s.remember(ctx, tx, practiceID, accountID, marks[0])
	for _, m := range marks[1:] { // of before a rotation; the new one is known from now on
		before := false
		if err == nil && !known {
			before, err = s.known(ctx, tx, practiceID, accountID, m)
		}
		known = known || before
	}
	return Arrival{Known: known}, err
}

// programMarks are what a program is recognised by: under the current key, and
// under those of before.
func (s *Service) programMarks(ctx context.Context, practiceID, accountID string) [][]byte {
	o := access.OriginFrom(ctx)
	marks := s.Ring.MACs("program_device", practiceID, accountID, o.Device, throttle.Network(o.IP))
	for i, m := range marks {
		marks[i] = m[:programMark]
	}
	return marks
}

// ForgetAll makes every device of an account unknown: after a new password, a
// protected or a switched-off account. Its computers that are remembered as
// shared stay so, but know the account no more.
func (s *Service) ForgetAll(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM known_device WHERE practice_id = $1 AND account_id = $2`,
		practiceID, accountID); err != nil {
		return err
	}
	return s.Throttle.ForgetDevices(ctx, tx, practiceID, accountID, "")
}

// ForgetOthers is ForgetAll but for the device in ctx: after a password that its
// person changed there. What failed on that one still counts: wrong codes are not
// made good by a password.
func (s *Service) ForgetOthers(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
	b, kept := browserFrom(ctx), ""
	own := [][]byte{b.hash()}
	switch {
	case own[0] != nil:
		kept = markOf(own[0])
	case b.Keeps:
		own[0] = []byte{} // nothing is known under it
	default:
		own = s.programMarks(ctx, practiceID, accountID)
	}
	args, places := db.In([]any{practiceID, accountID}, own)
	if _, err := tx.Exec(ctx, `DELETE FROM known_device WHERE practice_id = $1 AND account_id = $2 AND token_hash NOT IN (`+places+`)`,
		args...); err != nil {
		return err
	}
	return s.Throttle.ForgetDevices(ctx, tx, practiceID, accountID, kept)
}

// Sweep forgets devices in which nobody signed in for as long as they are kept.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM known_device WHERE last_at < $1`, s.Clock.Now().Add(-Life))
	return err
}

func none(err error) bool { return errors.Is(err, db.ErrNone) }
