package app_test

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"catflap/internal/foundation/lang"
)

// saidByCores are the files whose sentences a pet parent can come to read.
var saidByCores = []string{
	"../account/*.go", "../factor/*.go", "../session/*.go", "../signin/*.go", "../recovery/*.go",
	"../onboarding/details.go", "../petparent/contact.go", "../petparent/details.go",
	"../foundation/httpd/*.go", "../foundation/throttle/*.go", "../foundation/fault/*.go",
	"../foundation/secret/hasher.go", "../foundation/db/errors.go", "../signin/web/two_factor.go", "../account/web/own_factor.go",
}

// TestWhatCoresSayIsTranslated finds each sentence that a core says to people,
// and insists that it is translated, or that it stands on the list of those that
// only staff and programs read. A sentence that is reworded needs its
// translations again.
func TestWhatCoresSayIsTranslated(t *testing.T) {
	english := map[string]bool{}
	for line := range strings.Lines(readText(t, "testdata/english_only.txt")) {
		if line = strings.TrimSpace(line); line != "" {
			english[line] = true
		}
	}
	var book lang.Book
	for _, dir := range saidFolders(t) {
		if err := book.Read(os.DirFS(dir), "said"); err != nil {
			t.Fatal(err)
		}
	}
	said := sentences(t)
	if len(said) < 100 {
		t.Fatalf("only %d sentences found; the search is broken", len(said))
	}
	for sentence, where := range said {
		known := 0
		for _, tag := range lang.All()[1:] {
			if some := strings.ReplaceAll(sentence, "{}", "7"); book.Say(tag, some) != some {
				known++
			}
		}
		switch {
		case known == 3 && english[sentence]:
			t.Errorf("%s: %q is translated, and on the list of what stays English", where, sentence)
		case known < 3 && !english[sentence]:
			t.Errorf("%s: %q is translated into %d of 3 languages (said.*.json beside the pages), and not on the list of what stays English", where, sentence, known)
		}
	}
	for sentence := range english {
		if said[sentence] == "" {
			t.Errorf("nobody says %q any more", sentence)
		}
	}
}

var anyHole = regexp.MustCompile(`\{[a-z_]*\}|%[dsq]`)

// sentences are what the cores give to people, with {} for parts that change.
func sentences(t *testing.T) map[string]string {
	found := map[string]string{}
	for _, pattern := range saidByCores {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			set := gotoken.NewFileSet()
			tree, err := parser.ParseFile(set, file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				for _, words := range spokenIn(call) {
					if s := literal(words); strings.Contains(s, " ") {
						found[anyHole.ReplaceAllString(s, "{}")] = set.Position(words.Pos()).String()
					}
				}
				return true
			})
		}
	}
	return found
}

// spokenIn are the arguments of a call that people read.
func spokenIn(call *ast.CallExpr) []ast.Expr {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		name = f.Sel.Name
	case *ast.Ident:
		name = f.Name
	}
	if slices.Contains([]string{"New", "Complain", "Add", "Check"}, name) && len(call.Args) > 1 {
		return call.Args[len(call.Args)-1:]
	}
	return nil
}

// literal is the text of an expression, {} for what is no literal.
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == gotoken.STRING {
			return s
		}
	case *ast.BinaryExpr:
		return literal(e.X) + literal(e.Y)
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Sprintf" {
			return literal(e.Args[0])
		}
	}
	return "{}"
}

// saidFolders are where the books of the sources are.
func saidFolders(t *testing.T) []string {
	files, err := filepath.Glob("../*/web/said.es.json")
	if err != nil {
		t.Fatal(err)
	}
	folders := []string{"../foundation/ui/base"}
	for _, file := range files {
		folders = append(folders, filepath.Dir(file))
	}
	return folders
}

func readText(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
