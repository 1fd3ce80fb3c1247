package mail

import (
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"strconv"

	"catflap/internal/foundation/fault"
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
	// Roots are trusted instead of the system's certificate authorities; nil
	// for those of the system.
	Roots *x509.CertPool
}

// ParseSMTP reads smtp://user:pass@host:587 or smtps://user:pass@host:465; user
// and port may be left out. The error is a fault that says what to write, and
// never repeats the address, which holds a password.
func ParseSMTP(address string) (SMTPSettings, error) {
	u, err := url.Parse(address)
	if err != nil {
		// The parser's own error quotes the whole address.
		return SMTPSettings{}, badSMTP("It cannot be read as a URL. Characters like @ : / ? # % in the user name or password must be written as %40 %3A %2F %3F %23 %25.")
	}
	s := SMTPSettings{Host: u.Hostname(), Port: 587}
	switch u.Scheme {
	case "smtp":
	case "smtps":
		s.Implicit, s.Port = true, 465
	default:
		return SMTPSettings{}, badSMTP("It must begin with smtp:// (STARTTLS, usually port 587) or smtps:// (TLS from the start, usually port 465).")
	}
	if s.Host == "" {
		return SMTPSettings{}, badSMTP("The mail server's name is missing.")
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return SMTPSettings{}, badSMTP("Nothing may follow the port. A / ? or # in the password must be written as %2F, %3F or %23.")
	}
	if p := u.Port(); p != "" {
		if s.Port, err = strconv.Atoi(p); err != nil || s.Port < 1 || s.Port > 65535 {
			return SMTPSettings{}, badSMTP("The port must be a number from 1 to 65535.")
		}
	}
	password, given := u.User.Password()
	s.User, s.Password = u.User.Username(), secret.Text(password)
	if (s.User == "") != (!given || password == "") {
		return SMTPSettings{}, badSMTP("Give both a user name and a password, or neither.")
	}
	s.Plaintext = !s.Implicit && Loopback(s.Host)
	return s, nil
}

func badSMTP(words string) error {
	return fault.New(fault.Invalid, "smtp-address",
		"The mail server address must look like smtp://user:password@mail.example.com:587. "+words)
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
