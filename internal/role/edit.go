package role

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
)

// Input is a role as an administrator describes it.
type Input struct {
	Name        string
	Landing     string // path below the practice of the first page; "" for the usual one
	Permissions []access.Permission
}

// The answers to removing a role.
var (
	ErrReadyMade = fault.New(fault.Conflict, "role-ready-made",
		"The roles that every practice begins with stay. You can change their name and what they allow.")
	ErrHeld = fault.New(fault.Conflict, "role-held",
		"Somebody still holds this role, perhaps somebody who is deactivated. Remove it from them first.")
)

// landingForm is a path of this practice and of no other place.
var landingForm = regexp.MustCompile(`^(/[a-z0-9][a-z0-9-]*)+$`)

// checked is the input in its stored form: permissions once, in their order.
func (in Input) checked() (Input, error) {
	in.Name = strings.Join(strings.Fields(in.Name), " ")
	var c fault.Complaints
	c.Check(in.Name != "", "name", "Type the name of the role.")
	c.Check(utf8.RuneCountInString(in.Name) <= 60, "name", "Use at most 60 characters.")
	c.Check(in.Landing == "" || len(in.Landing) <= 200 && landingForm.MatchString(in.Landing), "landing", "Choose one of the pages in the list.")
	known := access.Permissions()
	for _, p := range in.Permissions {
		if !slices.Contains(known, p) {
			c.Add("permissions", "Choose among the permissions in the list.")
			break
		}
	}
	in.Permissions = slices.DeleteFunc(known, func(p access.Permission) bool { return !slices.Contains(in.Permissions, p) })
	return in, c.Err()
}

// Get reads one role of the practice. ErrNotFound.
func (s *Service) Get(ctx context.Context, r db.Reader, practiceID, roleID string) (Role, error) {
	role, err := db.One(ctx, r, scanRole, selectRole+` WHERE practice_id = $1 AND id = $2`, practiceID, roleID)
	if errors.Is(err, db.ErrNone) {
		return role, ErrNotFound
	}
	return role, err
}

// Add makes an own role of the viewer's practice. It allows nothing that the
// viewer does not hold for all branches.
func (s *Service) Add(ctx context.Context, practiceID string, in Input) (r Role, err error) {
	in, err = in.checked()
	if err != nil {
		return Role{}, err
	}
	err = s.change(ctx, practiceID, func(tx *db.Tx, v access.Viewer) error {
		r = Role{ID: id.New(), PracticeID: practiceID, Name: in.Name, Landing: in.Landing, Permissions: in.Permissions}
		r.Key = r.ID
		if err := own(v, in.Permissions); err != nil {
			return err
		}
		if err := insertRole(ctx, tx, r, s.Clock.Now()); err != nil {
			return nameTaken(err)
		}
		return s.record(ctx, tx, audit.RoleCreated, r, Role{}, r)
	})
	return r, err
}

// Update changes a role for everybody who holds it, from their next request
// on. What the viewer does not hold for all branches stays as it is, and so
// does what nobody would be left to give back.
func (s *Service) Update(ctx context.Context, practiceID, roleID string, in Input) (r Role, err error) {
	in, err = in.checked()
	if err != nil {
		return Role{}, err
	}
	err = s.change(ctx, practiceID, func(tx *db.Tx, v access.Viewer) error {
		former, err := s.Get(ctx, tx, practiceID, roleID)
		if err != nil {
			return err
		}
		given, taken := without(in.Permissions, former.Permissions), without(former.Permissions, in.Permissions)
		if err := own(v, append(given, taken...)); err != nil {
			return err
		}
		r = former
		r.Name, r.Landing, r.Permissions = in.Name, in.Landing, in.Permissions
		before, after, err := s.keeping(ctx, tx, practiceID, func() error { return nameTaken(updateRole(ctx, tx, r, s.Clock.Now())) })
		if err != nil {
			return err
		}
		for _, p := range taken {
			if before.holders(p) > 0 && after.holders(p) == 0 {
				return fault.Complain("permissions", "Nobody would be left to give this back: "+Words(p)+". Give it to somebody else for all branches first.")
			}
		}
		return s.record(ctx, tx, audit.RoleChanged, r, former, r)
	})
	return r, err
}

// Remove deletes an own role that nobody holds. ErrReadyMade, ErrHeld.
func (s *Service) Remove(ctx context.Context, practiceID, roleID string) error {
	return s.change(ctx, practiceID, func(tx *db.Tx, _ access.Viewer) error {
		former, err := s.Get(ctx, tx, practiceID, roleID)
		if err != nil {
			return err
		}
		if former.ReadyMade() {
			return ErrReadyMade
		}
		n, err := deleteRole(ctx, tx, practiceID, roleID)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrHeld
		}
		return s.record(ctx, tx, audit.RoleDeleted, former, former, Role{})
	})
}

// change holds the practice, finds out what the viewer holds at this moment,
// and tells every session of the practice.
func (s *Service) change(ctx context.Context, practiceID string, f func(tx *db.Tx, v access.Viewer) error) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.Practices.Hold(ctx, tx, practiceID); err != nil {
			return err
		}
		v, err := s.Acting(ctx, tx)
		if err != nil {
			return err
		}
		if !v.MayEverywhere(access.RoleManage) {
			return beyond([]access.Permission{access.RoleManage}, "in all branches")
		}
		tx.Announce(access.PracticeTopic(practiceID))
		return f(tx, v)
	})
}

func (s *Service) record(ctx context.Context, tx *db.Tx, action audit.Action, subject, before, after Role) error {
	changes := audit.Diff(nil, "name", before.Name, after.Name)
	changes = audit.Diff(changes, "landing", before.Landing, after.Landing)
	changes = audit.Diff(changes, "permissions", list(before.Permissions), list(after.Permissions))
	if len(changes) == 0 {
		return nil
	}
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: action, PracticeID: subject.PracticeID, Changes: changes,
		Target: audit.Target{Kind: "role", ID: subject.ID, Name: subject.Name},
	})
}

// own insists that the viewer holds all of these for all branches.
func own(v access.Viewer, all []access.Permission) error {
	return MayGive(v, Role{Permissions: all}, "")
}

func without(all, these []access.Permission) []access.Permission {
	return slices.DeleteFunc(slices.Clone(all), func(p access.Permission) bool { return slices.Contains(these, p) })
}

func list(all []access.Permission) string {
	words := make([]string, len(all))
	for i, p := range all {
		words[i] = string(p)
	}
	return strings.Join(words, ", ")
}

func nameTaken(err error) error {
	if db.IsDuplicate(err, "role_practice_id_name_key") {
		return fault.Complain("name", "There is a role of this name already. Choose a different one.")
	}
	return err
}
