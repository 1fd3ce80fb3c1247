package app_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
	"catflap/internal/role"
)

// installation is two servers on one database and one key ring file, and the
// command line beside them.
type installation struct {
	a, b *apptest.App
	tool *app.App
	c    apptest.Clinic
	vet  apptest.Person
	desk apptest.Person
}

func eachInstallation(t *testing.T, f func(t *testing.T, i *installation)) {
	for _, dialect := range []db.Dialect{db.SQLite, db.PostgreSQL} {
		t.Run(string(dialect), func(t *testing.T) { f(t, install(t, dialect)) })
	}
}

func install(t *testing.T, dialect db.Dialect) *installation {
	url := dbtest.URL(t, dialect)
	i := &installation{a: apptest.On(t, dbtest.Open(t, url))}
	ring := i.a.Ring
	if _, err := app.OpenRing(t.Context(), i.a.DB, ring.Path()); err != nil { // as a server does at its start
		t.Fatal(err)
	}
	own := func(o *app.Options) {
		var err error
		if o.Ring, err = secret.LoadRing(ring.Path()); err != nil {
			t.Fatal(err)
		}
	}
	i.b = i.a.Beside(dbtest.Open(t, url), own)
	i.tool = i.a.Beside(dbtest.Open(t, url), own).App
	i.c = i.a.Clinic("paws")
	i.vet = i.a.Hire(i.c, "Vera Vet", "vera@paws.example", role.Veterinarian, "")
	i.desk = i.a.Hire(i.c, "Dina Desk", "dina@paws.example", role.Receptionist, "")
	return i
}

// rotate rotates; the servers learn of it at once, as they would in time.
func (i *installation) rotate(t *testing.T, in app.RotateInput) (app.Rotation, error) {
	t.Helper()
	in.Settle = time.Millisecond
	tell := in.Tell
	in.Tell = func(r app.Rotation) {
		i.learn(t)
		if tell != nil {
			tell(r)
		}
	}
	done, err := i.tool.RotateKeys(access.WithViewer(t.Context(), access.System("command line")), in)
	i.learn(t)
	return done, err
}

func (i *installation) learn(t *testing.T) {
	t.Helper()
	if err := errors.Join(i.a.Ring.Refresh(), i.b.Ring.Refresh()); err != nil {
		t.Error(err)
	}
}

func (i *installation) ctx() context.Context {
	return access.WithPractice(context.Background(), i.c.Access())
}

// setUp gives a person an authenticator and ten backup codes.
func (i *installation) setUp(t *testing.T, p apptest.Person) (otp.Key, []secret.Text) {
	t.Helper()
	s, err := i.a.Factors.BeginSetup(i.ctx(), i.c.Access(), p.Account, "session")
	if err != nil {
		t.Fatal(err)
	}
	var v factor.Verified
	if err := i.a.DB.Write(i.ctx(), func(tx *db.Tx) (err error) {
		v, err = i.a.Factors.VerifySetup(i.ctx(), tx, i.c.Access(), p.Account, "session", s.ID, s.Key.Code(otp.Step(i.a.Clock.Now())))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	i.a.Clock.Advance(otp.Period)
	return s.Key, v.Codes
}

func (i *installation) prove(on *apptest.App, p apptest.Person, m factor.Method, code string) (right bool, err error) {
	err = on.DB.Write(i.ctx(), func(tx *db.Tx) (err error) {
		right, err = on.Factors.ProveSecond(i.ctx(), tx, i.c.Access(), p.Account, "sign-in", factor.Proof{Method: m, Code: code})
		return err
	})
	return right, err
}

func (i *installation) temporary(t *testing.T, p apptest.Person, readable bool) secret.Text {
	t.Helper()
	var plain secret.Text
	if err := i.a.DB.Write(i.ctx(), func(tx *db.Tx) (err error) {
		_, plain, err = i.a.Factors.IssueTemporary(i.ctx(), tx, factor.IssueInput{
			PracticeID: i.c.ID, AccountID: p.ID, AccountName: p.Name,
			Policy: factor.TemporaryPolicy{Life: 72 * time.Hour, Tries: 5, Readable: readable, Style: factor.StyleWords},
		})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return plain
}

// needs is what the list says of a key.
func (i *installation) needs(t *testing.T, keyID string) (status app.KeyStatus, uses map[factor.Value]int) {
	t.Helper()
	all, err := i.tool.KeyRing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := slices.IndexFunc(all, func(k app.KeyStatus) bool { return k.ID == keyID })
	if n < 0 {
		t.Fatalf("no key %s in %+v", keyID, all)
	}
	uses = map[factor.Value]int{}
	for _, u := range all[n].Uses {
		uses[u.Value] += u.Count
	}
	return all[n], uses
}

// TestRotateKeys rotates the key ring under two servers that are being used.
func TestRotateKeys(t *testing.T) {
	eachInstallation(t, func(t *testing.T, i *installation) {
		former := i.a.Ring.KeyID()
		key, codes := i.setUp(t, i.vet)
		temporary := i.temporary(t, i.desk, true)
		open, err := i.a.Factors.BeginSetup(i.ctx(), i.c.Access(), i.desk.Account, "session")
		if err != nil {
			t.Fatal(err)
		}
		sam := i.a.Hire(i.c, "Sam Sitter", "sam@paws.example", role.Receptionist, "")
		page := i.a.Enter("paws", sam, i.c.North.ID) // opened before

		var steps []app.RotationStep
		done, err := i.rotate(t, app.RotateInput{Tell: func(r app.Rotation) { steps = append(steps, r.Step) }})
		if err != nil {
			t.Fatal(err)
		}
		// An authenticator, ten codes, a set-up, a temporary password.
		if done.Step != app.RotationDone || done.Resealed != 13 || done.Left != 0 || done.Key == former {
			t.Errorf("done: %+v", done)
		}
		if want := []app.RotationStep{app.RotationWaits, app.RotationCurrent, app.RotationReseals}; !slices.Equal(slices.Compact(steps), want) {
			t.Errorf("steps %v", steps)
		}
		for name, server := range map[string]*apptest.App{"a": i.a, "b": i.b} {
			if server.Ring.KeyID() != done.Key || server.Ring.Rotating() != "" {
				t.Errorf("server %s works with %s", name, server.Ring.KeyID())
			}
		}
		status, uses := i.needs(t, former)
		if status.State != secret.KeyFormer || status.Removable || uses[factor.HashedPassword] != 4 || len(uses) != 2 || uses[factor.OpenLink] == 0 {
			t.Errorf("the former key: %+v", status)
		}
		_, uses = i.needs(t, done.Key)
		for v, n := range map[factor.Value]int{factor.SealedKey: 1, factor.SealedSetup: 1, factor.SealedCode: 10, factor.SealedTemporary: 1, app.StartCheck: 1} {
			if uses[v] != n {
				t.Errorf("%d %s under the new key, want %d", uses[v], v, n)
			}
		}

		// Everything from before works, on either server.
		for n, server := range []*apptest.App{i.a, i.b} {
			i.a.Clock.Advance(otp.Period)
			if right, err := i.prove(server, i.vet, factor.ByAuthenticator, key.Code(otp.Step(i.a.Clock.Now()))); err != nil || !right {
				t.Errorf("the authenticator: %v, %v", right, err)
			}
			if right, err := i.prove(server, i.vet, factor.ByBackupCode, codes[n].Reveal()); err != nil || !right {
				t.Errorf("a backup code: %v, %v", right, err)
			}
		}
		shown, err := i.b.Factors.BackupCodes(i.ctx(), i.c.Access(), i.vet.Account)
		if err != nil || len(shown) != 10 || shown[3].Code != codes[3] {
			t.Errorf("the codes shown: %v", err)
		}
		if got, err := i.b.Factors.ShowTemporary(i.ctx(), i.c.ID, i.desk.ID, i.desk.Name); err != nil || got != temporary {
			t.Errorf("the temporary password: %v", err)
		}
		if got, err := i.b.Factors.Setup(i.ctx(), i.b.DB, i.c.Access(), i.desk.Account, "session"); err != nil || got.Key.Text() != open.Key.Text() {
			t.Errorf("the set-up: %v", err)
		}
		opened := page.Page
		page.Post("/paws/sign-out", url.Values{"form": {"forged"}}).Want(t, 403)
		page.Page = opened
		page.Post("/paws/sign-out", url.Values{}).Want(t, 200, "You are signed out")
		lines, err := i.a.Audit.List(context.Background(), "", audit.Filter{}, "", 20)
		if err != nil || !slices.ContainsFunc(lines, func(l audit.Line) bool { return l.Action == audit.KeyRingRotated }) {
			t.Errorf("the rotation is not on the platform's record: %v", err)
		}

		// Dropping: not within a day, not what is needed.
		if done, err := i.rotate(t, app.RotateInput{DropUnused: true}); err != nil || len(done.Dropped) != 0 {
			t.Errorf("dropped %v at once, %v", done.Dropped, err)
		}
		i.a.Clock.Advance(365 * 24 * time.Hour)
		if done, err := i.rotate(t, app.RotateInput{DropUnused: true}); err != nil || len(done.Dropped) != 0 {
			t.Errorf("dropped %v while passwords need it, %v", done.Dropped, err)
		}
		apptest.Exec(i.a, `DELETE FROM password`)
		again, err := i.rotate(t, app.RotateInput{DropUnused: true})
		if err != nil || !slices.Equal(again.Dropped, []string{former}) || again.Key != done.Key {
			t.Errorf("dropped %v, %v", again.Dropped, err)
		}
		if ids := i.b.Ring.KeyIDs(); !slices.Equal(ids, []string{done.Key}) {
			t.Errorf("the servers have %v", ids)
		}
		if _, err := app.OpenRing(t.Context(), i.a.DB, i.a.Ring.Path()); err != nil {
			t.Errorf("a server does not start any more: %v", err)
		}
	})
}

// TestSignInAfterRotation: passwords of before still count, and move to the new
// key when they are used.
func TestSignInAfterRotation(t *testing.T) {
	eachInstallation(t, func(t *testing.T, i *installation) {
		former := i.a.Ring.KeyID()
		program := func() { // one that keeps no cookie
			r := i.a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": i.desk.LoginID, "password": i.desk.Password}).Want(t, 200)
			i.a.API("POST", "/sign-in/branch", r.Text("sign_in"), map[string]any{"branch": i.c.North.ID}).Want(t, 200)
			i.a.Work()
		}
		program()
		letters := len(i.a.Mailbox.Letters())
		b := i.b.Browser()
		b.Get("/paws/login").Want(t, 200)
		b.Post("/paws/login", url.Values{"login": {i.vet.LoginID}, "password": {i.vet.Password}}).Want(t, 200, "Where do you work today?")
		mark := i.a.SignIn.ReturnMark(i.vet.ID)

		if _, err := i.rotate(t, app.RotateInput{}); err != nil {
			t.Fatal(err)
		}
		// The form of the pending sign-in was opened before.
		b.Post("/paws/login/branch", url.Values{"branch": {i.c.North.ID}}).Want(t, 200, i.vet.Name)
		program()
		if got := len(i.a.Mailbox.Letters()); got > letters+1 { // the vet's browser is a new one
			t.Errorf("%d letters: the program became a new device", got-letters)
		}
		if _, uses := i.needs(t, former); uses[factor.HashedPassword] != 2 {
			t.Errorf("%d passwords under the former key: whoever signs in leaves it", uses[factor.HashedPassword])
		}
		b = i.a.Browser()
		b.Get("/paws/login").Want(t, 200)
		b.Post("/paws/login", url.Values{
			"login": {i.vet.LoginID}, "password": {i.vet.Password}, "return": {"/paws/account/sessions"}, "for": {mark},
		}).Want(t, 200)
		b.Post("/paws/login/branch", url.Values{"branch": {i.c.North.ID}}).Want(t, 200, "Where you are signed in")
		if _, uses := i.needs(t, former); uses[factor.HashedPassword] != 1 {
			t.Errorf("%d passwords under the former key", uses[factor.HashedPassword])
		}
	})
}

// TestRotationInSteps prepares a key for servers with copies of the file, and
// breaks the rotation off in the middle.
func TestRotationInSteps(t *testing.T) {
	eachInstallation(t, func(t *testing.T, i *installation) {
		former := i.a.Ring.KeyID()
		key, _ := i.setUp(t, i.vet)
		i.setUp(t, i.desk)
		prepared, err := i.rotate(t, app.RotateInput{Prepare: true})
		if err != nil || prepared.Step != app.RotationPrepared || i.b.Ring.KeyID() != former || len(i.b.Ring.KeyIDs()) != 2 {
			t.Fatalf("%+v, %v", prepared, err)
		}
		if status, uses := i.needs(t, prepared.Key); status.State != secret.KeyNext || len(uses) != 0 {
			t.Errorf("something stands under a key that is only prepared: %+v", status)
		}
		ctx, stop := context.WithCancel(t.Context())
		_, err = i.tool.RotateKeys(ctx, app.RotateInput{Settle: time.Millisecond, Tell: func(r app.Rotation) {
			if r.Step == app.RotationReseals {
				stop() // after the first of its transactions
			}
		}})
		if fault.From(err).Code != "rotation-stopped" {
			t.Fatalf("stopped: %v", err)
		}
		i.learn(t)
		if i.b.Ring.KeyID() != prepared.Key || i.b.Ring.Rotating() != prepared.Key {
			t.Errorf("the rotation is forgotten: current %s", i.b.Ring.KeyID())
		}
		if _, uses := i.needs(t, former); uses[factor.SealedCode] != 20 {
			t.Errorf("%d codes under the former key: stopped too late", uses[factor.SealedCode])
		}
		_, err = i.rotate(t, app.RotateInput{Prepare: true})
		if fault.From(err) == nil || fault.From(err).Code != "rotation-unfinished" {
			t.Errorf("another one prepared: %v", err)
		}
		i.a.Clock.Advance(otp.Period)
		if right, err := i.prove(i.b, i.vet, factor.ByAuthenticator, key.Code(otp.Step(i.a.Clock.Now()))); err != nil || !right {
			t.Errorf("in the middle: %v, %v", right, err)
		}
		done, err := i.rotate(t, app.RotateInput{})
		if err != nil || done.Key != prepared.Key || done.Resealed != 20 || len(i.b.Ring.KeyIDs()) != 2 {
			t.Errorf("it does not go on where it was: %+v, %v", done, err)
		}
		next, err := i.rotate(t, app.RotateInput{})
		if err != nil || next.Key == done.Key || next.Resealed != 22 {
			t.Errorf("the next rotation: %+v, %v", next, err)
		}
		if status, _ := i.needs(t, done.Key); len(status.Uses) != 0 {
			t.Errorf("what needs the key of the last rotation: %+v", status.Uses)
		}
	})
}

// TestHashedValuesKeepTheirKey: what nobody can read cannot be sealed anew.
func TestHashedValuesKeepTheirKey(t *testing.T) {
	eachInstallation(t, func(t *testing.T, i *installation) {
		former := i.a.Ring.KeyID()
		_, codes := i.setUp(t, i.vet)
		if err := i.a.DB.Write(i.ctx(), func(tx *db.Tx) error { _, err := i.a.Factors.HideCodes(i.ctx(), tx, i.c.ID); return err }); err != nil {
			t.Fatal(err)
		}
		if right, err := i.prove(i.a, i.vet, factor.ByBackupCode, codes[0].Reveal()); err != nil || !right {
			t.Fatal(right, err)
		}
		hidden := i.temporary(t, i.desk, false)
		if err := i.a.DB.Write(i.ctx(), func(tx *db.Tx) error {
			return i.a.Factors.SendCode(i.ctx(), tx, i.c.Access(), i.vet.Account, "sign-in", "")
		}); err != nil {
			t.Fatal(err)
		}
		code := codeIn(i.a.LastMail(i.vet.RecoveryEmail).Text)
		if _, err := i.rotate(t, app.RotateInput{}); err != nil {
			t.Fatal(err)
		}
		_, uses := i.needs(t, former)
		if uses[factor.HashedCode] != 9 || uses[factor.HashedTemporary] != 1 || uses[factor.OpenEmailCode] != 1 || uses[factor.SealedKey] != 0 {
			t.Errorf("under the former key: %v", uses)
		}
		if right, err := i.prove(i.b, i.vet, factor.ByBackupCode, codes[1].Reveal()); err != nil || !right {
			t.Errorf("a hashed backup code: %v, %v", right, err)
		}
		if right, err := i.prove(i.b, i.vet, factor.ByEmailCode, code); err != nil || !right {
			t.Errorf("a code by e-mail: %v, %v", right, err)
		}
		state, err := i.b.Factors.TemporaryOf(i.ctx(), i.b.DB, i.c.ID, i.desk.ID)
		if err != nil {
			t.Fatal(err)
		}
		if match, err := i.b.Factors.MatchTemporary(i.ctx(), state, hidden.Reveal()); err != nil || !match {
			t.Errorf("a hashed temporary password: %v, %v", match, err)
		}
	})
}

// TestDamagedSeals are told, and stay; everything else is sealed anew.
func TestDamagedSeals(t *testing.T) {
	eachInstallation(t, func(t *testing.T, i *installation) {
		former := i.a.Ring.KeyID()
		i.setUp(t, i.vet)
		i.setUp(t, i.desk)
		apptest.Exec(i.a, `UPDATE authenticator SET sealed = (SELECT b.sealed FROM backup_code b WHERE b.account_id = $1 AND b.place = 1) WHERE account_id = $1`, i.vet.ID)
		done, err := i.rotate(t, app.RotateInput{})
		if fault.From(err) == nil || fault.From(err).Code != "seals-broken" || len(done.Broken) != 1 || !strings.HasPrefix(done.Broken[0], "authenticator/") {
			t.Errorf("%+v, %v", done, err)
		}
		if done.Resealed != 21 || i.tool.Ring.Rotating() != "" {
			t.Errorf("the others were not sealed anew: %+v", done)
		}
		if _, uses := i.needs(t, former); uses[factor.SealedKey] != 1 {
			t.Errorf("under the former key: %v", uses)
		}
	})
}

// TestReworkedMeanwhile has people change their factors while everything is
// sealed anew: nobody's change is overwritten, no right code refused.
func TestReworkedMeanwhile(t *testing.T) {
	i := install(t, db.PostgreSQL)
	_, codes := i.setUp(t, i.vet)
	var people []apptest.Person
	for n := range 8 {
		p := i.a.Hire(i.c, fmt.Sprintf("Person %d", n), fmt.Sprintf("p%d@paws.example", n), role.Receptionist, "")
		i.setUp(t, p)
		people = append(people, p)
	}
	fresh := make([][]secret.Text, len(people))
	errs := make(chan error, 64)
	won := apptest.AtOnce(len(people)+len(codes)+2, func(n int) bool {
		switch {
		case n < len(people):
			var err error
			if fresh[n], err = i.b.Factors.NewBackupCodes(i.ctx(), i.c.Access(), people[n].Account); err != nil {
				errs <- err
			}
			return err == nil
		case n < len(people)+len(codes):
			right, err := i.prove(i.a, i.vet, factor.ByBackupCode, codes[n-len(people)].Reveal())
			if err != nil {
				errs <- err
			}
			return right
		}
		_, err := i.rotate(t, app.RotateInput{})
		if err != nil && fault.From(err).Code != "key-ring-changing" {
			errs <- err
		}
		return true
	})
	close(errs)
	for err := range errs {
		if !fault.Is(err, fault.TooMany) { // ten tries at once are many
			t.Error(err)
		}
	}
	if won < len(people)+2 {
		t.Errorf("%d went well", won)
	}
	if _, err := i.rotate(t, app.RotateInput{}); err != nil {
		t.Error(err)
	}
	for n, p := range people {
		shown, err := i.a.Factors.BackupCodes(i.ctx(), i.c.Access(), p.Account)
		if err != nil || len(shown) != 10 || shown[0].Code != fresh[n][0] {
			t.Errorf("%s's new codes: %v", p.Name, err)
		}
		if right, err := i.prove(i.b, p, factor.ByBackupCode, fresh[n][9].Reveal()); err != nil || !right {
			t.Errorf("%s's new code: %v, %v", p.Name, right, err)
		}
	}
}
