package apikeyweb_test

import (
	"regexp"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
)

// make has the administrator of a clinic make a key for a year.
func makeKey(t *testing.T, a *apptest.App, c apptest.Clinic, name string, permissions ...access.Permission) (keyID, token string) {
	t.Helper()
	admin := a.Token(c.Slug, c.Administrator, c.North.ID)
	made := a.API("POST", "/api-keys", admin, map[string]any{
		"name": name, "permissions": permissions, "expires_at": a.Clock.Now().Add(365 * 24 * time.Hour),
	}).Want(t, 201)
	return made.Text("id"), made.Text("key")
}

// newest is the newest line of a practice about keys.
func newest(t *testing.T, a *apptest.App, practiceID, subject string) audit.Line {
	t.Helper()
	lines, err := a.Audit.List(t.Context(), practiceID, audit.Filter{Subject: subject}, "", 1)
	if err != nil || len(lines) == 0 {
		t.Fatalf("%d lines of %s, %v", len(lines), subject, err)
	}
	return lines[0]
}

var keyForm = regexp.MustCompile(`cfk_[A-Za-z0-9_-]{43}`)
