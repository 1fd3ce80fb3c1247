// Package mailtest is a real SMTP server for tests: it listens on a free port of
// this machine, keeps what it receives, and can be told to refuse, to ask for
// patience, to offer or demand TLS with a certificate made on the spot, and to
// demand a login.
package mailtest
