package arch

import (
	"slices"
	"strings"
)

// ranks is the order of the packages, low to high. A package imports from the
// lines above its own, never from its own line or below. A name stands for the
// folder and everything in it; the faces (internal/*/web) have a line of their
// own.
var ranks = [][]string{
	{"internal/foundation/fault", "internal/foundation/id", "internal/foundation/clock", "internal/foundation/lang", "internal/foundation/cell", "internal/foundation/revision", "internal/foundation/typo"},
	{"internal/foundation/secret"},
	{"internal/foundation/db"},
	{"internal/foundation/job", "internal/foundation/throttle"},

	{"internal/access"},
	{"internal/audit", "internal/config"},
	{"internal/plan", "internal/mail"},
	{"internal/practice"},
	{"internal/role", "internal/account"},
	{"internal/session", "internal/device"},
	{"internal/factor"},
	{"internal/staff", "internal/petparent", "internal/apikey"},
	{"internal/onboarding", "internal/recovery"},
	{"internal/campaign", "internal/pims", "internal/export", "internal/forwardauth", "internal/oidc"},
	{"internal/privacy"},
	{"internal/signin"},

	{"internal/foundation/httpd"},
	{"internal/foundation/ui"},
	{faces},
	{"internal/app"},
	{"internal/cli"},
	{"cmd/catflap"},
	{"internal/arch", "e2e", "bench"},
}

// faces is the line of all faces; each is a unit of its own on it.
const faces = "internal/*/web"

// importers limits who may import a package beyond what its rank says. Tests
// and the programs that measure or drive the whole are not limited.
var importers = map[string][]string{
	"internal/config": {"internal/app", "internal/cli"},
	"internal/app":    {"internal/cli"},
	"internal/cli":    {"cmd/catflap"},
}

// foundationKnows is the one capability that the foundation may import: what
// any product would need knows nothing else of this one.
const foundationKnows = "internal/access"

// drivers may be imported by internal/foundation/db only. The empty import of
// database/sql counts as well: everybody else works with the types of db.
var drivers = []string{
	"database/sql",
	"github.com/jackc/pgx",
	"github.com/pressly/goose",
	"modernc.org/sqlite",
}

// web may not be imported below internal/foundation/httpd.
var web = []string{
	"net/http",
	"html/template",
	"github.com/danielgtaylor/huma",
}

// junk are names of packages that say nothing about what is inside.
var junk = []string{
	"base", "common", "dto", "dtos", "helper", "helpers", "lib", "misc", "model", "models",
	"shared", "stuff", "type", "types", "util", "utils",
}

// longest is how many lines a hand-written Go file may have.
const longest = 500

// unit is the part of the table that a package belongs to and its rank; faces
// of different capabilities are different units of the same rank. The rank is
// -1 when the table does not name the package.
func unit(pkg string) (name string, rank int) {
	if parts := strings.Split(pkg, "/"); len(parts) >= 3 && parts[0] == "internal" && parts[2] == "web" {
		return strings.Join(parts[:3], "/"), slices.IndexFunc(ranks, func(line []string) bool { return line[0] == faces })
	}
	for i, line := range ranks {
		for _, name := range line {
			if within(pkg, name) {
				return name, i
			}
		}
	}
	return pkg, -1
}

// within reports whether the path is the folder or inside it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// kit reports whether a package exists for tests only, like dbtest or apptest.
func kit(pkg string) bool {
	return strings.HasSuffix(pkg[strings.LastIndex(pkg, "/")+1:], "test")
}

// outside reports whether a package is never part of the binary.
func outside(pkg string) bool {
	return kit(pkg) || within(pkg, "e2e") || within(pkg, "bench") || within(pkg, "internal/arch")
}
