package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/practice"
)

// The command line imports for a scheduler: what its exit codes say, that it can
// be repeated, and that what has to be asked is refused with the page to open.
func TestImport(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.PostgreSQL} {
		t.Run(string(dialect), func(t *testing.T) {
			if testing.Short() && dialect == db.PostgreSQL {
				t.Skip("SQLite is enough for a first look")
			}
			importing(t, dbtest.URL(t, dialect))
		})
	}
}

func importing(t *testing.T, database string) {
	folder := t.TempDir()
	d, err := db.Open(t.Context(), database, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx := access.WithViewer(t.Context(), access.System("test"))
	if err := d.Write(ctx, func(tx *db.Tx) error {
		s := &practice.Service{DB: d, Clock: clock.System{}, Audit: &audit.Log{DB: d, Clock: clock.System{}}}
		_, _, err := s.Create(ctx, tx, practice.Input{Slug: "paws", Name: "Paws", Kind: practice.Clinic, Plan: "complete", Branches: []string{"North"}})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const head = "client_id,first_name,last_name,email,phone,pet_name,species,breed,sex,dob,deceased\n"
	good := write("good.csv", head+"C1,Anna,Miller,a@example.com,,Luna,Dog,,,2020-02-03,\n")
	bad := write("bad.csv", head+"C1,Anna,Miller,a@example.com,,Luna,Dog,,,2020-02-03,\n,No,Number,,,,,,,,\n")
	asks := write("asks.csv", strings.Replace(head, "deceased", "comment", 1)+"C2,Bea,Brown,,,Rex,Dog,,,02/03/2020,\n")
	for _, row := range []struct {
		name     string
		args     []string
		code     int
		out, log string
	}{
		{"first", []string{"--practice", "paws", "--system", "generic", good}, 0, "1 new, 0 changed", ""},
		{"again", []string{"--practice", "paws", good}, 0, "0 new, 0 changed, 1 as before", ""},
		{"JSON", []string{"--practice", "paws", "--json", good}, 0, `"unchanged": 1`, ""},
		{"rejected rows", []string{"--practice", "paws", bad}, 1, "", "--good-rows"},
		{"good rows", []string{"--practice", "paws", "--good-rows", bad}, 0, "1 rows left out", ""},
		{"asks", []string{"--practice", "paws", asks}, 1, "", "/paws/pet-parents/import/runs/"},
		{"told", []string{"--practice", "paws", "--date-order", "DMY", asks}, 0, "1 new", ""},
		{"other system", []string{"--practice", "paws", "--system", "cornerstone", good}, 1, "", "Generic CSV"},
		{"no such practice", []string{"--practice", "claws", good}, 1, "", "catflap: "},
		{"no practice", []string{good}, 2, "", "--practice"},
		{"no file", []string{"--practice", "paws"}, 2, "", "file"},
		{"a file that is not there", []string{"--practice", "paws", good + "x"}, 2, "", "good.csvx"},
		{"no such order", []string{"--practice", "paws", "--date-order", "YDM", good}, 2, "", "date-order"},
	} {
		var out, log bytes.Buffer
		code := Run(context.Background(), append([]string{"import"}, row.args...),
			[]string{"CATFLAP_DATA=" + folder, "CATFLAP_DATABASE=" + database}, &out, &log, "test")
		if code != row.code || !strings.Contains(out.String(), row.out) || !strings.Contains(log.String(), row.log) {
			t.Errorf("%s: exit %d, want %d\n%s%s", row.name, code, row.code, &out, &log)
		}
		if row.name == "JSON" {
			var report imported
			if err := json.Unmarshal(out.Bytes(), &report); err != nil || report.State != "done" || report.Page == "" {
				t.Errorf("%+v, %v", report, err)
			}
		}
	}
}
