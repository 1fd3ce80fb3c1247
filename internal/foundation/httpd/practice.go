package httpd

import (
	"context"
	"net/http"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
)

var (
	errNoPractice = fault.New(fault.NotFound, "practice-not-found",
		"There is no practice at this address. Check the link you were given, or ask your practice for it.")
	errNoSuchID = fault.New(fault.NotFound, "not-found",
		"This is not here, or no longer. Go back and look for it again.")
)

// slugLimit is longer than any slug; what is longer is not looked up.
const slugLimit = 64

// findPractice finds the practice in the path. Phones like to begin with a
// capital letter, so case does not count.
func (m *Mux) findPractice(ctx context.Context, slug string) (access.Practice, error) {
	slug = strings.ToLower(slug)
	if !slugShaped(slug) {
		return access.Practice{}, errNoPractice
	}
	p, err := m.Practices.FindBySlug(ctx, slug)
	if fault.Is(err, fault.NotFound) {
		return access.Practice{}, errNoPractice.Because(err)
	}
	return p, err
}

// slugShaped keeps junk from reaching the database.
func slugShaped(s string) bool {
	if s == "" || len(s) > slugLimit {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// PathID is the identifier in the path under that name; a NotFound fault for
// anything that cannot be one.
func PathID(r *http.Request, name string) (string, error) {
	s := r.PathValue(name)
	if !id.Valid(s) {
		return "", errNoSuchID
	}
	return s, nil
}
