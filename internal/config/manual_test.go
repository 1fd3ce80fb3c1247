package config

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the manual from the comments")

const manual = "../../docs/manual/configuration.md"

// TestManual keeps the page of the manual and the help texts equal to the
// comments on the fields of Config. "go test ./internal/config -update" writes
// the page.
func TestManual(t *testing.T) {
	comments := fieldComments(t)
	var page strings.Builder
	page.WriteString(introduction)
	for _, s := range settings() {
		text := comments[s.field]
		first, _, _ := strings.Cut(text, ". ")
		if strings.TrimSuffix(first, ".")+"." != s.help {
			t.Errorf("%s: the help text %q is not the first sentence of the comment, %q", s.field, s.help, first)
		}
		standard := "none"
		switch {
		case s.standard != "":
			standard = "`" + s.standard + "`"
		case s.otherwise != "":
			standard = s.otherwise
		}
		fmt.Fprintf(&page, "\n### %s\n\n%s\n\nFlag `--%s`. Default: %s.\n", s.env, text, s.flag, standard)
	}
	if *update {
		if err := os.WriteFile(manual, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != page.String() {
		t.Errorf("%s differs from the comments in config.go; run: go test ./internal/config -run TestManual -update", manual)
	}
}

// fieldComments reads the comments of the fields of Config, each as one line.
func fieldComments(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	comments := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if field, ok := n.(*ast.Field); ok && len(field.Names) == 1 {
			comments[field.Names[0].Name] = strings.Join(strings.Fields(field.Doc.Text()), " ")
		}
		return true
	})
	return comments
}

const introduction = `# Configuration

Catflap starts without any configuration: SQLite and the key ring in ` + "`./data`" + `,
` + "`http://localhost:8080`" + `, and a built-in mailbox instead of a mail server. What you
set is taken from, each overruling the one before:

1. the default written below,
2. the file that ` + "`CATFLAP_CONFIG`" + ` or ` + "`--config`" + ` names,
3. the environment,
4. the flags of the command.

A setting has one name: ` + "`CATFLAP_PUBLIC_URL`" + ` in the file and in the environment,
` + "`--public-url`" + ` as a flag. An empty value counts as not set. A name that Catflap
does not know is refused, with the nearest one it knows. (Left alone are
variables that Kubernetes makes for a service called catflap, and
` + "`CATFLAP_TEST_…`" + `, which belong to the test suite.)

` + "`catflap config`" + ` prints every setting as it is in force and where it comes from,
with passwords masked; ` + "`--json`" + ` prints the same for scripts. Flags are visible to
everybody on the machine: give passwords in the file or the environment.

A file for a practice behind a proxy:

` + "```" + `
# /etc/catflap.conf
CATFLAP_DATA=/var/lib/catflap
CATFLAP_PUBLIC_URL=https://login.example.org
CATFLAP_TRUSTED_PROXIES=127.0.0.1
CATFLAP_SMTP=smtp://catflap:PASSWORD@mail.example.org:587
` + "```" + `

## Settings
`
