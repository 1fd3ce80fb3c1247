package mail

import (
	"html"
	"maps"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// values are hostile where a person may have typed them.
func values() map[string]string {
	return map[string]string{
		"name":     "Robert <b>'Bob'</b> & Co",
		"practice": `Paws "&" Claws <script>alert(1)</script>`,
		"inviter":  "Ann {{link}} [[content]]", "valid_for": "72 hours",
		"login_id": "bob+cat@example.com", "temporary_password": "amber-otter-seven-lamps",
		"login_url": "https://cats.example/paws/login?a=1&b=2", "link": "https://cats.example/paws/activate?token=abc",
		"logins": "bob\nbob2\nbob@example.com", "practices": "Paws: https://cats.example/paws/login\nClaws: https://cats.example/claws/login",
		"why": "Lost <phone> & {{link}}", "identity": "Birthday & address", "record_url": "https://cats.example/paws/staff/1",
		"what": "Your password was changed.", "when": "1 May 2026, 10:02", "where": "Firefox on Windows",
		"address": "bob@example.com", "subject": "<i>",
	}
}

func requiredOnly(tokens []Token) map[string]string {
	all, some := values(), map[string]string{"practice": "Catflap", "address": "bob@example.com"}
	for _, token := range tokens {
		if token.Required {
			some[token.Name] = all[token.Name]
		}
	}
	return some
}

func TestTextAndHTMLSayTheSame(t *testing.T) {
	set, err := loadTemplates(files)
	if err != nil {
		t.Fatal(err)
	}
	for lang, byName := range set.byLang {
		for name, tmpl := range byName {
			for kind, tokens := range map[string]map[string]string{"full": values(), "required only": requiredOnly(tmpl.tokens)} {
				t.Run(lang+"/"+name+"/"+kind, func(t *testing.T) {
					text, err := tmpl.renderText(tokens)
					if err != nil {
						t.Fatal(err)
					}
					page, err := tmpl.renderHTML(tokens)
					if err != nil {
						t.Fatal(err)
					}
					_, body, _ := strings.Cut(page, `<tr><td style="`) // the sender line
					_, body, _ = strings.Cut(body, "</tr>")
					got, want := words(plain(body)), words(strings.Replace(text, "\n--\n", "\n", 1))
					if got != want {
						t.Errorf("HTML says\n%s\ntext says\n%s", got, want)
					}
					if strings.Contains(text, "[[content]]") && kind != "full" || strings.Contains(text, "{{#") {
						t.Errorf("left-overs in the text:\n%s", text)
					}
					checkPage(t, page)
				})
			}
		}
	}
}

// checkPage checks what mail programs and careful readers need.
func checkPage(t *testing.T, page string) {
	t.Helper()
	for _, bad := range []string{"<script", "<style", "<img", "<link", "src=", "class=", "url("} {
		if strings.Contains(page, bad) {
			t.Errorf("the page contains %s:\n%s", bad, page)
		}
	}
	if n := strings.Count(page, "display:inline-block"); n > 1 {
		t.Errorf("%d buttons, want at most one", n)
	}
	if bare := regexp.MustCompile(`<(p|a|h1|pre|td)>`).FindString(page); bare != "" {
		t.Errorf("%s has no style", bare)
	}
}

var (
	button  = regexp.MustCompile(`(?s)<a style="display:inline-block[^>]*href="([^"]*)">(.*?)</a>`)
	element = regexp.MustCompile(`(?s)<[^>]*>`)
)

// plain is the page as the text alternative should read it.
func plain(page string) string {
	page = button.ReplaceAllString(page, "$2: $1")
	return html.UnescapeString(element.ReplaceAllString(page, " "))
}

// words drops the differences that reading does not notice, and the space that
// French leaves before a colon: the text of a button has none.
func words(s string) string {
	return strings.NewReplacer(" .", ".", " ,", ",", " : http", ": http").Replace(strings.Join(strings.Fields(s), " "))
}

func TestTemplatesAreRefused(t *testing.T) {
	tests := map[string]string{
		"unknown token":      "Hello {{nme}}",
		"unknown section":    "{{#nme}}x{{/nme}}",
		"unknown in section": "{{#name}}{{nme}}{{/name}}",
		"path":               "{{name.first}}",
		"unescaped":          "{{{name}}}",
		"unescaped, spaced":  "{{ {name} }}",
		"unescaped, short":   "{{& name}}",
		"file":               "{{> /etc/hostname}}",
		"delimiters":         "{{=<% %>=}}<%& name %>",
		"not closed":         "{{#name}}x",
		"too deep":           strings.Repeat("{{#name}}", 4) + "x" + strings.Repeat("{{/name}}", 4),
		"too long":           strings.Repeat("x", maxSource+1),
		"empty":              " \n",
	}
	for name, source := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := parsePart(source, []Token{{Name: "name"}}, false); err == nil {
				t.Error("accepted")
			}
		})
	}
	if _, err := loadTemplates(fstest.MapFS{"templates/en/layout.mustache": {Data: []byte("=== text\n[[content]]\n=== html\n[[content]]\n")}}); err == nil {
		t.Error("a set without the built-in templates was accepted")
	}
}

func TestOutputIsBounded(t *testing.T) {
	part, err := parsePart(strings.Repeat("{{name}}", 100), []Token{{Name: "name"}}, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := render(part, map[string]string{"name": strings.Repeat("x", maxOutput/50)}); err == nil {
		t.Error("output beyond the bound was accepted")
	}
}

func TestUnknownLanguageFallsBackToEnglish(t *testing.T) {
	set, err := loadTemplates(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"", "xx", "../en"} {
		if tmpl, err := set.find(Welcome, lang); err != nil || tmpl.lang != "en" {
			t.Errorf("language %q: %v, %v", lang, tmpl, err)
		}
	}
	if _, err := set.find("nothing", "en"); err == nil {
		t.Error("an unknown template was found")
	}
}

func TestSubjectIsOneSafeLine(t *testing.T) {
	set, err := loadTemplates(files)
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := set.find(SecurityNotice, "en")
	if err != nil {
		t.Fatal(err)
	}
	tokens := maps.Clone(values())
	tokens["practice"] = "Paws\r\nBcc: everybody@example.com\u2028\u202eX\x00"
	tokens["what"] = strings.Repeat("long ", 100)
	subject, err := tmpl.renderSubject(tokens)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(subject, "Your login at Paws Bcc: everybody@example.com X : long") {
		t.Errorf("subject %q", subject)
	}
	if strings.ContainsFunc(subject, unprintable) || len([]rune(subject)) > maxSubject {
		t.Errorf("subject %q has control characters or is too long", subject)
	}
}

func TestLacking(t *testing.T) {
	set, err := loadTemplates(files)
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := set.find(Welcome, "en")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ token, value, want string }{
		{"login_id", "  ", "{{login_id}}"},
		{"temporary_password", "", "{{temporary_password}}"},
		{"temporary_password", mask, "{{temporary_password}}"},
		{"login_url", "javascript:alert(1)", "{{login_url}}"},
		{"login_url", "/paws/login", "{{login_url}}"},
		{"name", "", ""},
	}
	for _, test := range tests {
		tokens := values()
		tokens[test.token] = test.value
		got := tmpl.lacking(tokens)
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s = %q: %q, want it to name %q", test.token, test.value, got, test.want)
		}
	}
}

func TestRedact(t *testing.T) {
	secrets := []string{
		"amber-otter-seven-lamps",
		"https://cats.example/paws/activate?token=s3cr3t-t0k3n",
		"https://cats.example/a/p4th-t0k3n-p4th-t0k3n#fr4gm3nt",
	}
	got := redact(`554 https://cats.example/paws/activate?token=s3cr3t-t0k3n listed; token=s3cr3t-t0k3n, `+
		`p4th-t0k3n-p4th-t0k3n fr4gm3nt amber-otter-seven-lamps at https://cats.example/paws/activate`, secrets)
	for _, leak := range []string{"s3cr3t", "p4th", "fr4gm3nt", "amber"} {
		if strings.Contains(got, leak) {
			t.Errorf("%s leaks in %q", leak, got)
		}
	}
	if !strings.Contains(got, "at https://cats.example/paws/activate") {
		t.Errorf("too much is gone: %q", got)
	}
}

func TestValidAddress(t *testing.T) {
	for address, want := range map[string]bool{
		"ann@example.com": true, "a.b+c@sub.example.org": true, "ann@localhost": true,
		"": false, "ann": false, "Ann <ann@example.com>": false, "a@x.com, b@x.com": false,
		"ann@example.com\r\nBcc: b@x.com": false, " ann@example.com": false, "ann@exa mple.com": false,
	} {
		if got := ValidAddress(address); got != want {
			t.Errorf("ValidAddress(%q) = %v", address, got)
		}
	}
}
