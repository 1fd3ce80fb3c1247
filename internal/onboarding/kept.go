package onboarding

import (
	"context"
	"encoding/json"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
)

// Kept is what is stored of a pet parent's way in; what is not there is zero.
type Kept struct {
	Draft     Draft
	OpenedAt  time.Time // the page of the newest invitation
	EnteredAt time.Time // signed in with it
	Accepted  []Acceptance
	LeftOutAt time.Time // of logins for all
}

// Draft is what somebody confirmed in a first sign-in that is not complete.
type Draft struct {
	Details petparent.Details
	At      time.Time
}

// KeptOf reads it.
func (s *Service) KeptOf(ctx context.Context, r db.Reader, p petparent.PetParent) (k Kept, err error) {
	// At most one row each; with none the zero value stays.
	read := func(scan func(db.Scanner) error, query, id string) error {
		_, err := db.All(ctx, r, func(sc db.Scanner) (struct{}, error) { return struct{}{}, scan(sc) }, query, p.PracticeID, id)
		return err
	}
	if err = read(func(sc db.Scanner) error { return sc.Scan(&k.LeftOutAt) },
		`SELECT skipped_at FROM login_skip WHERE practice_id = $1 AND pet_parent_id = $2`, p.ID); err != nil || p.AccountID == "" {
		return k, err
	}
	if err = read(func(sc db.Scanner) error { return sc.Scan(&k.OpenedAt, &k.EnteredAt) },
		`SELECT opened_at, entered_at FROM invitation_visit WHERE practice_id = $1 AND account_id = $2`, p.AccountID); err != nil {
		return k, err
	}
	if err = read(func(sc db.Scanner) error {
		var text string
		if err := sc.Scan(&text, &k.Draft.At); err != nil {
			return err
		}
		return json.Unmarshal([]byte(text), &k.Draft.Details)
	}, `SELECT details, confirmed_at FROM onboarding_draft WHERE practice_id = $1 AND account_id = $2`, p.AccountID); err != nil {
		return k, err
	}
	k.Accepted, err = db.All(ctx, r, scanAcceptance, selectAcceptance+`
		WHERE practice_id = $1 AND account_id = $2 ORDER BY version`, p.PracticeID, p.AccountID)
	return k, err
}

const selectAcceptance = `SELECT account_id, version, accepted_at FROM terms_acceptance`

func scanAcceptance(sc db.Scanner) (a Acceptance, err error) {
	return a, sc.Scan(&a.AccountID, &a.Version, &a.At)
}

// AcceptancesAfter walks who accepted which version of the terms, in parts of at
// most limit, each behind the last one of the part before (the zero value begins).
func (s *Service) AcceptancesAfter(ctx context.Context, practiceID string, after Acceptance, limit int) ([]Acceptance, error) {
	return db.All(ctx, s.DB, scanAcceptance, selectAcceptance+`
		WHERE practice_id = $1 AND (account_id, version) > ($2, $3) ORDER BY account_id, version LIMIT $4`,
		practiceID, after.AccountID, after.Version, limit)
}

// LeftOut is somebody whom staff decided to leave out when logins are made for
// all.
type LeftOut struct {
	PetParentID string
	By          string // account or API key, "" for the command line
	At          time.Time
}

// LeftOutAfter walks those who are left out as AcceptancesAfter does.
func (s *Service) LeftOutAfter(ctx context.Context, practiceID, after string, limit int) ([]LeftOut, error) {
	scan := func(sc db.Scanner) (l LeftOut, err error) { return l, sc.Scan(&l.PetParentID, &l.By, &l.At) }
	return db.All(ctx, s.DB, scan, `
		SELECT pet_parent_id, skipped_by, skipped_at FROM login_skip
		WHERE practice_id = $1 AND pet_parent_id > $2 ORDER BY pet_parent_id LIMIT $3`, practiceID, after, limit)
}
