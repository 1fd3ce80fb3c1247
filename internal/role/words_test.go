package role_test

import (
	"slices"
	"testing"

	"catflap/internal/access"
	"catflap/internal/role"
)

// TestGroups: every permission is offered once, in words.
func TestGroups(t *testing.T) {
	var offered []access.Permission
	for _, g := range role.Groups() {
		for _, d := range g.Permissions {
			if d.Words == "" || slices.Contains(offered, d.Permission) {
				t.Errorf("%s is offered without words or twice", d.Permission)
			}
			offered = append(offered, d.Permission)
		}
	}
	for _, p := range access.Permissions() {
		if !slices.Contains(offered, p) {
			t.Errorf("%s is not offered", p)
		}
	}
	if len(offered) != len(access.Permissions()) {
		t.Errorf("%d permissions are offered, there are %d", len(offered), len(access.Permissions()))
	}
}
