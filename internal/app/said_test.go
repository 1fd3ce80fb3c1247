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
	"../onboarding/details.go", "../onboarding/recovery_address.go", "../onboarding/terms.go",
	"../petparent/contact.go", "../petparent/details.go", "../petparent/own.go",
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

// TestWhatNoticesSayIsTranslated does the same for what security notices say.
func TestWhatNoticesSayIsTranslated(t *testing.T) {
	var book lang.Book
	if err := book.Read(os.DirFS("../mail/templates"), "said"); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, pattern := range []string{
		"../factor/*.go", "../signin/service.go", "../signin/why.go", "../recovery/lost_help.go", "../recovery/reset.go",
		"../onboarding/login_edit.go", "../onboarding/recovery_address.go",
	} {
		readGo(t, pattern, func(n ast.Node, where func(ast.Node) string) {
			var words []ast.Expr
			switch n := n.(type) {
			case *ast.CallExpr:
				if strings.HasPrefix(called(n), "tell") || strings.HasPrefix(called(n), "Tell") {
					words = n.Args
				}
			case *ast.KeyValueExpr:
				if k, ok := n.Key.(*ast.Ident); ok && k.Name == "person" {
					words = []ast.Expr{n.Value}
				}
			case *ast.AssignStmt: // what := "…", t.person = "…"
				words = n.Rhs
			}
			for _, w := range words {
				if s := literal(w); strings.Contains(s, " ") && strings.HasSuffix(s, ".") {
					found[s] = where(w)
				}
			}
		})
	}
	if len(found) < 12 {
		t.Fatalf("only %d sentences found; the search is broken", len(found))
	}
	for sentence, where := range found {
		for _, tag := range lang.All()[1:] {
			if some := strings.ReplaceAll(sentence, "{}", "Rita"); book.Say(tag, some) == some {
				t.Errorf("%s: %q is not in mail/templates/said.%s.json", where, sentence, tag)
			}
		}
	}
}

var anyHole = regexp.MustCompile(`\{[a-z_]*\}|%[dsq]`)

// sentences are what the cores give to people, with {} for parts that change.
func sentences(t *testing.T) map[string]string {
	found := map[string]string{}
	for _, pattern := range saidByCores {
		readGo(t, pattern, func(n ast.Node, where func(ast.Node) string) {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return
			}
			for _, words := range spokenIn(call) {
				if s := literal(words); strings.Contains(s, " ") {
					found[anyHole.ReplaceAllString(s, "{}")] = where(words)
				}
			}
		})
	}
	return found
}

// readGo looks at every piece of the files of a pattern, without tests.
func readGo(t *testing.T, pattern string, look func(n ast.Node, where func(ast.Node) string)) {
	t.Helper()
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
			look(n, func(n ast.Node) string { return set.Position(n.Pos()).String() })
			return true
		})
	}
}

// spokenIn are the arguments of a call that people read.
func spokenIn(call *ast.CallExpr) []ast.Expr {
	if slices.Contains([]string{"New", "Complain", "Add", "Check"}, called(call)) && len(call.Args) > 1 {
		return call.Args[len(call.Args)-1:]
	}
	return nil
}

// called is the last part of the name of what a call calls.
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
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
