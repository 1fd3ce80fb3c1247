package practice

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the manual from the settings")

const (
	manual = "../../docs/manual/policy.md"
	begin  = "<!-- settings -->\n"
)

// TestManual keeps the table in the manual equal to the settings. "go test
// ./internal/practice -update" writes it.
func TestManual(t *testing.T) {
	got, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	before, _, found := strings.Cut(string(got), begin)
	if !found {
		t.Fatalf("%s has no place for the settings", manual)
	}
	want := before + begin + settingsTable()
	if *update {
		if err := os.WriteFile(manual, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(got) != want {
		t.Errorf("%s differs from the settings; run: go test ./internal/practice -run TestManual -update", manual)
	}
}

func settingsTable() string {
	var table strings.Builder
	group := ""
	for _, s := range Settings() {
		if s.Group != group {
			group = s.Group
			fmt.Fprintf(&table, "\n## %s\n\n| setting | default | possible | what it does |\n|---|---|---|---|\n", group)
		}
		bounds := s.Bounds()
		if bounds == "" {
			bounds = "on or off"
		}
		fmt.Fprintf(&table, "| %s (`%s`) | %s | %s | %s |\n", s.Label, s.Name, s.Say(s.Default()), bounds, s.Means)
	}
	return table.String()
}

// TestSettings: each has a name of its own, words, and a default within bounds.
func TestSettings(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Settings() {
		p := DefaultPolicy()
		switch {
		case seen[s.Name] || s.Name == "" || s.Label == "" || s.Group == "" || !strings.HasSuffix(s.Means, "."):
			t.Errorf("%q lacks a name of its own or words", s.Name)
		case s.put(&p, s.Default()) != "":
			t.Errorf("the default of %s is out of its bounds", s.Name)
		case s.Strict != "" && s.Kind != Switch:
			t.Errorf("strict mode makes %s out of %s, which is no switch", s.Strict, s.Name)
		case s.Kind == Number && (s.Low >= s.High || s.put(&p, fmt.Sprint(s.Low-1)) == "" || s.put(&p, fmt.Sprint(s.High+1)) == ""):
			t.Errorf("%s is not kept within %d to %d", s.Name, s.Low, s.High)
		}
		seen[s.Name] = true
	}
	// What the list says of strict mode is what is computed.
	chosen := DefaultPolicy()
	chosen.Strict = true
	for _, s := range Settings() {
		if want := s.Value(chosen); s.Strict != "" {
			if want = s.Strict; s.Value(chosen.InForce()) != want {
				t.Errorf("in strict mode %s is %s, not %s", s.Name, s.Value(chosen.InForce()), want)
			}
		} else if s.Value(chosen.InForce()) != want {
			t.Errorf("strict mode changes %s", s.Name)
		}
	}
}

// TestZones: everything that can be chosen is a time zone.
func TestZones(t *testing.T) {
	if n := len(ZoneNames()); n < 400 {
		t.Errorf("only %d time zones", n)
	}
	for _, name := range ZoneNames() {
		if Zone(name) == nil {
			t.Errorf("%s is no time zone", name)
		}
	}
}
