package otp

import (
	"crypto/rand"
	"encoding/base32"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Key is the secret that server and app share. It never prints.
type Key []byte

// NewKey makes a key of 160 bits, as RFC 4226 (section 4, R6) recommends.
func NewKey() Key {
	k := make(Key, KeyBytes)
	_, _ = rand.Read(k) // never fails
	return k
}

// String keeps the key out of logs.
func (k Key) String() string { return "••••" }

var base = base32.StdEncoding.WithPadding(base32.NoPadding)

// Text is the key in base 32, as it is typed into an app.
func (k Key) Text() string { return base.EncodeToString(k) }

// Groups is Text in groups of four, for reading.
func (k Key) Groups() []string {
	var groups []string
	for text := k.Text(); text != ""; {
		n := min(4, len(text))
		groups, text = append(groups, text[:n]), text[n:]
	}
	return groups
}

// Label names an account in an app.
type Label struct {
	Issuer  string // who runs the sign-in: the practice
	Account string // the login ID there
}

// plain keeps what separates the two parts, and what some apps stumble over,
// out of a label.
func plain(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == ':' || r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s))
}

// URI is the otpauth address that apps read from a QR code (Google
// Authenticator's Key Uri Format). The issuer stands in the label and in a
// parameter, because some apps read the one and some the other.
func (k Key) URI(l Label) string {
	issuer, account := plain(l.Issuer), plain(l.Account)
	q := "secret=" + k.Text() + "&issuer=" + escape(issuer) + "&algorithm=SHA1&digits=" + strconv.Itoa(Digits) +
		"&period=" + strconv.Itoa(int(Period/time.Second))
	return "otpauth://totp/" + escape(issuer) + ":" + escape(account) + "?" + q
}

// escape is percent-encoding for paths and queries alike: a space is %20, which
// apps show right in both.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
