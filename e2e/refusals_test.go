package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Wrong use ends with 2, a setting that cannot work with 1, both with words
// that name the setting.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	skipShort(t)
	data := filepath.Join(t.TempDir(), "data")
	for _, tc := range []struct {
		name  string
		args  []string
		env   []string
		code  int
		words []string // on either output
	}{
		{"version", []string{"version"}, nil, 0, []string{"catflap story"}},
		{"help", []string{"--help"}, nil, 0, []string{"serve", "admin create"}},
		{"no command", nil, nil, 2, []string{"--help"}},
		{"unknown command", []string{"bark"}, nil, 2, []string{"bark", "--help"}},
		{"unknown flag", []string{"serve", "--bark"}, nil, 2, []string{"--bark"}},
		{"missing flag", []string{"admin", "create", "--name", "Pat Host"}, nil, 2, []string{"--email"}},
		{"unknown setting", []string{"serve"}, []string{"CATFLAP_LISTENS=:8080"}, 1, []string{"CATFLAP_LISTENS"}},
		{"bad value", []string{"serve"}, []string{"CATFLAP_LISTEN=8080"}, 1, []string{"CATFLAP_LISTEN", "127.0.0.1:8080"}},
		{"readable passwords", []string{"serve"}, []string{"CATFLAP_PUBLIC_URL=http://login.example.org"}, 1, []string{"CATFLAP_PUBLIC_URL", "https"}},
		{"unreachable database", []string{"serve"}, []string{"CATFLAP_DATABASE=postgres://catflap:hidden-word@127.0.0.1:1/catflap"}, 1, []string{"CATFLAP_DATABASE"}},
		{"database of no kind", []string{"migrate"}, []string{"CATFLAP_DATABASE=mysql://localhost/catflap"}, 1, []string{"CATFLAP_DATABASE", "sqlite:", "postgres://"}},
		{"half a certificate", []string{"config"}, []string{"CATFLAP_TLS_CERT=cert.pem"}, 1, []string{"CATFLAP_TLS_KEY"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := command(t, append(tc.env, "CATFLAP_DATA="+data), tc.args...)
			if got.code != tc.code {
				t.Errorf("exit code %d, want %d", got.code, tc.code)
			}
			for _, words := range tc.words {
				if !strings.Contains(got.out+got.log, words) {
					t.Errorf("nothing says %q:\n%s%s", words, got.out, got.log)
				}
			}
			if said := got.out + got.log; strings.Contains(said, "hidden-word") || strings.Contains(said, "goroutine ") {
				t.Errorf("says too much:\n%s", said)
			}
		})
	}
}

// The effective settings, secrets masked.
func TestConfigMasksSecrets(t *testing.T) {
	t.Parallel()
	skipShort(t)
	env := []string{
		"CATFLAP_DATABASE=postgres://catflap:secret-of-database@db.example.org/catflap",
		"CATFLAP_SMTP=smtp://sender:secret-of-mail@mail.example.org:587", "CATFLAP_PUBLIC_URL=https://login.example.org",
	}
	for _, args := range [][]string{{"config"}, {"config", "--json"}} {
		got := command(t, env, args...)
		if got.code != 0 {
			t.Fatalf("exit code %d:\n%s", got.code, got.log)
		}
		for _, words := range []string{"db.example.org", "mail.example.org", "https://login.example.org"} {
			if !strings.Contains(got.out, words) {
				t.Errorf("%v does not say %q:\n%s", args, words, got.out)
			}
		}
		if strings.Contains(got.out+got.log, "secret-of") {
			t.Errorf("%v says a secret:\n%s", args, got.out)
		}
	}
}

// A database and its key ring belong together, whatever is put in between.
func TestKeyRing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if got := command(t, w.environment(), "migrate"); got.code != 0 {
			t.Fatalf("exit code %d:\n%s", got.code, got.log)
		}
		path := filepath.Join(w.data, "keyring.json")
		ring, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		refused := func(words ...string) {
			t.Helper()
			got := command(t, w.environment(), "serve")
			if got.code != 1 {
				t.Errorf("exit code %d, want 1", got.code)
			}
			for _, word := range append(words, path) {
				if !strings.Contains(got.log, word) {
					t.Errorf("nothing says %q:\n%s", word, got.log)
				}
			}
		}

		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		refused("missing", "backup")
		if _, err := os.Stat(path); err == nil {
			t.Error("a new key ring was made beside a sealed database")
		}

		other := newWorld(t, "")
		command(t, other.environment(), "migrate")
		stranger, err := os.ReadFile(filepath.Join(other.data, "keyring.json"))
		if err != nil || bytes.Equal(stranger, ring) {
			t.Fatalf("the other server has the same ring, or none: %v", err)
		}
		for content, words := range map[string]string{string(stranger): "does not belong", "{}": "key ring", "": "key ring"} {
			write(t, path, content, 0o600)
			refused(words)
		}
		write(t, path, string(ring), 0o644)
		refused("chmod 600")

		write(t, path, string(ring), 0o600)
		w.serve()
		if code := w.server.end(syscall.SIGTERM); code != 0 {
			t.Errorf("exit code %d after SIGTERM, want 0:\n%s", code, w.server.log)
		}
	})
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// The administrator without a browser: the printed link works once.
func TestAdminCreate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		quinn := newcomer("Quinn Host", "quinn@host.example")
		create := []string{"admin", "create", "--email", quinn.email, "--name", quinn.name}
		made := command(t, w.environment(), create...)
		link := firstLink(made.out)
		if made.code != 0 || !strings.HasPrefix(link, w.url("/platform/activate?token=")) {
			t.Fatalf("exit code %d:\n%s%s", made.code, made.out, made.log)
		}
		if again := command(t, w.environment(), create...); again.code != 1 || !strings.Contains(again.log, "already") {
			t.Errorf("the second time: exit code %d:\n%s%s", again.code, again.out, again.log)
		}

		// The server that starts now has its administrator: no set-up link.
		w.serve()
		if strings.Contains(w.server.out.String(), "/setup") {
			t.Errorf("the set-up is still open:\n%s", w.server.out)
		}
		b := w.browser(quinn.name, phone)
		b.Open(link)
		b.See("Welcome, " + quinn.name)
		b.choosePassword(quinn, "Save password")
		b.See("Your password is saved")
		b.signIn(quinn)
		b.forcedWizard(quinn)
		b.See("No practices yet")
		b.signOut(quinn)
		b.Open(link)
		b.Expect(410)
		b.See("This link no longer works")
	})
}
