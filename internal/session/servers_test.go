package session_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/role"
	"catflap/internal/session"
)

func newDB(t *testing.T, dialect db.Dialect) *db.DB { return dbtest.New(t, dialect) }

func sessionOf(p apptest.Person, v access.Viewer) session.Input {
	return session.Input{Account: p.Account, BranchID: v.Branch.ID}
}

// two servers on one PostgreSQL database.
func two(t *testing.T) (a, b *apptest.App) {
	url := dbtest.URL(t, db.PostgreSQL)
	a = apptest.On(t, dbtest.Open(t, url))
	return a, a.Beside(dbtest.Open(t, url))
}

// refusedWithin waits until the session is refused and fails the test if that
// takes longer than promised, with room for a busy machine.
func refusedWithin(t *testing.T, a *apptest.App, token string, limit time.Duration) {
	t.Helper()
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		asked := time.Since(begun)
		if a.API("GET", "/session", token, nil).Status == 401 {
			t.Logf("refused after %v", time.Since(begun).Round(time.Millisecond))
			return
		}
		if asked > limit {
			t.Fatalf("still answers after %v", asked)
		}
	}
}

func TestEndedAtAnotherServer(t *testing.T) {
	a, b := two(t)
	c := a.Clinic("paws")
	who := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
	for range 3 {
		token := signIn(a, "paws", who, "")
		remembered(a, token)
		remembered(b, token)
		a.API("DELETE", "/session", token, nil).Want(t, 204)
		a.API("GET", "/session", token, nil).Want(t, 401)
		refusedWithin(t, b, token, time.Second)
	}

	// With the connections cut that listen, nothing is heard, and nothing that
	// was remembered is told for longer than promised.
	token := signIn(a, "paws", who, "")
	remembered(b, token)
	cut := apptest.Number(a, `SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'catflap listening') AS cut`)
	if cut != 2 {
		t.Errorf("%d connections listened, want 2", cut)
	}
	a.API("DELETE", "/session", token, nil).Want(t, 204)
	refusedWithin(t, b, token, time.Second)
	again := signIn(b, "paws", who, "")
	remembered(b, again)
	remembered(a, again)
	b.API("DELETE", "/session", again, nil).Want(t, 204)
	refusedWithin(t, a, again, time.Second)
}

// TestToolsBesideTheServer: what a command line tool writes to the SQLite file
// is noticed although no two servers share one.
func TestToolsBesideTheServer(t *testing.T) {
	url := dbtest.URL(t, db.SQLite)
	a := apptest.On(t, dbtest.Open(t, url))
	tool := dbtest.Open(t, url)
	c := a.Clinic("paws")
	token := signIn(a, "paws", a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID), "")
	remembered(a, token)
	if err := tool.Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(context.Background(), `UPDATE account SET active = FALSE WHERE practice_id = $1 AND login_id = 'vera@paws.example'`, c.ID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	refusedWithin(t, a, token, time.Second)
}

// TestDatabaseAway: when the database stops answering, nobody is let in, and
// everybody is told to come again; when it comes back, all goes on.
func TestDatabaseAway(t *testing.T) {
	straight := dbtest.URL(t, db.PostgreSQL)
	wire := stretch(t, straight)
	first := apptest.On(t, dbtest.Open(t, straight))
	a := first.Beside(dbtest.Open(t, wire.url), func(o *app.Options) { o.Patience = 300 * time.Millisecond })
	c := first.Clinic("paws")
	token := signIn(first, "paws", first.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID), "")
	remembered(a, token)
	for _, away := range []struct {
		name     string
		go_, end func()
	}{{"silent", wire.freeze, wire.thaw}, {"gone", wire.cut, wire.mend}} {
		t.Run(away.name, func(t *testing.T) {
			away.go_()
			begun := time.Now()
			for {
				r := a.API("GET", "/session", token, nil)
				if r.Status == 503 {
					if r.Header.Get("Retry-After") == "" {
						t.Error("without Retry-After")
					}
					break
				}
				r.Want(t, 200) // remembered, and still good
				if took := time.Since(begun); took > 2*time.Second {
					t.Fatalf("still answers after %v", took)
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Logf("refused after %v", time.Since(begun).Round(time.Millisecond))
			away.end()
			for tries := 0; a.API("GET", "/session", token, nil).Status != 200; tries++ {
				if tries == 200 {
					t.Fatal("it does not recover")
				}
				time.Sleep(50 * time.Millisecond)
			}
			remembered(a, token)
		})
	}
}

// wire is a connection to PostgreSQL that can go silent or break.
type wire struct {
	url    string
	target string
	mu     sync.Mutex
	pass   *sync.Cond
	frozen bool
	broken bool
	open   map[net.Conn]bool
}

func stretch(t *testing.T, to string) *wire {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{target: u.Host, open: map[net.Conn]bool{}}
	w.pass = sync.NewCond(&w.mu)
	u.Host = l.Addr().String()
	w.url = u.String()
	t.Cleanup(func() {
		l.Close()
		w.cut()
		w.thaw()
	})
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(conn)
		}
	}()
	return w
}

func (w *wire) carry(conn net.Conn) {
	defer conn.Close()
	server, err := net.Dial("tcp", w.target)
	if err != nil {
		return
	}
	defer server.Close()
	w.mu.Lock()
	w.open[conn] = true
	broken := w.broken
	w.mu.Unlock()
	if broken {
		return
	}
	go func() {
		defer conn.Close()
		_, _ = io.Copy(conn, server)
	}()
	buffer := make([]byte, 32<<10)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		w.mu.Lock()
		for w.frozen {
			w.pass.Wait()
		}
		w.mu.Unlock()
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (w *wire) set(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
	w.pass.Broadcast()
}

func (w *wire) freeze() { w.set(func() { w.frozen = true }) }
func (w *wire) thaw()   { w.set(func() { w.frozen = false }) }
func (w *wire) mend()   { w.set(func() { w.broken = false }) }

func (w *wire) cut() {
	w.set(func() {
		w.broken = true
		for conn := range w.open {
			conn.Close()
		}
		clear(w.open)
	})
}
