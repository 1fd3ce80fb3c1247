package role

import (
	"context"
	"slices"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
)

// SecurityManagers lists the accounts of everybody who is a Security Manager
// somewhere, is active and has chosen a password.
func (s *Service) SecurityManagers(ctx context.Context, r db.Reader, practiceID string) ([]string, error) {
	return db.All(ctx, r, func(sc db.Scanner) (id string, err error) { return id, sc.Scan(&id) }, `
		SELECT DISTINCT g.account_id
		FROM role r
		JOIN role_grant g ON g.practice_id = r.practice_id AND g.role_id = r.id
		JOIN account a ON a.practice_id = g.practice_id AND a.id = g.account_id
		WHERE r.practice_id = $1 AND r.permissions LIKE $2 AND a.active AND a.onboarded_at IS NOT NULL
		ORDER BY g.account_id`, practiceID, like(access.SecurityManage))
}

// Alone is the only Security Manager for all branches.
type Alone struct {
	AccountID string
	Name      string
}

// AloneInSecurity is who is the only Security Manager for all branches: nobody
// could help them after a lost phone. It is the zero Alone where there are
// several. It is asked for with every page of an administrator.
func (s *Service) AloneInSecurity(ctx context.Context, r db.Reader, practiceID string) (Alone, error) {
	found, err := db.All(ctx, r, func(sc db.Scanner) (one Alone, err error) { return one, sc.Scan(&one.AccountID, &one.Name) }, `
		SELECT DISTINCT a.id, a.name
		FROM role r
		JOIN role_grant g ON g.practice_id = r.practice_id AND g.role_id = r.id
		JOIN account a ON a.practice_id = g.practice_id AND a.id = g.account_id
		WHERE r.practice_id = $1 AND r.permissions LIKE $2 AND g.branch_id = '' AND a.active AND a.onboarded_at IS NOT NULL
		LIMIT 2`, practiceID, like(access.SecurityManage))
	if err != nil || len(found) != 1 {
		return Alone{}, err
	}
	return found[0], nil
}

// Manages reports whether the viewer may do all that is essential among what
// these roles allow, where they allow it.
func Manages(v access.Viewer, held []access.Held) bool {
	return !slices.ContainsFunc(held, func(h access.Held) bool {
		return slices.ContainsFunc(Essential(), func(p access.Permission) bool {
			return slices.Contains(h.Permissions, p) && !v.MayIn(p, h.BranchID)
		})
	})
}

// Beyond lists who among the Security Managers for all branches manages more than
// each of the others, so that none of them could help: names, in their order.
func (s *Service) Beyond(ctx context.Context, r db.Reader, practiceID string) ([]string, error) {
	all, err := helpersIn(ctx, r, practiceID)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(h helper) bool { return !h.viewer.MayEverywhere(access.SecurityManage) })
	var names []string
	for _, h := range all {
		if !slices.ContainsFunc(all, func(o helper) bool { return o.viewer.AccountID != h.viewer.AccountID && Manages(o.viewer, h.held) }) {
			names = append(names, h.viewer.Name)
		}
	}
	return names, nil
}
