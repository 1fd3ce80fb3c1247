package exportweb_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

// rows reads a CSV file by the names of its columns.
func rows(t *testing.T, text string) []map[string]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(all) == 0 {
		t.Fatalf("%d lines, %v", len(all), err)
	}
	var list []map[string]string
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, cell := range line {
			row[all[0][i]] = cell
		}
		list = append(list, row)
	}
	return list
}

// stock gives a clinic clients with names as people and attackers have them.
func stock(t *testing.T, a *apptest.App, c apptest.Clinic, n int) {
	t.Helper()
	ctx := access.WithPractice(t.Context(), c.Access())
	if err := a.DB.Write(ctx, func(tx *db.Tx) error {
		for i := range n {
			if _, err := a.PetParents.Upsert(ctx, tx, c.ID, petparent.HouseholdInput{
				System: "generic", ExternalID: fmt.Sprintf("C%05d", i), Active: true, AllPets: true,
				People: []petparent.PersonInput{{FirstName: "Ken", LastName: fmt.Sprintf("Many%d", i), Emails: []string{fmt.Sprintf("k%d@many.example", i)}}},
				Pets:   []petparent.PetInput{{ExternalID: fmt.Sprintf("P%05d", i), Name: "Biscuit", Species: "dog"}},
			}); err != nil {
				return err
			}
		}
		_, err := a.PetParents.Upsert(ctx, tx, c.ID, petparent.HouseholdInput{
			System: "generic", ExternalID: "X1", Active: true, AllPets: true, Company: "=cmd|' /C calc'!A0",
			People: []petparent.PersonInput{
				{FirstName: "Siobhán", LastName: "O'Brien", Emails: []string{"siobhan@home.example"}, Phones: []petparent.Phone{{Kind: "home", E164: "+12065550152"}}},
				{FirstName: "'t", LastName: "+Hooft", EmailProblem: petparent.EmailMissing},
			},
			Pets: []petparent.PetInput{{ExternalID: "PX", Name: "🐾 \"Rex\", the 2nd", Species: "dog"}},
		})
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestExport(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host, c, other := a.Administrator(), a.Clinic("paws"), a.Clinic("other")
		stock(t, a, c, 1203)
		stock(t, a, other, 0)
		sharing, err := a.PetParents.Sharing(t.Context(), a.DB, c.ID, []string{"siobhan@home.example"})
		people := sharing["siobhan@home.example"]
		if err != nil || len(people) != 1 {
			t.Fatal(people, err)
		}
		if err := a.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := a.Onboarding.CreateLogin(t.Context(), tx, c.Access(), people[0].ID, "siobhan@home.example", true)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		publisher := a.Enter("paws", c.Administrator, c.North.ID)
		for version := range 2 {
			publisher.Get("/paws/settings/terms")
			publisher.Post("/paws/settings/terms", url.Values{
				"version": {strconv.Itoa(version)}, "terms_title": {"Terms of use"}, "terms_text": {fmt.Sprintf("Pets <first>, %d", version)},
			}).Want(t, 200, "Terms of use")
		}
		client, err := a.Accounts.ByLogin(t.Context(), a.DB, c.ID, "siobhan@home.example")
		if err != nil {
			t.Fatal(err)
		}
		apptest.Exec(a, `UPDATE account SET pending_email = 'next@home.example' WHERE id = $1`, client.ID)
		apptest.Exec(a, `INSERT INTO login_skip (practice_id, pet_parent_id, skipped_by, skipped_at) VALUES ($1, $2, $3, $4)`, c.ID, people[0].ID, c.Administrator.ID, a.Clock.Now())
		if err := a.DB.Write(t.Context(), func(tx *db.Tx) error { return a.Onboarding.AcceptTerms(t.Context(), tx, client, "x", 2) }); err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(a.LastMail("siobhan@home.example").Text, "Temporary password: ")
		temporary := strings.Fields(after)[0]

		const path = "/paws/settings/export"
		t.Run("signed out, not allowed, other practice, without a proof", func(t *testing.T) {
			a.Browser().Get(path).Want(t, 200, "Sign in")
			manager := a.Enter("paws", a.Hire(c, "Max Manager", "max@paws.example", role.Manager, ""), c.North.ID)
			manager.Get(path).Want(t, 403)
			manager.Get("/paws/").Without(t, "Export")
			manager.Post(path, nil).Want(t, 403)
			stranger := a.Enter("other", other.Administrator, other.North.ID)
			stranger.Post(path, nil).Want(t, 200, "Sign in")
			admin := a.Enter("paws", c.Administrator, c.North.ID)
			admin.Get(path).Want(t, 200, "What is in it")
			admin.Post(path, map[string][]string{"form": {"another"}}).Want(t, 403, "earlier sign-in")
			a.Clock.Advance(6 * time.Minute)
			admin.Post(path, nil).Want(t, 200, "Confirm that it is you")
			if n := apptest.Number(a, `SELECT count(*) FROM audit WHERE action = 'export.practice'`); n != 0 {
				t.Errorf("%d exports", n)
			}
		})
		b := a.Enter("paws", c.Administrator, c.North.ID)
		b.Get(path)
		page := b.Post(path, nil).Want(t, 200)
		if page.Header.Get("Content-Type") != "application/zip" || page.Header.Get("Content-Disposition") != `attachment; filename="catflap-paws-2026-07-01.zip"` ||
			page.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("headers: %v", page.Header)
		}
		files := apptest.Unzip(t, page.Body)
		t.Run("everything once", func(t *testing.T) {
			for name, want := range map[string]int{"households.csv": 1204, "pet-parents.csv": 1205, "pets.csv": 1204, "pet-owners.csv": 1204, "logins.csv": 1, "branches.csv": 2, "staff.csv": 2, "roles.csv": 7} {
				list := rows(t, files[name])
				ids := map[string]bool{}
				for _, r := range list {
					ids[r["id"]+r["account_id"]+r["household_id"]+r["pet_id"]] = true
				}
				if len(list) != want || len(ids) != want {
					t.Errorf("%s: %d rows, %d different, want %d", name, len(list), len(ids), want)
				}
			}
			for name, want := range map[string]map[string]string{
				"logins.csv":          {"account_id": client.ID, "pending_email": "next@home.example", "language": "en"},
				"terms-accepted.csv":  {"account_id": client.ID, "version": "2", "accepted_at": "2026-07-01T09:00:00Z"},
				"logins-left-out.csv": {"pet_parent_id": people[0].ID, "left_out_by": c.Administrator.ID},
			} {
				list := rows(t, files[name])
				for column, cell := range want {
					if len(list) != 1 || list[0][column] != cell {
						t.Errorf("%s: %v, want %s %q", name, list, column, cell)
					}
				}
			}
			if got := files["terms.jsonl"]; strings.Count(got, "\n") != 2 || !strings.Contains(got, `{"title":"Terms of use","text":"Pets <first>, 0"}`) {
				t.Errorf("terms: %s", got)
			}
			if len(rows(t, files["messages.csv"])) < 3 || strings.Count(files["audit.jsonl"], "\n") < 8 {
				t.Error("messages or record are short")
			}
			for line := range strings.Lines(files["audit.jsonl"]) {
				if !json.Valid([]byte(line)) {
					t.Errorf("no JSON: %s", line)
				}
			}
			for name := range files {
				if name != "README.txt" && !strings.Contains(files["README.txt"], name) {
					t.Errorf("README.txt does not tell of %s", name)
				}
			}
		})
		t.Run("as it was written, and nothing that runs", func(t *testing.T) {
			for name, cells := range map[string][]string{
				"households.csv": {"'=cmd|' /C calc'!A0"}, "pet-parents.csv": {"O'Brien", "Siobhán", "''t", "'+Hooft", "'+1 206-555-0152"},
				"pets.csv": {"🐾 \"Rex\", the 2nd"},
			} {
				for _, want := range cells {
					found := false
					for _, r := range rows(t, files[name]) {
						for _, cell := range r {
							found = found || cell == want
							if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
								t.Fatalf("%s: a spreadsheet runs %q", name, cell)
							}
						}
					}
					if !found {
						t.Errorf("%s: %q is missing", name, want)
					}
				}
			}
		})
		t.Run("nothing of others, no secret", func(t *testing.T) {
			for name, text := range files {
				for _, never := range []string{temporary, "admin@other.example", "Clinic other", other.ID, "$argon2", "token_hash", `"salt"`, c.Administrator.Password} {
					if strings.Contains(text, never) {
						t.Errorf("%s holds %q", name, never)
					}
				}
			}
		})
		t.Run("on record, with whoever did it", func(t *testing.T) {
			lines, err := a.Audit.List(t.Context(), c.ID, audit.Filter{Subject: "export"}, "", 9)
			if err != nil || len(lines) != 1 || lines[0].ActorID != c.Administrator.ID {
				t.Errorf("%+v, %v", lines, err)
			}
			if n := apptest.Number(a, `SELECT count(*) FROM audit WHERE practice_id = '' AND action = 'export.practice'`); n != 0 {
				t.Error("the practice's own export is in the platform's record")
			}
			p := a.Enter("platform", host, "")
			p.Get("/platform/practices/"+c.ID).Want(t, 200, "Export")
			of := apptest.Unzip(t, p.Post("/platform/practices/"+c.ID+"/export", nil).Want(t, 200).Body)
			if len(of) != len(files) || strings.Contains(of["logins.csv"], temporary) {
				t.Errorf("%d files", len(of))
			}
			if n := apptest.Number(a, `SELECT count(*) FROM audit WHERE action = 'export.practice' AND actor_id = $1`, host.ID); n != 2 {
				t.Errorf("%d entries, want one in each record", n)
			}
			p.Get("/platform/practices/" + c.ID)
			p.Post("/platform/practices/"+host.ID+"/export", nil).Want(t, 404)
		})
	})
}

// TestExportLeavesOut what the person may not see, and programs get it with
// the same rule.
func TestExportLeavesOut(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		apptest.Exec(a, `UPDATE role SET permissions = '["practice.write","petparent.read"]' WHERE practice_id = $1 AND key = $2`, c.ID, role.Sitter)
		clerk := a.Hire(c, "Cleo Clerk", "cleo@paws.example", role.Sitter, "")
		start := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": clerk.LoginID, "password": clerk.Password})
		token := a.API("POST", "/sign-in/branch", start.Text("sign_in"), map[string]any{"branch": c.North.ID}).Want(t, 200).Text("session", "token")
		a.API("GET", "/export", "", nil).Want(t, 401)
		r := a.API("GET", "/export", token, nil).Want(t, 200)
		files := apptest.Unzip(t, r.Raw)
		for _, name := range []string{"staff.csv", "roles.csv", "audit.jsonl", "messages.csv", "api-keys.csv"} {
			if _, there := files[name]; there || !strings.Contains(files["README.txt"], name) {
				t.Errorf("%s is there, or README.txt does not say that it is not", name)
			}
		}
		if _, there := files["pets.csv"]; !there {
			t.Error("pets.csv is missing")
		}
		a.Clock.Advance(6 * time.Minute)
		a.API("GET", "/export", token, nil).Want(t, 403)
	})
}
