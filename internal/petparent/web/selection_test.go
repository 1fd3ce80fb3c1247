package petparentweb_test

import (
	"strings"
	"testing"

	"catflap/internal/role"
)

// TestTicks: who may do something with several people can tick each line, and
// the form carries the filter for all that match.
func TestTicks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const list = "/paws/pet-parents/pet-app?q=ito&invitation=not_invited"
		vet := w.Enter("paws", w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID), "")
		if body := vet.Get(list).Want(t, 200, "Ken Ito").Body; strings.Contains(body, `type="checkbox" form="selection"`) {
			t.Error("nothing can be done, and yet people can be ticked")
		}
		b := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		body := b.Get(list).Want(t, 200, "Ken Ito").Body
		for _, want := range []string{
			`<form class="selection card" id="selection" method="post" action="/paws/pet-parents/selection">`,
			`<input type="checkbox" form="selection" name="person" value="` + w.ken + `" aria-label="Tick Ken Ito">`,
			`<input type="hidden" name="q" value="ito">`, `<input type="hidden" name="invitation" value="not_invited">`,
			`name="who" value="all"`, `name="action" value="logins"`, `name="action" value="remind"`,
		} {
			if !strings.Contains(body, want) {
				t.Errorf("%s is missing", want)
			}
		}
		if strings.Contains(body, w.bea) {
			t.Error("the filter does not narrow")
		}
	})
}
