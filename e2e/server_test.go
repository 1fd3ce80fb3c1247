package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// server is a running Catflap.
type server struct {
	t     *testing.T
	cmd   *exec.Cmd
	out   *transcript // standard output
	log   *transcript // standard error
	ended chan struct{}
}

// transcript keeps what a process says.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *transcript) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *transcript) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// environment is the settings of this world as the process gets them.
func (w *world) environment() []string {
	env := []string{"CATFLAP_DATA=" + w.data, fmt.Sprintf("CATFLAP_LISTEN=127.0.0.1:%d", w.port)}
	if w.smtp != "" {
		env = append(env, "CATFLAP_SMTP="+w.smtp)
	}
	if w.mailLimit > 0 {
		env = append(env, fmt.Sprintf("CATFLAP_MAIL_PRACTICE_LIMIT=%d", w.mailLimit))
	}
	if w.database != "" {
		env = append(env, "CATFLAP_DATABASE="+w.database)
	}
	return env
}

// url is an address on this server.
func (w *world) url(path string) string {
	return fmt.Sprintf("http://localhost:%d%s", w.port, path)
}

// serve starts the server and waits until it is ready. It ends with the test
// unless the story ends it.
func (w *world) serve() {
	w.t.Helper()
	w.start("serve", 30*time.Second)
}

// start runs a command that serves.
func (w *world) start(name string, limit time.Duration) {
	w.t.Helper()
	binary, err := shared.binary()
	if err != nil {
		w.t.Fatal(err)
	}
	s := &server{t: w.t, cmd: exec.Command(binary, name), out: &transcript{}, log: &transcript{}, ended: make(chan struct{})}
	s.cmd.Env, s.cmd.Dir = w.environment(), w.t.TempDir()
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.log
	if err := s.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	go func() {
		_ = s.cmd.Wait() // who cares looks at ProcessState
		close(s.ended)
	}()
	w.t.Cleanup(s.clean)
	w.server = s
	client := &http.Client{Timeout: 2 * time.Second}
	within(w.t, limit, "the server is ready", func() error {
		select {
		case <-s.ended:
			w.t.Fatalf("the server ended by itself:\n%s%s", s.out, s.log)
		default:
		}
		r, err := client.Get(w.url("/readyz"))
		if err != nil {
			return err
		}
		_ = r.Body.Close()
		if r.StatusCode != http.StatusOK {
			return errors.New(r.Status)
		}
		return nil
	})
}

// clean ends the process at the end of the test, and keeps its log if the test
// failed.
func (s *server) clean() {
	s.end(syscall.SIGTERM)
	if s.t.Failed() {
		path := filepath.Join(evidence(s.t), fmt.Sprintf("server-%d.log", s.cmd.Process.Pid))
		if err := os.WriteFile(path, []byte(s.out.String()+s.log.String()), 0o644); err != nil {
			s.t.Error(err)
		}
		s.t.Logf("server log: %s", path)
	}
	if strings.Contains(s.log.String(), "panic") {
		s.t.Errorf("the server panicked:\n%s", s.log)
	}
}

// end sends the signal and returns the exit code, -1 for a killed process.
func (s *server) end(signal syscall.Signal) int {
	s.t.Helper()
	_ = s.cmd.Process.Signal(signal) // it may be gone already
	select {
	case <-s.ended:
	case <-time.After(15 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.ended
		s.t.Errorf("the server was still there 15 s after %s", signal)
	}
	return s.cmd.ProcessState.ExitCode()
}

// setUpLink is the one-time link that the server prints.
func (s *server) setUpLink() string {
	s.t.Helper()
	link := ""
	within(s.t, patience, "the server prints a link for the set-up", func() error {
		if link = firstLink(s.out.String()); !strings.Contains(link, "/setup?token=") {
			return fmt.Errorf("it printed %q", s.out)
		}
		return nil
	})
	return link
}

// firstLink is the first web address with a token in a text.
func firstLink(text string) string {
	return regexp.MustCompile(`https?://\S+\?token=\S+`).FindString(text)
}

// outcome is what a command that ran to its end left.
type outcome struct {
	code     int
	out, log string
}

// command runs the binary with these arguments and this environment alone.
func command(t *testing.T, environment []string, args ...string) outcome {
	t.Helper()
	binary, err := shared.binary()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var out, log bytes.Buffer
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = environment, t.TempDir(), &out, &log
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatalf("catflap %s: %v", strings.Join(args, " "), err)
	}
	if ctx.Err() != nil {
		t.Fatalf("catflap %s did not end within 30 s:\n%s%s", strings.Join(args, " "), &out, &log)
	}
	return outcome{code: cmd.ProcessState.ExitCode(), out: out.String(), log: log.String()}
}

// within repeats the check until it passes.
func within(t *testing.T, limit time.Duration, what string, check func() error) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(30 * time.Millisecond) {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s: %v", limit, what, err)
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// get asks without a browser; redirects are not followed.
func (w *world) get(path, bearer string) (status int, body string) {
	w.t.Helper()
	r, err := http.NewRequest(http.MethodGet, w.url(path), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	return w.ask(r)
}

// post sends JSON without a browser.
func (w *world) post(path, bearer, body string) (status int, answer string) {
	w.t.Helper()
	r, err := http.NewRequest(http.MethodPost, w.url(path), strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	return w.ask(r)
}

func (w *world) ask(r *http.Request) (status int, body string) {
	w.t.Helper()
	client := &http.Client{
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer.StatusCode, string(content)
}
