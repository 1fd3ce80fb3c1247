package app_test

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/factor"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/role"
)

// TestNoFactorIsWritten sets second factors up and uses them, and then looks for
// every key and code: in every table, in the log, and in the file that SQLite
// writes, deleted pages and write-ahead log among it.
func TestNoFactorIsWritten(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.PostgreSQL} {
		t.Run(string(dialect), func(t *testing.T) {
			address := dbtest.URL(t, dialect)
			i := &installation{a: apptest.On(t, dbtest.Open(t, address))}
			i.b = i.a
			i.c = i.a.Clinic("paws")
			i.vet = i.a.Hire(i.c, "Vera Vet", "vera@paws.example", role.Veterinarian, "")
			i.desk = i.a.Hire(i.c, "Dina Desk", "dina@paws.example", role.Receptionist, "")
			secrets := map[string][]byte{}

			former, codes := i.setUp(t, i.vet) // replaced below
			key, more := i.setUp(t, i.vet)
			left, err := i.a.Factors.BeginSetup(i.ctx(), i.c.Access(), i.desk.Account, "session")
			if err != nil {
				t.Fatal(err)
			}
			for name, k := range map[string]otp.Key{"replaced key": former, "key": key, "key of a set-up under way": left.Key} {
				secrets[name] = k
				secrets[name+" in base 32"] = []byte(k.Text())
				secrets[name+" in groups"] = []byte(strings.Join(k.Groups(), " "))
				secrets[name+" of the RFC"] = []byte(base32.HexEncoding.EncodeToString(k))
			}
			for name, list := range map[string][]string{"former": {codes[0].Reveal(), codes[9].Reveal()}, "present": {more[0].Reveal(), more[1].Reveal(), more[9].Reveal()}} {
				for _, c := range list {
					secrets[name+" backup code "+c[:4]] = []byte(c)
					secrets[name+" backup code in one "+c[:4]] = []byte(strings.ReplaceAll(c, "-", ""))
				}
			}
			for _, askedIn := range []string{"sign-in", "session"} {
				if err := i.a.DB.Write(i.ctx(), func(tx *db.Tx) error {
					return i.a.Factors.SendCode(i.ctx(), tx, i.c.Access(), i.vet.Account, askedIn, "")
				}); err != nil {
					t.Fatal(err)
				}
				code := codeIn(i.a.LastMail(i.vet.RecoveryEmail).Text)
				if code == "" {
					t.Fatal("no code in the mail")
				}
				secrets["e-mail code for the "+askedIn] = []byte(code)
			}
			secrets["temporary password"] = []byte(i.temporary(t, i.desk, true).Reveal())

			if right, err := i.prove(i.a, i.vet, factor.ByBackupCode, more[0].Reveal()); err != nil || !right {
				t.Fatal(right, err)
			}
			if right, err := i.prove(i.a, i.vet, factor.ByEmailCode, string(secrets["e-mail code for the sign-in"])); err != nil || !right {
				t.Fatal(right, err)
			}
			if right, err := i.prove(i.a, i.vet, factor.ByAuthenticator, key.Code(otp.Step(i.a.Clock.Now()))); err != nil || !right {
				t.Fatal(right, err)
			}
			if _, err := i.a.Factors.BackupCodes(i.ctx(), i.c.Access(), i.vet.Account); err != nil {
				t.Fatal(err)
			}
			if _, _, err := i.a.Factors.SharedKey(i.ctx(), i.c.Access(), i.vet.Account); err != nil {
				t.Fatal(err)
			}
			i.a.Work()

			places := map[string][]byte{"tables": []byte(apptest.Everything(i.a)), "log": []byte(i.a.Logged())}
			for name, content := range files(t, address) {
				places[name] = content
			}
			for place, content := range places {
				if place != "log" && !bytes.Contains(content, []byte("vera@paws.example")) && !strings.HasSuffix(place, "-shm") {
					t.Errorf("nothing at all is found in %s", place)
				}
				lower := bytes.ToLower(content)
				for name, s := range secrets {
					for form, text := range map[string][]byte{
						"itself": s, "hexadecimal": []byte(hex.EncodeToString(s)), "base64": []byte(base64.StdEncoding.EncodeToString(s)),
						"base64url": []byte(base64.RawURLEncoding.EncodeToString(s)),
					} {
						if bytes.Contains(lower, bytes.ToLower(text)) {
							t.Errorf("the %s (%s) stands in the %s", name, form, place)
						}
					}
				}
			}
		})
	}
}

// codeIn is the eight digits that stand alone in a mail.
func codeIn(text string) string {
	for word := range strings.FieldsSeq(text) {
		if len(word) == 8 && strings.Trim(word, "0123456789") == "" {
			return word
		}
	}
	return ""
}

// files are what a thief of the disk or of a dump has.
func files(t *testing.T, address string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		names, err := filepath.Glob(path + "*")
		if err != nil || len(names) < 2 {
			t.Fatalf("the database has the files %v, %v", names, err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(content) > 0 {
				found["file"] = append(found["file"], content...) // main file and write-ahead log together
			}
		}
		return found
	}
	programs, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
	if err != nil || len(programs) == 0 {
		t.Fatalf("no pg_dump: %v", err)
	}
	dump, err := exec.CommandContext(t.Context(), programs[len(programs)-1], "--dbname", address).Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	found["dump"] = dump
	return found
}
