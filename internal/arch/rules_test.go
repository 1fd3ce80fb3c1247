package arch

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// source is what the rules look at in one Go file.
type source struct {
	path      string   // from the root of the module
	name      string   // of the package, as the file says
	imports   []string // as written
	lines     int
	generated bool
	documents bool // carries the package comment
}

func (s source) pkg() string { return path.Dir(s.path) }
func (s source) test() bool  { return strings.HasSuffix(s.path, "_test.go") }

// module is the import path of the root.
const module = "catflap"

// violations applies every rule to the files of the module. Each violation is
// a sentence that names the file and says what to do.
func violations(files []source) []string {
	var found []string
	documented := map[string]bool{}
	for _, f := range files {
		documented[f.pkg()] = documented[f.pkg()] || f.documents
	}
	seen := map[string]bool{}
	for _, f := range files {
		if !seen[f.pkg()] {
			seen[f.pkg()] = true
			found = append(found, packageRules(f.pkg(), f.name, documented[f.pkg()])...)
		}
		if f.lines > longest && !f.generated {
			found = append(found, fmt.Sprintf("%s has %d lines; a hand-written file ends at %d. Divide it by what it does.", f.path, f.lines, longest))
		}
		for _, imported := range f.imports {
			if message := importRules(f, imported); message != "" {
				found = append(found, fmt.Sprintf("%s imports %s: %s", f.path, imported, message))
			}
		}
	}
	return found
}

func packageRules(pkg, name string, documented bool) []string {
	var found []string
	if _, rank := unit(pkg); rank < 0 {
		found = append(found, fmt.Sprintf("%s has no rank. Give it a line in ranks_test.go and a place in docs/ARCHITECTURE.md.", pkg))
	}
	for _, word := range append(strings.Split(pkg, "/"), name) {
		if slices.Contains(junk, word) {
			found = append(found, fmt.Sprintf("%s is named %s, which says nothing. Name it for what it does, or put its parts where they are used.", pkg, word))
			break
		}
	}
	if !documented {
		found = append(found, fmt.Sprintf("%s has no package comment. Write a doc.go: what the package owns and what always holds.", pkg))
	}
	return found
}

// importRules says why the file may not import the path; empty when it may.
func importRules(f source, imported string) string {
	pkg := f.pkg()
	_, rank := unit(pkg)
	if matches(drivers, imported) && !within(pkg, "internal/foundation/db") {
		return "only internal/foundation/db knows drivers. Work with the types of that package."
	}
	if _, http := unit("internal/foundation/httpd"); matches(web, imported) && rank < http && !f.test() && !outside(pkg) {
		return "HTTP and pages belong into a face (web/) or into the HTTP kit."
	}
	target, own := strings.CutPrefix(imported, module+"/")
	if !own || f.test() {
		return "" // tests may come from anywhere; Go itself refuses cycles
	}
	switch {
	case kit(target) && !outside(pkg):
		return "test kits are for tests."
	case outside(pkg) && kit(target):
		return ""
	}
	return orderRules(pkg, rank, target)
}

func orderRules(pkg string, rank int, target string) string {
	from, _ := unit(pkg)
	to, targetRank := unit(target)
	switch {
	case from == to:
		return ""
	case targetRank > rank:
		return "imports go down. Hand in what is needed from above, or move it."
	case targetRank == rank:
		return "packages of one rank do not know each other. What both need belongs below them."
	case within(pkg, "internal/foundation") && !within(target, "internal/foundation") && target != foundationKnows:
		return "the foundation knows nothing of the product but " + foundationKnows + "."
	}
	if allowed, limited := importers[to]; limited && !outside(pkg) && !slices.Contains(allowed, from) {
		return "only " + strings.Join(allowed, " and ") + " may. Hand in the few values that are needed."
	}
	return ""
}

func matches(prefixes []string, imported string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return within(imported, p) })
}
