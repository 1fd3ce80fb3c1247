package accountweb

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"catflap/internal/access"
)

// TestSessionWritesItself: the same text as encoding/json makes of it.
func TestSessionWritesItself(t *testing.T) {
	staff := access.Viewer{
		Kind: access.KindStaff, AccountID: "1", Name: "Ana \"Cat\" <Ñandú> \\ \u2028\x01", LoginID: "ana@paws.example",
		PracticeID: "2", Practice: access.Practice{ID: "2", Slug: "paws", Name: "Paws & Claws"}, Branch: access.Branch{ID: "3", Name: "North"},
		SessionID: "4", ProvenUntil: time.Date(2026, 7, 1, 9, 0, 0, 123456000, time.UTC), ExpiresAt: time.Date(2026, 7, 1, 21, 0, 0, 0, time.UTC),
	}
	for name, v := range map[string]access.Viewer{
		"staff": staff.Holding([]access.Held{
			{Role: "Vet", Permissions: []access.Permission{access.PetParentRead, access.MailRead}},
			{Role: "Desk", BranchID: "3", Permissions: []access.Permission{access.PetParentRead, access.MailSend}},
		}),
		"one role":        staff.WithPermissions([]access.Permission{access.AuditRead}),
		"client":          {Kind: access.KindClient, AccountID: "1", PracticeID: "2", SessionID: "4"},
		"platform":        {Kind: access.KindPlatform, AccountID: "1", SessionID: "4"},
		"broken encoding": {Name: "caf\xe9"},
	} {
		body := sessionFrom(v)
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(body); err != nil {
			t.Fatal(err)
		}
		if got := string((&sessionOutput{Body: body}).AppendJSON(nil)) + "\n"; got != want.String() {
			t.Errorf("%s:\n%swant\n%s", name, got, want.String())
		}
	}
}
