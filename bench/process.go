package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// binary is Catflap as it is shipped.
type binary struct {
	folder string
	path   string
	size   int64 // bytes
}

// build makes the stripped binary like "make build".
func build(ctx context.Context, folder string) (binary, error) {
	b := binary{folder: folder, path: filepath.Join(folder, "catflap")}
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", b.path, "catflap/cmd/catflap")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := c.CombinedOutput(); err != nil {
		return b, fmt.Errorf("build the binary: %w\n%s", err, output)
	}
	info, err := os.Stat(b.path)
	if err != nil {
		return b, err
	}
	b.size = info.Size()
	return b, nil
}

// process is a server in a process of its own.
type process struct {
	command *exec.Cmd
	address string
	took    time.Duration // from the start to the first answer that it is ready
}

// serve starts Catflap with its default settings, and those that are given, and
// waits until it is ready.
func (p *place) serve(ctx context.Context, settings ...string) (*process, error) {
	log, err := os.Create(p.log())
	if err != nil {
		return nil, err
	}
	defer log.Close()
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	c := exec.CommandContext(ctx, p.path, "serve")
	c.Dir, c.Stdout, c.Stderr = p.data, log, log
	c.Env = append(settings, "CATFLAP_DATA="+p.data, "CATFLAP_DATABASE="+p.database, "CATFLAP_LISTEN="+address)
	return start(ctx, c, address, "/readyz")
}

// start runs a command and waits until path answers with 200.
func start(ctx context.Context, c *exec.Cmd, address, path string) (*process, error) {
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = 5 * time.Second
	begun := time.Now()
	if err := c.Start(); err != nil {
		return nil, err
	}
	p := &process{command: c, address: address}
	for {
		if l, err := dial(address); err == nil {
			status, _, err := l.ask(request("GET", path, "", nil))
			l.close()
			if err == nil && status == 200 {
				p.took = time.Since(begun)
				return p, nil
			}
		}
		if err := ctx.Err(); err != nil || time.Since(begun) > 30*time.Second {
			return nil, errors.Join(fmt.Errorf("%s does not become ready", c.Path), err, p.stop())
		}
		time.Sleep(500 * time.Microsecond)
	}
}

// stop asks the process to end and waits for it.
func (p *process) stop() error {
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	if err := p.command.Wait(); err != nil {
		return fmt.Errorf("%s: %w", p.command.Path, err)
	}
	return nil
}

// memory is a line of /proc/PID/status in bytes: VmRSS is what the process has
// in memory now, VmHWM the most it ever had. It fails where there is no /proc.
func (p *process) memory(line string) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "\n"+line+":")
	rest, _, _ = strings.Cut(rest, " kB\n")
	kib, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
	return kib << 10, err
}

// tick is the unit of processor times in /proc: USER_HZ, the same on every
// Linux that Go knows.
const tick = 10 * time.Millisecond

// used is the processor time that the process has used so far, in user mode
// and in the kernel; 0 where there is no /proc.
func (p *process) used() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.command.Process.Pid))
	if err != nil {
		return 0
	}
	// The second field is the name in parentheses; then comes the third.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	var ticks int64
	for _, f := range fields[11:13] { // utime and stime
		n, _ := strconv.ParseInt(f, 10, 64) // the kernel writes numbers
		ticks += n
	}
	return time.Duration(ticks) * tick
}

// ownProcessor is the processor time that this program has used so far.
func ownProcessor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// self is this program once more, as a server for a measurement, and the address
// at which it is to answer.
func self(ctx context.Context, command string) (*exec.Cmd, string, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	c := exec.CommandContext(ctx, path, command, address)
	c.Stderr = os.Stderr
	return c, address, nil
}
