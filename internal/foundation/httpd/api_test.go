package httpd

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
)

type signInInput struct {
	Body struct {
		Login    string `json:"login" minLength:"1" maxLength:"200"`
		Password string `json:"password" maxLength:"512"`
		Email    string `json:"email,omitempty" format:"email"`
		Since    string `json:"since,omitempty" format:"date-time"`
		Key      string `json:"key,omitempty" format:"uuid"`
		Kind     string `json:"kind,omitempty" enum:"clinic,sitting"`
		Tries    int    `json:"tries,omitempty" minimum:"1"`
		Pets     []struct {
			Name string `json:"name"`
		} `json:"pets,omitempty"`
	}
}

type signInOutput struct {
	Body struct {
		Next string `json:"next"`
	}
}

type listInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

type noteInput struct {
	ID   string `path:"id"`
	Body struct {
		Text string `json:"text"`
	}
}

type nothing struct{}

// newAPIKit adds one operation of every sort to the kit.
func newAPIKit(t *testing.T) (*kit, *error) {
	k := newKit(t, "https://flap.example")
	return k, k.addOperations()
}

func (k *kit) addOperations() *error {
	answer := new(error)
	Register(k.API(), access.Rule{Audience: access.Public},
		huma.Operation{OperationID: "start-sign-in", Method: "POST", Path: "/practices/{practice}/sign-in"},
		func(context.Context, *signInInput) (*signInOutput, error) {
			out := &signInOutput{}
			out.Body.Next = "done"
			return out, *answer
		})
	Register(k.API(), access.Rule{Audience: access.SignedIn, Passive: true},
		huma.Operation{OperationID: "session", Method: "GET", Path: "/session"},
		func(ctx context.Context, _ *nothing) (*signInOutput, error) {
			out := &signInOutput{}
			out.Body.Next = access.ViewerFrom(ctx).AccountID
			return out, *answer
		})
	Register(k.API(), access.Rule{Audience: access.Pending},
		huma.Operation{OperationID: "where-sign-in-stands", Method: "GET", Path: "/sign-in"},
		func(context.Context, *nothing) (*signInOutput, error) { return &signInOutput{}, nil })
	Register(k.API(), access.Rule{Audience: access.Staff, Permission: access.BranchWrite, StepUp: true},
		huma.Operation{OperationID: "change-note", Method: "PUT", Path: "/notes/{id}"},
		func(context.Context, *noteInput) (*nothing, error) { return nil, *answer })
	Register(k.API(), access.Rule{Audience: access.Staff},
		huma.Operation{OperationID: "list-notes", Method: "GET", Path: "/notes"},
		func(context.Context, *listInput) (*signInOutput, error) { return &signInOutput{}, *answer })
	Register(k.API(), access.Rule{Audience: access.Staff},
		huma.Operation{OperationID: "list-notes-of-practice", Method: "GET", Path: "/practices/{practice}/notes"},
		func(context.Context, *nothing) (*signInOutput, error) { return &signInOutput{}, nil })
	Register(k.API(), access.Rule{Audience: access.Staff, Upload: 4 << 10},
		huma.Operation{OperationID: "import", Method: "POST", Path: "/imports"},
		func(_ context.Context, in *struct {
			RawBody huma.MultipartFormFiles[struct {
				File huma.FormFile `form:"file"`
			}]
		}) (*nothing, error) {
			return nil, nil
		})
	return answer
}

func (k *kit) json(method, target, body string, header ...string) *httptest.ResponseRecorder {
	k.t.Helper()
	h := map[string]string{"Content-Type": "application/json"}
	for i := 0; i < len(header); i += 2 {
		h[header[i]] = header[i+1]
	}
	return k.do(ask{method: method, target: target, body: body, header: h})
}

func TestAPIGuard(t *testing.T) {
	k, _ := newAPIKit(t)
	as := func(token string) []string { return []string{"Authorization", "Bearer " + token} }
	own := k.formValue(k.people.viewers["cfs_admin"])
	for _, row := range []struct {
		name           string
		method, target string
		body           string
		header         []string
		status         int
		problem        string
	}{
		{"public", "POST", "/api/v1/practices/north/sign-in", `{"login":"a","password":"b"}`, nil, 200, ""},
		{"public, stale token", "POST", "/api/v1/practices/north/sign-in", `{"login":"a","password":"b"}`, as("cfs_idle"), 200, ""},
		{"unknown practice", "POST", "/api/v1/practices/nowhere/sign-in", `{"login":"a","password":"b"}`, nil, 404, "practice-not-found"},
		{"nobody", "GET", "/api/v1/session", "", nil, 401, "signed-out"},
		{"idle", "GET", "/api/v1/session", "", as("cfs_idle"), 401, "session-idle"},
		{"a token of somebody else", "GET", "/api/v1/session", "", as("ghp_x"), 401, "signed-out"},
		{"pending", "GET", "/api/v1/session", "", as("cfp_pending"), 401, "sign-in-unfinished"},
		{"session at a sign-in", "GET", "/api/v1/sign-in", "", as("cfs_staff"), 409, "already-signed-in"},
		{"sign-in", "GET", "/api/v1/sign-in", "", as("cfp_pending"), 200, ""},
		{"session", "GET", "/api/v1/session", "", as("cfs_client"), 200, ""},
		{"wrong audience", "GET", "/api/v1/notes", "", as("cfs_client"), 403, "not-for-this-account"},
		{"other practice", "GET", "/api/v1/practices/north/notes", "", as("cfs_south"), 404, "not-found"},
		{"no permission", "PUT", "/api/v1/notes/1", `{"text":"x"}`, as("cfs_staff"), 403, "permission-missing"},
		{"step-up", "PUT", "/api/v1/notes/1", `{"text":"x"}`, as("cfs_stale"), 403, "step-up-required"},
		{"all well", "PUT", "/api/v1/notes/1", `{"text":"x"}`, as("cfs_admin"), 204, ""},
		{"cookie without form value", "PUT", "/api/v1/notes/1", `{"text":"x"}`, []string{"Cookie", "__Host-catflap=cfs_admin"}, 403, "form-expired"},
		{"cookie with form value", "PUT", "/api/v1/notes/1", `{"text":"x"}`, []string{"Cookie", "__Host-catflap=cfs_admin", FormHeader, own}, 204, ""},
		{"cookie from another site", "PUT", "/api/v1/notes/1", `{"text":"x"}`, []string{"Cookie", "__Host-catflap=cfs_admin", FormHeader, own, "Sec-Fetch-Site", "cross-site"}, 403, "cross-site-request"},
		{"unknown path", "GET", "/api/v1/nothing", "", nil, 404, "page-not-found"},
		{"wrong method", "DELETE", "/api/v1/notes", "", as("cfs_admin"), 405, "method-not-allowed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := k.json(row.method, row.target, row.body, row.header...)
			if w.Code != row.status {
				t.Fatalf("got %d: %s", w.Code, w.Body)
			}
			if row.problem == "" {
				return
			}
			if p := problemOf(t, w); p.Type != problemType+row.problem || p.Detail == "" {
				t.Errorf("got %+v", p)
			}
			if w.Code == 405 && w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("Allow: %q", w.Header().Get("Allow"))
			}
		})
	}
	k.json("GET", "/api/v1/session", "", as("cfs_client")...)
	if !k.people.passive["cfs_client"] {
		t.Error("the passive operation moved the idle clock")
	}
}

func TestAPIInput(t *testing.T) {
	k, _ := newAPIKit(t)
	const signIn = "/api/v1/practices/north/sign-in"
	const hush = "hunter2hunter2"
	for _, row := range []struct {
		name, target, body string
		status             int
		problem            string
		at                 string // location of the first complaint
	}{
		{"unknown field", signIn, `{"login":"a","password":"` + hush + `","remember":"` + hush + `"}`, 422, "invalid-input", "body.remember"},
		{"missing field", signIn, `{"login":"` + hush + `"}`, 422, "invalid-input", "body.password"},
		{"wrong type", signIn, `{"login":{"x":"` + hush + `"},"password":"x"}`, 422, "invalid-input", "body.login"},
		{"too long", signIn, `{"login":"` + strings.Repeat(hush, 20) + `","password":"x"}`, 422, "invalid-input", "body.login"},
		{"e-mail", signIn, `{"login":"a","password":"x","email":"` + hush + `"}`, 422, "invalid-input", "body.email"},
		{"time", signIn, `{"login":"a","password":"x","since":"` + hush + `"}`, 422, "invalid-input", "body.since"},
		{"uuid", signIn, `{"login":"a","password":"x","key":"` + hush + `"}`, 422, "invalid-input", "body.key"},
		{"enum", signIn, `{"login":"a","password":"x","kind":"` + hush + `"}`, 422, "invalid-input", "body.kind"},
		{"number", signIn, `{"login":"a","password":"x","tries":"` + hush + `"}`, 422, "invalid-input", "body.tries"},
		{"overflow", signIn, `{"login":"a","password":"x","tries":1e40}`, 422, "invalid-input", "body"},
		{"in a list", signIn, `{"login":"a","password":"x","pets":[{"name":"x"},{"name":5}]}`, 422, "invalid-input", "body.pets[1].name"},
		{"not JSON", signIn, `{"login":"` + hush, 400, "malformed-json", "body"},
		{"other text", signIn, hush, 400, "malformed-json", "body"},
		{"two values", signIn, `{"login":"a","password":"x"}{"` + hush + `":1}`, 400, "malformed-json", "body"},
		{"no body", signIn, "", 400, "body-missing", ""},
		{"query", "/api/v1/notes?limit=" + hush, "", 422, "invalid-input", "query.limit"},
		{"query out of range", "/api/v1/notes?limit=1000", "", 422, "invalid-input", "query.limit"},
		{"unknown query", "/api/v1/notes?lmit=" + hush, "", 422, "invalid-input", "query.lmit"},
	} {
		t.Run(row.name, func(t *testing.T) {
			method := "POST"
			if row.target != signIn {
				method = "GET"
			}
			w := k.json(method, row.target, row.body, "Authorization", "Bearer cfs_staff")
			if w.Code != row.status {
				t.Fatalf("got %d: %s", w.Code, w.Body)
			}
			p := problemOf(t, w)
			if p.Type != problemType+row.problem {
				t.Errorf("type %q", p.Type)
			}
			if strings.Contains(w.Body.String(), hush) {
				t.Errorf("the answer repeats the input: %s", w.Body)
			}
			switch {
			case row.at == "" && len(p.Errors) > 0, row.at != "" && (len(p.Errors) == 0 || p.Errors[0].Location != row.at):
				t.Errorf("complaints %+v, want one about %q", p.Errors, row.at)
			case len(p.Errors) > 0 && (p.Errors[0].Message == "" || strings.Contains(p.Errors[0].Message, "expected")):
				t.Errorf("words of a library: %q", p.Errors[0].Message)
			}
		})
	}
	w := k.json("POST", signIn, "login=a", "Content-Type", "application/x-www-form-urlencoded")
	if p := problemOf(t, w); w.Code != 415 || p.Type != problemType+"unsupported-media-type" {
		t.Errorf("%d %+v", w.Code, p)
	}
	many := `{"login":"a","password":"x"`
	for i := range 500 {
		many += fmt.Sprintf(`,"%s%d":1`, strings.Repeat("k", 1000), i)
	}
	if w := k.json("POST", signIn, many+"}"); len(problemOf(t, w).Errors) != mostErrors || w.Body.Len() > 50_000 {
		t.Errorf("an answer of %d bytes", w.Body.Len())
	}
}

func TestAPIFaults(t *testing.T) {
	k, answer := newAPIKit(t)
	as := []string{"Authorization", "Bearer cfs_admin"}
	var c fault.Complaints
	c.Add("text", "Write something.")
	c.Add("query.limit", "Less.")
	*answer = c.Err()
	p := problemOf(t, k.json("PUT", "/api/v1/notes/1", `{"text":""}`, as...))
	if p.Status != 422 || p.Errors[0] != (ProblemError{"body.text", "Write something."}) || p.Errors[1].Location != "query.limit" {
		t.Errorf("%+v", p)
	}
	*answer = fault.New(fault.Busy, "too-busy", "Wait a moment.").After(3 * time.Second)
	w := k.json("POST", "/api/v1/practices/north/sign-in", `{"login":"a","password":"b"}`)
	if p := problemOf(t, w); p.Status != 503 || w.Header().Get("Retry-After") != "3" {
		t.Errorf("%+v %v", p, w.Header())
	}
	*answer = fmt.Errorf("hidden cause")
	w = k.json("GET", "/api/v1/session", "", as...)
	if p := problemOf(t, w); p.Status != 500 || p.Type != problemType+"internal-error" || strings.Contains(w.Body.String(), "hidden") {
		t.Errorf("%+v", p)
	}
	if !strings.Contains(k.log.String(), "hidden cause") {
		t.Error("the cause is not in the log")
	}
	*answer = fault.New(fault.Forbidden, "not-in-this-branch", "Not here.")
	k.refused = nil
	k.json("PUT", "/api/v1/notes/1", `{"text":"x"}`, as...)
	if len(k.refused) != 1 || k.refused[0] != "a-admin PUT /api/v1/notes/{id}" {
		t.Errorf("a core's refusal is told as %v", k.refused)
	}
}

func TestOpenAPI(t *testing.T) {
	k, _ := newAPIKit(t)
	w := k.do(ask{target: "/api/openapi.json"})
	var doc struct {
		OpenAPI string
		Info    struct{ Title, Version string }
		Servers []struct{ URL string }
		Paths   map[string]map[string]struct {
			OperationID string
			Parameters  []struct{ Name, In string }
			Security    []map[string][]string
			Responses   map[string]any
			Audience    []string `json:"x-catflap-audience"`
			Permission  string   `json:"x-catflap-permission"`
			StepUp      bool     `json:"x-catflap-step-up"`
		}
		Components struct {
			Schemas         map[string]any
			SecuritySchemes map[string]any
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Header().Get("Content-Type") != "application/json" {
		t.Fatal(err, w.Header())
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") || doc.Info.Title == "" || doc.Info.Version == "" || doc.Servers[0].URL != APIPrefix {
		t.Errorf("head of the document: %+v %+v", doc.Info, doc.Servers)
	}
	ids := map[string]bool{}
	for path, operations := range doc.Paths {
		for method, op := range operations {
			name := method + " " + path
			if ids[op.OperationID] || op.OperationID == "" || len(op.Responses) < 2 || len(op.Audience) == 0 {
				t.Errorf("%s: %+v", name, op)
			}
			ids[op.OperationID] = true
			for _, m := range pathParameter.FindAllStringSubmatch(path, -1) {
				described := 0
				for _, p := range op.Parameters {
					if p.In == "path" && p.Name == m[1] {
						described++
					}
				}
				if described != 1 {
					t.Errorf("%s: {%s} is described %d times", name, m[1], described)
				}
			}
			for _, way := range op.Security {
				for scheme := range way {
					if doc.Components.SecuritySchemes[scheme] == nil {
						t.Errorf("%s: unknown scheme %s", name, scheme)
					}
				}
			}
		}
	}
	if len(ids) != 7 {
		t.Errorf("%d operations", len(ids))
	}
	note := doc.Paths["/notes/{id}"]["put"]
	if note.Permission != "branch.write" || !note.StepUp || len(note.Security) != 2 || len(note.Security[1]) != 2 {
		t.Errorf("the rule is not in the document: %+v", note)
	}
	for _, m := range regexp.MustCompile(`"\$ref":"#/components/schemas/([^"]+)"`).FindAllStringSubmatch(w.Body.String(), -1) {
		if doc.Components.Schemas[m[1]] == nil {
			t.Errorf("nothing at %s", m[0])
		}
	}
	if doc.Components.Schemas["Problem"] == nil || doc.Components.Schemas["ErrorModel"] != nil {
		t.Error("errors are not described as problems")
	}
	if strings.Contains(w.Body.String(), "$schema") {
		t.Error("$schema links")
	}
	for _, gone := range []string{"/docs", "/api/docs", "/openapi.json", "/openapi.yaml", "/schemas/Problem.json"} {
		if w := k.do(ask{target: gone}); w.Code == 200 {
			t.Errorf("%s: %d", gone, w.Code)
		}
	}
	if !strings.Contains(fmt.Sprint(k.Routes()), "PUT /api/v1/notes/{id}") {
		t.Error("operations are not listed as routes")
	}
}

func TestSchemaNames(t *testing.T) {
	for given, want := range map[[2]string]string{
		{"catflap/internal/practice/web", "Branch"}:          "PracticeBranch",
		{"catflap/internal/petparent/web", "petParentInput"}: "PetParentInput",
		{"catflap/internal/access", "Viewer"}:                "AccessViewer",
		{"catflap/internal/foundation/httpd", "List"}:        "List",
	} {
		if got := withCapability(given[0], given[1]); got != want {
			t.Errorf("%v: %s", given, got)
		}
	}
}
