package app_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"catflap/internal/app"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/mail"
)

type bareH map[[32]byte][]byte

func (b bareH) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	answer, known := b[sha256.Sum256([]byte(token))]
	if !known {
		w.WriteHeader(401)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(answer)
}

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func drive(b *testing.B, addr, tok string, n int) time.Duration {
	req := []byte("GET /api/v1/session HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAuthorization: Bearer " + tok + "\r\n\r\n")
	done := make(chan error, 16)
	c0 := cpu()
	for range 16 {
		go func() {
			done <- func() error {
				c, err := net.Dial("tcp", addr)
				if err != nil {
					return err
				}
				defer c.Close()
				br := bufio.NewReader(c)
				body := make([]byte, 8192)
				for range n / 16 {
					c.Write(req)
					l := 0
					for {
						line, err := br.ReadSlice('\n')
						if err != nil {
							return err
						}
						line = bytes.TrimSpace(line)
						if len(line) == 0 {
							break
						}
						if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
							l, _ = strconv.Atoi(string(v))
						}
					}
					io.ReadFull(br, body[:l])
				}
				return nil
			}()
		}()
	}
	for range 16 {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	return (cpu() - c0) / time.Duration(n)
}

func BenchmarkNet(b *testing.B) {
	d := dbtest.New(b, db.SQLite)
	a := apptest.On(b, d)
	c := a.Clinic("here")
	in := a.API("POST", "/practices/here/sign-in", "", map[string]any{"login": c.Administrator.LoginID, "password": c.Administrator.Password})
	tok := a.API("POST", "/sign-in/branch", in.Text("sign_in"), map[string]any{"branch": c.North.ID}).Text("session", "token")
	body := a.API("GET", "/session", tok, nil).Raw
	f, _ := os.Create("/dev/null")
	ap, err := app.New(app.Options{DB: d, Ring: a.Ring, Clock: a.Clock, Log: slog.New(slog.NewTextHandler(f, nil)), PublicURL: a.PublicURL, Transport: &mail.Mailbox{}, Country: "US"})
	if err != nil {
		b.Fatal(err)
	}
	m := http.NewServeMux()
	m.Handle("GET /api/v1/session", bareH{sha256.Sum256([]byte(tok)): []byte(body)})
	// ballast: a heap of about 60 MB, so that the collector runs as in a large server
	ballast := make([][]byte, 60)
	for i := range ballast {
		ballast[i] = make([]byte, 1<<20)
	}
	bs, os := httptest.NewServer(m), httptest.NewServer(ap.Handler())
	defer bs.Close()
	defer os.Close()
	_ = context.Background()
	var bare, own time.Duration
	for b.Loop() {
		const n = 48000
		bare += drive(b, bs.Listener.Addr().String(), tok, n)
		own += drive(b, os.Listener.Addr().String(), tok, n)
	}
	b.ReportMetric(float64(bare.Nanoseconds())/float64(b.N), "bare-cpu-ns")
	b.ReportMetric(float64(own.Nanoseconds())/float64(b.N), "own-cpu-ns")
	_ = ballast[3][4]
}
