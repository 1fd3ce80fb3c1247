package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"

	"catflap/internal/foundation/db"
)

// bareCommand makes this program the bare server; an address follows, and
// tokens with what to answer come on standard input, one a line.
const bareCommand = "bare"

// startBare runs the bare server in a process of its own. The file has what it
// is to know.
func startBare(ctx context.Context, known string) (*process, error) {
	c, address, err := self(ctx, bareCommand)
	if err != nil {
		return nil, err
	}
	in, err := os.Open(known)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	c.Stdin = in
	return start(ctx, c, address, "/readyz")
}

// bare is the least that a session check can be.
type bare map[[sha256.Size]byte][]byte

// ServeHTTP answers who the bearer token stands for.
func (b bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	answer, known := b[sha256.Sum256([]byte(token))]
	if !known {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer) // whoever does not read it has gone
}

// pool hashes a password for whoever asks, as many at once as there are
// processors, and nothing else.
type pool chan struct{}

// ServeHTTP answers once the hash is made.
func (p pool) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // whoever sent half of it has gone
	}
	p <- struct{}{}
	argon2.IDKey(body, make([]byte, 16), 2, 19456, 1, 32)
	<-p
	_, _ = io.WriteString(w, "{}")
}

func serveBare(ctx context.Context, address string, in io.Reader) error {
	known := bare{}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		token, answer, _ := strings.Cut(lines.Text(), "\t")
		known[sha256.Sum256([]byte(token))] = []byte(answer)
	}
	if err := lines.Err(); err != nil {
		return err
	}
	m := http.NewServeMux()
	m.Handle("GET "+sessionPath, known)
	m.Handle("POST "+signInPath, make(pool, runtime.NumCPU()))
	m.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ready\n") })
	return serveUntil(ctx, address, m)
}

// serveBareSearch answers searches from the database that the environment names.
func serveBareSearch(ctx context.Context, address string) error {
	d, err := db.Open(ctx, os.Getenv(bareDatabase), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	m := http.NewServeMux()
	m.HandleFunc("GET /words", ranges{d}.words)
	m.HandleFunc("GET /people", ranges{d}.people)
	m.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ready\n") })
	return errors.Join(serveUntil(ctx, address, m), d.Close())
}

func serveUntil(ctx context.Context, address string, h http.Handler) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	s := &http.Server{Handler: h}
	go func() {
		<-ctx.Done()
		_ = s.Close() // there is nobody to wait for
	}()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
