package staffweb_test

import (
	"testing"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/role"
)

// TestRecordOfOneBranch: who reads the record in one branch reads that of no
// other, whatever branch or person they ask for.
func TestRecordOfOneBranch(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sue := w.Hire(w.clinic, "Sue South", "sue@paws.example", role.Manager, w.clinic.South.ID)
		w.Tries([]apptest.Try{{"PUT", "/staff/" + w.vera.ID, w.bearer(sue), m{"name": "Vera Veterinary", "grants": []m{
			grant(w.roles[role.Veterinarian], w.clinic.South.ID),
		}}, 200, ""}})
		line := w.audited(audit.StaffRenamed)[0]
		ada, nora := w.bearer(w.ada), w.bearer(w.nora)
		count := func(token, query string) (n int) {
			items, _ := w.API("GET", "/audit?limit=200"+query, token, nil).Want(t, 200).Body["items"].([]any)
			for _, one := range items {
				if one.(m)["id"] == line.ID {
					n++
				}
			}
			return n
		}
		for _, query := range []string{"", "&branch=" + w.clinic.South.ID, "&person=" + w.vera.ID, "&text=Veterinary"} {
			if count(w.bearer(sue), query) != 1 || count(ada, query) != 1 {
				t.Errorf("%q: not shown to those who may read it", query)
			}
			if count(nora, query) != 0 {
				t.Errorf("%q: shown in another branch", query)
			}
		}
		var client account.Account
		if err := w.DB.Write(w.ctx(), func(tx *db.Tx) (err error) {
			client, err = w.Accounts.Create(w.ctx(), tx, account.Input{PracticeID: w.clinic.ID, Kind: access.KindClient, Name: "Clara Client", LoginID: "clara"})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		w.API("POST", "/practices/paws/sign-in", "", m{"login": "clara", "password": "wrong"}).Want(t, 401)
		if items, _ := w.API("GET", "/audit?person="+client.ID, nora, nil).Want(t, 200).Body["items"].([]any); len(items) != 1 {
			t.Errorf("%d lines about a pet parent, who belongs to all branches", len(items))
		}
		b := w.Enter("paws", w.nora, "")
		b.Get("/paws/security/audit").Want(t, 200, "Your branches", "North").Without(t, "Veterinary", "Sue South")
		b.Get("/paws/security/audit?branch="+w.clinic.South.ID).Want(t, 200).Without(t, "Veterinary", "Sue South")
		w.Enter("paws", w.ada, w.clinic.North.ID).Get("/paws/security/audit").Want(t, 200, "All branches", "Vera Veterinary")
	})
}
