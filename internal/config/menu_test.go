package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMenu(t *testing.T) {
	file := write(t, "menu.json", "\uFEFF"+`{"entries": [
		{"label": " Kennel ", "url": "https://kennel.example.org:8443/{practice}/board?x=1#top", "group": "Boarding", "icon": "dog",
		 "permission": "petparent.read", "feature": "pet_app"},
		{"label": "Hours", "url": "/hours/{practice}"}
	]}`)
	c, err := Load([]string{"--menu", file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []MenuEntry{
		{Label: "Kennel", URL: "https://kennel.example.org:8443/{practice}/board?x=1#top", Group: "Boarding", Icon: "dog", Permission: "petparent.read", Feature: "pet_app"},
		{Label: "Hours", URL: "/hours/{practice}"},
	}
	if diff := cmp.Diff(want, c.Menu.Entries); diff != "" || c.Menu.String() != file {
		t.Error(c.Menu, diff)
	}
	c, err = Load([]string{"--menu", "../../docs/manual/menu-example.json"}, nil)
	if err != nil || len(c.Menu.Entries) != 4 {
		t.Errorf("the example of the manual: %v %v", c, err)
	}
}

func TestMenuRefusals(t *testing.T) {
	one := func(entry string) string { return "{\"entries\": [\n" + entry + "\n]}" }
	for name, c := range map[string]struct{ text, place, remedy string }{
		"empty":              {"", "menu.json, line 1", `Write the entries between [ and ]}`},
		"a list":             {`[{"label": "x"}]`, "menu.json, line 1", `begin with {"entries": [`},
		"not JSON":           {one(`{"label": "x", }`), "menu.json, line 2: entry 1", "Check quotes"},
		"no end":             {`{"entries": [`, "menu.json, line 1", "does not end with ]}"},
		"more behind":        {one(`{"label": "x", "url": "/x"}`) + " {}", "menu.json, line 3", "Take it out"},
		"other key":          {one(`{"label": "x", "url": "/x", "roles": []}`), "line 2, entry 1 (\"x\")", `unknown field "roles"`},
		"wrong type":         {one(`{"label": 5}`), "line 2, entry 1", "and nothing else"},
		"second entry":       {one("{\"label\": \"x\", \"url\": \"/x\"},\n\n{\"url\": \"/x\"}"), "line 4, entry 2", "no label"},
		"same label":         {one(`{"label": "x", "url": "/x"}, {"label": "x", "url": "/y"}`), "entry 2 (\"x\")", "Choose a different label"},
		"long label":         {one(`{"label": "` + strings.Repeat("x", 41) + `", "url": "/x"}`), "entry 1", "at most 40 letters"},
		"two lines":          {one(`{"label": "x\ny", "url": "/x"}`), "entry 1", "on one line"},
		"no url":             {one(`{"label": "x"}`), "entry 1 (\"x\")", "no url"},
		"http":               {one(`{"label": "x", "url": "http://kennel.example.org"}`), "entry 1 (\"x\")", "neither https nor a path"},
		"script":             {one(`{"label": "x", "url": "javascript:alert(1)"}`), "entry 1 (\"x\")", "neither https nor a path"},
		"other host":         {one(`{"label": "x", "url": "//kennel.example.org"}`), "entry 1 (\"x\")", "neither https nor a path"},
		"backslash":          {one(`{"label": "x", "url": "/\\kennel.example.org"}`), "entry 1 (\"x\")", "addresses do not have"},
		"password":           {one(`{"label": "x", "url": "https://u:p@kennel.example.org"}`), "entry 1 (\"x\")", "not an address"},
		"other place holder": {one(`{"label": "x", "url": "/{branch}"}`), "entry 1 (\"x\")", "only {practice} is known"},
		"icon":               {one(`{"label": "x", "url": "/x", "icon": "rocket"}`), "entry 1 (\"x\")", `no icon "rocket"`},
		"permission":         {one(`{"label": "x", "url": "/x", "permission": "petparents.read"}`), "entry 1 (\"x\")", "petparent.read, "},
		"feature":            {one(`{"label": "x", "url": "/x", "feature": "petapp"}`), "entry 1 (\"x\")", "pet_app, import, marketing"},
		"many":               {one(strings.TrimSuffix(strings.Repeat(`{"label": "x", "url": "/x"},`, 51), ",")), "menu.json", "Leave at most 50"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load([]string{"--menu", write(t, "menu.json", c.text)}, nil)
			message := complaint(t, err, "CATFLAP_MENU")
			if !strings.Contains(message, "--menu: ") || !strings.Contains(message, c.place) || !strings.Contains(message, c.remedy) {
				t.Errorf("%q does not say %q and %q", message, c.place, c.remedy)
			}
		})
	}
	_, err := Load([]string{"--menu", write(t, "menu.json", one(`{"label": "x"}, {"url": "/x"}`))}, nil)
	if m := complaint(t, err, "CATFLAP_MENU"); !strings.Contains(m, "entry 1") || !strings.Contains(m, "entry 2") {
		t.Errorf("%q does not name both entries", m)
	}
	_, err = Load([]string{"--menu", "/nowhere/menu.json"}, nil)
	if m := complaint(t, err, "CATFLAP_MENU"); !strings.Contains(m, "Check the path") {
		t.Error(m)
	}
}
