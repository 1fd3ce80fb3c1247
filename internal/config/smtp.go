package config

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"strings"

	"catflap/internal/foundation/secret"
)

// SMTP is the mail server; the zero value is none.
type SMTP struct {
	Host     string
	Port     int
	TLS      bool // TLS from the first byte (smtps); else STARTTLS
	User     string
	Password secret.Text
}

// UnmarshalText reads smtp://[user:password@]host[:port] or smtps://. The
// ports are 587 and 465 unless given. Complaints never repeat the text.
func (s *SMTP) UnmarshalText(text []byte) error {
	const form = "Give smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465, with special characters in the password percent-encoded (@ as %40)"
	if len(text) == 0 {
		*s = SMTP{}
		return nil
	}
	u, err := url.Parse(string(text))
	switch {
	case err != nil || u.Hostname() == "":
		return errors.New("this is not the address of a mail server. " + form)
	case u.Scheme != "smtp" && u.Scheme != "smtps":
		return errors.New("the address of the mail server begins with something else than smtp:// or smtps://. " + form)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return errors.New("there is something behind the host of the mail server. " + form)
	}
	read := SMTP{Host: u.Hostname(), Port: 587, TLS: u.Scheme == "smtps"}
	if read.TLS {
		read.Port = 465
	}
	if port := u.Port(); port != "" {
		if read.Port, err = strconv.Atoi(port); err != nil || read.Port < 1 || read.Port > 65535 {
			return errors.New("the port of the mail server is not a number from 1 to 65535. " + form)
		}
	}
	if u.User != nil {
		password, _ := u.User.Password()
		if u.User.Username() == "" || password == "" {
			return errors.New("the mail server is given a user without a password, or a password without a user. " + form + ", or leave both out")
		}
		read.User, read.Password = u.User.Username(), secret.Text(password)
	}
	*s = read
	return nil
}

// Set reports whether there is a mail server.
func (s SMTP) Set() bool { return s.Host != "" }

// String is the address with its password masked; empty when there is none.
func (s SMTP) String() string {
	if !s.Set() {
		return ""
	}
	u := url.URL{Scheme: "smtp", Host: net.JoinHostPort(s.Host, strconv.Itoa(s.Port))}
	if s.TLS {
		u.Scheme = "smtps"
	}
	if s.User != "" {
		u.User = url.UserPassword(s.User, "x")
	}
	return show(&u)
}

// Sender is who e-mail comes from.
type Sender struct{ mail.Address }

// UnmarshalText reads an address with or without a name (RFC 5322).
func (s *Sender) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*s = Sender{}
		return nil
	}
	a, err := mail.ParseAddress(string(text))
	if err != nil {
		return fmt.Errorf("%q is not an e-mail address. Give one like Catflap <no-reply@example.org>", text)
	}
	s.Address = *a
	return nil
}

// String is the sender as it can be set again; empty when it is not set.
func (s Sender) String() string {
	switch {
	case s.Address.Address == "":
		return ""
	case s.Name == "":
		return s.Address.Address
	}
	return s.Address.String()
}
