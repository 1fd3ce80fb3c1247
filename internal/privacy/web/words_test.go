package privacyweb_test

import (
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/mail"
)

// What the practice wrote to somebody is theirs, with dots in place of secrets;
// what Catflap writes by itself names who acted, and is left out.
func TestExportOfWords(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, alone())
		if err := w.DB.Write(w.ctx(), func(tx *db.Tx) error {
			textID, err := w.Mail.Compose(w.ctx(), tx, w.clinic.ID, "", "en", mail.Source{Subject: "A word", Text: "Dear {{first_name}}, bring the collar."})
			if err != nil {
				return err
			}
			_, err = w.Mail.Enqueue(w.ctx(), tx, mail.Draft{
				PracticeID: w.clinic.ID, PetParentID: w.xan, To: "x@example.com", TextID: textID, Data: map[string]string{"first_name": "Xanthippe"},
			})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		w.Work()
		found := 0
		for _, m := range w.export(w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)).Messages {
			switch {
			case m.Kind == mail.Own && strings.Contains(m.Text, "Dear Xanthippe, bring the collar."):
				found++
			case m.Text != "":
				t.Errorf("%s says %q", m.Kind, m.Text)
			}
		}
		if found != 1 || !strings.Contains(w.text, "    Dear Xanthippe, bring the collar.\r\n") {
			t.Errorf("found %d times, in the text: %s", found, w.text)
		}
	})
}
