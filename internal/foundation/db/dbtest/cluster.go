package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// cluster is the PostgreSQL server that the test programs of a run share.
type cluster struct {
	Folder   string `json:"folder"`
	Port     int    `json:"port"`
	Password string `json:"password"`

	admin *sql.DB  // connected to the database postgres
	users *os.File // locked for as long as this program lives
	start string   // path of the lock that one program at a time may hold
}

// shared is the cluster as this program joined it. It is process-wide because
// the server is: it would be started once per test otherwise.
var shared = sync.OnceValues(connect)

// join skips the test in a quick round ("go test -short"), which has to answer
// while somebody waits for it.
func join(t testing.TB) *cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("PostgreSQL is left out of the quick round")
	}
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// connect finds the running server or starts one.
func connect() (*cluster, error) {
	base := filepath.Join(os.TempDir(), fmt.Sprintf("catflap-test-%d", os.Getuid()))
	if err := ownFolder(base); err != nil {
		return nil, err
	}
	// First the sign that somebody is here, then the look: a server about to
	// stop has the lock and lets go of it when it is gone.
	users, err := lock(filepath.Join(base, "users"), syscall.LOCK_SH)
	if err != nil {
		return nil, err
	}
	c := &cluster{users: users, start: filepath.Join(base, "start")}
	if err := c.alone(func() error { return c.findOrStart(base) }); err != nil {
		return nil, errors.Join(err, users.Close())
	}
	return c, nil
}

func (c *cluster) findOrStart(base string) error {
	state := filepath.Join(base, "cluster.json")
	content, err := os.ReadFile(state)
	if err == nil && json.Unmarshal(content, c) == nil && c.reach() == nil {
		return nil
	}
	c.Password = rand.Text()
	if err := c.launch(base); err != nil {
		return err
	}
	content, err = json.Marshal(c)
	if err != nil {
		return err
	}
	return os.WriteFile(state, content, 0o600)
}

// reach opens the administrator's pool if the server answers to our password.
func (c *cluster) reach() error {
	if _, err := os.Stat(c.Folder); err != nil {
		return err
	}
	admin, err := sql.Open("pgx", c.url("postgres"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := admin.PingContext(ctx); err != nil {
		return errors.Join(err, admin.Close())
	}
	admin.SetMaxIdleConns(2)
	c.admin = admin
	return nil
}

func (c *cluster) url(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword("catflap", c.Password),
		Host: fmt.Sprintf("127.0.0.1:%d", c.Port), Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

// create makes a database that goes with the test and returns its address.
func (c *cluster) create(t testing.TB, template string) string {
	t.Helper()
	name := "test_" + rand.Text()
	if err := c.exec(fmt.Sprintf("CREATE DATABASE %q TEMPLATE %q", name, template)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.exec(fmt.Sprintf("DROP DATABASE IF EXISTS %q WITH (FORCE)", name)); err != nil {
			t.Errorf("drop the database of the test: %v", err)
		}
	})
	return c.url(name)
}

// template is the name of a migrated database to copy from, made by whichever
// test program comes first with this schema.
func (c *cluster) template(t testing.TB) string {
	t.Helper()
	hash, err := schemaHash()
	if err != nil {
		t.Fatal(err)
	}
	name := "schema_" + hash
	err = c.alone(func() error {
		var there bool
		err := c.admin.QueryRow("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there)
		if err != nil || there {
			return err
		}
		// Under another name until it is complete, in case this program dies.
		unfinished := "unfinished_" + rand.Text()
		if err := c.exec(fmt.Sprintf("CREATE DATABASE %q TEMPLATE template0", unfinished)); err != nil {
			return err
		}
		if err := migrate(c.url(unfinished)); err != nil {
			return err
		}
		return c.exec(fmt.Sprintf("ALTER DATABASE %q RENAME TO %q", unfinished, name))
	})
	if err != nil {
		t.Fatalf("make the template database: %v", err)
	}
	return name
}

func (c *cluster) exec(statement string) error {
	_, err := c.admin.Exec(statement)
	return err
}

// alone runs f while no other test program does the same.
func (c *cluster) alone(f func() error) error {
	file, err := lock(c.start, syscall.LOCK_EX)
	if err != nil {
		return err
	}
	return errors.Join(f(), file.Close())
}

// lock opens the file and waits for the lock, which lasts until the file is
// closed or the program ends.
func lock(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
		}
	}
}

// ownFolder makes the folder, and refuses one that somebody else put there.
func ownFolder(path string) error {
	if err := os.Mkdir(path, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(owner.Uid) != os.Getuid() {
		return fmt.Errorf("%s is not a folder of this user: remove it, then run the tests again", path)
	}
	return nil
}
