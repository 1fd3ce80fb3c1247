package role

import (
	"context"
	"errors"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/practice"
)

// Role is a named permission set of a practice.
type Role struct {
	ID          string
	PracticeID  string
	Key         string
	Name        string
	Landing     string // path below the practice of the first page; "" for the usual one
	Permissions []access.Permission
	Second      Second // what it says about a second factor
}

// ReadyMade reports whether every practice begins with it; the key of an own
// role is its id.
func (r Role) ReadyMade() bool { return r.Key != r.ID }

// Grant gives a role to an account, in one branch or in all of them.
type Grant struct {
	RoleID   string
	BranchID string // "" for all branches
}

// Held is one grant as it counts: with the role's name and permissions.
type Held struct {
	Grant
	Key         string
	Name        string
	Landing     string
	Permissions []access.Permission
	Second      Second
}

// ErrNotFound answers for a role or a branch that is not the practice's.
var ErrNotFound = fault.New(fault.NotFound, "role-not-found", "This role or its branch is not here. Choose both from the list.")

// Service is what can be done with roles.
type Service struct {
	DB        *db.DB
	Clock     clock.Clock
	Audit     *audit.Log
	Practices *practice.Service
}

// CreateReadyMades gives a new practice its roles.
func (s *Service) CreateReadyMades(ctx context.Context, tx *db.Tx, practiceID string) ([]Role, error) {
	var roles []Role
	for _, m := range ReadyMades() {
		r := Role{ID: id.New(), PracticeID: practiceID, Key: m.Key, Name: m.Name, Permissions: m.Permissions}
		if err := insertRole(ctx, tx, r, s.Clock.Now()); err != nil {
			return nil, err
		}
		roles = append(roles, r)
	}
	return roles, nil
}

// List reads the roles of a practice in the order of their making.
func (s *Service) List(ctx context.Context, r db.Reader, practiceID string) ([]Role, error) {
	return db.All(ctx, r, scanRole, selectRole+` WHERE practice_id = $1 ORDER BY id`, practiceID)
}

// ByKey reads the role with a stable word.
func (s *Service) ByKey(ctx context.Context, r db.Reader, practiceID, key string) (Role, error) {
	role, err := db.One(ctx, r, scanRole, selectRole+` WHERE practice_id = $1 AND key = $2`, practiceID, key)
	if errors.Is(err, db.ErrNone) {
		return role, ErrNotFound
	}
	return role, err
}

// Give stores the grants; those that are there already stay. ErrNotFound.
func (s *Service) Give(ctx context.Context, tx *db.Tx, practiceID, accountID string, grants []Grant) error {
	by := access.ViewerFrom(ctx).ActorID()
	for _, g := range grants {
		if err := insertGrant(ctx, tx, practiceID, accountID, g, s.Clock.Now(), by); err != nil {
			return err
		}
	}
	tx.Announce(access.AccountTopic(accountID))
	return nil
}

// Take removes the grants; those that are not there are no error.
func (s *Service) Take(ctx context.Context, tx *db.Tx, practiceID, accountID string, grants []Grant) error {
	for _, g := range grants {
		if _, err := tx.Exec(ctx, `
			DELETE FROM role_grant WHERE practice_id = $1 AND account_id = $2 AND role_id = $3 AND branch_id = $4`,
			practiceID, accountID, g.RoleID, g.BranchID); err != nil {
			return err
		}
	}
	tx.Announce(access.AccountTopic(accountID))
	return nil
}

// Holders counts by role how many people hold it somewhere, also those who
// are switched off.
func (s *Service) Holders(ctx context.Context, r db.Reader, practiceID string) (map[string]int, error) {
	all := map[string]int{}
	_, err := db.All(ctx, r, func(sc db.Scanner) (struct{}, error) {
		var roleID string
		var n int
		err := sc.Scan(&roleID, &n)
		all[roleID] = n
		return struct{}{}, err
	}, `SELECT role_id, count(DISTINCT account_id) FROM role_grant WHERE practice_id = $1 GROUP BY role_id`, practiceID)
	return all, err
}

// HeldBy reads all grants of an account.
func (s *Service) HeldBy(ctx context.Context, r db.Reader, practiceID, accountID string) ([]Held, error) {
	return db.All(ctx, r, scanHeld, selectHeld, practiceID, accountID)
}

// HeldByAll reads all grants of the practice, by account.
func (s *Service) HeldByAll(ctx context.Context, r db.Reader, practiceID string) (map[string][]Held, error) {
	all := map[string][]Held{}
	_, err := db.All(ctx, r, func(sc db.Scanner) (struct{}, error) {
		accountID, h, err := scanHolder(sc)
		all[accountID] = append(all[accountID], h)
		return struct{}{}, err
	}, selectHolders, practiceID)
	return all, err
}

// Access is what is held as every request carries it.
func Access(held []Held) []access.Held {
	all := make([]access.Held, 0, len(held))
	for _, h := range held {
		all = append(all, access.Held{BranchID: h.BranchID, Role: h.Name, Landing: h.Landing, Permissions: h.Permissions})
	}
	return all
}
