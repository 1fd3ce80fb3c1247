package apikeyweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/secret"
	"catflap/internal/role"
)

func TestMakeAKey(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host, c, other := a.Administrator(), a.Clinic("paws"), a.Clinic("other")
		const list = "/paws/security/api-keys"
		form := func(change ...string) url.Values {
			f := url.Values{"name": {"Night <b>import</b>"}, "permission": {"petparent.read", "import.run"}, "expires_at": {"2026-12-24"}}
			for i := 0; i+1 < len(change); i += 2 {
				f[change[i]] = []string{change[i+1]}
			}
			return f
		}

		t.Run("signed out, not allowed, other practice", func(t *testing.T) {
			out := a.Browser()
			out.Get(list).Want(t, 200, "Sign in")
			manager := a.Enter("paws", a.Hire(c, "Max Manager", "max@paws.example", role.Manager, ""), c.North.ID)
			manager.Get(list).Want(t, 403, "does not allow this")
			manager.Get("/paws/").Without(t, "API keys")
			elsewhere := a.Enter("other", other.Administrator, other.North.ID)
			elsewhere.Get(list).Want(t, 200, "Signing in here ends that session first")
			a.Enter("platform", host, "").Get(list).Want(t, 200, "Sign in").Without(t, "No API keys")
			branchOnly := a.Enter("paws", a.Hire(c, "Bo Branch", "bo@paws.example", role.Administrator, c.North.ID), "")
			branchOnly.Get(list).Want(t, 403, "does not allow this")
		})
		b := a.Enter("paws", c.Administrator, c.North.ID)
		b.Get(list).Want(t, 200, "No API keys", "Security")
		t.Run("invalid", func(t *testing.T) {
			for _, row := range [][3]string{
				{"name", " ", "Type a name"}, {"name", strings.Repeat("n", 101), "at most 100"},
				{"permission", "security.manage", "Only people may have"}, {"permission", "zoo.keep", "You do not hold"},
				{"expires_at", "", "last day"}, {"expires_at", "2026-07-01", "one day to one year"}, {"expires_at", "2027-07-05", "one day to one year"},
			} {
				b.Get(list+"/new").Want(t, 200, "New API key", "Import the client list").Without(t, "Be a Security Manager")
				b.Post(list, form(row[0], row[1])).Want(t, 422, row[2])
			}
			f := form()
			f.Del("permission")
			b.Post(list, f).Want(t, 422, "at least one thing", "Night <b>import</b>")
			if n := apptest.Number(a, `SELECT count(*) FROM api_key`); n != 0 {
				t.Fatalf("%d keys", n)
			}
		})
		var token string
		t.Run("success, shown once", func(t *testing.T) {
			b.Get(list + "/new")
			page := b.Post(list, form()).Want(t, 200, "Copy it now", "24 December 2026")
			if page.Path != list || page.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s is kept as %q", page.Path, page.Header.Get("Cache-Control"))
			}
			token = keyForm.FindString(page.Body)
			if token == "" || strings.Contains(page.Body, "<b>import") {
				t.Fatal("no key, or a name that was not escaped")
			}
			b.Get(list).Want(t, 200, "Night", "Works", "not used yet").Without(t, token)
			keyID := a.API("GET", "/api-keys", a.Token("paws", c.Administrator, c.North.ID), nil).Want(t, 200).Body["items"].([]any)[0].(map[string]any)["id"].(string)
			b.Get(list+"/"+keyID).Want(t, 200, token[len(token)-4:], "Import the client list").Without(t, token)
			b.Post(list, form()).Want(t, 422, "There is a key of this name already")
			for _, kept := range []string{apptest.Everything(a), a.Logged()} {
				if strings.Contains(kept, token) || strings.Contains(kept, token[4:]) {
					t.Fatal("the key was kept")
				}
			}
		})
		t.Run("on record", func(t *testing.T) {
			l := newest(t, a, c.ID, "api_key")
			if l.Action != audit.KeyCreated || l.ActorID != c.Administrator.ID || l.Personal.Target != "Night <b>import</b>" ||
				l.Detail["permissions"] != "petparent.read import.run" || l.Detail["expires_at"] != "2026-12-25T00:00:00Z" {
				t.Errorf("%+v", l)
			}
		})
		t.Run("works until its end", func(t *testing.T) {
			a.API("GET", "/pet-parents", token, nil).Want(t, 200)
			b.Get(list).Want(t, 200, "127.0.0.1").Without(t, "not used yet")
			a.Clock.Advance(176*24*time.Hour + 14*time.Hour)
			a.API("GET", "/pet-parents", token, nil).Want(t, 200)
			a.Clock.Advance(time.Hour)
			if r := a.API("GET", "/pet-parents", token, nil).Want(t, 401); !strings.HasSuffix(r.Text("type"), "api-key-expired") {
				t.Errorf("unexpected: %s", r.Raw)
			}
		})
	})
}

// TestGiveOnlyWhatOneHolds: neither what one lacks nor what one holds in one
// branch only.
func TestGiveOnlyWhatOneHolds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		keeper := a.Hire(c, "Kay Keeper", "kay@paws.example", role.Sitter, "")
		apptest.Exec(a, `UPDATE role SET permissions = '["petparent.read","apikey.manage"]' WHERE practice_id = $1 AND key = $2`, c.ID, role.Sitter)
		desk, err := a.Roles.ByKey(t.Context(), a.DB, c.ID, role.Receptionist)
		if err != nil {
			t.Fatal(err)
		}
		apptest.Exec(a, `INSERT INTO role_grant (practice_id, account_id, role_id, branch_id, granted_at, granted_by) VALUES ($1, $2, $3, $4, 0, '')`,
			c.ID, keeper.ID, desk.ID, c.North.ID)
		token := a.Token("paws", keeper, c.North.ID)
		try := func(p access.Permission) apptest.Answer {
			return a.API("POST", "/api-keys", token, map[string]any{
				"name": string(p), "permissions": []access.Permission{p}, "expires_at": a.Clock.Now().Add(48 * time.Hour),
			})
		}
		try(access.PetParentRead).Want(t, 201)
		for _, p := range []access.Permission{access.PetParentWrite, access.ImportRun, access.KeyManage, access.AuditRead} {
			if r := try(p).Want(t, 422); !strings.Contains(r.Raw, "permissions") {
				t.Errorf("%s: %s", p, r.Raw)
			}
		}
	})
}

func TestRevoke(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		keyID, token := makeKey(t, a, c, "Reader", access.PetParentRead)
		admin, stranger := a.Token("paws", c.Administrator, c.North.ID), a.Token("other", other.Administrator, other.North.ID)
		a.API("DELETE", "/api-keys/"+keyID, stranger, nil).Want(t, 404)
		a.API("DELETE", "/api-keys/none", admin, nil).Want(t, 404)
		if r := a.API("GET", "/api-keys", stranger, nil).Want(t, 200); strings.Contains(r.Raw, keyID) {
			t.Error("another practice sees the key")
		}
		a.API("GET", "/pet-parents", token, nil).Want(t, 200)

		won := apptest.AtOnce(16, func(int) bool { return a.API("DELETE", "/api-keys/"+keyID, admin, nil).Status == 204 })
		if won != 1 {
			t.Errorf("%d revoked the same key", won)
		}
		a.API("GET", "/pet-parents", token, nil).Want(t, 401)
		if n := apptest.Number(a, `SELECT count(*) FROM audit WHERE action = 'api_key.revoked'`); n != 1 {
			t.Errorf("%d entries", n)
		}

		b := a.Enter("paws", c.Administrator, c.North.ID)
		second, _ := makeKey(t, a, c, "reader", access.PetParentRead)
		b.Get("/paws/security/api-keys/"+second).Want(t, 200, "Revoke this key")
		a.Clock.Advance(6 * time.Minute)
		b.Post("/paws/security/api-keys/"+second+"/revoke", nil).Want(t, 200, "Confirm that it is you")
		b.Post("/paws/account/confirm", url.Values{"password": {c.Administrator.Password}, "return": {"/paws/security/api-keys/" + second}}).Want(t, 200, "Revoke this key")
		b.Post("/paws/security/api-keys/"+second+"/revoke", nil).Want(t, 200, "is revoked", "Revoked")
		b.Get("/paws/security/api-keys/"+second).Want(t, 200, "Ada Admin").Without(t, "Revoke this key")
		b.Get("/paws/security/audit").Want(t, 200, "revoked the API key")
	})
}

// TestKeyOfSomebodyWhoLeft goes on working, and the list says that its maker
// has left.
func TestKeyOfSomebodyWhoLeft(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		_, token := makeKey(t, a, c, "Reader", access.PetParentRead)
		second := a.Hire(c, "Sue Second", "sue@paws.example", role.Administrator, "")
		apptest.Exec(a, `UPDATE account SET active = $2 WHERE id = $1`, c.Administrator.ID, false)
		a.API("GET", "/pet-parents", token, nil).Want(t, 200)
		a.Enter("paws", second, c.North.ID).Get("/paws/security/api-keys").Want(t, 200, "its maker has left")
	})
}

// TestWhatAKeyDoesIsItsOwn: the record names the key, and work that goes on
// after the request is still the key's.
func TestWhatAKeyDoesIsItsOwn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		keyID, token := makeKey(t, a, c, "Night import", access.ImportRun, access.LoginManage, access.PetParentRead, access.AuditRead)
		im := upload(t, a, token, "client_id,first_name,last_name,email,phone,pet_name,species\nC1,Ken,Ito,ken@home.example,,Biscuit,dog\n").Want(t, 201)
		a.API("POST", "/imports/"+im.Text("id")+"/run", token, nil).Want(t, 202)
		a.Work()
		if r := a.API("GET", "/imports/"+im.Text("id"), token, nil).Want(t, 200); r.Text("state") != "done" {
			t.Fatalf("the import is %s", r.Raw)
		}
		a.API("POST", "/logins", token, nil).Want(t, 202)
		a.Work()
		lines, err := a.Audit.List(t.Context(), c.ID, audit.Filter{PersonID: keyID}, "", 50)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[audit.Action]bool{}
		for _, l := range lines {
			if l.ActorID == keyID {
				seen[l.Action] = true
				if l.ActorKind != string(access.KindProgram) || l.Personal.Actor != "Night import" || l.SessionID != "" {
					t.Errorf("%+v", l)
				}
			}
		}
		for _, want := range []audit.Action{audit.ImportUploaded, audit.ImportStarted, audit.ImportFinished, audit.LoginsStarted, audit.LoginCreated, audit.LoginsCreated} {
			if !seen[want] {
				t.Errorf("%s is not on the key's record", want)
			}
		}
		if r := a.API("GET", "/audit?subject=import", token, nil).Want(t, 200); !strings.Contains(r.Raw, "API key Night import started the import") {
			t.Errorf("unexpected: %s", r.Raw)
		}
		b := a.Enter("paws", c.Administrator, c.North.ID)
		b.Get("/paws/pet-parents/logins").Want(t, 200, "started by Night import")
	})
}

// TestUseIsWrittenRarely: once a minute at most.
func TestUseIsWrittenRarely(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		keyID, token := makeKey(t, a, c, "Reader", access.PetParentRead)
		used := func() int { return apptest.Number(a, `SELECT last_used_at FROM api_key WHERE id = $1`, keyID) }
		a.API("GET", "/pet-parents", token, nil).Want(t, 200)
		first := used()
		a.Clock.Advance(59 * time.Second)
		a.API("GET", "/pet-parents", token, nil).Want(t, 200)
		if used() != first {
			t.Error("written again within the minute")
		}
		a.Clock.Advance(time.Second)
		a.API("GET", "/pet-parents", token, nil).Want(t, 200)
		if used() == first {
			t.Error("not written after the minute")
		}
		if got := secret.HashToken(token); apptest.Number(a, `SELECT count(*) FROM api_key WHERE token_hash = $1`, got) != 1 {
			t.Error("it is not stored as its SHA-256")
		}
	})
}
