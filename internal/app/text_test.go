package app_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"catflap/internal/foundation/lang"
)

// staffTexts begins the keys of texts that no pet parent comes to read: they are
// in English only.
var staffTexts = []string{
	"ui.menu.lock", "ui.menu.switch-user", "ui.branch", "ui.off-network", "ui.arrived.role", "ui.arrived.wrong-branch",
	"ui.cover.title", "ui.cover.text", "ui.cover.left", "ui.cover.unlock", "ui.platform", "ui.stages.", "ui.more", "ui.tone.", "ui.secret.",
	"ui.way.missing", "signin.login.platform", "signin.switch.", "signin.locked.", "signin.branch.", "signin.second.ask_manager",
	"signin.second.ask_host", "signin.setup.why_required", "signin.setup.why_platform", "signin.receipt.switch", "signin.confirm.branch",
	"account.sessions.person_ended",
}

// field is a value in a text: {{.Name}}, {{if .Branch}} and the {seconds} that
// scripts fill in.
var field = regexp.MustCompile(`\{\{(?:if |)\.([A-Za-z]+)\}\}|\{([a-z]+)\}`)

// TestTextsOfAllLanguages compares the catalogues: the same keys apart from
// those of staff, the same values in each text, plural forms where English has
// them, and nothing that was left as it was in English.
func TestTextsOfAllLanguages(t *testing.T) {
	files, err := filepath.Glob("../*/web/text.en.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "../foundation/ui/base/text.en.json") {
		english := readTexts(t, file)
		for _, tag := range lang.All()[1:] {
			other := map[string]any{}
			if needed(english) {
				other = readTexts(t, strings.Replace(file, ".en.", "."+tag+".", 1))
			}
			for key, text := range english {
				theirs, there := other[key]
				switch staff := onlyStaff(key); {
				case staff && there:
					t.Errorf("%s is for staff, and has a text in %s", key, tag)
				case !staff && !there:
					t.Errorf("%s has no text in %s", key, tag)
				case there:
					compareTexts(t, tag, key, text, theirs)
				}
				delete(other, key)
			}
			for key := range other {
				t.Errorf("%s is in %s and not in English", key, tag)
			}
		}
	}
	for _, begin := range staffTexts {
		found := false
		for _, file := range append(files, "../foundation/ui/base/text.en.json") {
			for key := range readTexts(t, file) {
				found = found || strings.HasPrefix(key, begin)
			}
		}
		if !found {
			t.Errorf("no text begins with %q any more", begin)
		}
	}
}

func compareTexts(t *testing.T, tag, key string, english, theirs any) {
	if _, plural := english.(map[string]any); plural != (theirs != nil && isPlural(theirs)) {
		t.Errorf("%s has plural forms in one of English and %s", key, tag)
		return
	}
	if got, want := fields(theirs), fields(english); !slices.Equal(got, want) {
		t.Errorf("%s fills in %q in %s, %q in English", key, got, tag, want)
	}
	if p, plural := theirs.(map[string]any); plural && (p["one"] == nil || p["other"] == nil) {
		t.Errorf("%s lacks a plural form in %s", key, tag)
	}
	if s, _ := theirs.(string); strings.Contains(s, " ") && s == english && strings.ContainsFunc(field.ReplaceAllString(s, ""), unicode.IsLetter) {
		t.Errorf("%s is English in %s", key, tag)
	}
}

func isPlural(text any) bool { _, plural := text.(map[string]any); return plural }

// fields lists what a text fills in, without the number of plural forms: some
// languages write one of them in words.
func fields(text any) []string {
	content, _ := json.Marshal(text)
	var names []string
	for _, m := range field.FindAllStringSubmatch(string(content), -1) {
		if name := m[1] + m[2]; name != "Count" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func onlyStaff(key string) bool {
	return slices.ContainsFunc(staffTexts, func(begin string) bool { return strings.HasPrefix(key, begin) })
}

// needed reports whether a catalogue has any text for pet parents.
func needed(texts map[string]any) bool {
	for key := range texts {
		if !onlyStaff(key) {
			return true
		}
	}
	return false
}

func readTexts(t *testing.T, file string) map[string]any {
	t.Helper()
	texts := map[string]any{}
	if err := json.Unmarshal([]byte(readText(t, file)), &texts); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return texts
}
