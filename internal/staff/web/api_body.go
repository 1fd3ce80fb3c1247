package staffweb

import (
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/clock"
	"catflap/internal/role"
	"catflap/internal/staff"
)

type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// grantBody is a grant as programs send it.
type grantBody struct {
	Role   string `json:"role" doc:"Id of the role"`
	Branch string `json:"branch,omitempty" doc:"Id of the branch; left out for all branches"`
}

func grantsOf(all []grantBody) []role.Grant {
	grants := make([]role.Grant, len(all))
	for i, g := range all {
		grants[i] = role.Grant{RoleID: g.Role, BranchID: g.Branch}
	}
	return grants
}

type heldBody struct {
	Role      named     `json:"role"`
	Branch    *named    `json:"branch,omitempty" doc:"Left out for all branches"`
	GrantedAt time.Time `json:"granted_at"`
}

// staffBody is what the list and one person's answer say.
type staffBody struct {
	ID            string      `json:"id"`
	Name          string      `json:"name"`
	LoginID       string      `json:"login_id"`
	Email         string      `json:"email" doc:"Recovery address"`
	PendingEmail  string      `json:"pending_email,omitempty" doc:"Becomes login ID and recovery address once it is confirmed"`
	State         staff.State `json:"state" enum:"active,invited,leaving,deactivated"`
	Grants        []heldBody  `json:"grants" nullable:"false"`
	CreatedAt     time.Time   `json:"created_at"`
	LastSignInAt  *time.Time  `json:"last_sign_in_at,omitempty"`
	LastSignInOn  string      `json:"last_sign_in_on,omitempty" doc:"Device and address"`
	LastDay       string      `json:"last_day,omitempty" format:"date" doc:"In the time zone of the practice"`
	LeavesAt      *time.Time  `json:"leaves_at,omitempty" doc:"When that day is over"`
	DeactivatedAt *time.Time  `json:"deactivated_at,omitempty"`
}

type personBody struct {
	staffBody
	Sessions     int        `json:"sessions" doc:"Open ones"`
	Keys         int        `json:"api_keys" doc:"Working API keys that they created"`
	InvitedUntil *time.Time `json:"invited_until,omitempty" doc:"How long the invitation works"`
}

func staffFrom(row staff.Row, zone *time.Location) staffBody {
	b := staffBody{
		ID: row.ID, Name: row.Name, LoginID: row.LoginID, Email: row.RecoveryEmail, PendingEmail: row.PendingEmail, State: row.State(),
		Grants: make([]heldBody, 0, len(row.Grants)), CreatedAt: row.CreatedAt, LastSignInAt: clock.OrNil(row.LastSignInAt),
		LastSignInOn: row.LastSignInOn, LastDay: staff.LastDay(row.Account, zone), LeavesAt: clock.OrNil(row.LeavesAt), DeactivatedAt: clock.OrNil(row.DeactivatedAt),
	}
	for _, g := range row.Grants {
		held := heldBody{Role: named{g.RoleID, g.Role}, GrantedAt: g.At}
		if g.BranchID != "" {
			held.Branch = &named{g.BranchID, g.Branch}
		}
		b.Grants = append(b.Grants, held)
	}
	return b
}

type roleBody struct {
	ID          string              `json:"id"`
	Name        string              `json:"name"`
	Key         string              `json:"key,omitempty" doc:"Stable word of a ready-made role"`
	Landing     string              `json:"landing,omitempty" doc:"Path of the first page; left out for the usual one"`
	Permissions []access.Permission `json:"permissions" nullable:"false"`
	Holders     int                 `json:"holders" doc:"People who hold it somewhere"`
}

func roleFrom(r role.Role, holders int) roleBody {
	b := roleBody{
		ID: r.ID, Name: r.Name, Landing: r.Landing, Permissions: append([]access.Permission{}, r.Permissions...), Holders: holders,
	}
	if r.ReadyMade() {
		b.Key = r.Key
	}
	return b
}
