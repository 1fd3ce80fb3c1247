package app_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
)

// half is a sign-in that waits for its code or its branch.
type half struct {
	token   string
	expires time.Time
	branch  string // the only one there was when it began
	proved  bool   // by a code
	wrong   int    // codes
}

func (m *model) begun(r apptest.Answer) {
	h := &half{token: r.Text("sign_in"), expires: m.now().Add(halfLimit)}
	if len(m.branches) == 1 {
		h.branch = m.branches[0]
	}
	m.half = append(m.half, h)
}

// stuck is a sign-in that waited for a code that is asked for no more.
func (m *model) stuck(h *half) bool {
	return !m.asked(h) && slices.Contains(m.branches, h.branch)
}

// asked reports whether the sign-in waits for a code.
func (m *model) asked(h *half) bool { return m.person.Key != nil && !h.proved }

func (m *model) next(h *half) string {
	if m.asked(h) {
		return "second_factor"
	}
	return "choose_branch"
}

// over is a sign-in that nothing can be done with any more.
func (m *model) over(h *half) {
	m.half = slices.DeleteFunc(m.half, func(other *half) bool { return other == h })
	m.void = append(m.void, h.token)
}

func (m *model) someHalf(t *rapid.T) *half {
	m.tick()
	if len(m.half) == 0 {
		t.Skip("nobody is signing in")
	}
	return rapid.SampledFrom(m.half).Draw(t, "sign-in")
}

func (m *model) prove(t *rapid.T, h *half, code string) apptest.Answer {
	return m.call(t, "POST", "/sign-in/second-factor", h.token, map[string]any{"method": "totp", "code": code}, 200, 401, 403, 409, 422, 429)
}

func (m *model) setUpFactor(t *rapid.T) {
	if !m.active || m.person.Key != nil {
		t.Skip("switched off, or there is one")
	}
	m.app.Authenticator(&m.person)
	m.codeFails, m.used = 0, ""
}

func (m *model) resetFactor(t *rapid.T) {
	if m.person.Key == nil {
		t.Skip("there is none")
	}
	ctx := m.administrator()
	if err := m.app.DB.Write(ctx, func(tx *db.Tx) error { return m.app.Factors.RemoveSecond(ctx, tx, m.person.Account) }); err != nil {
		t.Fatal(err)
	}
	m.person.Key, m.codeFails = nil, 0
}

// code gives the right code: it opens the branches, or the door where there is
// no choice. It is taken once.
func (m *model) code(t *rapid.T) {
	h := m.someHalf(t)
	if !m.asked(h) {
		if r := m.prove(t, h, "123456"); r.Status != 409 && len(m.branches) > 0 && !m.stuck(h) {
			t.Fatalf("a code that nobody asked for got %d", r.Status)
		}
		return
	}
	code := m.app.Code(m.person) // time may pass
	if m.tick(); !slices.Contains(m.half, h) {
		return
	}
	r := m.prove(t, h, code)
	switch {
	case r.Status == 429 && m.codeFails >= 5:
	case len(m.branches) == 0 && r.Status == 403:
		h.proved, m.codeFails, m.used = true, 0, code
	case r.Status != 200:
		t.Fatalf("the right code got %d after %d wrong ones: %s", r.Status, m.codeFails, r.Raw)
	default:
		h.proved, m.codeFails, m.used = true, 0, code
		if r.Text("next") == "done" {
			m.over(h)
			m.enter(t, r, h.branch)
		}
	}
}

func (m *model) wrongCode(t *rapid.T) {
	if h := m.someHalf(t); m.asked(h) {
		m.refusedCode(t, h, "00000")
	}
}

// codeAgain tries a code that was accepted before.
func (m *model) codeAgain(t *rapid.T) {
	if h := m.someHalf(t); m.asked(h) && m.used != "" {
		m.refusedCode(t, h, m.used)
	}
}

func (m *model) refusedCode(t *rapid.T, h *half, code string) {
	switch r := m.prove(t, h, code); {
	case r.Status == 429 && m.codeFails >= 5:
	case r.Status == 422 && h.wrong < 4:
		h.wrong++
		m.codeFails++
	case r.Status == 401 && h.wrong == 4:
		m.codeFails++
		m.over(h)
	default:
		t.Fatalf("a wrong code got %d after %d in this sign-in and %d in a row", r.Status, h.wrong, m.codeFails)
	}
}

func (m *model) stepUp(t *rapid.T) {
	s := m.open(t)
	body := map[string]any{"password": m.person.Password}
	if m.person.Key != nil {
		m.call(t, "POST", "/session/step-up", s.token, body, 422)
		m.seen(s)
		code := m.app.Code(m.person) // time may pass
		if m.tick(); !slices.Contains(m.inside, s) {
			return
		}
		body["code"] = code
	}
	r := m.call(t, "POST", "/session/step-up", s.token, body, 200, 429)
	m.seen(s)
	if r.Status == 200 {
		m.renewed(s, r.Text("token"))
		m.stepFails = 0
		if m.person.Key != nil {
			m.codeFails, m.used = 0, body["code"].(string)
		}
	} else if m.stepFails < 5 && m.codeFails < 5 {
		t.Fatalf("asked for patience after %d wrong tries", m.stepFails)
	}
}

func (m *model) wrongStepUp(t *rapid.T) {
	s := m.open(t)
	r := m.call(t, "POST", "/session/step-up", s.token, map[string]any{"password": apptest.Password(), "code": "123456"}, 422, 429)
	m.seen(s)
	if r.Status == 422 {
		m.stepFails++
	}
}
