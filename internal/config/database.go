package config

import (
	"errors"
	"net/url"
	"strings"
)

// masked stands where a password was.
const masked = "••••"

// Database says where the data is, as db.Open takes it. It prints without its
// password; string(d) is the whole.
type Database string

// UnmarshalText checks the form. Whether the database answers shows when it is
// opened. Complaints never repeat the text: it may hold a password.
func (d *Database) UnmarshalText(text []byte) error {
	s := string(text)
	scheme, rest, _ := strings.Cut(s, ":")
	switch scheme {
	case "sqlite":
		if rest == "" || strings.HasPrefix(rest, "//") {
			return errors.New("the path of the SQLite file is missing or begins with two slashes. Give sqlite:data/catflap.db or sqlite:/var/lib/catflap/catflap.db")
		}
	case "postgres", "postgresql":
		u, err := url.Parse(s)
		if err != nil {
			return errors.New("this is not a PostgreSQL address. Give postgres://USER:PASSWORD@HOST/NAME, with special characters in the password percent-encoded (@ as %40)")
		}
		if strings.Trim(u.Path, "/") == "" && u.Query().Get("dbname") == "" && u.Query().Get("database") == "" {
			return errors.New("the name of the PostgreSQL database is missing. Give it after the host: postgres://USER:PASSWORD@HOST/NAME")
		}
	default:
		return errors.New("this is no database that Catflap knows. Give sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME")
	}
	*d = Database(s)
	return nil
}

// String is the address with its password masked.
func (d Database) String() string {
	if strings.HasPrefix(string(d), "sqlite:") || d == "" {
		return string(d)
	}
	u, err := url.Parse(string(d))
	if err != nil {
		return masked
	}
	var query []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		if name, _, _ := strings.Cut(part, "="); strings.Contains(strings.ToLower(name), "pass") {
			part = name + "=" + masked
		}
		query = append(query, part)
	}
	u.RawQuery = strings.Join(query, "&")
	return show(u)
}

// MarshalText keeps the password out of JSON logs.
func (d Database) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// GoString keeps the password out of %#v.
func (d Database) GoString() string { return d.String() }

// show prints an address with its password masked and readable as such: the
// net/url package would percent-encode the mask.
func show(u *url.URL) string {
	user := u.User
	if user == nil {
		return u.String()
	}
	c := *u
	c.User = url.User(user.Username())
	if _, has := user.Password(); !has {
		return c.String()
	}
	head := c.Scheme + "://" + c.User.String()
	return head + ":" + masked + strings.TrimPrefix(c.String(), head)
}
