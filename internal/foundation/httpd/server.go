package httpd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"catflap/internal/foundation/fault"
)

const (
	headerTime   = 10 * time.Second // to send the headers of a request
	idleTime     = 2 * time.Minute  // between two requests on one connection
	shutdownTime = 10 * time.Second // for what is under way at the end
	headerBytes  = 32 << 10         // of all headers of a request
)

// Listen opens the TCP address, "host:port"; its words name the setting.
func Listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fault.New(fault.Invalid, "cannot-listen", fmt.Sprintf(
			"Cannot listen on %q. Choose a free address in CATFLAP_LISTEN, like localhost:8080, or stop the program that uses this one.",
			address)).Because(err)
	}
	return l, nil
}

// Server serves a handler until it is told to stop.
type Server struct {
	Handler           http.Handler
	Log               *slog.Logger
	CertFile, KeyFile string // PEM files; both empty: plain HTTP
}

// Serve answers on l until ctx ends, then lets what is under way finish for up
// to 10 s. It closes l. Requests do not see the end of ctx.
func (s Server) Serve(ctx context.Context, l net.Listener) error {
	defer l.Close()
	h := &http.Server{
		Handler:           s.Handler,
		ReadHeaderTimeout: headerTime,
		WriteTimeout:      headerTime + answerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerBytes,
		// What clients do wrong with TLS or HTTP is not news.
		ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
	serve := func() error { return h.Serve(l) }
	if s.CertFile != "" || s.KeyFile != "" {
		pair, err := tls.LoadX509KeyPair(s.CertFile, s.KeyFile)
		if err != nil {
			return fault.New(fault.Invalid, "bad-certificate",
				"The certificate or its key cannot be used. CATFLAP_TLS_CERT and CATFLAP_TLS_KEY must name readable PEM files that belong together.").Because(err)
		}
		h.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
		serve = func() error { return h.ServeTLS(l, "", "") }
	}
	ended := make(chan error, 1)
	go func() { ended <- serve() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if err := h.Shutdown(last); err != nil {
		s.Log.Warn("some requests did not finish in time and were broken off", "error", err)
		_ = h.Close()
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
