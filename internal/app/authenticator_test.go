package app_test

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
)

// oathtool is an authenticator that others wrote; "make tools" installs it.
func oathtool(t *testing.T, key string, at time.Time) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "oathtool", "--totp", "--base32", key, "--now", at.UTC().Format("2006-01-02 15:04:05 UTC")).Output()
	if err != nil {
		t.Fatalf("oathtool (run: make tools): %v", err)
	}
	return strings.TrimSpace(string(out))
}

// TestIndependentAuthenticator sets an independent client up by the key as it is
// shown, and signs in with its codes, whose clock may be a step off.
func TestIndependentAuthenticator(t *testing.T) {
	i := &installation{a: apptest.On(t, dbtest.New(t, db.SQLite))}
	i.c = i.a.Clinic("paws")
	admin := i.c.Administrator
	s, err := i.a.Factors.BeginSetup(i.ctx(), i.c.Access(), admin.Account, "session")
	if err != nil {
		t.Fatal(err)
	}
	if s.Label != (otp.Label{Issuer: "Clinic paws", Account: admin.LoginID}) {
		t.Errorf("it is called %+v", s.Label)
	}
	typed := strings.Join(s.Key.Groups(), " ")
	verify := func(code string) error {
		return i.a.DB.Write(i.ctx(), func(tx *db.Tx) error {
			_, err := i.a.Factors.VerifySetup(i.ctx(), tx, i.c.Access(), admin.Account, "session", s.ID, code)
			return err
		})
	}
	if err := verify(oathtool(t, typed, i.a.Clock.Now().Add(5*time.Minute))); err == nil || !strings.Contains(fault.From(err).Fields[0].Message, "5 minutes fast") {
		t.Errorf("a clock 5 minutes fast: %v", err)
	}
	if err := verify(oathtool(t, typed, i.a.Clock.Now())); err != nil {
		t.Fatal(err)
	}
	for off, want := range map[time.Duration]int{
		-60 * time.Second: 422, -30 * time.Second: 200, 0: 200, 30 * time.Second: 200, 60 * time.Second: 422,
	} {
		i.a.Clock.Advance(time.Hour)
		r := i.a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": admin.LoginID, "password": admin.Password}).Want(t, 200)
		if next := r.Text("next"); next != "second_factor" {
			t.Fatalf("the sign-in goes on with %s", next)
		}
		code := oathtool(t, typed, i.a.Clock.Now().Add(off))
		got := i.a.API("POST", "/sign-in/second-factor", r.Text("sign_in"), map[string]any{"method": "totp", "code": code})
		if got.Status != want {
			t.Errorf("a code of a clock %s off: %d, want %d", off, got.Status, want)
		}
		if want != 200 {
			continue
		}
		i.a.API("POST", "/sign-in/branch", r.Text("sign_in"), map[string]any{"branch": i.c.North.ID}).Want(t, 200)
		r = i.a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": admin.LoginID, "password": admin.Password}).Want(t, 200)
		i.a.API("POST", "/sign-in/second-factor", r.Text("sign_in"), map[string]any{"method": "totp", "code": code}).Want(t, 422)
	}
}
