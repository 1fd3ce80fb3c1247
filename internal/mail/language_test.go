package mail

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"catflap/internal/foundation/lang"
)

// toPetParents are the templates that a pet parent can get.
func toPetParents() []string {
	return []string{"layout", Welcome, Activation, PasswordReset, LoginIDs, LoginURLs, RecoveryChange, SignInCode, SecurityNotice, WrongCodes, LoginEnded}
}

// tag is a mustache tag of any kind: {{name}}, {{#why}}, {{^why}}, {{/why}}.
var tag = regexp.MustCompile(`\{\{[#^/]?[a-z_]+\}\}`)

// TestTemplatesOfAllLanguages compares each template that a pet parent can get
// with the English one: the same parts, tokens and sections, and other words.
func TestTemplatesOfAllLanguages(t *testing.T) {
	for _, name := range toPetParents() {
		english, err := readParts(files, lang.English, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lang.All()[1:] {
			parts, err := readParts(files, l, name)
			if err != nil {
				t.Errorf("%s in %s: %v", name, l, err)
				continue
			}
			for part, source := range english {
				got, want := tag.FindAllString(parts[part], -1), tag.FindAllString(source, -1)
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(slices.Compact(got), slices.Compact(want)) {
					t.Errorf("%s in %s, %s: tags %q, in English %q", name, l, part, got, want)
				}
				for line := range strings.Lines(tag.ReplaceAllString(source, "")) {
					if line = strings.TrimSpace(line); strings.Count(line, " ") > 3 && strings.Contains(tag.ReplaceAllString(parts[part], ""), line) && !strings.HasPrefix(line, "<") {
						t.Errorf("%s in %s, %s: %q is English", name, l, part, line)
					}
				}
			}
		}
	}
	dirs, err := fs.ReadDir(files, "templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		if d.IsDir() && !lang.Known(d.Name()) {
			t.Errorf("templates/%s belongs to no language", d.Name())
		}
	}
}

// TestWordsOfTheProgramInMail: what the program says of an event is said in the
// language of the message; what somebody typed is not touched.
func TestWordsOfTheProgramInMail(t *testing.T) {
	set, err := loadTemplates(files)
	if err != nil {
		t.Fatal(err)
	}
	german, err := set.find(SecurityNotice, "de")
	if err != nil {
		t.Fatal(err)
	}
	data, err := german.storable(Draft{
		Data:   map[string]string{"what": "Your password was changed.", "why": "7 days", "valid_for": "7 days", "where": "Firefox on Windows 10.0.0.7", "when": "now"},
		Secret: SecretRef{Kind: SecretLink, ID: "x"},
	}, set.said)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"what": "Ihr Passwort wurde geändert.", "why": "7 days", "valid_for": "7 Tage", "where": "Firefox auf Windows 10.0.0.7",
	} {
		if data[name] != want {
			t.Errorf("%s is %q, want %q", name, data[name], want)
		}
	}
	if t2, err := set.find(FactorHelp, "de"); err != nil || t2.lang != lang.English {
		t.Errorf("what only staff get is in %q, %v", t2.lang, err)
	}
	for _, l := range lang.All()[1:] {
		if len(set.said.Sentences(l)) != len(set.said.Sentences("de")) {
			t.Errorf("the book in %s has other sentences than the German one", l)
		}
	}
}
