package factor

import (
	"context"
	"encoding/base64"
	"errors"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/secret"
)

// Purpose is what a one-time link is good for, and for nothing else.
type Purpose string

// The purposes.
const (
	Reset      Purpose = "reset"      // choose a new password
	Invitation Purpose = "invitation" // staff and platform: choose the first password
	Activation Purpose = "activation" // pet parents: begin the first sign-in
	Protection Purpose = "protection" // "this was not me": close the account to whoever is in it
	Address    Purpose = "address"    // a new e-mail address of staff says that it is theirs
	Recovery   Purpose = "recovery"   // the same for the recovery address of a pet parent
)

// Life is how long a link of the purpose works.
func (p Purpose) Life() time.Duration {
	if p == Reset {
		return 30 * time.Minute
	}
	return 7 * 24 * time.Hour
}

// Span is Life in words, for mail.
func (p Purpose) Span() string {
	if p == Reset {
		return "30 minutes"
	}
	return "7 days"
}

// Link is a one-time link without its token.
type Link struct {
	ID         string
	PracticeID string
	AccountID  string
	Purpose    Purpose
	Address    string // the mailbox it was sent to
	CreatedAt  time.Time
	ExpiresAt  time.Time
	UsedAt     time.Time
	EndedAt    time.Time
	keyID      string
}

// Works reports whether it can still be used.
func (l Link) Works(now time.Time) bool {
	return l.ID != "" && l.UsedAt.IsZero() && l.EndedAt.IsZero() && now.Before(l.ExpiresAt)
}

// ErrLinkVoid is the one answer to an expired, used, replaced or foreign link.
var ErrLinkVoid = fault.New(fault.Gone, "link-void",
	"This link does not work any more. It may have been used, replaced by a newer one, or it is too old. Ask for a new one.")

// NewLink makes a link and ends older ones of the same purpose, but not those
// that protect: of two notices both have to arrive and to work. The token is
// never stored: LinkToken derives it from the id under the key ring, so a
// mail that is retried carries the same link.
func (s *Service) NewLink(ctx context.Context, tx *db.Tx, practiceID, accountID string, purpose Purpose, address string) (Link, error) {
	if purpose != Protection {
		if err := s.EndLinks(ctx, tx, practiceID, accountID, purpose); err != nil {
			return Link{}, err
		}
	}
	all, err := s.NewLinks(ctx, tx, purpose, []LinkFor{{PracticeID: practiceID, AccountID: accountID, Address: address}})
	if err != nil {
		return Link{}, err
	}
	return all[0], nil
}

// LinkFor says whom a link is for and where it goes.
type LinkFor struct{ PracticeID, AccountID, Address string }

// NewLinks is NewLink for many accounts that have no link of the purpose yet.
func (s *Service) NewLinks(ctx context.Context, tx *db.Tx, purpose Purpose, all []LinkFor) ([]Link, error) {
	links, rows, now := make([]Link, len(all)), make([][]any, len(all)), s.Clock.Now()
	for i, f := range all {
		l := Link{
			ID: id.New(), PracticeID: f.PracticeID, AccountID: f.AccountID, Purpose: purpose, Address: f.Address,
			CreatedAt: now, ExpiresAt: now.Add(purpose.Life()), keyID: s.Ring.KeyID(),
		}
		token, err := s.token(l)
		if err != nil {
			return nil, err
		}
		links[i], rows[i] = l, []any{
			l.ID, l.PracticeID, l.AccountID, string(l.Purpose), l.Address, l.keyID, secret.HashToken(token), l.CreatedAt, l.ExpiresAt,
		}
	}
	return links, insertLinks(ctx, tx, rows)
}

func (s *Service) token(l Link) (string, error) {
	mac, err := s.Ring.MACWith(l.keyID, "link", l.ID, string(l.Purpose))
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(mac), nil
}

// LinkToken derives the token of a link that still works, for the mail that
// carries it. ErrLinkVoid otherwise.
func (s *Service) LinkToken(ctx context.Context, r db.Reader, practiceID, linkID string) (Link, secret.Text, error) {
	l, err := s.Link(ctx, r, practiceID, linkID)
	if err != nil {
		return Link{}, "", err
	}
	token, err := s.token(l)
	return l, secret.Text(token), err
}

// Link reads a link that still works. ErrLinkVoid otherwise.
func (s *Service) Link(ctx context.Context, r db.Reader, practiceID, linkID string) (Link, error) {
	l, err := db.One(ctx, r, scanLink, selectLink+` WHERE practice_id = $1 AND id = $2`, practiceID, linkID)
	return s.live(l, err)
}

// NewestLink reads the last link of a purpose that was made for an account,
// whether it works or not; zero when there never was one.
func (s *Service) NewestLink(ctx context.Context, r db.Reader, practiceID, accountID string, purpose Purpose) (Link, error) {
	l, err := db.One(ctx, r, scanLink, selectLink+`
		WHERE practice_id = $1 AND account_id = $2 AND purpose = $3 ORDER BY created_at DESC, id DESC LIMIT 1`,
		practiceID, accountID, string(purpose))
	if errors.Is(err, db.ErrNone) {
		return Link{}, nil
	}
	return l, err
}

// FindLink is the link behind a token, if it still works for the purpose at
// the practice. It changes nothing.
func (s *Service) FindLink(ctx context.Context, r db.Reader, practiceID string, purpose Purpose, token string) (Link, error) {
	l, err := db.One(ctx, r, scanLink, selectLink+`
		WHERE practice_id = $1 AND purpose = $2 AND token_hash = $3`, practiceID, string(purpose), secret.HashToken(token))
	return s.live(l, err)
}

// FindAnyLink is FindLink for programs that send a token without naming the
// practice: 256 random bits name it.
func (s *Service) FindAnyLink(ctx context.Context, r db.Reader, purpose Purpose, token string) (Link, error) {
	l, err := db.One(ctx, r, scanLink, selectLink+` WHERE purpose = $1 AND token_hash = $2`,
		string(purpose), secret.HashToken(token))
	return s.live(l, err)
}

func (s *Service) live(l Link, err error) (Link, error) {
	if errors.Is(err, db.ErrNone) {
		return Link{}, ErrLinkVoid
	}
	if err != nil {
		return Link{}, err
	}
	if !l.Works(s.Clock.Now()) {
		return Link{}, ErrLinkVoid
	}
	return l, nil
}

// UseLink uses it up: one conditional update, of several at once one wins and
// the others get ErrLinkVoid.
func (s *Service) UseLink(ctx context.Context, tx *db.Tx, l Link) error {
	now := s.Clock.Now()
	n, err := tx.Exec(ctx, `
		UPDATE link SET used_at = $3
		WHERE practice_id = $1 AND id = $2 AND used_at IS NULL AND ended_at IS NULL AND expires_at > $3`,
		l.PracticeID, l.ID, now)
	if err == nil && n == 0 {
		return ErrLinkVoid
	}
	return err
}

// EndLinks withdraws the unused links of an account; of every purpose when none
// is named, but for Protection: whoever takes an account over must not be able
// to end what would stop them.
func (s *Service) EndLinks(ctx context.Context, tx *db.Tx, practiceID, accountID string, purpose Purpose) error {
	_, err := tx.Exec(ctx, `
		UPDATE link SET ended_at = $4
		WHERE practice_id = $1 AND account_id = $2 AND (purpose = $3 OR $3 = '' AND purpose <> $5)
			AND used_at IS NULL AND ended_at IS NULL`,
		practiceID, accountID, string(purpose), s.Clock.Now(), string(Protection))
	return err
}

// LinksSince counts the links of a purpose that were made for an account.
func (s *Service) LinksSince(ctx context.Context, r db.Reader, practiceID, accountID string, purpose Purpose, since time.Time) (int64, error) {
	return db.One(ctx, r, func(sc db.Scanner) (n int64, err error) { return n, sc.Scan(&n) }, `
		SELECT count(*) FROM link WHERE practice_id = $1 AND account_id = $2 AND purpose = $3 AND created_at > $4`,
		practiceID, accountID, string(purpose), since)
}
