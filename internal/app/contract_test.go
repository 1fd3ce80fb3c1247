package app_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
)

// calls are what other programs hold on to.
const calls = `POST /practices/{practice}/sign-in
POST /platform/sign-in
GET /sign-in
GET /sign-in/terms
POST /sign-in/terms
GET /sign-in/details
POST /sign-in/details
POST /sign-in/second-factor
POST /sign-in/email-code
POST /sign-in/two-factor
POST /sign-in/two-factor/verify
POST /sign-in/two-factor/email-code
PUT /sign-in/two-factor/email
POST /sign-in/new-password
POST /sign-in/branch
POST /practices/{practice}/password-reset
POST /password-reset
POST /activation
GET /session
DELETE /session
GET /sessions
DELETE /sessions
DELETE /sessions/{id}
POST /session/step-up
POST /session/step-up/email-code
POST /session/branch
POST /session/lock
POST /session/unlock
GET /practice-sessions
DELETE /practice-sessions
DELETE /practice-sessions/{id}
PUT /account/password
GET /account/language
PUT /account/language
GET /account/two-factor
DELETE /account/two-factor
POST /account/two-factor/setup
DELETE /account/two-factor/setup
POST /account/two-factor/verify
GET /account/two-factor/key
GET /account/two-factor/backup-codes
POST /account/two-factor/backup-codes
POST /account/two-factor/backup-codes/stored
POST /account/two-factor/email-code
PUT /account/two-factor/email
DELETE /account/two-factor/email
GET /context
GET /pet-parents
GET /pet-parents/{id}
GET /pet-parents/me
GET /pet-parents/me/details
PUT /pet-parents/me/details
PUT /pet-parents/me/news
PUT /pet-parents/me/recovery-address
DELETE /pet-parents/me/recovery-address
GET /pet-parents/{id}/pets
GET /pet-parents/{id}/login
PUT /pet-parents/{id}/login
GET /pet-parents/{id}/login/available
POST /pet-parents/{id}/login/reset-link
DELETE /pet-parents/{id}/login/pending-recovery-email
POST /pet-parents
POST /pet-parents/{id}/people
POST /pet-parents/{id}/pets
PUT /pet-parents/{id}/pets/{pet}
PUT /pet-parents/{id}/household
PUT /pet-parents/{id}/news
POST /pet-parents/{id}/move
GET /pet-parents/{id}/merge
POST /pet-parents/{id}/merge
GET /pet-parents/{id}/history
GET /pet-parents/{id}/personal-data
GET /pet-parents/{id}/erase
POST /pet-parents/{id}/erase
POST /pet-parents/{id}/login/temporary-password
POST /pet-parents/{id}/login/temporary-password/reveal
GET /policy
POST /policy/preview
GET /two-factor
POST /two-factor/remind
PUT /policy
GET /practice
PUT /practice
GET /practice/terms
PUT /practice/terms
POST /messages
POST /messages/{id}/bounced
GET /campaigns
POST /campaigns
GET /campaigns/{id}
PUT /campaigns/{id}
DELETE /campaigns/{id}
GET /campaigns/{id}/plan
GET /campaigns/{id}/recipients
POST /campaigns/{id}/test
POST /campaigns/{id}/start
POST /campaigns/{id}/pause
POST /campaigns/{id}/resume
POST /campaigns/{id}/cancel
POST /campaigns/{id}/again
GET /templates
POST /templates
GET /templates/{id}
PUT /templates/{id}
DELETE /templates/{id}
GET /templates/{id}/texts/{language}
PUT /templates/{id}/texts/{language}
DELETE /templates/{id}/texts/{language}
GET /practices/{practice}/terms
GET /branches
POST /branches
PUT /branches/{id}
GET /proposals/all
POST /proposals/all/accept
GET /logins/preview
POST /logins
GET /logins/{id}
GET /logins/{id}/report.csv
GET /logins/reminders/preview
POST /logins/reminders
PUT /logins/skipped/{id}
DELETE /logins/skipped/{id}
GET /platform/practices/{id}/logins/preview
POST /platform/practices/{id}/logins
GET /platform/practices/{id}/logins/{run}
POST /imports
GET /imports/{id}
POST /imports/{id}/choices
POST /imports/{id}/run
GET /imports/{id}/rejected.csv
GET /audit
GET /staff
POST /staff
GET /staff/{id}
PUT /staff/{id}
POST /staff/{id}/invite-again
PUT /staff/{id}/email
POST /staff/{id}/deactivate
POST /staff/{id}/reactivate
PUT /staff/{id}/leaves
DELETE /staff/{id}/sessions
GET /staff/{id}/two-factor
POST /staff/{id}/two-factor/skip
DELETE /staff/{id}/two-factor/skip
POST /staff/{id}/two-factor/reset
GET /pet-parents/{id}/login/two-factor
POST /pet-parents/{id}/login/two-factor/skip
DELETE /pet-parents/{id}/login/two-factor/skip
POST /pet-parents/{id}/login/two-factor/reset
GET /platform/administrators
GET /platform/administrators/{id}/two-factor
POST /platform/administrators/{id}/two-factor/skip
DELETE /platform/administrators/{id}/two-factor/skip
POST /platform/administrators/{id}/two-factor/reset
GET /roles
POST /roles
PUT /roles/{id}
DELETE /roles/{id}
GET /sign-ins
GET /platform/practices
POST /platform/practices
GET /platform/practices/{id}
PUT /platform/practices/{id}
GET /export
GET /api-keys
POST /api-keys
DELETE /api-keys/{id}`

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
	for call := range strings.Lines(calls) {
		method, path, _ := strings.Cut(strings.TrimSpace(call), " ")
		if document.Paths[path][strings.ToLower(method)] == nil {
			t.Errorf("%s %s is missing", method, path)
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
