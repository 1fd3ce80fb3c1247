package staffweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/id"
	"catflap/internal/role"
)

func list(all ...access.Permission) []access.Permission { return append([]access.Permission{}, all...) }

func but(all []access.Permission, one access.Permission) []access.Permission {
	var left []access.Permission
	for _, p := range all {
		if p != one {
			left = append(left, p)
		}
	}
	return left
}

// TestRoles: nobody gives or takes what they lack, nobody takes the last
// administrator's tools, and what is changed counts on the next request.
func TestRoles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada, nora, other := w.bearer(w.ada), w.bearer(w.nora), w.bearer(w.other.Administrator)
		admin, desk := "/roles/"+w.roles[role.Administrator], "/roles/"+w.roles[role.Receptionist]
		wish := func(name string, all []access.Permission) m { return m{"name": name, "permissions": all} }
		w.Tries([]apptest.Try{
			{"GET", "/roles", "", nil, 401, ""},
			{"GET", "/roles", w.bearer(w.rita), nil, 403, "permission-missing"},
			{"POST", "/roles", "", wish("Helper", list()), 401, ""},
			{"POST", "/roles", nora, wish("Helper", list()), 403, "permission-missing"},
			{"POST", "/roles", ada, wish(" ", list()), 422, ""},
			{"POST", "/roles", ada, wish("receptionist", list()), 422, ""},
			{"POST", "/roles", ada, wish("Helper", list("root.everything")), 422, ""},
			{"POST", "/roles", ada, m{"name": "Helper", "permissions": list(), "landing": "//evil.example"}, 422, ""},
			{"POST", "/roles", ada, m{"name": "Helper", "permissions": list(), "landing": "/platform"}, 422, ""},
			{"PUT", desk, other, wish("Receptionist", list()), 404, ""},
			{"DELETE", desk, other, nil, 404, ""},
			{"DELETE", desk, ada, nil, 409, "role-ready-made"},
			{"PUT", "/roles/" + id.New(), ada, wish("Helper", list()), 404, ""},
			{"PUT", admin, ada, wish("Practice administrator", but(access.Permissions(), access.RoleManage)), 409, "last-administrator"},
			{"PUT", admin, ada, wish("Practice administrator", but(access.Permissions(), access.KeyManage)), 422, ""}, // nobody could give it back
		})

		// An own role: given, changed, acting on the next request.
		made := w.API("POST", "/roles", ada, m{"name": "Role keeper", "landing": "/staff", "permissions": list(access.StaffRead, access.RoleManage, access.StaffRead)}).Want(t, 201)
		keeper := "/roles/" + made.Text("id")
		if made.Text("landing") != "/staff" || len(made.Body["permissions"].([]any)) != 2 || made.Text("key") != "" {
			t.Errorf("made: %s", made.Raw)
		}
		rob := w.Hire(w.clinic, "Rob Roles", "rob@paws.example", role.Sitter, w.clinic.North.ID)
		w.Tries([]apptest.Try{{"PUT", "/staff/" + rob.ID, ada, m{"name": "Rob Roles", "grants": []m{grant(made.Text("id"), w.clinic.North.ID)}}, 200, ""}})
		local := w.bearer(rob)
		w.Tries([]apptest.Try{ // in one branch only
			{"POST", "/roles", local, wish("Helper", list()), 403, "permission-missing"},
			{"PUT", keeper, local, wish("Role keeper", access.Permissions()), 403, "permission-missing"},
			{"PUT", "/staff/" + rob.ID, ada, m{"name": "Rob Roles", "grants": []m{grant(made.Text("id"), "")}}, 200, ""},
			{"PUT", keeper, local, wish("Role keeper", list(access.StaffRead, access.RoleManage, access.StaffManage)), 403, "beyond-own-permissions"},
			{"PUT", keeper, local, wish("Role keeper", access.Permissions()), 403, "beyond-own-permissions"},
			{"PUT", desk, local, wish("Receptionist", list()), 403, "beyond-own-permissions"}, // nor taken
			{"PUT", admin, local, wish("Practice administrator", list()), 403, "beyond-own-permissions"},
			{"POST", "/roles", local, wish("Boss", list(access.SecurityManage)), 403, "beyond-own-permissions"},
			{"POST", "/roles", local, wish("Reader", list(access.StaffRead)), 201, ""},
			{"DELETE", keeper, ada, nil, 409, "role-held"},
		})
		b := w.Enter("paws", rob, w.clinic.North.ID)
		b.Get("/paws/staff/roles/edit/"+w.roles[role.Receptionist]).Want(t, 200, "What is greyed out", `value="petparent.read" checked disabled`)
		b.Post("/paws/staff/roles/edit/"+w.roles[role.Receptionist], url.Values{"name": {"Front desk"}, "permissions": {"staff.read"}}).
			Want(t, 200, "The role is saved.", "Front desk", "9 of 20") // the others stayed
		b.Get("/paws/staff/roles/edit/" + w.roles[role.Receptionist])
		b.Post("/paws/staff/roles/edit/"+w.roles[role.Receptionist], url.Values{"name": {"Front desk"}, "permissions": {"staff.read", "staff.manage"}}).Want(t, 403)

		rita := w.Enter("paws", w.rita, "")
		rita.Get("/paws/staff").Want(t, 200, "People")
		a := w.Enter("paws", w.ada, w.clinic.North.ID)
		a.Get("/paws/staff/roles").Want(t, 200, "Front desk", "1 person holds it", "Add a role")
		a.Get("/paws/staff/roles/edit/"+w.roles[role.Receptionist]).Want(t, 200, "Role Front desk")
		a.Post("/paws/staff/roles/edit/"+w.roles[role.Receptionist], url.Values{"name": {"Receptionist"}, "permissions": {"petparent.read"}, "landing": {"/pet-parents/pet-app"}}).
			Want(t, 200, "The role is saved.")
		rita.Get("/paws/staff").Want(t, 403)
		changed := w.audited(audit.RoleChanged)[0]
		if c := changed.Personal.Changes; changed.TargetID != w.roles[role.Receptionist] || len(c) != 3 || c[2].After != "petparent.read" || !strings.HasSuffix(c[2].Before, "staff.read") {
			t.Errorf("record: %+v", changed)
		}
		a.Get("/paws/staff/roles/new").Want(t, 200, "Add a role")
		a.Post("/paws/staff/roles/new", url.Values{"name": {"Helper"}, "landing": {"/nowhere"}}).Want(t, 422, "Choose one of the pages in the list.")
		a.Post("/paws/staff/roles/new", url.Values{"name": {"Helper"}, "permissions": {"petparent.read"}}).Want(t, 200, "The role is added.", "Helper", "nobody holds it")
		helper := w.audited(audit.RoleCreated)[0].TargetID
		a.Get("/paws/staff/roles/edit/"+helper).Want(t, 200, "Delete this role")
		a.Post("/paws/staff/roles/delete/"+helper, nil).Want(t, 200, "The role is deleted.").Without(t, "Helper")
		if len(w.audited(audit.RoleDeleted)) != 1 {
			t.Error("that the role is gone is not on record once")
		}
		// With a second one who keeps it, one's own role may lose something.
		w.Tries([]apptest.Try{
			{"PUT", "/staff/" + w.sam.ID, ada, m{"name": "Sam Secure", "grants": []m{grant(w.roles[role.Administrator], "")}}, 200, ""},
			{"PUT", desk, ada, wish("Receptionist", list()), 200, ""},
		})
		w.Clock.Advance(6 * time.Minute)
		w.Tries([]apptest.Try{{"PUT", desk, ada, wish("Receptionist", list()), 403, "step-up-required"}})
	})
}
