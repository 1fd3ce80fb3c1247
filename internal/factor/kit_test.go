package factor_test

import (
	"context"
	"regexp"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/factor"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
	"catflap/internal/role"
)

// world is a clinic with a vet and a desk, and another clinic.
type world struct {
	*apptest.App
	t         *testing.T
	c         apptest.Clinic
	vet, desk apptest.Person
}

func each(t *testing.T, f func(t *testing.T, w *world)) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) { f(t, newWorld(t, a)) })
}

// onPostgreSQL is for races: SQLite lets writers in one after the other.
func onPostgreSQL(t *testing.T) *world {
	return newWorld(t, apptest.On(t, dbtest.New(t, db.PostgreSQL)))
}

func newWorld(t *testing.T, a *apptest.App) *world {
	c := a.Clinic("paws")
	return &world{
		App: a, t: t, c: c,
		vet:  a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, ""),
		desk: a.Hire(c, "Dina Desk", "dina@paws.example", role.Receptionist, ""),
	}
}

func (w *world) ctx() context.Context {
	return access.WithPractice(context.Background(), w.c.Access())
}

func (w *world) write(f func(tx *db.Tx) error) error { return w.DB.Write(w.ctx(), f) }

func (w *world) begin(p apptest.Person, askedIn string) factor.Setup {
	w.t.Helper()
	s, err := w.Factors.BeginSetup(w.ctx(), w.c.Access(), p.Account, askedIn)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) verify(p apptest.Person, askedIn, setupID, code string) (v factor.Verified, err error) {
	err = w.write(func(tx *db.Tx) (err error) {
		v, err = w.Factors.VerifySetup(w.ctx(), tx, w.c.Access(), p.Account, askedIn, setupID, code)
		return err
	})
	return v, err
}

// setUp gives a person an authenticator; its code of this moment is used up.
func (w *world) setUp(p apptest.Person) (otp.Key, []secret.Text) {
	w.t.Helper()
	s := w.begin(p, "session-of-"+p.ID)
	v, err := w.verify(p, "session-of-"+p.ID, s.ID, w.code(s.Key))
	if err != nil {
		w.t.Fatal(err)
	}
	return s.Key, v.Codes
}

func (w *world) code(k otp.Key) string { return k.Code(otp.Step(w.Clock.Now())) }

// prove is a proof in a sign-in or session.
func (w *world) prove(p apptest.Person, askedIn string, m factor.Method, code string) (right bool, err error) {
	return w.proveOn(p, askedIn, m, code, "")
}

func (w *world) proveOn(p apptest.Person, askedIn string, m factor.Method, code, device string) (right bool, err error) {
	err = w.write(func(tx *db.Tx) (err error) {
		right, err = w.Factors.ProveSecond(w.ctx(), tx, w.c.Access(), p.Account, askedIn, factor.Proof{Method: m, Code: code, Device: device})
		return err
	})
	return right, err
}

// wantProof insists on the outcome of a proof.
func (w *world) wantProof(what string, want bool, p apptest.Person, askedIn string, m factor.Method, code string) {
	w.t.Helper()
	if right, err := w.prove(p, askedIn, m, code); err != nil || right != want {
		w.t.Errorf("%s: %v, %v; want %v", what, right, err, want)
	}
}

// patience lets the delays after wrong tries pass.
func (w *world) patience() { w.Clock.Advance(30 * time.Minute) }

func (w *world) send(p apptest.Person, askedIn string) error { return w.sendOn(p, askedIn, "") }

// sendOn sends a code that is asked for on a known device.
func (w *world) sendOn(p apptest.Person, askedIn, device string) error {
	return w.write(func(tx *db.Tx) error {
		return w.Factors.SendCode(w.ctx(), tx, w.c.Access(), p.Account, askedIn, device)
	})
}

var eightDigits = regexp.MustCompile(`\b\d{8}\b|\b\d{4} \d{4}\b`)

// mailed sends a code and reads it in the mail.
func (w *world) mailed(p apptest.Person, askedIn string) string {
	w.t.Helper()
	if err := w.send(p, askedIn); err != nil {
		w.t.Fatal(err)
	}
	code := eightDigits.FindString(w.LastMail(p.RecoveryEmail).Text)
	if code == "" {
		w.t.Fatal("no code in the mail")
	}
	return code
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if f := fault.From(err); err == nil || f.Code != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

// wantComplaint insists on a complaint about the code.
func wantComplaint(t *testing.T, err error) {
	t.Helper()
	if f := fault.From(err); err == nil || len(f.Fields) != 1 || f.Fields[0].Name != "code" {
		t.Errorf("got %v, want a complaint about the code", err)
	}
}
