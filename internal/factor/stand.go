package factor

import (
	"context"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/db"
)

// Stand is where an account stands with second factors: what there is, and what
// the policy says.
type Stand struct {
	AccountID string
	Second    Second
	Demand    Demand
	Methods   []Method // what it can prove itself with, in order; none where nothing is asked for
}

// StandOf tells where one account stands.
func (s *Service) StandOf(ctx context.Context, r db.Reader, a account.Account) (Stand, error) {
	at, err := s.footing(ctx, r, a)
	if err != nil || !at.Second.Any() {
		return at, err
	}
	p, err := s.PasswordOf(ctx, r, a.PracticeID, a.ID)
	if err != nil {
		return Stand{}, err
	}
	at.Methods = at.Second.methods(a, at.Demand, p.Mailed)
	return at, nil
}

// footing is StandOf without the methods.
func (s *Service) footing(ctx context.Context, r db.Reader, a account.Account) (at Stand, err error) {
	at.AccountID = a.ID
	if at.Second, err = s.SecondOf(ctx, r, a.PracticeID, a.ID); err != nil {
		return Stand{}, err
	}
	at.Demand, err = s.DemandOf(ctx, r, a)
	return at, err
}

// EmailOnly reports whether codes by e-mail are all there is.
func (s Second) EmailOnly() bool { return s.AuthenticatorAt.IsZero() && !s.EmailSince.IsZero() }

// Stands tells where everybody stands who works for the practice, is active and
// has accepted the invitation; methods, backup codes and set-ups are left out.
func (s *Service) Stands(ctx context.Context, r db.Reader, practiceID string) ([]Stand, error) {
	policy, err := s.Practices.Policy(ctx, r, practiceID)
	if err != nil {
		return nil, err
	}
	held, err := s.Roles.HeldByAll(ctx, r, practiceID)
	if err != nil {
		return nil, err
	}
	all, err := db.All(ctx, r, func(sc db.Scanner) (st Stand, err error) {
		return st, sc.Scan(&st.AccountID, &st.Second.AuthenticatorAt, &st.Second.EmailSince, &st.Second.GraceFrom, &st.Second.Owed)
	}, `
		SELECT a.id, t.set_at, f.email_since, f.grace_from, coalesce(f.owed, FALSE)
		FROM account a
		LEFT JOIN authenticator t ON t.practice_id = a.practice_id AND t.account_id = a.id
		LEFT JOIN second_factor f ON f.practice_id = a.practice_id AND f.account_id = a.id
		WHERE a.practice_id = $1 AND a.kind = 'staff' AND a.active AND a.onboarded_at IS NOT NULL
		ORDER BY a.id`, practiceID)
	for i := range all {
		all[i].Demand = DemandOn(policy, held[all[i].AccountID])
	}
	return all, err
}

// ClientStand counts where the pet parents of a practice stand.
type ClientStand struct {
	Logins    int // active ones
	In        int // of these, have signed in for the first time
	With      int // have a second factor
	EmailOnly int // of these, codes by e-mail only
}

// ClientStand counts where the pet parents of a practice stand.
func (s *Service) ClientStand(ctx context.Context, r db.Reader, practiceID string) (ClientStand, error) {
	return db.One(ctx, r, func(sc db.Scanner) (c ClientStand, err error) {
		return c, sc.Scan(&c.Logins, &c.In, &c.With, &c.EmailOnly)
	}, `
		SELECT count(*), count(*) FILTER (WHERE a.onboarded_at IS NOT NULL),
			count(*) FILTER (WHERE t.account_id IS NOT NULL OR f.email_since IS NOT NULL),
			count(*) FILTER (WHERE t.account_id IS NULL AND f.email_since IS NOT NULL)
		FROM account a
		LEFT JOIN authenticator t ON t.practice_id = a.practice_id AND t.account_id = a.id
		LEFT JOIN second_factor f ON f.practice_id = a.practice_id AND f.account_id = a.id
		WHERE a.practice_id = $1 AND a.kind = 'client' AND a.active`, practiceID)
}

// ForgetGrace ends the grace of those of whom no factor is demanded any more,
// so that a later demand begins anew. The caller has changed the policy and
// holds it.
func (s *Service) ForgetGrace(ctx context.Context, tx *db.Tx, practiceID string) error {
	ids, err := db.All(ctx, tx, func(sc db.Scanner) (id string, err error) { return id, sc.Scan(&id) },
		`SELECT account_id FROM second_factor WHERE practice_id = $1 AND grace_from IS NOT NULL`, practiceID)
	if err != nil {
		return err
	}
	for _, accountID := range ids {
		a, err := s.Accounts.Get(ctx, tx, practiceID, accountID)
		if err != nil {
			return err
		}
		d, err := s.DemandOf(ctx, tx, a)
		if err != nil {
			return err
		}
		if d.Required() {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE second_factor SET grace_from = NULL WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID); err != nil {
			return err
		}
	}
	return nil
}

// Note is what somebody should do about their own second factor.
type Note struct {
	From     time.Time // a factor is required from then on; zero: not required, or there is one
	Over     bool      // From has passed: the next sign-in asks for it
	FewCodes bool      // there are backup codes, and FewCodes or fewer are left
	Left     int       // backup codes
	Unstored bool      // nobody said that the backup codes are stored
}

// Any reports whether there is anything to do.
func (n Note) Any() bool { return !n.From.IsZero() || n.FewCodes || n.Unstored }

// NoteFor tells a person what they should do about their own second factor.
func (s *Service) NoteFor(ctx context.Context, r db.Reader, v access.Viewer) (n Note, err error) {
	if v.AccountID == "" || v.KeyID != "" {
		return n, nil
	}
	a := account.Account{ID: v.AccountID, PracticeID: v.PracticeID, Kind: v.Kind}
	second, err := s.SecondOf(ctx, r, a.PracticeID, a.ID)
	if err != nil {
		return n, err
	}
	if second.Any() {
		n.Left, n.FewCodes = second.Unused, second.Unused <= FewCodes
		n.Unstored = second.Codes > 0 && second.StoredAt.IsZero() && !n.FewCodes
		return n, nil
	}
	d, err := s.DemandOf(ctx, r, a)
	if err != nil || !d.Required() {
		return n, err
	}
	now := s.Clock.Now()
	n.From = second.Deadline(d, now)
	n.Over = !now.Before(n.From)
	return n, nil
}
