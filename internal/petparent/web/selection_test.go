package petparentweb

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
)

// TestTicks: with something to do, each line can be ticked, and the form carries
// the filter for all that match.
func TestTicks(t *testing.T) {
	u, err := ui.New(ui.Options{Clock: clock.NewManual(time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC))}, ui.Source{Name: "petparent", FS: Files})
	if err != nil {
		t.Fatal(err)
	}
	row := listRow{Row: petparent.Row{PetParent: petparent.PetParent{ID: "the-id", FirstName: `Ken "K"`, LastName: "Ito"}}}
	page := listPage{Rows: []listRow{row}, Filter: petparent.Filter{Query: `it"o`, Invitation: petparent.InvitationSent}}
	show := func() string {
		t.Helper()
		r := httptest.NewRequest("GET", "/paws/pet-parents/pet-app", nil)
		r = r.WithContext(access.WithViewer(r.Context(), access.Viewer{Kind: access.KindStaff, Practice: access.Practice{Slug: "paws"}}))
		w := httptest.NewRecorder()
		if err := u.Part(w, r, 200, "petparent/list", "rows", page); err != nil {
			t.Fatal(err)
		}
		return w.Body.String()
	}
	if body := show(); strings.Contains(body, "checkbox") || strings.Contains(body, "selection") {
		t.Errorf("nothing can be done, and yet people can be ticked:\n%s", body)
	}
	page.Actions = []Action{{Name: "remind", Label: "Remind"}}
	body := show()
	for _, want := range []string{
		`<form class="selection card" id="selection" method="post" action="/paws/pet-parents/selection">`,
		`<input type="checkbox" form="selection" name="person" value="the-id" aria-label="Tick Ken &#34;K&#34; Ito">`,
		`<input type="hidden" name="q" value="it&#34;o">`, `<input type="hidden" name="invitation" value="sent">`,
		`name="who" value="all"`, `<button class="button small" name="action" value="remind">Remind</button>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing:\n%s", want, body)
		}
	}
}
