package session_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/practice"
	"catflap/internal/role"
)

// signIn is a session token of the person, in the branch ("" without a choice).
func signIn(a *apptest.App, slug string, p apptest.Person, branchID string) string {
	a.T.Helper()
	r := a.API("POST", "/practices/"+slug+"/sign-in", "", map[string]any{"login": p.LoginID, "password": p.Password}).Want(a.T, 200)
	if branchID != "" {
		r = a.API("POST", "/sign-in/branch", r.Text("sign_in"), map[string]any{"branch": branchID}).Want(a.T, 200)
	}
	return r.Text("session", "token")
}

// remembered checks the session until the answer comes from memory.
func remembered(a *apptest.App, token string) {
	a.T.Helper()
	for range 200 {
		a.API("GET", "/session", token, nil).Want(a.T, 200)
		_, before := a.Sessions.Remembered()
		a.API("GET", "/session", token, nil).Want(a.T, 200)
		if _, after := a.Sessions.Remembered(); after == before {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	a.T.Fatal("the session is read from the database each time")
}

// viewer is who stands behind the token.
func viewer(a *apptest.App, token string) access.Viewer {
	a.T.Helper()
	v, err := a.Sessions.Identify(context.Background(), token, true)
	if err != nil {
		a.T.Fatal(err)
	}
	return v
}

// write runs a transaction and fails the test with its error.
func write(a *apptest.App, f func(ctx context.Context, tx *db.Tx) error) {
	a.T.Helper()
	if err := a.DB.Write(context.Background(), func(tx *db.Tx) error { return f(context.Background(), tx) }); err != nil {
		a.T.Fatal(err)
	}
}

// TestTheNextRequestKnows changes what a session that is remembered may do, and
// looks at the very next request.
func TestTheNextRequestKnows(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		boss := signIn(a, "paws", c.Administrator, c.North.ID)
		asBoss := func() context.Context {
			return access.WithViewer(access.WithPractice(context.Background(), c.Access()), viewer(a, boss))
		}
		check := func(token string, status int) apptest.Answer {
			return a.API("GET", "/session", token, nil).Want(t, status)
		}
		for name, change := range map[string]func(t *testing.T, who apptest.Person, token string){
			"signed out": func(t *testing.T, _ apptest.Person, token string) {
				a.API("DELETE", "/session", token, nil).Want(t, 204)
				check(token, 401)
			},
			"ended from elsewhere": func(t *testing.T, who apptest.Person, token string) {
				a.API("DELETE", "/sessions", signIn(a, "paws", who, ""), nil).Want(t, 204)
				check(token, 401)
			},
			"ended by an administrator": func(t *testing.T, _ apptest.Person, token string) {
				if err := a.Sessions.EndOther(context.Background(), viewer(a, boss), viewer(a, token).SessionID); err != nil {
					t.Fatal(err)
				}
				check(token, 401)
			},
			"proven again": func(t *testing.T, who apptest.Person, token string) {
				a.Clock.Advance(time.Minute)
				until := check(token, 200).Text("proven_until")
				fresh := a.API("POST", "/session/step-up", token, map[string]any{"password": who.Password}).Want(t, 200).Text("token")
				check(token, 401)
				if again := check(fresh, 200).Text("proven_until"); again <= until {
					t.Errorf("proven until %s, before until %s", again, until)
				}
			},
			"in another branch": func(t *testing.T, who apptest.Person, token string) {
				desk, err := a.Roles.ByKey(context.Background(), a.DB, c.ID, role.Receptionist)
				if err == nil {
					err = a.Staff.Give(asBoss(), c.ID, who.ID, role.Grant{RoleID: desk.ID, BranchID: c.South.ID})
				}
				if err != nil {
					t.Fatal(err)
				}
				var fresh string
				write(a, func(ctx context.Context, tx *db.Tx) error {
					fresh, err = a.Sessions.SwitchBranch(ctx, tx, viewer(a, token), c.South.ID)
					return err
				})
				check(token, 401)
				if r := check(fresh, 200); r.Text("branch", "name") != "South" {
					t.Errorf("in %s", r.Raw)
				}
			},
			"locked": func(t *testing.T, _ apptest.Person, token string) {
				write(a, func(ctx context.Context, tx *db.Tx) error { return a.Sessions.Lock(ctx, tx, viewer(a, token)) })
				check(token, 403)
			},
			"role taken": func(t *testing.T, who apptest.Person, token string) {
				vet, err := a.Roles.ByKey(context.Background(), a.DB, c.ID, role.Veterinarian)
				if err == nil {
					err = a.Staff.Take(asBoss(), c.ID, who.ID, role.Grant{RoleID: vet.ID, BranchID: c.North.ID})
				}
				if err != nil {
					t.Fatal(err)
				}
				check(token, 401)
			},
			"role changed": func(t *testing.T, _ apptest.Person, token string) {
				vet, err := a.Roles.ByKey(context.Background(), a.DB, c.ID, role.Veterinarian)
				if err == nil {
					_, err = a.Roles.Update(asBoss(), c.ID, vet.ID, role.Input{Name: "Animal doctor", Permissions: vet.Permissions})
				}
				if err != nil {
					t.Fatal(err)
				}
				if roles, _ := check(token, 200).Body["roles"].([]any); len(roles) != 1 || roles[0] != "Animal doctor" {
					t.Errorf("roles %v", roles)
				}
			},
			"renamed": func(t *testing.T, who apptest.Person, token string) {
				if err := a.Staff.Rename(asBoss(), c.ID, who.ID, "Vera Newname"); err != nil {
					t.Fatal(err)
				}
				if r := check(token, 200); r.Text("account", "name") != "Vera Newname" {
					t.Errorf("still %s", r.Raw)
				}
			},
			"deactivated": func(t *testing.T, who apptest.Person, token string) {
				if err := a.Staff.Deactivate(asBoss(), c.ID, who.ID, "left"); err != nil {
					t.Fatal(err)
				}
				check(token, 401)
			},
			"branch renamed": func(t *testing.T, _ apptest.Person, token string) {
				write(a, func(ctx context.Context, tx *db.Tx) error {
					tx.Announce(access.PracticeTopic(c.ID))
					_, err := tx.Exec(ctx, `UPDATE branch SET name = 'Up there' WHERE practice_id = $1 AND id = $2`, c.ID, c.North.ID)
					return err
				})
				if r := check(token, 200); r.Text("branch", "name") != "Up there" {
					t.Errorf("in %s", r.Raw)
				}
			},
			"idle": func(t *testing.T, _ apptest.Person, token string) {
				a.Clock.Advance(15 * time.Minute)
				check(token, 401)
				boss = signIn(a, "paws", c.Administrator, c.North.ID)
			},
		} {
			t.Run(name, func(t *testing.T) {
				email := "vera" + time.Now().Format("150405.000000") + "@paws.example"
				who := a.Hire(c, "Vera Vet", email, role.Veterinarian, c.North.ID)
				token := signIn(a, "paws", who, "")
				remembered(a, token)
				change(t, who, token)
			})
		}

		who := a.Hire(c, "Last Vet", "last@paws.example", role.Veterinarian, c.North.ID)
		token := signIn(a, "paws", who, "")
		remembered(a, token)
		write(a, func(ctx context.Context, tx *db.Tx) error {
			_, err := a.Practices.SetStatus(ctx, tx, c.ID, practice.Suspended, "unpaid", nil)
			return err
		})
		check(token, 401)
	})
}

// TestNobodyAnswersAfterTheEnd: sixteen ask all the time while the session
// ends. Whoever asks after the end was told is refused.
func TestNobodyAnswersAfterTheEnd(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		who := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		for range 5 {
			token := signIn(a, "paws", who, "")
			remembered(a, token)
			var over atomic.Bool
			var refused atomic.Int32
			var readers sync.WaitGroup
			for range 16 {
				readers.Go(func() {
					for refused.Load() < 16 {
						late := over.Load()
						_, err := a.Sessions.Identify(context.Background(), token, true)
						switch {
						case err != nil && late:
							refused.Add(1)
						case err == nil && late:
							t.Error("answered after the end")
							return
						}
					}
				})
			}
			a.API("DELETE", "/session", token, nil).Want(t, 204)
			over.Store(true)
			readers.Wait()
		}
	})
}

// TestUseElsewhereCounts: what one server has seen of a session keeps it alive
// at another one, and the other one says for how long.
func TestUseElsewhereCounts(t *testing.T) {
	a, b := two(t)
	c := a.Clinic("paws")
	token := signIn(a, "paws", a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID), "")
	remembered(a, token)
	remembered(b, token)
	a.Clock.Advance(14 * time.Minute)
	a.API("GET", "/sessions", token, nil).Want(t, 200) // real use
	want := a.API("GET", "/session", token, nil).Want(t, 200).Text("idle_expires_at")
	if got := b.API("GET", "/session", token, nil).Want(t, 200).Text("idle_expires_at"); got != want {
		t.Errorf("idle at %s here, at %s there", want, got)
	}
	a.Clock.Advance(14 * time.Minute)
	b.API("GET", "/session", token, nil).Want(t, 200)
	a.Clock.Advance(time.Minute)
	for _, one := range []*apptest.App{a, b} {
		one.API("GET", "/session", token, nil).Want(t, 401)
	}
}

// TestMemoryForgets: sessions that are over do not stay in memory for ever.
func TestMemoryForgets(t *testing.T) {
	a := apptest.On(t, newDB(t, db.SQLite), func(o *app.Options) { o.Patience = time.Minute })
	c := a.Clinic("paws")
	who := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
	token := signIn(a, "paws", who, "")
	remembered(a, token)
	v := viewer(a, token)
	var tokens []string
	write(a, func(ctx context.Context, tx *db.Tx) error {
		for range 500 {
			token, _, err := a.Sessions.Issue(ctx, tx, sessionOf(who, v))
			if err != nil {
				return err
			}
			tokens = append(tokens, token)
		}
		return nil
	})
	for i, token := range tokens {
		viewer(a, token)
		if i == 249 {
			if n, _ := a.Sessions.Remembered(); n < 200 {
				t.Fatalf("%d remembered", n)
			}
			apptest.Exec(a, `UPDATE session SET ended_at = 1 WHERE practice_id = $1 AND created_at < $2`, c.ID, a.Clock.Now())
		}
	}
	if n, _ := a.Sessions.Remembered(); n > 450 {
		t.Errorf("%d are still remembered", n)
	}
}
