package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/id"
	"catflap/internal/role"
)

// walker goes to every route with one credential, without following anything.
type walker struct {
	t     *testing.T
	app   *apptest.App
	slug  string
	token string
}

func (w walker) visit(pattern string) *http.Response {
	w.t.Helper()
	method, path, _ := strings.Cut(pattern, " ")
	path = strings.ReplaceAll(strings.TrimSuffix(path, "{$}"), "{practice}", w.slug)
	for strings.Contains(path, "{") {
		from, to := strings.Index(path, "{"), strings.Index(path, "}")
		path = path[:from] + id.New() + path[to+1:]
	}
	req, err := http.NewRequest(method, w.app.URL+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if w.token != "" {
		req.Header.Set("Authorization", "Bearer "+w.token)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		w.t.Fatal(err)
	}
	res.Body.Close()
	return res
}

// TestEveryRouteKeepsStrangersOut goes everywhere as nobody, as somebody of
// another practice, as a sign-in that is not finished, and as staff without any
// permission.
func TestEveryRouteKeepsStrangersOut(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.SQLite))
	here, there := a.Clinic("here"), a.Clinic("there")
	stranger := a.API("POST", "/practices/there/sign-in", "", map[string]any{"login": there.Administrator.LoginID, "password": there.Administrator.Password}).Want(t, 200)
	strangerToken := a.API("POST", "/sign-in/branch", stranger.Text("sign_in"), map[string]any{"branch": there.North.ID}).Want(t, 200).Text("session", "token")
	half := a.API("POST", "/practices/here/sign-in", "", map[string]any{"login": here.Administrator.LoginID, "password": here.Administrator.Password}).Want(t, 200).Text("sign_in")
	sitter := a.Hire(here, "Sid Sitter", "sid@here.example", role.Sitter, here.North.ID)
	sitterToken := a.API("POST", "/practices/here/sign-in", "", map[string]any{"login": sitter.LoginID, "password": sitter.Password}).Want(t, 200).Text("session", "token")

	for _, route := range a.Mux().Routes() {
		rule := route.Rule
		if rule.Audience.Has(access.Public) {
			continue
		}
		practiceRoute := strings.Contains(route.Pattern, "{practice}")
		t.Run(route.Pattern, func(t *testing.T) {
			if status := (walker{t, a, "here", ""}).visit(route.Pattern).StatusCode; status != 303 && status != 401 {
				t.Errorf("nobody got %d", status)
			}
			if practiceRoute && !route.API {
				if status := (walker{t, a, "here", strangerToken}).visit(route.Pattern).StatusCode; status != 303 {
					t.Errorf("staff of another practice got %d", status)
				}
			}
			if !rule.Audience.Has(access.Pending) {
				if status := (walker{t, a, "here", half}).visit(route.Pattern).StatusCode; status != 303 && status != 401 && status != 403 {
					t.Errorf("a sign-in that is not finished got %d", status)
				}
			}
			if !rule.Audience.Has(access.Staff) && !rule.Audience.Has(access.Pending) {
				if status := (walker{t, a, "here", sitterToken}).visit(route.Pattern).StatusCode; status != 403 {
					t.Errorf("staff got %d where only %v may be", status, rule.Audience)
				}
			}
			if rule.Permission != "" && rule.Permission != access.PetParentRead {
				if status := (walker{t, a, "here", sitterToken}).visit(route.Pattern).StatusCode; status != 403 {
					t.Errorf("a sitter without %s got %d", rule.Permission, status)
				}
			}
		})
	}
}

// TestNoStepBeforeTheCode goes to every step of a sign-in with one that waits for
// its second proof: none opens, and nothing is told but that.
func TestNoStepBeforeTheCode(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.SQLite))
	c := a.Clinic("here")
	a.Authenticator(&c.Administrator)
	half := a.API("POST", "/practices/here/sign-in", "", map[string]any{"login": c.Administrator.LoginID, "password": c.Administrator.Password}).Want(t, 200).Text("sign_in")
	its := []string{
		"GET /{practice}/login/second-factor", "POST /{practice}/login/second-factor", "POST /{practice}/login/email-code",
		"GET /api/v1/sign-in", "POST /api/v1/sign-in/second-factor", "POST /api/v1/sign-in/email-code",
	}
	steps := 0
	for _, route := range a.Mux().Routes() {
		if !route.Rule.Audience.Has(access.Pending) || slices.Contains(its, route.Pattern) {
			continue
		}
		steps++
		res := walker{t, a, "here", half}.visit(route.Pattern)
		switch to := res.Header.Get("Location"); {
		case res.StatusCode == 303 && (to == "/here/login/second-factor" || strings.HasPrefix(to, "/platform/login?") || strings.HasPrefix(to, "/here/login?")):
		case res.StatusCode == 400, res.StatusCode == 401, res.StatusCode == 409, res.StatusCode == 422:
		default:
			t.Errorf("%s: %d, to %q", route.Pattern, res.StatusCode, to)
		}
	}
	if steps < 20 {
		t.Errorf("only %d steps were looked at", steps)
	}
}

// TestSlugsNeverShadowRoutes: a practice called like a reserved segment would
// be unreachable.
func TestSlugsNeverShadowRoutes(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.SQLite))
	for _, route := range a.Mux().Routes() {
		_, path, _ := strings.Cut(route.Pattern, " ")
		first, _, _ := strings.Cut(path[1:], "/")
		if first == "{practice}" || first == "{$}" || first == "favicon.ico" {
			continue
		}
		if !slices.Contains(a.Practices.Reserved, first) {
			t.Errorf("%q is not reserved", first)
		}
	}
}
