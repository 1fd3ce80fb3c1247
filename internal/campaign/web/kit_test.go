package campaignweb_test

import (
	"context"
	"fmt"
	"testing"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
)

// world is a practice with a template of its own, and an administrator who works
// through the API.
type world struct {
	*apptest.App
	t        *testing.T
	clinic   apptest.Clinic
	token    string
	template string
}

func each(t *testing.T, f func(t *testing.T, w *world)) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) { f(t, newWorld(t, a)) })
}

func newWorld(t *testing.T, a *apptest.App) *world {
	t.Helper()
	w := &world{App: a, t: t, clinic: a.Clinic("paws")}
	w.token = a.Token("paws", w.clinic.Administrator, w.clinic.North.ID)
	w.template = w.write("Spring", "Hello {{first_name}}", "<p>Dear {{first_name}}, bring {{pets}} to {{practice}}.</p>")
	return w
}

// write makes a template of the practice's own.
func (w *world) write(name, subject, html string) string {
	w.t.Helper()
	made := w.API("POST", "/templates", w.token, map[string]any{"name": name, "language": "en", "subject": subject, "html": html})
	made.Want(w.t, 201)
	id := made.Text("template")
	if id == "" {
		w.t.Fatalf("no template: %s", made.Raw)
	}
	return id
}

func (w *world) ctx() context.Context {
	return access.WithViewer(context.Background(), access.System("test"))
}

// put stores a household of one person with a dog.
func (w *world) put(number, first, last, email string, change ...func(*petparent.HouseholdInput)) {
	w.t.Helper()
	p := petparent.PersonInput{FirstName: first, LastName: last, EmailProblem: petparent.EmailMissing}
	if email != "" {
		p.Emails, p.EmailProblem = []string{email}, ""
	}
	in := petparent.HouseholdInput{
		System: "generic", ExternalID: number, Active: true, People: []petparent.PersonInput{p},
		Pets: []petparent.PetInput{{ExternalID: number + "/rex", Name: "Rex", Species: "dog"}},
	}
	for _, f := range change {
		f(&in)
	}
	if err := w.DB.Write(w.ctx(), func(tx *db.Tx) error {
		_, err := w.PetParents.Upsert(w.ctx(), tx, w.clinic.ID, in)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
}

// many are so many people who can be written to.
func (w *world) many(n int) {
	w.t.Helper()
	for i := range n {
		w.put(fmt.Sprintf("M%03d", i), fmt.Sprintf("First%03d", i), "Many", fmt.Sprintf("m%03d@example.com", i))
	}
}

// draft makes a campaign and returns its id.
func (w *world) draft(template string, audience map[string]any) string {
	w.t.Helper()
	made := w.API("POST", "/campaigns", w.token, map[string]any{"name": "Spring news", "template": template, "audience": audience})
	return made.Want(w.t, 201).Text("id")
}

// started makes one and starts it.
func (w *world) started(template string, audience map[string]any) string {
	w.t.Helper()
	id := w.draft(template, audience)
	w.API("POST", "/campaigns/"+id+"/start", w.token, nil).Want(w.t, 202)
	return id
}

// stands checks where a campaign is.
func (w *world) stands(id, state string, waiting, sent, failed, dropped, leftOut int) apptest.Answer {
	w.t.Helper()
	w.Clock.Advance(3e9) // what was counted is told again for a moment
	got := w.API("GET", "/campaigns/"+id, w.token, nil).Want(w.t, 200)
	m := got.Body["messages"].(map[string]any)
	c := got.Body["campaign"].(map[string]any)
	is := fmt.Sprint(c["state"], m["waiting"], m["sent"], m["failed"], m["dropped"], c["left_out"])
	if want := fmt.Sprint(state, float64(waiting), float64(sent), float64(failed), float64(dropped), float64(leftOut)); is != want {
		w.t.Errorf("the campaign is %s, want %s (state, waiting, sent, failed, dropped, left out): %s", is, want, got.Raw)
	}
	return got
}

// letters counts the letters of a subject to each address.
func (w *world) letters(subject string) map[string]int {
	found := map[string]int{}
	for _, l := range w.Mailbox.Letters() {
		if l.Bulk && (subject == "" || l.Subject == subject) {
			found[l.To.Address]++
		}
	}
	return found
}
