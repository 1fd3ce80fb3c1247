package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/mail/mailtest"
)

// world is a server with nothing in it yet, and its surroundings.
type world struct {
	t         *testing.T
	data      string // CATFLAP_DATA
	database  string // CATFLAP_DATABASE, empty for SQLite in data
	smtp      string // CATFLAP_SMTP
	mail      *mailtest.Server
	port      int
	server    *server                   // the running process
	pictures  string                    // folder for pictures of the pages, usually none
	mailLimit int                       // bulk messages that leave in a minute; 0: the usual limits
	plain     bool                      // JavaScript is off in every browser
	width     int64                     // of the browsers of those who work here
	phones    map[string]*authenticator // by the address of whose it is
}

// each tells the story on SQLite and on PostgreSQL, in worlds of their own.
func each(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	skipShort(t)
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		story(t, newWorld(t, ""))
	})
	t.Run("postgresql", func(t *testing.T) {
		t.Parallel()
		story(t, newWorld(t, dbtest.PostgreSQL(t)))
	})
}

// eachWidth tells the story on SQLite at a desk, and on PostgreSQL with phones in
// all hands.
func eachWidth(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	each(t, func(t *testing.T, w *world) {
		if w.database != "" {
			w.width = phone
		}
		story(t, w)
	})
}

// skipShort leaves the stories out of the quick tests.
func skipShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("stories take minutes")
	}
}

func newWorld(t *testing.T, database string) *world {
	t.Helper()
	mail := mailtest.Start(t, mailtest.Options{})
	return &world{
		t: t, data: filepath.Join(t.TempDir(), "data"), database: database,
		mail: mail, smtp: mail.URL(), port: freePort(t), width: desk, phones: map[string]*authenticator{},
	}
}

// kept is where the evidence of failed stories lies, a folder for each test.
func kept() string { return filepath.Join(os.TempDir(), "catflap-e2e-failed") }

// evidence is the folder for what a failed story leaves behind.
func evidence(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(kept(), strings.NewReplacer("/", "-", " ", "_").Replace(t.Name()))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
