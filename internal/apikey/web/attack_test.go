package apikeyweb_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/apikey"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/practice"
)

// TestNoDoorButTheirs sends a key with everything that a key can have through
// every door: only JSON operations for staff that ask for one of its
// permissions and for no fresh proof open.
func TestNoDoorButTheirs(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.SQLite))
	c := a.Clinic("paws")
	all := apikey.Grantable(access.Viewer{}.WithPermissions(access.Permissions()))
	_, token := makeKey(t, a, c, "Everything", all...)
	open := 0
	for _, r := range a.Mux().Routes() {
		rule := r.Rule
		if rule.Audience.Has(access.Public) {
			continue
		}
		want := r.API && !rule.StepUp && (rule.Audience.Has(access.Program) || rule.Audience.Has(access.Staff) && contains(all, rule.Permission))
		if got := enters(a, r, token); got != want {
			t.Errorf("%s: %v, want %v", r.Pattern, got, want)
		}
		if want {
			open++
		}
	}
	if open < 10 {
		t.Errorf("only %d doors", open)
	}
}

// TestNeverByKey names the doors that only a person with a fresh proof opens: with
// a login, with what is stored of somebody, and with one's own recovery address.
func TestNeverByKey(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.SQLite))
	c := a.Clinic("paws")
	_, token := makeKey(t, a, c, "Everything", apikey.Grantable(access.Viewer{}.WithPermissions(access.Permissions()))...)
	never := map[string]bool{
		"PUT /api/v1/pet-parents/{id}/login": false, "DELETE /api/v1/pet-parents/{id}/login/pending-recovery-email": false,
		"POST /api/v1/pet-parents/{id}/login/temporary-password": false, "POST /api/v1/pet-parents/{id}/login/temporary-password/reveal": false,
		"GET /api/v1/pet-parents/{id}/erase": false, "POST /api/v1/pet-parents/{id}/erase": false,
		"GET /api/v1/pet-parents/{id}/personal-data": false, "GET /api/v1/logins/{id}/report.csv": false, "GET /api/v1/export": false,
		"PUT /api/v1/pet-parents/me/recovery-address": false, "DELETE /api/v1/pet-parents/me/recovery-address": false,
	}
	for _, r := range a.Mux().Routes() {
		if _, named := never[r.Pattern]; !named {
			continue
		}
		never[r.Pattern] = true
		if enters(a, r, token) {
			t.Errorf("a key opens %s", r.Pattern)
		}
	}
	for pattern, there := range never {
		if !there {
			t.Errorf("there is no %s", pattern)
		}
	}
}

func contains(all []access.Permission, p access.Permission) bool {
	for _, one := range all {
		if one == p {
			return true
		}
	}
	return false
}

// enters reports whether the guard lets the token in; a body that is announced
// too large keeps anything from being done.
func enters(a *apptest.App, r httpd.Route, token string) bool {
	method, path, _ := strings.Cut(r.Pattern, " ")
	path = strings.ReplaceAll(strings.TrimSuffix(path, "{$}"), "{practice}", "paws")
	for strings.Contains(path, "{") {
		from, to := strings.Index(path, "{"), strings.Index(path, "}")
		path = path[:from] + id.New() + path[to+1:]
	}
	req := httptest.NewRequest(method, path, http.NoBody)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	if method != http.MethodGet {
		req.ContentLength = 1 << 40
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, req)
	return w.Code != http.StatusUnauthorized && w.Code != http.StatusForbidden && w.Code != http.StatusSeeOther
}

// TestAKeyIsNothingElse: not in a cookie, not as a session or a sign-in, and
// neither of these as a key.
func TestAKeyIsNothingElse(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		_, token := makeKey(t, a, c, "Reader", access.PetParentRead)
		for _, cookie := range []string{"catflap", "catflap-signin", "__Host-catflap"} {
			for _, value := range []string{token, "cfs_" + token[4:], "cfp_" + token[4:]} {
				req, err := http.NewRequest(http.MethodGet, a.URL+"/api/v1/pet-parents", nil)
				if err != nil {
					t.Fatal(err)
				}
				req.AddCookie(&http.Cookie{Name: cookie, Value: value})
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				if res.StatusCode != http.StatusUnauthorized {
					t.Errorf("%s in %s: %d", value[:4], cookie, res.StatusCode)
				}
			}
		}
		session := a.Token("paws", c.Administrator, c.North.ID)
		pending := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": c.Administrator.LoginID, "password": c.Administrator.Password}).Text("sign_in")
		for _, wrong := range []string{
			"cfs_" + token[4:], "cfp_" + token[4:], "cfk_" + session[4:], "cfk_" + pending[4:], token[:len(token)-1], token + "a",
			strings.ToUpper(token), "cfk_", "cfk_" + strings.Repeat("a", 43), "cfk_' OR 1=1 --",
		} {
			a.API("GET", "/pet-parents", wrong, nil).Want(t, 401)
		}
		a.API("GET", "/session", token, nil).Want(t, 403)
		a.API("GET", "/sign-in", token, nil).Want(t, 403)
		a.API("POST", "/sign-in/branch", token, map[string]any{"branch": c.North.ID}).Want(t, 403)
		a.API("POST", "/session/step-up", token, map[string]any{"password": c.Administrator.Password}).Want(t, 403)
		a.API("GET", "/export", token, nil).Want(t, 403)
		a.API("GET", "/platform/practices", token, nil).Want(t, 403)
		a.API("POST", "/imports", token, nil).Want(t, 403)
		if l := newest(t, a, c.ID, "access"); l.Action != audit.AccessRefused || l.Personal.Actor != "Reader" || l.Cause != "permission-missing" {
			t.Errorf("on record: %+v", l)
		}
		if n := apptest.Number(a, `SELECT count(*) FROM audit WHERE cause = 'not-for-programs'`); n == 0 {
			t.Error("what only people may do is not on record")
		}
	})
}

// TestKeysStayInTheirPractice: ids of another one are not there for it.
func TestKeysStayInTheirPractice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		_, token := makeKey(t, a, c, "Import", access.ImportRun, access.PetParentRead)
		_, theirs := makeKey(t, a, other, "Import", access.ImportRun, access.PetParentRead)
		im := upload(t, a, theirs, "client_id,first_name,last_name,email,phone,pet_name,species\nC1,Ken,Ito,ken@home.example,,Biscuit,dog\n").Want(t, 201)
		a.API("POST", "/imports/"+im.Text("id")+"/run", token, nil).Want(t, 404)
		a.API("GET", "/imports/"+im.Text("id"), token, nil).Want(t, 404)
		a.API("POST", "/imports/"+im.Text("id")+"/run", theirs, nil).Want(t, 202)
		a.Work()
		if r := a.API("GET", "/pet-parents", token, nil).Want(t, 200); strings.Contains(r.Raw, "Ito") {
			t.Error("a key sees another practice")
		}
		req, err := http.NewRequest(http.MethodGet, a.URL+"/other/pet-parents/pet-app", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusSeeOther {
			t.Errorf("the page of another practice answered %d", res.StatusCode)
		}
	})
}

// TestKeysFollowPlanAndStatus: what the plan does not include is off for keys,
// a suspended practice's keys rest, a closed one's are gone.
func TestKeysFollowPlanAndStatus(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host, c := a.Administrator(), a.Clinic("paws")
		_, token := makeKey(t, a, c, "Reader", access.PetParentRead)
		platform := a.Token("platform", host, "")
		put := func(body map[string]any) { a.API("PUT", "/platform/practices/"+c.ID, platform, body).Want(t, 200) }
		code := func() string { return a.API("GET", "/pet-parents", token, nil).Want(t, 401).Text("type") }

		put(map[string]any{"status": practice.Suspended, "reason": "unpaid"})
		if got := code(); !strings.HasSuffix(got, "api-key-practice-closed") {
			t.Error(got)
		}
		put(map[string]any{"status": practice.Active})
		a.API("GET", "/pet-parents", token, nil).Want(t, 200)
		put(map[string]any{"status": practice.Closed, "reason": "left"})
		put(map[string]any{"status": practice.Active})
		if got := code(); !strings.HasSuffix(got, "api-key-revoked") {
			t.Error(got)
		}
		if l := newest(t, a, c.ID, "api_key"); l.Action != audit.KeysRevoked || l.Detail["keys"] != "1" || l.ActorID != host.ID {
			t.Errorf("on record: %+v", l)
		}
	})
}

// TestRevokedInTheMiddle: requests and the revocation at once; whatever comes
// after it is refused.
func TestRevokedInTheMiddle(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		keyID, token := makeKey(t, a, c, "Reader", access.PetParentRead)
		admin := a.Token("paws", c.Administrator, c.North.ID)
		a.Clock.Advance(time.Minute)
		apptest.AtOnce(16, func(i int) bool {
			if i == 7 {
				return a.API("DELETE", "/api-keys/"+keyID, admin, nil).Status == 204
			}
			status := a.API("GET", "/pet-parents", token, nil).Status
			if status != 200 && status != 401 {
				t.Errorf("answered %d", status)
			}
			return false
		})
		won := apptest.AtOnce(16, func(int) bool { return a.API("GET", "/pet-parents", token, nil).Status == 200 })
		if won != 0 {
			t.Errorf("%d got in after the end", won)
		}
	})
}
