package app_test

import (
	"encoding/json"
	"slices"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
)

// TestContract: the calls that other programs hold on to are in the document.
func TestContract(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.SQLite))
	b := a.Browser()
	var document struct {
		OpenAPI string                               `json:"openapi"`
		Paths   map[string]map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal([]byte(b.Get("/api/openapi.json").Body), &document); err != nil {
		t.Fatal(err)
	}
	if document.OpenAPI != "3.1.0" {
		t.Errorf("OpenAPI %s", document.OpenAPI)
	}
	for path, methods := range map[string][]string{
		"/practices/{practice}/sign-in": {"post"}, "/platform/sign-in": {"post"}, "/sign-in": {"get"},
		"/sign-in/details": {"get", "post"}, "/sign-in/new-password": {"post"}, "/sign-in/branch": {"post"},
		"/practices/{practice}/password-reset": {"post"}, "/password-reset": {"post"}, "/activation": {"post"},
		"/session": {"get", "delete"}, "/sessions": {"get", "delete"}, "/sessions/{id}": {"delete"}, "/session/step-up": {"post"}, "/account/password": {"put"},
		"/session": {"get", "delete"}, "/sessions": {"get", "delete"}, "/sessions/{id}": {"delete"}, "/session/step-up": {"post"},
		"/context":     {"get"},
		"/pet-parents": {"get"}, "/pet-parents/{id}": {"get"}, "/pet-parents/{id}/pets": {"get"},
		"/pet-parents/{id}/login/temporary-password": {"post"}, "/pet-parents/{id}/login/temporary-password/reveal": {"post"},
		"/logins": {"post"}, "/imports": {"post"}, "/imports/{id}": {"get"}, "/imports/{id}/run": {"post"},
		"/imports/{id}/rejected.csv": {"get"}, "/audit": {"get"}, "/platform/practices": {"get", "post"},
	} {
		for _, method := range methods {
			if document.Paths[path][method] == nil {
				t.Errorf("%s %s is missing", method, path)
			}
		}
	}
	var ids []string
	for path, methods := range document.Paths {
		for method, op := range methods {
			id, _ := op["operationId"].(string)
			if id == "" || slices.Contains(ids, id) || op["summary"] == nil || op["x-catflap-audience"] == nil {
				t.Errorf("%s %s: operation %q lacks a name of its own, a summary or an audience", method, path, id)
			}
			ids = append(ids, id)
		}
	}
}
