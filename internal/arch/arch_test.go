package arch

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestTheModuleKeepsItsRules looks at every Go file of the module.
func TestTheModuleKeepsItsRules(t *testing.T) {
	files := readModule(t, filepath.Join("..", ".."))
	if len(files) < 20 {
		t.Fatalf("only %d Go files found; the walk is broken", len(files))
	}
	for _, violation := range violations(files) {
		t.Error(violation)
	}
}

// TestTheTableIsSound refuses a package that stands on two lines or that is
// inside another one on the table: its rank would depend on the order.
func TestTheTableIsSound(t *testing.T) {
	var names []string
	for _, line := range ranks {
		names = append(names, line...)
	}
	for i, a := range names {
		for j, b := range names {
			if i != j && within(a, b) {
				t.Errorf("%s stands on the table twice, the other time as %s", a, b)
			}
		}
	}
}

// TestTheRulesCanFail breaks each rule once, and keeps it once where the
// border is close.
func TestTheRulesCanFail(t *testing.T) {
	for _, tc := range []struct {
		name, path, imports, complaint string
	}{
		{"down", "internal/practice/branch.go", "catflap/internal/audit", ""},
		{"far down", "internal/signin/next.go", "catflap/internal/foundation/fault", ""},
		{"up", "internal/audit/record.go", "catflap/internal/practice", "imports go down"},
		{"from the foundation up", "internal/foundation/db/open.go", "catflap/internal/access", "imports go down"},
		{"core to HTTP kit", "internal/session/check.go", "catflap/internal/foundation/httpd", "imports go down"},
		{"core to own face", "internal/practice/branch.go", "catflap/internal/practice/web", "imports go down"},
		{"beside", "internal/role/role.go", "catflap/internal/account", "one rank"},
		{"inside one capability", "internal/pims/run.go", "catflap/internal/pims/format", ""},
		{"part of a capability up", "internal/mail/smtp/send.go", "catflap/internal/session", "imports go down"},
		{"face to any core", "internal/practice/web/branch.go", "catflap/internal/signin", ""},
		{"face to kit of pages", "internal/practice/web/branch.go", "catflap/internal/foundation/ui", ""},
		{"face to other face", "internal/practice/web/branch.go", "catflap/internal/account/web", "one rank"},
		{"HTTP kit to access", "internal/foundation/httpd/mux.go", "catflap/internal/access", ""},
		{"HTTP kit to another core", "internal/foundation/httpd/mux.go", "catflap/internal/session", "knows nothing"},
		{"app to face", "internal/app/routes.go", "catflap/internal/practice/web", ""},
		{"app to config", "internal/app/app.go", "catflap/internal/config", ""},
		{"capability to config", "internal/mail/deliver.go", "catflap/internal/config", "only internal/app and internal/cli"},
		{"main to app", "cmd/catflap/main.go", "catflap/internal/app", "only internal/cli"},
		{"main to cli", "cmd/catflap/main.go", "catflap/internal/cli", ""},

		{"no rank", "internal/newcomer/doc.go", "", "has no rank"},
		{"no rank outside internal", "pkg/thing/doc.go", "", "has no rank"},
		{"junk folder", "internal/practice/util/x.go", "", "named util"},
		{"junk parent", "internal/pims/common/csv/x.go", "", "named common"},

		{"driver in a core", "internal/audit/record_sql.go", "database/sql", "knows drivers"},
		{"driver in a test", "internal/audit/record_test.go", "github.com/jackc/pgx/v5/stdlib", "knows drivers"},
		{"driver in db", "internal/foundation/db/dbtest/cluster.go", "github.com/jackc/pgx/v5", ""},
		{"something named like a driver", "internal/audit/record.go", "modernc.org/sqlite3", ""},

		{"HTTP in a core", "internal/factor/totp.go", "net/http", "belong into a face"},
		{"templates in a core", "internal/mail/template.go", "html/template", "belong into a face"},
		{"API library in a core", "internal/audit/list.go", "github.com/danielgtaylor/huma/v2", "belong into a face"},
		{"HTTP in the test of a core", "internal/factor/totp_test.go", "net/http/httptest", ""},
		{"HTTP in a face", "internal/factor/web/web.go", "net/http", ""},
		{"HTTP in the kit", "internal/foundation/httpd/mux.go", "net/http", ""},

		{"kit in a test", "internal/audit/record_test.go", "catflap/internal/foundation/db/dbtest", ""},
		{"kit from above in a test", "internal/audit/record_test.go", "catflap/internal/app/apptest", ""},
		{"kit in the product", "internal/cli/demo.go", "catflap/internal/app/apptest", "for tests"},
		{"kit in a kit", "internal/app/apptest/new.go", "catflap/internal/mail/mailtest", ""},
		{"kit in the benchmark", "bench/storm.go", "catflap/internal/foundation/db/dbtest", ""},
		{"kit to its own package", "internal/foundation/db/dbtest/new.go", "catflap/internal/foundation/db", ""},
		{"kit up", "internal/foundation/db/dbtest/new.go", "catflap/internal/practice", "imports go down"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := source{path: tc.path, name: "x", lines: longest, documents: true}
			if tc.imports != "" {
				f.imports = []string{tc.imports}
			}
			expect(t, violations([]source{f}), tc.complaint)
		})
	}

	good := source{path: "internal/audit/audit.go", name: "audit", lines: longest, documents: true}
	for _, tc := range []struct {
		name, complaint string
		spoil           func(*source)
	}{
		{"nothing", "", func(*source) {}},
		{"too long", "has 501 lines", func(f *source) { f.lines++ }},
		{"long but generated", "", func(f *source) { f.lines, f.generated = 9000, true }},
		{"junk package name", "named models", func(f *source) { f.name = "models" }},
		{"no package comment", "no package comment", func(f *source) { f.documents = false }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := good
			tc.spoil(&f)
			expect(t, violations([]source{f}), tc.complaint)
		})
	}
}

func expect(t *testing.T, found []string, complaint string) {
	t.Helper()
	switch {
	case complaint == "" && len(found) > 0:
		t.Errorf("refused: %v", found)
	case complaint != "" && (len(found) != 1 || !strings.Contains(found[0], complaint)):
		t.Errorf("got %v, want one complaint with %q", found, complaint)
	}
}

// readModule reads every Go file below root, other modules and data left out.
func readModule(t *testing.T, root string) []source {
	t.Helper()
	var files []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, nested := os.Stat(filepath.Join(path, "go.mod"))
			if path != root && (nested == nil || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		f, err := readSource(path)
		f.path = filepath.ToSlash(relative)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func readSource(path string) (source, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return source{}, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return source{}, err
	}
	s := source{
		name:      strings.TrimSuffix(file.Name.Name, "_test"),
		lines:     bytes.Count(text, []byte("\n")),
		generated: ast.IsGenerated(file),
		documents: file.Doc != nil,
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, err
		}
		s.imports = append(s.imports, imported)
	}
	return s, nil
}
