package httpd

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
)

// served is a kit behind a real listener.
func served(t *testing.T, k *kit, s Server) (address string, stop func() error) {
	t.Helper()
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.Handler, s.Log = k.Handler(), slog.New(slog.DiscardHandler)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	var result error
	stopped := false
	stop = func() error {
		if !stopped {
			stopped = true
			cancel()
			result = <-ended
		}
		return result
	}
	t.Cleanup(func() { _ = stop() })
	return l.Addr().String(), stop
}

// raw sends text over a connection of its own and reads one answer.
func raw(t *testing.T, address, text string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	go func() { _, _ = io.WriteString(conn, text) }() // the server may stop listening half-way
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestBodiesOverTheWire(t *testing.T) {
	k := newKit(t, "https://flap.example")
	k.bodyTime = 300 * time.Millisecond
	k.addOperations()
	address, _ := served(t, k, Server{})
	form := func(path, more string) string {
		return "POST " + path + " HTTP/1.1\r\nHost: x\r\nCookie: __Host-catflap=cfs_staff\r\n" +
			"Content-Type: application/x-www-form-urlencoded\r\n" + more
	}
	api := func(path, more string) string {
		return "POST /api/v1" + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer cfs_staff\r\n" + more
	}
	chunked := func(body string) string {
		return fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	}
	large := "text=" + strings.Repeat("x", 10<<20)
	const boundary = "Content-Type: multipart/form-data; boundary=b\r\n"
	upload := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n" + strings.Repeat("x", 8<<10) + "\r\n--b--\r\n"
	for _, row := range []struct {
		name, send string
		status     int
		words      string
	}{
		{"10 MB field", form("/north/note", fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(large), large)), 413, "more than the 1 MB"},
		{"10 MB field, chunked", form("/north/note", chunked(large)), 413, "more than the 1 MB"},
		{"slow form", form("/north/note", "Content-Length: 100\r\n\r\ntext=x"), 408, "too slowly"},
		{"10 MB of JSON", api("/practices/north/sign-in", chunked(`{"login":"`+large)), 413, "more than the 1 MB"},
		{"slow JSON", api("/practices/north/sign-in", "Content-Length: 100\r\n\r\n{"), 408, "too slowly"},
		{"upload beyond the rule", api("/imports", boundary+chunked(upload)), 413, "more than the 4 kB"},
		{"slow upload", api("/imports", boundary+"Content-Length: 3000\r\n\r\n"+upload[:100]), 408, "too slowly"},
		{"broken upload", api("/imports", boundary+"Content-Length: 3\r\n\r\nxyz"), 422, "multipart/form-data"},
		{"oversized header", "GET / HTTP/1.1\r\nHost: x\r\nX-Junk: " + strings.Repeat("x", headerBytes+8<<10) + "\r\n\r\n", 431, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := raw(t, address, row.send)
			if got := text(t, r); r.StatusCode != row.status || !strings.Contains(got, row.words) {
				t.Errorf("%d %.300s", r.StatusCode, got)
			}
		})
	}
}

func TestExactLimitIsAllowed(t *testing.T) {
	k, _ := newAPIKit(t)
	frame := `{"login":"a","password":"b"}`
	body := frame + strings.Repeat(" ", standardBody-len(frame))
	if w := k.json("POST", "/api/v1/practices/north/sign-in", body); w.Code != 200 {
		t.Errorf("1 MiB of JSON: %d %s", w.Code, w.Body)
	}
	if w := k.json("POST", "/api/v1/practices/north/sign-in", body+" "); w.Code != 413 {
		t.Errorf("one byte more: %d", w.Code)
	}
}

// The deadline of the body must not end a handler that works longer.
func TestSlowHandlerKeepsItsContext(t *testing.T) {
	k := newKit(t, "https://flap.example")
	k.bodyTime = 50 * time.Millisecond
	k.Handle("POST /{practice}/work", access.Rule{Audience: access.Public}, func(w http.ResponseWriter, r *http.Request) error {
		time.Sleep(150 * time.Millisecond)
		if err := r.Context().Err(); err != nil {
			return err
		}
		_, err := io.WriteString(w, "done")
		return err
	})
	address, _ := served(t, k, Server{})
	r, err := http.Post("http://"+address+"/north/work", "application/x-www-form-urlencoded", strings.NewReader("a=b"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if got := text(t, r); got != "done" {
		t.Errorf("%d %s", r.StatusCode, got)
	}
}

func TestUploadsLeaveNoFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	k := newKit(t, "https://flap.example")
	k.Handle("POST /{practice}/big", access.Rule{Audience: access.Public, Upload: 8 << 20}, func(w http.ResponseWriter, r *http.Request) error {
		if err := r.ParseMultipartForm(1 << 10); err != nil {
			return err
		}
		if files, _ := os.ReadDir(dir); len(files) != 1 {
			t.Errorf("%d temporary files while at work", len(files))
		}
		return nil
	})
	var b strings.Builder
	m := multipart.NewWriter(&b)
	part, _ := m.CreateFormFile("file", "f")
	_, _ = io.WriteString(part, strings.Repeat("x", 2<<20))
	_ = m.Close()
	address, _ := served(t, k, Server{})
	r, err := http.Post("http://"+address+"/north/big", m.FormDataContentType(), strings.NewReader(b.String()))
	if err != nil || r.StatusCode != 200 {
		t.Fatal(r, err)
	}
	_ = r.Body.Close()
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("%d temporary files stay", len(files))
	}
}

func TestShutdownFinishesWhatIsUnderWay(t *testing.T) {
	k := newKit(t, "https://flap.example")
	begun, finish := make(chan bool), make(chan bool)
	k.Handle("GET /{practice}/slow", access.Rule{Audience: access.Public}, func(w http.ResponseWriter, r *http.Request) error {
		close(begun)
		<-finish
		if err := r.Context().Err(); err != nil {
			return err
		}
		_, err := io.WriteString(w, "finished")
		return err
	})
	address, stop := served(t, k, Server{})
	answer := make(chan string, 1)
	go func() {
		r, err := http.Get("http://" + address + "/north/slow")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer r.Body.Close()
		b, _ := io.ReadAll(r.Body)
		answer <- string(b)
	}()
	<-begun
	go func() { time.Sleep(50 * time.Millisecond); close(finish) }()
	if err := stop(); err != nil {
		t.Errorf("the end was not clean: %v", err)
	}
	if got := <-answer; got != "finished" {
		t.Errorf("got %q", got)
	}
}

func TestListenSaysWhatToDo(t *testing.T) {
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err = Listen(l.Addr().String()); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "CATFLAP_LISTEN") {
		t.Errorf("got %v", err)
	}
}

func TestTLS(t *testing.T) {
	k := newKit(t, "https://flap.example")
	cert, key, pool := certificate(t)
	address, _ := served(t, k, Server{CertFile: cert, KeyFile: key})
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	r, err := (&http.Client{Transport: transport}).Get("https://" + address + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != 200 || r.ProtoMajor != 2 {
		t.Errorf("%d over HTTP/%d", r.StatusCode, r.ProtoMajor)
	}
	_, stop := served(t, k, Server{CertFile: cert, KeyFile: cert})
	if err := stop(); !fault.Is(err, fault.Invalid) {
		t.Errorf("a certificate without its key: %v", err)
	}
}

// certificate makes one for 127.0.0.1 that lasts an hour.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pool = x509.NewCertPool()
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(parsed)
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", keyDER), pool
}
