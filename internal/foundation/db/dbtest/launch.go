package dbtest

import (
	"cmp"
	_ "embed" // the script that stays with the server
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

//go:embed supervise.sh
var supervise string

// settings trade safety that tests do not need for speed.
const settings = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 500
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
deadlock_timeout = 100ms
`

// launch makes a cluster and starts its server, which outlives this program.
func (c *cluster) launch(base string) error {
	bin, err := programs()
	if err != nil {
		return err
	}
	as, err := serverUser()
	if err != nil {
		return err
	}
	home := filepath.Join(base, "clusters")
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	if err := c.initialize(bin, home, settings, as); err != nil {
		return err
	}
	return c.serve(bin, home, as)
}

// initialize makes the files of a cluster in the folder home, which becomes
// the server's user's own: it removes its cluster when it stops.
func (c *cluster) initialize(bin, home, settings string, as *syscall.Credential) error {
	password := filepath.Join(home, "password")
	if err := os.WriteFile(password, []byte(c.Password+"\n"), 0o600); err != nil {
		return err
	}
	defer func() { _ = os.Remove(password) }() // the next one would overwrite it
	if as != nil {
		for _, path := range []string{home, password} {
			if err := os.Chown(path, int(as.Uid), int(as.Gid)); err != nil {
				return err
			}
		}
	}

	c.Folder = filepath.Join(home, fmt.Sprintf("%d", time.Now().UnixNano()))
	// md5 and not scram: connecting is most of what tests do, and scram is slow
	// on purpose. The C locale sorts as SQLite does.
	initdb := exec.Command(filepath.Join(bin, "initdb"), "--pgdata", c.Folder, "--username", "catflap", "--pwfile", password,
		"--auth", "md5", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	initdb.Dir = home
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	if output, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb for the tests: %w\n%s", err, output)
	}
	if err := appendTo(filepath.Join(c.Folder, "postgresql.conf"), settings); err != nil {
		return err
	}
	port, err := freePort()
	c.Port = port
	return err
}

// serve starts the server under its supervisor and waits until it answers.
func (c *cluster) serve(bin, home string, as *syscall.Credential) error {
	logPath := filepath.Join(c.Folder, "server.log")
	log, err := os.Create(logPath)
	if err != nil {
		return err
	}
	// In a session of its own and without our pipes, so that neither an
	// interrupt nor the end of the tests takes it along or waits for it.
	sh := exec.Command("/bin/sh", "-c", supervise, "supervise", bin, c.Folder, strconv.Itoa(c.Port), c.users.Name())
	sh.Dir, sh.Stdout, sh.Stderr = home, log, log
	sh.SysProcAttr = &syscall.SysProcAttr{Credential: as, Setsid: true}
	if err := errors.Join(sh.Start(), log.Close()); err != nil {
		return err
	}
	_, err = c.await(sh, logPath)
	return err
}

// await waits until the server that a started program runs answers. ended is
// closed when the program is gone.
func (c *cluster) await(program *exec.Cmd, logPath string) (ended chan struct{}, err error) {
	ended = make(chan struct{})
	go func() {
		_ = program.Wait() // its log says why
		close(ended)
	}()
	const limit = time.Minute
	for deadline := time.Now().Add(limit); ; {
		if err = c.reach(); err == nil {
			return ended, nil
		}
		select {
		case <-ended:
			deadline = time.Time{}
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			words, _ := os.ReadFile(logPath) // gone with the cluster at worst
			return ended, fmt.Errorf("PostgreSQL for the tests does not start: %w\n%s", err, words)
		}
	}
}

// programs is the folder of the newest PostgreSQL that Debian installed.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("PostgreSQL is not installed, and the tests run on it too: `make test` installs it, or install the package postgresql")
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // 0 for anything odd
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(version(a), version(b)) })
	return filepath.Dir(newest), nil
}

// serverUser is who runs the server: nil for ourselves, somebody else for
// root, whom PostgreSQL refuses.
func serverUser() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		if who, err = user.Lookup("nobody"); err != nil {
			return nil, fmt.Errorf("PostgreSQL does not run as root, and there is neither a user postgres nor nobody: %w", err)
		}
	}
	uid, err := strconv.ParseUint(who.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(who.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
