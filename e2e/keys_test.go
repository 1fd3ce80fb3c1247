package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The key ring is rotated while people work: nobody notices.
func TestKeys(t *testing.T) {
	each(t, keysStory)
}

// ring is what "catflap keys list --json" prints.
type ring struct {
	Keys []struct {
		ID        string         `json:"id"`
		State     string         `json:"state"`
		Removable bool           `json:"removable"`
		Values    map[string]int `json:"values"`
	} `json:"keys"`
}

func keysStory(t *testing.T, w *world) {
	host, maria, admin := w.clinic()
	vera := newcomer("Vera Vogel", "vera@happy-paws.example")
	admin.hire(vera, "Veterinarian", "North") // her link is made before and followed after
	renewed := newcomer(maria.name, maria.email)
	admin.Click("Signed in as " + maria.name)
	admin.Click("Change password")
	admin.Fill("Current password", maria.password)
	admin.Fill("New password", renewed.password)
	admin.Fill("New password again", renewed.password)

	beside := w
	if w.database != "" { // a second server of the same practice
		other := *w
		other.port = freePort(t)
		other.serve()
		beside = &other
	}

	former := w.ring().Keys[0].ID
	if got := w.keys(0, "rotate", "--wait", "3s"); !strings.Contains(got.out, "is current") || !strings.Contains(got.out, "Done.") {
		t.Errorf("it says:\n%s%s", got.out, got.log)
	}
	r := w.ring()
	if len(r.Keys) != 2 || r.Keys[0].ID != former || r.Keys[0].State != "former" || r.Keys[0].Removable || r.Keys[0].Values["passwords"] != 2 ||
		r.Keys[0].Values["open_links"] == 0 || r.Keys[1].State != "current" || r.Keys[1].Values["start_check"] != 1 {
		t.Errorf("the ring: %+v", r)
	}
	if got := w.keys(0, "list"); !strings.Contains(got.out, former) || !strings.Contains(got.out, "2 passwords (until their owner signs in again)") {
		t.Errorf("the list:\n%s", got.out)
	}

	admin.Click("Change password", "Cancel") // the page was opened before
	admin.See("Your password is changed")
	w.comeIn(vera, desk)
	if in := beside.send("POST", "/api/v1/practices/happy-paws/sign-in", "", map[string]string{"login": renewed.email, "password": renewed.password}); !strings.Contains(in, "choose_branch") {
		t.Errorf("the other server does not know the password of a moment ago: %s", in)
	}
	host.Open("/platform/audit")
	host.See("Catflap (command line) rotated the key ring of this server")
	if r = w.ring(); r.Keys[0].Values["passwords"] != 1 || r.Keys[1].Values["passwords"] != 2 {
		t.Errorf("passwords that were chosen since stand under the former key: %+v", r)
	}

	// Nothing goes that is needed, or was current a moment ago.
	dropped := struct {
		Step    string   `json:"step"`
		Dropped []string `json:"dropped"`
	}{}
	if err := json.Unmarshal([]byte(w.keys(0, "rotate", "--drop-unused", "--json").out), &dropped); err != nil || dropped.Step != "done" || len(dropped.Dropped) != 0 {
		t.Errorf("%+v, %v", dropped, err)
	}
	// For servers with copies of the file, in two steps.
	if got := w.keys(0, "rotate", "--prepare"); !strings.Contains(got.out, "Copy "+filepath.Join(w.data, "keyring.json")) {
		t.Errorf("it says:\n%s", got.out)
	}
	if r = w.ring(); len(r.Keys) != 3 || r.Keys[2].State != "next" || len(r.Keys[2].Values) != 0 {
		t.Errorf("prepared: %+v", r)
	}
	next := r.Keys[2].ID
	w.keys(0, "rotate", "--wait", "3s")
	if r = w.ring(); len(r.Keys) != 3 || r.Keys[2].ID != next || r.Keys[2].State != "current" {
		t.Errorf("it did not go on with %s: %+v", next, r)
	}

	w.keys(2, "rotate", "--prepare", "--drop-unused")
	w.keys(2, "turn")
	path := filepath.Join(w.data, "keyring.json")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := w.keys(1, "rotate"); !strings.Contains(got.log, "chmod 600") {
		t.Errorf("a ring that others can read: %s", got.log)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if names, err := filepath.Glob(filepath.Join(w.data, "keyring*")); err != nil || !slices.Equal(names, []string{path}) {
		t.Errorf("left behind: %v, %v", names, err)
	}
	host.Open("/platform/audit")
	host.See("rotated the key ring")
}

// keys runs "catflap keys" beside the server.
func (w *world) keys(code int, args ...string) outcome {
	w.t.Helper()
	got := command(w.t, w.environment(), append([]string{"keys"}, args...)...)
	if got.code != code {
		w.t.Errorf("keys %s ended with %d, want %d:\n%s%s", strings.Join(args, " "), got.code, code, got.out, got.log)
	}
	return got
}

func (w *world) ring() (r ring) {
	w.t.Helper()
	if err := json.Unmarshal([]byte(w.keys(0, "list", "--json").out), &r); err != nil || len(r.Keys) == 0 {
		w.t.Fatalf("%+v, %v", r, err)
	}
	return r
}
