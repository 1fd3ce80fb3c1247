package mail

import (
	"cmp"
	"context"
	"log/slog"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
)

// Secrets fetches what a message must not store.
type Secrets interface {
	// Reveal returns the secret tokens of the template, and optionally others
	// that are only known at hand-over. A fault of kind Gone drops the message
	// with the fault's words as the reason; any other error tries again later.
	Reveal(ctx context.Context, practiceID string, ref SecretRef) (map[string]string, error)
	// Settled is called in the transaction that marks the message as sent, failed
	// or dropped: nothing will be tried again, and what it carried begins to age
	// even where it reached nobody. It may be called again for the same message
	// after a crash.
	Settled(ctx context.Context, tx *db.Tx, practiceID string, ref SecretRef, at time.Time) error
}

// Options are what a Service is built from.
type Options struct {
	DB        *db.DB
	Clock     clock.Clock
	Log       *slog.Logger
	Transport Transport
	Secrets   Secrets // nil when no message carries a secret
	Gate      Gate    // nil: mail of every practice leaves
	Halts     Halts   // nil: nothing stops a message of a campaign
	Bounces   Bounces // nil: nobody is told
	Audit     *audit.Log
	// House tells of a practice what its mail has to know; nil where nothing is.
	House     func(ctx context.Context, r db.Reader, practiceID string) (House, error)
	From      *netmail.Address // nil: catflap@<host of PublicURL>
	PublicURL *url.URL
	Limits    Limits // the zero value limits nothing
}

// Service is the outbox.
type Service struct {
	db        *db.DB
	clock     clock.Clock
	log       *slog.Logger
	transport Transport
	secrets   Secrets
	gate      Gate
	halts     Halts
	bounces   Bounces
	audit     *audit.Log
	from      netmail.Address
	host      string
	hosted    string // what the addresses of pictures in mail begin with
	templates *templateSet
	limits    Limits
	house     func(ctx context.Context, r db.Reader, practiceID string) (House, error)
	compiled  compiled

	single, bulk *lane
	lease        time.Duration
	restUntil    atomic.Int64 // microseconds
	settler      settler
}

// New builds the outbox; Run delivers. It fails only when
// a built-in template is broken.
func New(o Options) (*Service, error) {
	templates, err := loadTemplates(files)
	if err != nil {
		return nil, err
	}
	s := &Service{
		db: o.DB, clock: o.Clock, log: o.Log,
		transport: o.Transport, secrets: o.Secrets, gate: o.Gate, halts: o.Halts, bounces: o.Bounces, audit: o.Audit,
		host:      MailHost(o.PublicURL),
		hosted:    strings.TrimSuffix(o.PublicURL.String(), "/") + "/",
		settler:   settler{enough: make(chan struct{}, 1)},
		templates: templates, limits: o.Limits, lease: leaseTime, house: o.House,
		single: newLane(false, 4, 8), bulk: newLane(true, 24, 256),
	}
	s.from = netmail.Address{Address: "catflap@" + s.host}
	if o.From != nil {
		s.from = *o.From
	}
	return s, nil
}

// MailHost is the part after the @ in addresses and identifiers that Catflap
// makes: the host of the public URL, or localhost when that is a bare IP.
func MailHost(publicURL *url.URL) string {
	host := publicURL.Hostname()
	if _, err := netip.ParseAddr(host); err == nil {
		return "localhost"
	}
	return cmp.Or(host, "localhost")
}

// Holding is why no mail leaves at the moment, in words for administrators;
// empty when mail leaves.
func (s *Service) Holding() string { return s.transport.Holding() }
