package roleweb

import (
	"context"
	"net/http"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/role"
)

type missingPage struct {
	Query   string
	Entries []missingEntry
	Any     bool // something is hidden, whether it is found or not
}

type missingEntry struct {
	Name    string // with its heading: "Pet Parents › Import"
	Reasons []reasonWords
}

// missing explains every entry that the person does not see.
func (f *Face) missing(w http.ResponseWriter, r *http.Request) error {
	v := access.ViewerFrom(r.Context())
	hidden, err := f.Menus.Hidden(r.Context(), v)
	if err != nil {
		return err
	}
	page := missingPage{Query: strings.TrimSpace(r.URL.Query().Get("q")), Any: len(hidden) > 0}
	for _, h := range hidden {
		if e := f.explain(r.Context(), h, v); e.matches(page.Query) {
			page.Entries = append(page.Entries, e)
		}
	}
	if httpd.WantsPart(r) {
		return f.UI.Part(w, r, http.StatusOK, "role/missing", "found", page)
	}
	return f.UI.Page(w, r, http.StatusOK, "role/missing", page)
}

func (f *Face) explain(ctx context.Context, h role.Hidden, v access.Viewer) missingEntry {
	e := missingEntry{Name: h.Label}
	if h.Group != "" {
		e.Name = f.UI.Ours(ctx, h.Group) + " › " + h.Label
	}
	for _, reason := range h.Reasons {
		e.Reasons = append(e.Reasons, inWords(h.MenuEntry, reason, v))
	}
	return e
}

// matches reports whether every word of the query is in the name.
func (e missingEntry) matches(query string) bool {
	name := strings.ToLower(e.Name)
	for word := range strings.FieldsSeq(strings.ToLower(query)) {
		if !strings.Contains(name, word) {
			return false
		}
	}
	return true
}
