package role

import (
	"context"
	"encoding/json"
	"slices"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
)

// helper is somebody who can change what others see, with all that they hold.
type helper struct {
	viewer access.Viewer
	held   []access.Held
}

// rolesWith names the roles that give one of the permissions.
func (h helper) rolesWith(permissions []access.Permission) []string {
	var names []string
	for _, r := range h.held {
		if slices.ContainsFunc(permissions, func(p access.Permission) bool { return slices.Contains(r.Permissions, p) }) {
			names = append(names, r.Role)
		}
	}
	return names
}

// helpersIn reads everybody who has a role that manages people, roles or
// branches, with all their roles; by name. The tables of accounts are read here
// and never written.
func helpersIn(ctx context.Context, r db.Reader, practiceID string) ([]helper, error) {
	var all []helper
	scan := func(s db.Scanner) (struct{}, error) {
		var v access.Viewer
		var h access.Held
		var permissions string
		if err := s.Scan(&v.AccountID, &v.Name, &h.BranchID, &h.Role, &permissions); err != nil {
			return struct{}{}, err
		}
		if len(all) == 0 || all[len(all)-1].viewer.AccountID != v.AccountID {
			all = append(all, helper{viewer: v})
		}
		last := &all[len(all)-1]
		err := json.Unmarshal([]byte(permissions), &h.Permissions)
		last.held = append(last.held, h)
		last.viewer = last.viewer.Holding(last.held)
		return struct{}{}, err
	}
	_, err := db.All(ctx, r, scan, `
		SELECT a.id, a.name, g.branch_id, r.name, r.permissions
		FROM role_grant g
		JOIN role r ON r.practice_id = g.practice_id AND r.id = g.role_id
		JOIN account a ON a.practice_id = g.practice_id AND a.id = g.account_id
		WHERE g.practice_id = $1 AND a.active AND a.onboarded_at IS NOT NULL AND g.account_id IN (
			SELECT m.account_id FROM role_grant m JOIN role x ON x.practice_id = m.practice_id AND x.id = m.role_id
			WHERE m.practice_id = $1
				AND (x.permissions LIKE $2 OR x.permissions LIKE $3 OR x.permissions LIKE $4))
		ORDER BY a.name, a.id, r.id, g.branch_id`,
		practiceID, like(access.StaffManage), like(access.RoleManage), like(access.BranchWrite))
	return all, err
}

// like finds the permission in a stored list of them.
func like(p access.Permission) string { return `%"` + string(p) + `"%` }
