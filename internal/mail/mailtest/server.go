package mailtest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Options say how the server behaves. The zero value takes everything, without
// TLS and without a login.
type Options struct {
	StartTLS     bool   // offers STARTTLS
	TLS          bool   // speaks TLS from the first byte
	User         string // demands this login before it takes mail
	Password     string
	InsecureAuth bool // offers the login without TLS too, as a careless server would
	// CertificateFor is the host name in the certificate; empty for this
	// machine's names.
	CertificateFor string
	// Without are extensions that it does not offer: PIPELINING, CHUNKING.
	Without []string
	// UnknownBDAT offers CHUNKING and does not know its command.
	UnknownBDAT bool
}

// Answer is what the server says in place of "250 OK". A Code of 0 accepts.
type Answer struct {
	Code  int // or HangUp
	Words string
	To    Said
	After time.Duration // it thinks for so long
}

// HangUp is the Code of an Answer that never comes: the connection breaks.
const HangUp = -1

// Said is what an Answer is to.
type Said int

// What is said in each conversation.
const (
	ToRecipient Said = iota
	ToLetter         // the letter was read, and is kept where the server hangs up
	ToTLS            // only to hang up
)

// Server is a running SMTP server.
type Server struct {
	o     Options
	addr  *net.TCPAddr
	cert  tls.Certificate
	roots *x509.CertPool
	pem   []byte

	mu          sync.Mutex
	messages    []Message
	answers     []Answer
	always      Answer
	tries       int
	connections int
	logins      int
}

// Start runs a server until the test ends.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{o: o}
	if err := s.makeCertificate(); err != nil {
		t.Fatalf("certificate for the test mail server: %v", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("test mail server: %v", err)
	}
	s.addr = listener.Addr().(*net.TCPAddr)
	if o.Without != nil || o.UnknownBDAT {
		listener = altering{Listener: listener, o: o}
	}

	server := smtp.NewServer(smtp.BackendFunc(s.session))
	server.Domain = "mail.test"
	server.EnableSMTPUTF8 = true
	server.AllowInsecureAuth = o.InsecureAuth || !o.StartTLS && !o.TLS
	server.ErrorLog = log.New(io.Discard, "", 0)
	config := &tls.Config{Certificates: []tls.Certificate{s.cert}, MinVersion: tls.VersionTLS12, GetConfigForClient: s.handshake}
	if o.StartTLS {
		server.TLSConfig = config
	}
	if o.TLS {
		listener = tls.NewListener(listener, config)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends with Close below
	}()
	t.Cleanup(func() {
		_ = server.Close()
		_ = listener.Close() // in case the server had not come round to serving it yet
		<-done
	})
	return s
}

// URL is the server's address as settings take it, with the login it demands.
func (s *Server) URL() string {
	u := url.URL{Scheme: "smtp", Host: s.addr.String()}
	if s.o.TLS {
		u.Scheme = "smtps"
	}
	if s.o.User != "" {
		u.User = url.UserPassword(s.o.User, s.o.Password)
	}
	return u.String()
}

// Roots trust the server's certificate.
func (s *Server) Roots() *x509.CertPool { return s.roots }

// Certificate is the server's certificate as PEM, for the environment variable
// SSL_CERT_FILE of another process.
func (s *Server) Certificate() []byte { return slices.Clone(s.pem) }

// Next queues answers: each is given once, in turn.
func (s *Server) Next(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = append(s.answers, answers...)
}

// Always gives this answer whenever none is queued; Answer{} accepts again.
func (s *Server) Always(a Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always = a
}

// Messages are all received messages, oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// To are the messages received for this address, oldest first.
func (s *Server) To(address string) []Message {
	return slices.DeleteFunc(s.Messages(), func(m Message) bool {
		return !slices.ContainsFunc(m.To, func(to string) bool { return strings.EqualFold(to, address) })
	})
}

// Wait returns the newest message for the address once there are n of them, and
// fails the test after ten seconds.
func (s *Server) Wait(t testing.TB, address string, n int) Message {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if got := s.To(address); len(got) >= n {
			return got[len(got)-1]
		} else if time.Now().After(deadline) {
			t.Fatalf("%d messages for %s after ten seconds, want %d", len(got), address, n)
		}
	}
}

// Tries is how many recipients were named, accepted or not.
func (s *Server) Tries() int { return s.count(&s.tries) }

// Connections is how many connections were made.
func (s *Server) Connections() int { return s.count(&s.connections) }

// Logins is how many times somebody sent a user name and password.
func (s *Server) Logins() int { return s.count(&s.logins) }

func (s *Server) count(n *int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *n
}

// handshake breaks it off where that is the next answer.
func (s *Server) handshake(*tls.ClientHelloInfo) (*tls.Config, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.answers) == 0 || s.answers[0].To != ToTLS {
		return nil, nil
	}
	s.answers = s.answers[1:]
	return nil, errors.New("hangs up")
}

func (s *Server) session(conn *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connections++
	return &session{server: s, conn: conn, in: s.o.User == ""}, nil
}

// answer takes the next answer.
func (s *Server) answer() Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries++
	a := s.always
	if len(s.answers) > 0 {
		a, s.answers = s.answers[0], s.answers[1:]
	}
	return a
}

// session is one connection.
type session struct {
	server *Server
	conn   *smtp.Conn
	in     bool // logged in, or no login demanded
	from   string
	to     []string
	answer Answer // to the letter
}

// say answers.
func (c *session) say(a Answer) error {
	time.Sleep(a.After)
	switch a.Code {
	case 0:
		return nil
	case HangUp:
		return errors.Join(errors.New("hangs up"), c.conn.Conn().Close())
	}
	return &smtp.SMTPError{Code: a.Code, EnhancedCode: smtp.NoEnhancedCode, Message: a.Words}
}

// AuthMechanisms is what the server offers.
func (c *session) AuthMechanisms() []string {
	if c.server.o.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth checks the login.
func (c *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		c.server.mu.Lock()
		defer c.server.mu.Unlock()
		c.server.logins++
		if user != c.server.o.User || password != c.server.o.Password {
			return smtp.ErrAuthFailed
		}
		c.in = true
		return nil
	}), nil
}

// Mail begins a message.
func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	if !c.in {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	c.from = from
	return nil
}

// Rcpt names a recipient.
func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.answer = Answer{}
	a := c.server.answer()
	if a.To == ToLetter {
		a, c.answer = Answer{}, a
	}
	if err := c.say(a); err != nil {
		return err
	}
	c.to = append(c.to, to)
	return nil
}

// Data takes the message.
func (c *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := Parse(raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "cannot be read: " + err.Error()}
	}
	m.From, m.To = c.from, slices.Clone(c.to)
	if err := c.say(c.answer); err != nil && c.answer.Code != HangUp {
		return err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.server.messages = append(c.server.messages, m)
	return nil
}

// Reset forgets the message under way.
func (c *session) Reset() { c.from, c.to = "", nil }

// Logout ends the connection.
func (c *session) Logout() error { return nil }
