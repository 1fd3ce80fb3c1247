package app_test

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/role"
)

// TestNoSessionWithoutTheProofs drives random sequences of everything that can
// happen to a member of staff's sessions and compares each answer with a small
// model: nobody is in without the proofs, and nothing answers after its end.
func TestNoSessionWithoutTheProofs(t *testing.T) {
	sequences := "16"
	if testing.Short() {
		sequences = "3"
	}
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		set(t, "rapid.checks", sequences)
	}
	set(t, "rapid.nofailfile", "true")
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := &doorway{app: a, clinic: a.Clinic("paws")}
		number := 0
		rapid.Check(t, func(t *rapid.T) {
			number++
			m := w.model(t, number)
			t.Repeat(map[string]func(*rapid.T){
				"":               m.agree,
				"sign in":        m.signIn,
				"choose branch":  m.chooseBranch,
				"wrong password": m.wrongPassword,
				"old password":   m.oldPassword,
				"use":            m.use,
				"step up":        m.stepUp,
				"wrong step-up":  m.wrongStepUp,
				"switch branch":  m.switchBranch,
				"lock":           m.lock,
				"unlock":         m.unlock,
				"end one":        m.endOne,
				"end others":     m.endOthers,
				"sign out":       m.signOut,
				"change":         m.changePassword,
				"reset":          m.reset,
				"switch off":     m.switchOff,
				"switch on":      m.switchOn,
				"lose a branch":  m.loseBranch,
				"gain a branch":  m.gainBranch,
				"set up":         m.setUpFactor,
				"code":           m.code,
				"wrong code":     m.wrongCode,
				"code again":     m.codeAgain,
				"reset factor":   m.resetFactor,
				"time":           m.time,
			})
		})
	})
}

func set(t *testing.T, name, value string) {
	t.Helper()
	if err := flag.Set(name, value); err != nil {
		t.Fatal(err)
	}
}

// doorway is where the sequences happen; each has a person of its own.
type doorway struct {
	app    *apptest.App
	clinic apptest.Clinic
}

// inside is a session as the model knows it.
type inside struct {
	token, id, branch string
	seen, expires     time.Time
	locked            bool
}

// model is what must be true of one person.
type model struct {
	*doorway
	person    apptest.Person
	former    []string // passwords that are not theirs any more
	active    bool
	branches  []string
	inside    []*inside
	half      []*half
	void      []string // tokens that stand for nothing any more
	failed    int      // wrong tries in a row at sign-in
	stepFails int      // the same inside
	resets    []time.Time
	codeFails int    // wrong codes in a row
	used      string // the last code that was accepted
}

const (
	idleLimit     = 15 * time.Minute
	absoluteLimit = 12 * time.Hour
	halfLimit     = 15 * time.Minute
)

func (w *doorway) model(t *rapid.T, number int) *model {
	w.app.Clock.Advance(time.Hour) // what this address did wrong before is forgotten
	m := &model{doorway: w, active: true, branches: []string{w.clinic.North.ID}}
	m.person = w.app.Hire(w.clinic, "Vera Vet", fmt.Sprintf("vera%d@paws.example", number), role.Veterinarian, w.clinic.North.ID)
	m.gainBranch(t)
	return m
}

// administrator is a context in which the administrator of the practice acts.
func (w *doorway) administrator() context.Context {
	a := w.clinic.Administrator
	return access.WithViewer(access.WithPractice(context.Background(), w.clinic.Access()), access.Viewer{
		Kind: a.Kind, AccountID: a.ID, Name: a.Name, PracticeID: w.clinic.ID, Practice: w.clinic.Access(),
	}.WithPermissions(access.Permissions()))
}

func (w *doorway) grant(t *rapid.T, branch string) role.Grant {
	r, err := w.app.Roles.ByKey(context.Background(), w.app.DB, w.clinic.ID, role.Veterinarian)
	if err != nil {
		t.Fatal(err)
	}
	return role.Grant{RoleID: r.ID, BranchID: branch}
}

func (m *model) now() time.Time { return m.app.Clock.Now() }

// call asks the API and insists on one of the statuses.
func (m *model) call(t *rapid.T, method, path, token string, body any, want ...int) apptest.Answer {
	r := m.app.API(method, path, token, body)
	if !slices.Contains(want, r.Status) {
		t.Fatalf("%s %s: %d, want %v: %s", method, path, r.Status, want, r.Raw)
	}
	return r
}

// tick forgets what time alone has ended.
func (m *model) tick() {
	m.inside = slices.DeleteFunc(m.inside, func(s *inside) bool {
		over := !m.now().Before(s.expires) || !m.now().Before(s.seen.Add(idleLimit))
		if over {
			m.void = append(m.void, s.token)
		}
		return over
	})
	m.half = slices.DeleteFunc(m.half, func(h *half) bool {
		over := !m.now().Before(h.expires)
		if over {
			m.void = append(m.void, h.token)
		}
		return over
	})
}

// endInside ends the sessions that match.
func (m *model) endInside(match func(s *inside) bool) {
	m.inside = slices.DeleteFunc(m.inside, func(s *inside) bool {
		if match(s) {
			m.void = append(m.void, s.token)
			return true
		}
		return false
	})
}

func (m *model) endHalves() {
	for _, h := range m.half {
		m.void = append(m.void, h.token)
	}
	m.half = nil
}

// seen is real use of a session: at most every ten seconds it is written down.
func (m *model) seen(s *inside) {
	if !s.locked && m.now().Sub(s.seen) >= 10*time.Second {
		s.seen = m.now()
	}
}

// renewed is a change of level: the old token stands for nothing.
func (m *model) renewed(s *inside, token string) {
	m.void = append(m.void, s.token)
	s.token, s.seen = token, m.now()
}

func (m *model) some(t *rapid.T) *inside {
	m.tick()
	if len(m.inside) == 0 {
		t.Skip("nobody is in")
	}
	return rapid.SampledFrom(m.inside).Draw(t, "session")
}

func (m *model) open(t *rapid.T) *inside {
	s := m.some(t)
	if s.locked {
		t.Skip("locked")
	}
	return s
}

// agree compares the server with the model.
func (m *model) agree(t *rapid.T) {
	m.tick()
	for _, s := range m.inside {
		if s.locked {
			m.call(t, "GET", "/sessions", s.token, nil, 403)
			continue
		}
		r := m.call(t, "GET", "/session", s.token, nil, 200)
		if got := r.Text("branch", "id"); got != s.branch {
			t.Fatalf("in branch %s, want %s", got, s.branch)
		}
	}
	for _, h := range m.half {
		switch {
		case m.stuck(h):
			m.call(t, "GET", "/sign-in", h.token, nil, 401)
		case m.asked(h) || len(m.branches) > 0:
			if next := m.call(t, "GET", "/sign-in", h.token, nil, 200).Text("next"); next != m.next(h) {
				t.Fatalf("next is %s, want %s", next, m.next(h))
			}
		}
		m.call(t, "GET", "/session", h.token, nil, 401)
	}
	for _, token := range m.void {
		m.call(t, "GET", "/session", token, nil, 401)
	}
}

func (m *model) try(t *rapid.T, password string) apptest.Answer {
	return m.call(t, "POST", "/practices/paws/sign-in", "", map[string]any{"login": m.person.LoginID, "password": password}, 200, 401, 403, 429)
}

func (m *model) signIn(t *rapid.T) {
	r := m.try(t, m.person.Password)
	switch {
	case r.Status == 429:
		if m.failed < 5 {
			t.Fatalf("asked for patience after %d wrong tries", m.failed)
		}
	case !m.active:
		if r.Status != 401 {
			t.Fatalf("switched off and got %d", r.Status)
		}
		m.failed++
	case m.person.Key != nil:
		if r.Text("next") != "second_factor" {
			t.Fatalf("with a second factor: %s", r.Raw)
		}
		m.failed = 0
		m.begun(r)
	case len(m.branches) == 0:
		if r.Status != 403 {
			t.Fatalf("without a branch and got %d", r.Status)
		}
		m.failed = 0
	case len(m.branches) == 1:
		m.failed = 0
		m.enter(t, r, m.branches[0])
	default:
		if r.Text("next") != "choose_branch" {
			t.Fatalf("with two branches: %s", r.Raw)
		}
		m.failed = 0
		m.begun(r)
	}
}

func (m *model) enter(t *rapid.T, r apptest.Answer, branch string) {
	if r.Text("next") != "done" {
		t.Fatalf("not in: %s", r.Raw)
	}
	s := &inside{token: r.Text("session", "token"), branch: branch, seen: m.now(), expires: m.now().Add(absoluteLimit)}
	s.id = m.call(t, "GET", "/session", s.token, nil, 200).Text("id")
	m.inside = append(m.inside, s)
}

func (m *model) chooseBranch(t *rapid.T) {
	m.tick()
	if len(m.half) == 0 {
		t.Skip("nobody chooses")
	}
	i := rapid.IntRange(0, len(m.half)-1).Draw(t, "sign-in")
	branch := rapid.SampledFrom([]string{m.clinic.North.ID, m.clinic.South.ID}).Draw(t, "branch")
	h := m.half[i]
	if m.asked(h) || m.stuck(h) {
		m.call(t, "POST", "/sign-in/branch", h.token, map[string]any{"branch": branch}, 401, 409)
		return
	}
	if !slices.Contains(m.branches, branch) {
		m.call(t, "POST", "/sign-in/branch", h.token, map[string]any{"branch": branch}, 403, 422)
		return
	}
	r := m.call(t, "POST", "/sign-in/branch", h.token, map[string]any{"branch": branch}, 200)
	m.half = slices.Delete(m.half, i, i+1)
	m.void = append(m.void, h.token)
	m.enter(t, r, branch)
}

func (m *model) wrongPassword(t *rapid.T) { m.refused(t, apptest.Password()) }

func (m *model) oldPassword(t *rapid.T) {
	if len(m.former) == 0 {
		t.Skip("no former password")
	}
	m.refused(t, rapid.SampledFrom(m.former).Draw(t, "former"))
}

func (m *model) refused(t *rapid.T, password string) {
	r := m.try(t, password)
	switch {
	case r.Status == 429 && m.failed >= 5:
	case r.Status == 401:
		m.failed++
	default:
		t.Fatalf("a wrong password got %d after %d wrong tries", r.Status, m.failed)
	}
}

func (m *model) use(t *rapid.T) {
	s := m.open(t)
	m.call(t, "GET", "/sessions", s.token, nil, 200)
	m.seen(s)
}

func (m *model) switchBranch(t *rapid.T) {
	s := m.open(t)
	branch := rapid.SampledFrom([]string{m.clinic.North.ID, m.clinic.South.ID}).Draw(t, "branch")
	works := slices.Contains(m.branches, branch) && branch != s.branch
	r := m.call(t, "POST", "/session/branch", s.token, map[string]any{"branch": branch}, 200, 403, 404, 409, 422)
	m.seen(s)
	if works != (r.Status == 200) && branch != s.branch {
		t.Fatalf("switching got %d", r.Status)
	}
	if r.Status == 200 {
		m.renewed(s, r.Text("token"))
		s.branch = branch
	}
}

func (m *model) lock(t *rapid.T) {
	s := m.open(t)
	m.call(t, "POST", "/session/lock", s.token, nil, 204)
	m.seen(s)
	s.locked = true
}

func (m *model) unlock(t *rapid.T) {
	s := m.some(t)
	if !s.locked {
		t.Skip("not locked")
	}
	m.call(t, "POST", "/session/unlock", s.token, map[string]any{"password": apptest.Password()}, 422, 429)
	m.stepFails++
	r := m.call(t, "POST", "/session/unlock", s.token, map[string]any{"password": m.person.Password}, 200, 429)
	if r.Status == 200 {
		m.renewed(s, r.Text("token"))
		s.locked, m.stepFails = false, 0
	}
}

func (m *model) endOne(t *rapid.T) {
	by, target := m.open(t), m.some(t)
	m.call(t, "DELETE", "/sessions/"+target.id, by.token, nil, 204)
	m.seen(by)
	m.endInside(func(s *inside) bool { return s == target })
}

func (m *model) endOthers(t *rapid.T) {
	by := m.open(t)
	m.call(t, "DELETE", "/sessions", by.token, nil, 204)
	m.seen(by)
	m.endInside(func(s *inside) bool { return s != by })
}

func (m *model) signOut(t *rapid.T) {
	by := m.some(t)
	m.call(t, "DELETE", "/session", by.token, nil, 204)
	m.endInside(func(s *inside) bool { return s == by })
}

// newPassword ends whatever began with the old one.
func (m *model) newPassword(next string, but *inside) {
	m.former = append(m.former, m.person.Password)
	m.person.Password, m.failed, m.stepFails = next, 0, 0
	m.endHalves()
	m.endInside(func(s *inside) bool { return s != but })
}

func (m *model) changePassword(t *rapid.T) {
	s := m.open(t)
	next := apptest.Password()
	r := m.call(t, "PUT", "/account/password", s.token, map[string]any{"current_password": m.person.Password, "new_password": next}, 200, 403, 429) // 403 asks for a fresh proof
	m.seen(s)
	if r.Status == 200 {
		m.newPassword(next, s)
		m.renewed(s, r.Text("token"))
	}
}

func (m *model) reset(t *rapid.T) {
	m.resets = slices.DeleteFunc(m.resets, func(at time.Time) bool { return m.now().Sub(at) > time.Hour })
	if !m.active || len(m.resets) >= 3 {
		t.Skip("no mail to be had")
	}
	m.call(t, "POST", "/practices/paws/password-reset", "", map[string]any{"login": m.person.LoginID}, 202)
	m.resets = append(m.resets, m.now())
	u, err := url.Parse(m.app.Link(m.app.LastMail(m.person.LoginID), "/reset-password"))
	if err != nil {
		t.Fatal(err)
	}
	next := apptest.Password()
	m.call(t, "POST", "/password-reset", "", map[string]any{"token": u.Query().Get("token"), "new_password": next}, 204)
	m.newPassword(next, nil)
}

func (m *model) switchOff(t *rapid.T) {
	if !m.active {
		t.Skip("switched off already")
	}
	if err := m.app.Staff.Deactivate(m.administrator(), m.clinic.ID, m.person.ID, ""); err != nil {
		t.Fatal(err)
	}
	m.active = false
	m.endHalves()
	m.endInside(func(*inside) bool { return true })
}

func (m *model) switchOn(t *rapid.T) {
	if m.active {
		t.Skip("not switched off")
	}
	if err := m.app.Staff.Reactivate(m.administrator(), m.clinic.ID, m.person.ID); err != nil {
		t.Fatal(err)
	}
	m.active = true
}

func (m *model) loseBranch(t *rapid.T) {
	if len(m.branches) == 0 {
		t.Skip("no branch to lose")
	}
	branch := rapid.SampledFrom(m.branches).Draw(t, "branch")
	if err := m.app.Staff.Take(m.administrator(), m.clinic.ID, m.person.ID, m.grant(t, branch)); err != nil {
		t.Fatal(err)
	}
	m.branches = slices.DeleteFunc(m.branches, func(b string) bool { return b == branch })
	m.endInside(func(s *inside) bool { return s.branch == branch })
}

func (m *model) gainBranch(t *rapid.T) {
	if !m.active {
		t.Skip("switched off")
	}
	for _, b := range []string{m.clinic.North.ID, m.clinic.South.ID} {
		if slices.Contains(m.branches, b) {
			continue
		}
		if err := m.app.Staff.Give(m.administrator(), m.clinic.ID, m.person.ID, m.grant(t, b)); err != nil {
			t.Fatal(err)
		}
		m.branches = append(m.branches, b)
		return
	}
	t.Skip("works everywhere")
}

func (m *model) time(t *rapid.T) {
	m.app.Clock.Advance(rapid.SampledFrom([]time.Duration{
		10 * time.Second, time.Minute, 5 * time.Minute, 14 * time.Minute, 15 * time.Minute, time.Hour, 11 * time.Hour,
	}).Draw(t, "later"))
}
