package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"syscall"
	"testing"

	"catflap/internal/app"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/mail"
)

type nullWriter struct {
	h    http.Header
	n    int
	body []byte
}

func (w *nullWriter) Header() http.Header { return w.h }
func (w *nullWriter) WriteHeader(int)     {}
func (w *nullWriter) Write(p []byte) (int, error) {
	w.n += len(p)
	w.body = append(w.body[:0], p...)
	return len(p), nil
}

func BenchmarkCheck(b *testing.B) {
	d := dbtest.New(b, db.SQLite)
	a := apptest.On(b, d)
	c := a.Clinic("here")
	in := a.API("POST", "/practices/here/sign-in", "", map[string]any{"login": c.Administrator.LoginID, "password": c.Administrator.Password})
	tok := a.API("POST", "/sign-in/branch", in.Text("sign_in"), map[string]any{"branch": c.North.ID}).Text("session", "token")
	f, _ := os.Create("/dev/null")
	ap, err := app.New(app.Options{DB: d, Ring: a.Ring, Clock: a.Clock, Log: slog.New(slog.NewTextHandler(f, nil)), PublicURL: a.PublicURL, Transport: &mail.Mailbox{}, Country: "US"})
	if err != nil {
		b.Fatal(err)
	}
	h := ap.Handler()
	w := &nullWriter{h: http.Header{}}
	r, _ := http.NewRequestWithContext(context.Background(), "GET", "http://localhost/api/v1/session", nil)
	r.RemoteAddr = "127.0.0.1:4444"
	r.RequestURI = "/api/v1/session"
	r.Header.Set("Authorization", "Bearer "+tok)
	r.Header.Set("User-Agent", "bench")
	h.ServeHTTP(w, r)
	b.Log(string(w.body))
	b.ReportAllocs()
	var u0, u1 syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u0)
	defer func() {
		syscall.Getrusage(syscall.RUSAGE_SELF, &u1)
		b.ReportMetric(float64(u1.Utime.Nano()+u1.Stime.Nano()-u0.Utime.Nano()-u0.Stime.Nano())/float64(b.N), "cpu-ns/op")
	}()
	for b.Loop() {
		clear(w.h)
		h.ServeHTTP(w, r)
	}
	if _, n := ap.Sessions.Remembered(); n > 10 {
		b.Log("reads", n)
	}
}
