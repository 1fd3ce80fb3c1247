package petparentweb

import (
	"errors"
	"net/http"
	"strings"

	"catflap/internal/foundation/httpd"
	"catflap/internal/petparent"
)

// following leads from the address of a record that was merged to that of the
// one that stayed.
func (f *Face) following(h httpd.Handler) httpd.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := h(w, r)
		if !errors.Is(err, petparent.ErrNotFound) || r.Method != http.MethodGet {
			return err
		}
		former := r.PathValue("id")
		now, lookErr := f.PetParents.Now(r.Context(), practiceOf(r), former)
		if lookErr != nil || now == "" {
			return errors.Join(err, lookErr)
		}
		return httpd.Redirect(w, r, strings.Replace(r.URL.RequestURI(), former, now, 1))
	}
}
