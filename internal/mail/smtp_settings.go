package mail

import (
	"crypto/x509"
	"net"
	"net/netip"
	"strconv"

	"catflap/internal/foundation/secret"
)

// SMTPSettings say how to reach the mail server.
type SMTPSettings struct {
	Host     string
	Port     int
	Implicit bool // TLS from the first byte (smtps, RFC 8314); else STARTTLS (RFC 3207)
	// Plaintext allows a connection without TLS. Only for a mail server on the
	// same machine, where nobody is in between.
	Plaintext bool
	User      string
	Password  secret.Text
	// Bounces is the address to which mail comes back (the envelope's sender, RFC
	// 5321, 4.1.1.2); "" for the sender that people see.
	Bounces string
	// Roots are trusted instead of the system's certificate authorities; nil
	// for those of the system.
	Roots *x509.CertPool
}

// Loopback reports whether a mail server is on this very machine, where nobody is
// in between.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func (s SMTPSettings) address() string {
	return net.JoinHostPort(s.Host, strconv.Itoa(s.Port))
}
