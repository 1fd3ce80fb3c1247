package throttle

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

const (
	// addressLimit is how many tries may fail from one network in one span. A
	// clinic is behind one address, and so are all customers of some telephone
	// companies: it is for those who try many accounts, not for typing errors.
	addressLimit = 100
	// AddressSpan is how long the failures from a network are counted together.
	AddressSpan = 10 * time.Minute
)

// ErrAddress asks for patience with a network from which too much failed,
// whoever tries. Devices that signed in before are not asked.
var ErrAddress = fault.New(fault.TooMany, "too-many-tries-from-here",
	"Too many sign-ins from your network did not match, so new devices have to wait there. Try again in a few minutes, or use Forgot password?")

// Network is what is counted for an address: the address itself or, of IPv6, the
// /64 that one customer has to themselves. "" for what is no address.
func Network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	if a = a.Unmap().WithZone(""); a.Is4() {
		return a.String()
	}
	p, _ := a.Prefix(64) // of an IPv6 address it never fails
	return p.String()
}

// AskAddress fails with ErrAddress while too many tries failed from the network
// that mark stands for; "" is not limited.
func (l *Limiter) AskAddress(ctx context.Context, r db.Reader, mark string) error {
	if mark == "" {
		return nil
	}
	now := l.Clock.Now()
	n, err := db.One(ctx, r, func(sc db.Scanner) (n int, err error) { return n, sc.Scan(&n) },
		`SELECT failures FROM address_failure WHERE mark = $1 AND span = $2`, mark, span(now))
	if errors.Is(err, db.ErrNone) {
		return nil
	}
	if err == nil && n >= addressLimit {
		err = ErrAddress.After(SpanEnds(now).Sub(now))
	}
	return err
}

// CountAddress counts a try that failed. The row is one that many share: call it
// last in a transaction.
func (l *Limiter) CountAddress(ctx context.Context, tx *db.Tx, mark string) error {
	if mark == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO address_failure (mark, span, failures) VALUES ($1, $2, 1)
		ON CONFLICT (mark, span) DO UPDATE SET failures = address_failure.failures + 1`, mark, span(l.Clock.Now()))
	return err
}

// SpanEnds is when the span that holds t is over.
func SpanEnds(t time.Time) time.Time { return span(t).Add(AddressSpan) }

// span is when the span that holds t began.
func span(t time.Time) time.Time { return t.Truncate(AddressSpan) }
