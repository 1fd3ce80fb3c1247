package staffweb_test

import (
	"context"
	"strings"
	"testing"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

// world is a practice with staff, and another that must never be reached from
// it.
type world struct {
	*apptest.App
	t             *testing.T
	clinic, other apptest.Clinic
	ada           apptest.Person    // Practice administrator, all branches
	sam           apptest.Person    // Security Manager, all branches
	nora          apptest.Person    // Manager in North
	rita          apptest.Person    // Receptionist in North
	vera          apptest.Person    // Veterinarian in South
	roles         map[string]string // ids by key
}

func each(t *testing.T, f func(t *testing.T, w *world)) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := &world{App: a, t: t, clinic: a.Clinic("paws"), other: a.Clinic("other"), roles: map[string]string{}}
		w.ada = w.clinic.Administrator
		w.sam = w.Hire(w.clinic, "Sam Secure", "sam@paws.example", role.SecurityManager, "")
		w.nora = w.Hire(w.clinic, "Nora Manager", "nora@paws.example", role.Manager, w.clinic.North.ID)
		w.rita = w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID)
		w.vera = w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.South.ID)
		all, err := w.Roles.List(w.ctx(), w.DB, w.clinic.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			w.roles[r.Key] = r.ID
		}
		f(t, w)
	})
}

func (w *world) ctx() context.Context {
	return access.WithViewer(context.Background(), access.System("test"))
}

// bearer is a fresh session of a person for the JSON API; who has a choice
// works in North.
func (w *world) bearer(p apptest.Person) string {
	w.t.Helper()
	slug, north := "paws", w.clinic.North.ID
	if p.PracticeID == w.other.ID {
		slug, north = "other", w.other.North.ID
	}
	return w.Token(slug, p, north)
}

type m = map[string]any

func grant(roleID, branchID string) m { return m{"role": roleID, "branch": branchID} }

func (w *world) audited(action audit.Action) []audit.Line {
	w.t.Helper()
	lines, err := w.Audit.List(w.ctx(), w.clinic.ID, audit.Filter{Subject: action.Subject()}, "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	var some []audit.Line
	for _, l := range lines {
		if l.Action == action {
			some = append(some, l)
		}
	}
	return some
}

func names(a apptest.Answer) string {
	items, _ := a.Body["items"].([]any)
	var all []string
	for _, one := range items {
		name, _ := one.(m)["name"].(string)
		all = append(all, strings.Fields(name)[0])
	}
	return strings.Join(all, " ")
}

// out insists that somebody who was switched off was led to the login page,
// which is told why.
func (w *world) out(p apptest.Page) {
	w.t.Helper()
	if !strings.HasPrefix(p.Path, "/paws/login?") || !strings.Contains(p.Path, "why=session-deactivated") {
		w.t.Errorf("switched off, and led to %s", p.Path)
	}
}
