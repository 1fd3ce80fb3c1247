package app_test

import (
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unread are the folders and files whose words no page shows: the command line,
// the demonstration, and the descriptions of the API.
func unread(file string) bool {
	return strings.Contains(file, "/cli/") || strings.Contains(file, "/demo/") || strings.HasSuffix(file, "_test.go") ||
		strings.HasSuffix(file, "api.go") || strings.Contains(filepath.Base(file), "api_") || strings.Contains(file, "/apptest/") || strings.HasSuffix(file, "ui/wording.go")
}

// TestSentencesOfPetParents finds what the program says of pet parents outside
// of pages, and insists that it stands on the list: what does not is never read
// in the words of a practice that speaks of clients.
func TestSentencesOfPetParents(t *testing.T) {
	const list = "sentences.txt"
	found := map[string]bool{}
	err := filepath.WalkDir("..", func(file string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(file) != ".go" || unread(filepath.ToSlash(file)) {
			return err
		}
		inside := map[ast.Node]bool{} // parts of what was looked at already
		readGo(t, file, func(n ast.Node, _ func(ast.Node) string) {
			switch n := n.(type) {
			case *ast.Field: // tags
				inside[n.Tag] = true
			case *ast.BinaryExpr:
				inside[n.X], inside[n.Y] = true, true
			case *ast.CallExpr:
				if called(n) == "Sprintf" {
					inside[n.Args[0]] = true
				}
			}
			e, ok := n.(ast.Expr)
			if !ok || inside[n] {
				return
			}
			if s := anyHole.ReplaceAllString(literal(e), "{}"); strings.Contains(strings.ToLower(s), "pet parent") && !strings.Contains(s, "\n") {
				found[strings.TrimSpace(s)] = true
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.Sorted(maps.Keys(found))
	if len(lines) < 50 {
		t.Fatalf("only %d sentences found; the search is broken", len(lines))
	}
	if *update {
		if err := os.WriteFile(list, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	known := strings.Split(strings.TrimSpace(readText(t, list)), "\n")
	for _, l := range lines {
		if !slices.Contains(known, l) {
			t.Errorf("%s lacks %q (-update writes it)", list, l)
		}
	}
	for _, l := range known {
		if !found[l] {
			t.Errorf("nobody says %q any more", l)
		}
	}
}
