package otp

import (
	"crypto/rand"
	"encoding/base32"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
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

// longestPart is how much of issuer and account stands in a URI, percent-encoded:
// the QR code of more could not be read from a screen.
const longestPart = 240

// plain keeps what separates the two parts, and what some apps stumble over or
// would be led astray by, out of a label; what is too long is cut.
func plain(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == ':' || unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s))
	if len(escape(s)) <= longestPart {
		return s
	}
	kept, length := 0, len(escape("…"))
	for i, r := range s {
		if length += len(escape(string(r))); length > longestPart {
			break
		}
		kept = i + utf8.RuneLen(r)
	}
	return strings.TrimSpace(s[:kept]) + "…"
}

// URI is the otpauth address that apps read from a QR code (Google
// Authenticator's Key Uri Format). The issuer stands in the label and in a
// parameter, because some apps read the one and some the other; in neither when
// there is none.
func (k Key) URI(l Label) string {
	issuer, label := plain(l.Issuer), escape(plain(l.Account))
	q := "secret=" + k.Text()
	if issuer != "" {
		label = escape(issuer) + ":" + label
		q += "&issuer=" + escape(issuer)
	}
	return "otpauth://totp/" + label + "?" + q + "&algorithm=SHA1&digits=" + strconv.Itoa(Digits) +
		"&period=" + strconv.Itoa(int(Period/time.Second))
}

// escape is percent-encoding for paths and queries alike: a space is %20, which
// apps show right in both.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
