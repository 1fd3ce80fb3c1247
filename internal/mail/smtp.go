package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

const (
	// smtpTimeout bounds connecting, and then each letter.
	smtpTimeout = 30 * time.Second
	// smtpIdle is how long a connection is kept open for the next letter.
	smtpIdle = 5 * time.Second
)

// SMTP hands letters to a mail server (RFC 5321) over verified TLS and keeps
// connections open for a few seconds, so that a thousand letters need a handful.
// Safe for concurrent use.
type SMTP struct {
	settings SMTPSettings
	helo     string

	wholeOnly atomic.Bool // the server says that it takes letters in one piece, and does not

	mu     sync.Mutex
	idle   []*smtpConn
	closed bool
}

// smtpConn is one connection, used by one letter at a time.
type smtpConn struct {
	talk       *smtp.Client // the conversation on it
	raw        net.Conn
	sender     string // in the envelope of every letter; "" for that of the letter
	pipelining bool   // the server takes several questions at once
	chunking   bool   // the server takes a letter in one piece, as it is
	letter     bytes.Buffer
	out        []byte      // what is said at once
	used       time.Time   // for the last letter
	heard      *listener   // writes the conversation about letters down; nil where nobody reads it
	expires    *time.Timer // set while the connection is idle
}

// NewSMTP is the transport to that mail server. helo is the name by which
// Catflap introduces itself, see MailHost. Nothing is connected yet.
func NewSMTP(settings SMTPSettings, helo string) *SMTP {
	return &SMTP{settings: settings, helo: helo}
}

// Holding is always empty.
func (t *SMTP) Holding() string { return "" }

// Send hands the letter over on an open connection or a new one.
func (t *SMTP) Send(ctx context.Context, l Letter) error {
	for {
		var err error
		conn := t.take()
		reused := conn != nil
		if !reused {
			if conn, err = t.dial(ctx); err != nil {
				return t.explainDial(err)
			}
		}
		err = conn.send(ctx, l)
		if err == nil || !unknownChunk(err) && conn.reset(err) {
			t.put(conn)
		} else {
			conn.close()
		}
		switch {
		case err == nil:
			return nil
		case reused && wentStale(err) && ctx.Err() == nil:
			continue // the server had closed the open connection meanwhile
		case unknownChunk(err) && ctx.Err() == nil && !t.wholeOnly.Swap(true):
			continue // it does not know what it offers
		}
		return explainSend(err)
	}
}

// Close ends the open connections.
func (t *SMTP) Close() {
	t.mu.Lock()
	idle := t.idle
	t.idle, t.closed = nil, true
	t.mu.Unlock()
	for _, conn := range idle {
		conn.expires.Stop()
		conn.quit()
	}
}

// take returns an open connection, or nil.
func (t *SMTP) take() *smtpConn {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(t.idle)
	if n == 0 {
		return nil
	}
	conn := t.idle[n-1]
	t.idle = t.idle[:n-1]
	conn.expires.Stop()
	return conn
}

// put keeps the connection for the next letter, for a while.
func (t *SMTP) put(conn *smtpConn) {
	t.mu.Lock()
	closed := t.closed
	if !closed {
		conn.used = time.Now()
		conn.expires = time.AfterFunc(smtpIdle, func() { t.expire(conn) })
		t.idle = append(t.idle, conn)
	}
	t.mu.Unlock()
	if closed {
		conn.quit()
	}
}

// expire closes the connection unless it was taken meanwhile.
func (t *SMTP) expire(conn *smtpConn) {
	t.mu.Lock()
	i := slices.Index(t.idle, conn)
	if i >= 0 {
		t.idle = slices.Delete(t.idle, i, i+1)
	}
	t.mu.Unlock()
	if i >= 0 {
		conn.quit()
	}
}

// dial connects, negotiates TLS and signs in.
func (t *SMTP) dial(ctx context.Context, more ...gomail.Option) (*smtpConn, error) {
	conn := &smtpConn{sender: t.settings.Bounces}
	client, err := gomail.NewClient(t.settings.Host, append(t.options(conn), more...)...)
	if err != nil {
		return nil, err
	}
	if conn.talk, err = client.DialToSMTPClientWithContext(ctx); err != nil {
		conn.close() // the library leaves it open when TLS or the login fails
		return nil, err
	}
	conn.pipelining, _ = conn.talk.Extension("PIPELINING")
	conn.chunking, _ = conn.talk.Extension("CHUNKING")
	conn.chunking = conn.chunking && !t.wholeOnly.Load()
	conn.used = time.Now()
	return conn, nil
}

func (t *SMTP) options(conn *smtpConn) []gomail.Option {
	s := t.settings
	config := &tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
	policy := gomail.TLSMandatory
	auth := []gomail.SMTPAuthType{
		gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1,
	}
	if s.Plaintext {
		policy = gomail.NoTLS
		auth = []gomail.SMTPAuthType{
			gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc, gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1,
		}
	}
	options := []gomail.Option{
		gomail.WithPort(s.Port), gomail.WithTimeout(smtpTimeout), gomail.WithHELO(t.helo),
		gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(config),
		gomail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			return conn.open(ctx, network, address, s.Implicit, config)
		}),
	}
	if s.Implicit {
		options = append(options, gomail.WithSSL())
	}
	if s.User != "" {
		options = append(options, gomail.WithUsername(s.User), gomail.WithPassword(s.Password.Reveal()),
			gomail.WithOpportunisticSMTPAuth(auth...))
	}
	return options
}

// open makes the network connection and remembers it, so that it can be closed
// whatever state the conversation on it is in.
func (c *smtpConn) open(ctx context.Context, network, address string, implicit bool, config *tls.Config) (net.Conn, error) {
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.raw = raw
	if !implicit {
		return raw, nil
	}
	secure := tls.Client(raw, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return secure, nil
}

// reset makes the connection fit for the next letter where the server refused
// this one, and reports whether it is.
func (c *smtpConn) reset(err error) bool {
	answer := answerOf(err)
	return answer != nil && answer.Code != 421 && c.talk.Reset() == nil
}

// quit takes leave of a server that did nothing wrong, without waiting long.
func (c *smtpConn) quit() {
	_ = c.raw.SetDeadline(time.Now().Add(2 * time.Second))
	_ = c.talk.Quit()
	c.close()
}

// close ends the connection at once, whatever state it is in.
func (c *smtpConn) close() {
	if c.raw != nil {
		_ = c.raw.Close()
	}
}
