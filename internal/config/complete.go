package config

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// The bounds of the hashing pool. Beyond them a typing error is more likely
// than a machine of that size.
const (
	mostWorkers     = 256
	mostQueue       = 100_000
	queuePerWorker  = 64
	defaultMailUser = "no-reply"
)

// complete derives what was not set and checks the whole. rejected holds the
// complaints about single values; a setting with one is not looked at again.
// The problems come in the order of the fields.
func (c *Config) complete(rejected map[string]string) []problem {
	found := map[string]string{}
	for name, message := range rejected {
		found[name] = strings.TrimSuffix(message, ".") + "."
	}
	complain := func(flag, message string) {
		if name := envName(flag); found[name] == "" {
			found[name] = message
		}
	}

	c.completeDatabase(complain)
	c.completeAddress(complain)
	c.completeMail(complain)
	c.completePool(complain)
	c.checkLog(complain)

	var problems []problem
	for _, s := range settings() {
		if message := found[s.env]; message != "" {
			if origin := c.origins[s.env]; origin != "" {
				message = origin + ": " + message
			}
			problems = append(problems, problem{s.env, message})
		}
	}
	return problems
}

func (c *Config) completeDatabase(complain func(flag, message string)) {
	if info, err := os.Stat(c.Data); err == nil && !info.IsDir() {
		complain("data", fmt.Sprintf("%q is a file. Give a directory; Catflap creates it when it is missing.", c.Data))
	}
	if c.Database == "" {
		c.Database = Database("sqlite:" + filepath.Join(c.Data, "catflap.db"))
	}
}

func (c *Config) completeAddress(complain func(flag, message string)) {
	switch {
	case c.TLSCert != "" && c.TLSKey == "":
		complain("tls-key", "There is a certificate without its private key. Set both CATFLAP_TLS_CERT and CATFLAP_TLS_KEY, or none.")
	case c.TLSCert == "" && c.TLSKey != "":
		complain("tls-cert", "There is a private key without its certificate. Set both CATFLAP_TLS_CERT and CATFLAP_TLS_KEY, or none.")
	case c.TLSCert != "":
		if _, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey); err != nil {
			complain("tls-cert", fmt.Sprintf("The certificate and its key cannot be used (%v). Check that both are PEM files, belong together, and can be read by Catflap.", err))
		}
	}

	if c.PublicURL.Host == "" {
		c.PublicURL = URL{url.URL{Scheme: "http", Host: "localhost:" + c.Listen.Port()}}
		if c.TLSCert != "" {
			c.PublicURL.Scheme = "https"
		}
	}
	if c.TLSCert != "" && c.PublicURL.Scheme == "http" {
		complain("public-url", "The address begins with http://, but there is a certificate. Give the https address, or take CATFLAP_TLS_CERT and CATFLAP_TLS_KEY out.")
	}

	if c.MailFrom.Address.Address == "" {
		host := c.PublicURL.Hostname()
		if _, err := netip.ParseAddr(host); err == nil {
			if c.SMTP.Set() {
				complain("mail-from", "The sender of e-mail cannot be derived from a public URL that is an IP address. Give one like Catflap <no-reply@example.org>.")
			}
			host = "localhost"
		}
		c.MailFrom = Sender{mail.Address{Address: defaultMailUser + "@" + host}}
	}
}

// mostMails is the highest limit of mail: a thousand in a second.
const mostMails = 60_000

func (c *Config) completeMail(complain func(flag, message string)) {
	for flag, n := range map[string]int{"mail-practice-limit": c.MailPracticeLimit, "mail-domain-limit": c.MailDomainLimit} {
		if n < 0 || n > mostMails {
			complain(flag, fmt.Sprintf("%d is out of bounds. Give a number from 1 to %d, or 0 for no limit.", n, mostMails))
		}
	}
}

func (c *Config) completePool(complain func(flag, message string)) {
	if c.HashWorkers < 0 || c.HashWorkers > mostWorkers {
		complain("hash-workers", fmt.Sprintf("%d is out of bounds. Give a number from 1 to %d, or leave it out for one per processor.", c.HashWorkers, mostWorkers))
	}
	if c.HashQueue < 0 || c.HashQueue > mostQueue {
		complain("hash-queue", fmt.Sprintf("%d is out of bounds. Give a number from 1 to %d, or leave it out for %d per worker.", c.HashQueue, mostQueue, queuePerWorker))
	}
	if c.HashWorkers == 0 {
		c.HashWorkers = runtime.GOMAXPROCS(0)
	}
	if c.HashQueue == 0 {
		c.HashQueue = queuePerWorker * c.HashWorkers
	}
}

func (c *Config) checkLog(complain func(flag, message string)) {
	if levels := []string{"debug", "info", "warn", "error"}; !slices.Contains(levels, c.LogLevel) {
		complain("log-level", fmt.Sprintf("%q is not a level. Give one of %s.", c.LogLevel, strings.Join(levels, ", ")))
	}
	if formats := []string{"text", "json"}; !slices.Contains(formats, c.LogFormat) {
		complain("log-format", fmt.Sprintf("%q is not a format. Give one of %s.", c.LogFormat, strings.Join(formats, ", ")))
	}
}

// KeyRing is the path of the key ring.
func (c *Config) KeyRing() string { return filepath.Join(c.Data, "keyring.json") }

// Logger writes to w at the level and in the format that are set.
func (c *Config) Logger(w io.Writer) *slog.Logger {
	var level slog.Level
	// Checked before: one of four words that slog knows.
	_ = level.UnmarshalText([]byte(c.LogLevel))
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
