package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"catflap/internal/foundation/fault"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// certificate makes a self-signed certificate and its key.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert = write(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	key = write(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
	return cert, key
}

func TestNothingConfigured(t *testing.T) {
	c, err := Load(nil, []string{"HOME=/root", "CATFLAP_SMTP=", "CATFLAP_TEST_POSTGRES=x",
		"CATFLAP_SERVICE_HOST=10.0.0.1", "CATFLAP_PORT=tcp://10.0.0.1:80", "CATFLAP_PORT_80_TCP=x"})
	if err != nil {
		t.Fatal(err)
	}
	if c.HashWorkers < 1 || c.HashQueue != 64*c.HashWorkers {
		t.Errorf("pool of %d workers and a queue of %d", c.HashWorkers, c.HashQueue)
	}
	got := fmt.Sprint(c.Data, " ", c.Database, " ", c.Listen, " ", c.PublicURL, " ", c.PublicURL.Local(), " ",
		c.SMTP.Set(), " ", c.MailFrom, " ", c.Country, " ", c.KeyRing())
	want := "./data sqlite:data/catflap.db 127.0.0.1:8080 http://localhost:8080 true false no-reply@localhost US data/keyring.json"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestOneSettingFromEverySource(t *testing.T) {
	file := write(t, "catflap.conf", "\uFEFF# remarks are skipped\n\nCATFLAP_COUNTRY = gb\nCATFLAP_LOG_LEVEL=\"warn\"\n")
	environ := []string{"CATFLAP_CONFIG=" + file}
	for _, tc := range []struct {
		name          string
		args, environ []string
		country, from string
	}{
		{"default", nil, nil, "US", "default"},
		{"file", nil, environ, "GB", "catflap.conf, line 3"},
		{"file by flag", []string{"--config", file}, nil, "GB", "catflap.conf, line 3"},
		{"environment over file", nil, append(environ, "CATFLAP_COUNTRY=uk"), "GB", "environment"},
		{"empty in the environment", nil, append(environ, "CATFLAP_COUNTRY="), "GB", "catflap.conf, line 3"},
		{"flag over everything", []string{"--country=NZ"}, append(environ, "CATFLAP_COUNTRY=CA"), "NZ", "--country"},
		{"a wrong value that is overruled", []string{"--country=NZ"}, []string{"CATFLAP_COUNTRY=Mars"}, "NZ", "--country"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := Load(tc.args, tc.environ)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(c.Values(), func(v Value) bool { return v.Name == "CATFLAP_COUNTRY" })
			if got, want := c.Values()[i], (Value{"CATFLAP_COUNTRY", tc.country, tc.from}); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestDerivedValues(t *testing.T) {
	cert, key := certificate(t)
	c, err := Load([]string{"--listen=:8443", "--tls-cert", cert, "--tls-key", key}, []string{
		"CATFLAP_DATABASE=postgresql://catflap@db.example.org/catflap?password=hush",
		"CATFLAP_SMTP=smtps://mailer:p%40ss@mail.example.org",
		"CATFLAP_TRUSTED_PROXIES=10.0.0.5, 10.1.2.3/16,::1",
		"CATFLAP_MAIL_FROM=Catflap <no-reply@example.org>",
		"CATFLAP_HASH_WORKERS=3", "CATFLAP_LOG_LEVEL=warn", "CATFLAP_LOG_FORMAT=json",
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.PublicURL.String(); got != "https://localhost:8443" {
		t.Errorf("public URL %s", got)
	}
	if s := c.SMTP; s.Host != "mail.example.org" || s.Port != 465 || !s.TLS || s.User != "mailer" || s.Password.Reveal() != "p@ss" {
		t.Errorf("mail server %+v", s)
	}
	if got := fmt.Sprint(c.HashWorkers, c.HashQueue); got != "3 192" {
		t.Errorf("pool %s", got)
	}
	if c.MailFrom.Name != "Catflap" || c.MailFrom.Address.Address != "no-reply@example.org" {
		t.Errorf("sender %+v", c.MailFrom)
	}
	want := Networks{netip.MustParsePrefix("10.0.0.5/32"), netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("::1/128")}
	if d := cmp.Diff(want, c.TrustedProxies, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); d != "" {
		t.Error(d)
	}
	var log strings.Builder
	c.Logger(&log).Info("quiet")
	c.Logger(&log).Warn("loud", slog.Any("database", c.Database))
	if got := log.String(); strings.Contains(got, "quiet") || !strings.Contains(got, `"msg":"loud"`) || strings.Contains(got, "hush") {
		t.Errorf("log: %s", got)
	}
}

func TestRefusals(t *testing.T) {
	cert, key := certificate(t)
	_, otherKey := certificate(t)
	for _, tc := range []struct {
		setting string // CATFLAP_ is added
		value   string
		remedy  string
	}{
		{"LISTN", "x", "Did you mean CATFLAP_LISTEN?"},
		{"PUBLICURL", "x", "Did you mean CATFLAP_PUBLIC_URL?"},
		{"PORT", "8080", "no setting of this name"},
		{"FAVOURITE_ANIMAL", "cat", "Take it out or correct it"},
		{"LISTEN", "8080", "127.0.0.1:8080"},
		{"LISTEN", "localhost:http", "number from 1 to 65535"},
		{"LISTEN", ":0", "number from 1 to 65535"},
		{"PUBLIC_URL", "http://login.example.org", "neither localhost nor https"},
		{"PUBLIC_URL", "http://localhost.example.org", "neither localhost nor https"},
		{"PUBLIC_URL", "login.example.org", "https://login.example.org"},
		{"PUBLIC_URL", "ftp://login.example.org", "does not begin with https://"},
		{"PUBLIC_URL", "https://example.org/login", "give https://example.org"},
		{"PUBLIC_URL", "https://u:hush@example.org", "https://login.example.org"},
		{"DATABASE", "mysql://root:hush@db/x", "sqlite:PATH or postgres://"},
		{"DATABASE", "sqlite://data.db", "sqlite:data/catflap.db"},
		{"DATABASE", "postgres://catflap:hu%sh@db/x", "percent-encoded"},
		{"DATABASE", "postgres://catflap:hush@db/", "name of the PostgreSQL database"},
		{"DATA", cert, "Give a directory"},
		{"SMTP", "mail.example.org:587", "smtp://USER:PASSWORD@HOST:587"},
		{"SMTP", "smtp://user:hush/x@mail.example.org", "percent-encoded"},
		{"SMTP", "smtp://user@mail.example.org", "or leave both out"},
		{"SMTP", "smtp://mail.example.org:99999", "port of the mail server"},
		{"SMTP", "http://user:hush@mail.example.org", "smtps://"},
		{"TRUSTED_PROXIES", "10.0.0.1, proxy", `"proxy" is neither`},
		{"TRUSTED_PROXIES", "0.0.0.0/0", "whole world"},
		{"MAIL_FROM", "nobody", "no-reply@example.org"},
		{"COUNTRY", "USA", "US, CA or GB"},
		{"COUNTRY", "EU", "US, CA or GB"},
		{"HASH_WORKERS", "many", "not a whole number"},
		{"HASH_WORKERS", "-1", "from 1 to 256"},
		{"HASH_QUEUE", "1000000", "from 1 to 100000"},
		{"LOG_LEVEL", "loud", "debug, info, warn, error"},
		{"LOG_FORMAT", "xml", "text, json"},
		{"CONFIG", "/nowhere/catflap.conf", "cannot be read"},
	} {
		t.Run(tc.setting+"="+tc.value, func(t *testing.T) {
			_, err := Load(nil, []string{"CATFLAP_" + tc.setting + "=" + tc.value})
			message := complaint(t, err, "CATFLAP_"+tc.setting)
			if !strings.Contains(message, tc.remedy) {
				t.Errorf("%q does not say %q", message, tc.remedy)
			}
			if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "hu%sh") {
				t.Errorf("a password is repeated: %v", err)
			}
		})
	}

	t.Run("half of a pair", func(t *testing.T) {
		_, err := Load([]string{"--tls-cert", cert}, nil)
		complaint(t, err, "CATFLAP_TLS_KEY")
		_, err = Load([]string{"--tls-key", key}, nil)
		complaint(t, err, "CATFLAP_TLS_CERT")
	})
	t.Run("a key of another certificate", func(t *testing.T) {
		_, err := Load([]string{"--tls-cert", cert, "--tls-key", otherKey}, nil)
		if m := complaint(t, err, "CATFLAP_TLS_CERT"); !strings.Contains(m, "belong together") {
			t.Error(m)
		}
	})
	t.Run("a certificate for http", func(t *testing.T) {
		_, err := Load([]string{"--tls-cert", cert, "--tls-key", key, "--public-url=http://localhost:8080"}, nil)
		if m := complaint(t, err, "CATFLAP_PUBLIC_URL"); !strings.HasPrefix(m, "--public-url: ") {
			t.Error(m)
		}
	})
	t.Run("no sender to derive", func(t *testing.T) {
		_, err := Load([]string{"--smtp=smtp://localhost:25", "--public-url=https://192.0.2.1"}, nil)
		complaint(t, err, "CATFLAP_MAIL_FROM")
	})
	t.Run("everything at once, with its origin", func(t *testing.T) {
		file := write(t, "catflap.conf", "CATFLAP_LISTEN=x\nCATFLAP_LISTEN=:80\nCATFLAP_CONFIG=y\nhush\nCATFLAP_SMPT=z\n")
		_, err := Load([]string{"--country=ZZ"}, []string{"CATFLAP_CONFIG=" + file, "CATFLAP_HASH_QUEUE=few"})
		var got []string
		for _, f := range fault.From(err).Fields {
			got = append(got, f.Name+" "+strings.SplitAfter(f.Message, ": ")[0])
		}
		want := []string{
			"CATFLAP_LISTEN catflap.conf, line 2: ",
			"CATFLAP_CONFIG catflap.conf, line 3: ",
			"CATFLAP_CONFIG catflap.conf, line 4: ",
			"CATFLAP_SMPT catflap.conf, line 5: ",
			"CATFLAP_LISTEN catflap.conf, line 1: ",
			"CATFLAP_COUNTRY --country: ",
			"CATFLAP_HASH_QUEUE environment: ",
		}
		if d := cmp.Diff(want, got); d != "" || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s\n%v", d, err)
		}
	})
}

// complaint is the message about the setting; without one the test fails.
func complaint(t *testing.T, err error, name string) string {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid {
		t.Fatalf("not refused: %v", err)
	}
	i := slices.IndexFunc(f.Fields, func(field fault.Field) bool { return field.Name == name })
	if i < 0 {
		t.Fatalf("no complaint about %s: %v", name, err)
	}
	return f.Fields[i].Message
}

func TestPrintMasksPasswords(t *testing.T) {
	c, err := Load([]string{"--smtp=smtp://us%40er:hush@[::1]:25"}, []string{
		"CATFLAP_DATABASE=postgres://catflap:hush@db.example.org:5432/catflap?sslmode=require&password=hush"})
	if err != nil {
		t.Fatal(err)
	}
	var text, object strings.Builder
	if err := errors.Join(c.Print(&text), c.PrintJSON(&object)); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{text.String(), object.String(), fmt.Sprintf("%v %+v %#v", *c, *c, *c)} {
		if strings.Contains(out, "hush") {
			t.Errorf("a password is printed:\n%s", out)
		}
	}
	for _, line := range []string{
		"CATFLAP_DATABASE             postgres://catflap:••••@db.example.org:5432/catflap?sslmode=require&password=••••  environment\n",
		"CATFLAP_SMTP                 smtp://us%40er:••••@[::1]:25",
		"CATFLAP_TLS_CERT             -",
	} {
		if !strings.Contains(text.String(), line) {
			t.Errorf("no line %q in\n%s", line, text.String())
		}
	}
	var read struct{ Settings []Value }
	if err := json.Unmarshal([]byte(object.String()), &read); err != nil || !slices.Equal(read.Settings, c.Values()) {
		t.Errorf("%v: %s", err, object.String())
	}
}

func TestCommandsEmbedTheSettings(t *testing.T) {
	type command struct {
		Config `embed:""`
		Quick  bool
	}
	parse := func(t *testing.T, environ []string, args ...string) (*command, *kong.Context, *Loader) {
		t.Helper()
		var cli struct {
			Serve   command  `cmd:""`
			Version struct{} `cmd:""`
		}
		l := NewLoader(environ)
		parser, err := kong.New(&cli, l.Options()...)
		if err != nil {
			t.Fatal(err)
		}
		ctx, err := parser.Parse(args)
		if err != nil {
			t.Fatal(err)
		}
		return &cli.Serve, ctx, l
	}

	t.Run("version works with a broken environment", func(t *testing.T) {
		parse(t, []string{"CATFLAP_LISTEN=nonsense", "CATFLAP_LISTN=x"}, "version")
	})
	t.Run("serve reports it", func(t *testing.T) {
		serve, ctx, l := parse(t, []string{"CATFLAP_LISTN=x", "CATFLAP_COUNTRY=x"}, "serve", "--quick", "--listen=x")
		err := l.Finish(ctx, &serve.Config)
		if n := len(fault.From(err).Fields); n != 3 || !serve.Quick {
			t.Errorf("%d complaints: %v", n, err)
		}
	})
	t.Run("serve reads flags behind the command", func(t *testing.T) {
		serve, ctx, l := parse(t, []string{"CATFLAP_LISTEN=:1"}, "serve", "--listen=:2")
		if err := l.Finish(ctx, &serve.Config); err != nil || serve.Listen != ":2" {
			t.Errorf("%s, %v", serve.Listen, err)
		}
	})
}
