package audit_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"catflap/internal/audit"
)

// TestActions: the list has every constant of the source, once, and each is a
// subject and a verb.
func TestActions(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "action.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var written []audit.Action
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Action" {
			word, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			written = append(written, audit.Action(word))
		}
		return true
	})
	if len(written) < 10 {
		t.Fatalf("only %d constants found in the source", len(written))
	}
	if listed := audit.Actions(); !slices.Equal(written, listed) {
		t.Errorf("Actions lists\n%v, the source has\n%v", listed, written)
	}
	form := regexp.MustCompile(`^[a-z_]+\.[a-z_]+$`)
	seen := map[audit.Action]bool{}
	for _, a := range written {
		if !form.MatchString(string(a)) || seen[a] {
			t.Errorf("%q is no subject and verb, or is there twice", a)
		}
		seen[a] = true
	}
}
