package mail

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	nethtml "golang.org/x/net/html"
	"pgregory.net/rapid"
)

// bare is a service that can check texts and nothing else.
func bare(t testing.TB) *Service {
	t.Helper()
	set, err := loadTemplates(files)
	if err != nil {
		t.Fatal(err)
	}
	return &Service{templates: set, hosted: "https://cats.example/"}
}

func TestTextsAreRefused(t *testing.T) {
	s := bare(t)
	tests := []struct{ name, field, source, words string }{
		{"unknown token", "html", "<p>Hello\n  {{nmae}}</p>", "Line 2, column 3: There is no token {{nmae}} for this text. Did you mean {{name}}?"},
		{"two of them", "html", "{{a_b}}{{first_nam}}", "Line 1, column 8: There is no token {{first_nam}} for this text. Did you mean {{first_name}}?"},
		{"column in code points", "subject", "Grüße {{x}}", "Line 1, column 7: There is no token {{x}} for this text."},
		{"unescaped", "html", "{{{name}}}", tagForms},
		{"unescaped, short", "html", "{{&name}}", tagForms},
		{"partial", "text", "{{> /etc/hostname}}", tagForms},
		{"delimiters", "text", "{{=<% %>=}}<%& name %>", tagForms},
		{"call", "html", "{{name.String}}", tagForms},
		{"dot", "html", "{{.}}", tagForms},
		{"comment", "html", "{{! hello }}", tagForms},
		{"not closed", "text", "{{#name}}x", "This section is not closed. Write {{/name}}"},
		{"crossed", "text", "{{#name}}{{#pets}}{{/name}}{{/pets}}", "column 19: {{/name}} closes a section that is not open here."},
		{"too deep", "text", strings.Repeat("{{#name}}", 4) + strings.Repeat("{{/name}}", 4), "At most 3 sections"},
		{"over lines", "text", "{{\nname}}", "not closed with }}"},
		{"secret in the subject", "subject", "{{temporary_password}}", "is a secret"},
		{"brand", "html", "<p>{{brand_colour}}</p>", "There is no token"},
		{"marker", "html", "<p>[[content]]</p>", "Leave [[content]] out"},
		{"long", "html", strings.Repeat("x", maxBody+1), "at most 48 kB"},
		{"control", "text", "x\x00", "cannot be shown"},
		{"two lines", "subject", "x\nBcc: everybody@example.com", "one line"},
		{"script", "html", "<p>x</p>\n<script>alert(1)</script>", "Line 2, column 1: <script> cannot be used"},
		{"handler", "html", `<p onclick="x()">x</p>`, `onclick="x()" cannot be used on <p>`},
		{"style", "html", `<p style="position:fixed">x</p>`, "style="},
		{"class", "html", `<p class="page">x</p>`, "class="},
		{"javascript", "html", `<a href="javascript:alert(1)">x</a>`, "A link begins with"},
		{"javascript, hidden", "html", `<a href="java&#10;script:alert(1)">x</a>`, "A link begins with"},
		{"data", "html", `<a href="data:text/html,x">x</a>`, "A link begins with"},
		{"relative", "html", `<a href="/paws">x</a>`, "A link begins with"},
		{"user in address", "html", `<a href="https://bank.example@evil.example/">x</a>`, "A link begins with"},
		{"part of an address", "html", `<a href="https://x.example/?a={{name}}">x</a>`, "A link begins with"},
		{"not a link", "html", `<a href="{{name}}">x</a>`, "{{name}} is not a link"},
		{"entity for a token", "html", `<a href="&#123;&#123;link}}">x</a>`, "the whole address"},
		{"entities for a token", "html", `<p>&#123;&#123;name}}</p>`, "Two curly brackets"},
		{"token for an attribute", "html", `<p {{name}}>x</p>`, "cannot be used on <p>"},
		{"token for a tag", "html", `<{{name}}>`, "Write &lt;"},
		{"section for an attribute", "html", `<a {{#name}}href="https://x.example"{{/name}}>x</a>`, "cannot be used on <a>"},
		{"section in an address", "html", `<a href="{{#link}}{{link}}{{/link}}">x</a>`, "A link begins with"},
		{"bare link", "html", `<a>x</a>`, "<a> needs href"},
		{"foreign picture", "html", `<img src="https://elsewhere.example/x.png" alt="">`, "served by this server"},
		{"picture like ours", "html", `<img src="https://cats.example.evil.example/x.png" alt="">`, "served by this server"},
		{"picture without words", "html", `<img src="https://cats.example/x.png">`, "<img> needs alt"},
		{"comment", "html", `<!-- x --><p>x</p>`, "Comments"},
		{"conditional", "html", `<![if mso]>x`, "Comments"},
		{"open", "html", "<p>x", "column 1: <p> is not closed"},
		{"crossed tags", "html", "<p><b>x</p></b>", "</p> closes <b> of line 1, column 4"},
		{"half a tag", "html", `<p>x</p><a href="`, "not closed with >"},
		{"section over a tag", "html", "{{#name}}<p>{{/name}}</p>", "Close <p> before {{/name}}"},
		{"tag over a section", "html", "<p>{{#name}}</p>{{/name}}", "</p> closes {{#name}}"},
		{"no words", "html", "<p></p>", "no words"},
		{"deep", "html", strings.Repeat("<div>", maxElements+1), "within each other"},
		{"frame", "html", `<iframe srcdoc="x"></iframe>`, "cannot be used"},
		{"svg", "html", `<svg><p>x</p></svg>`, "cannot be used"},
		{"closed at once", "html", `<p/>`, "Write <p></p>"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			in := Source{Subject: "Hello", HTML: "<p>x</p>", Text: "x"}
			switch tc.field {
			case "subject":
				in.Subject = tc.source
			case "html":
				in.HTML, in.Text = tc.source, ""
			default:
				in.Text = tc.source
			}
			if _, err := s.compile(Own, "en", in); !complains(err, tc.field, tc.words) {
				t.Errorf("%v, want %q", err, tc.words)
			}
		})
	}
	if _, err := s.compile(Welcome, "en", source("Hello", "<p>{{^temporary_password}}{{temporary_password}}{{/temporary_password}}</p>")); !complains(err, "html", "{{temporary_password}} must stand in it") {
		t.Errorf("a welcome without its secret: %v", err)
	}
}

// TestBuiltinsPassTheirOwnChecks takes every text that can be edited as what
// somebody saves.
func TestBuiltinsPassTheirOwnChecks(t *testing.T) {
	s := bare(t)
	for tag, byName := range s.templates.byLang {
		for name, tmpl := range byName {
			if !overridable(name) {
				continue
			}
			if NameOf(name) == "" {
				t.Errorf("nobody has named %s", name)
			}
			again, err := s.compile(name, tag, tmpl.sources)
			if err != nil {
				t.Errorf("%s in %s: %v", name, tag, err)
				continue
			}
			want, _ := tmpl.renderHTML(values())
			if got, err := again.renderHTML(values()); err != nil || words(plain(got)) != words(plain(want)) {
				t.Errorf("%s in %s reads\n%s\nwant\n%s", name, tag, words(plain(got)), words(plain(want)))
			}
		}
	}
}

func TestPlainFrom(t *testing.T) {
	got := plainFrom(`<h1>News</h1>
<p>Dear {{name}},<br>it is
 &amp; was <strong>good</strong>.</p><p><a class="button" href="{{link}}">Begin</a></p>
<ul><li>one</li><li><p>two <a href="https://x.example/">here</a></p><ol><li>a</li><li>b</li></ol></li></ul>
<table><tr><th>Pet</th><th>Due</th></tr><tr><td>Rex</td><td>May</td></tr></table><hr>
<pre>a
  b</pre><p><a href="mailto:a@b.example">a@b.example</a></p>`)
	want := `News

Dear {{name}},
it is & was good.

Begin ({{link}})

- one
- two here (https://x.example/)
  1. a
  2. b

Pet  Due
Rex  May

----

a
  b

a@b.example`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// pieces are what hostile and clumsy texts are made of.
var pieces = []string{
	"{{name}}", "{{#name}}", "{{/name}}", "{{^pets}}", "{{/pets}}", "{{pets}}", "{{link}}", "{{{name}}}", "{{>x}}", "{{", "}}", "{", "}", "{{#link}}", "{{/link}}",
	"<p>", "</p>", "<b>", "</b>", "<br>", "<br/>", "<ul>", "<li>", "</li>", "</ul>", `<a href="{{link}}">`, `<a href='{{ link }}'>`, "</a>", `<a href="https://x.example/?a=1&b=2">`,
	`<a class="button" href="{{login_url}}">`, `<img src="https://cats.example/a.png" alt="x">`, `<a href="javascript:alert(1)">`, "<script>", "</script>", "<!--", "-->", "<", ">", "&lt;", "&", "&#60;",
	`"`, "'", "=", "/", "\n", " ", "x", "é", "onload", "<svg/onload=x>", "<plaintext>", "<textarea>", "<p onclick=x>", "<table>", "<tr>", "<td>", "</td>", "</tr>", "</table>", "<pre>", "</pre>", "&#123;", "\u202e",
}

// sound are parts that may stand anywhere.
var sound = []string{
	"{{name}}", "<p>{{pets}} x</p>", "{{#name}}<b>{{name}}</b>{{/name}}", `<a href="{{link}}">x</a>`, "<ul><li>{{name}}</li></ul>",
	"<br>", "&lt;", "&", "{{^pets}}<p>x</p>{{/pets}}", `<img alt="x" src="https://cats.example/a.png">`, "<pre>{{name}}</pre>",
	`<a class="button" href="{{login_url}}">{{pets}}</a>`, "}", `"`, "x > y", "<table><tr><td>{{name}}</td></tr></table>",
}

// hostile are values of a person that try to become something else.
func hostile() map[string]string {
	v := map[string]string{}
	for _, d := range ClientTokens() {
		v[d.Name] = `img src=x onerror=alert(1) "'><script>alert(1)</script> {{name}} {{>x}} &lt;b&gt; [[content]]` + "\r\nBcc: x@example.com"
	}
	v["link"], v["login_url"] = `https://x.example/"onmouseover="alert(1)`, `https://x.example/'><script>`
	return v
}

// checkHarmless renders a text that was accepted with hostile values, and reads
// the result as a browser does.
func checkHarmless(t interface {
	Errorf(string, ...any)
	Fatal(...any)
}, tmpl *template) {
	page, err := tmpl.renderHTML(hostile())
	if err != nil {
		t.Fatal(err)
	}
	if len(page) > 2*maxOutput {
		t.Errorf("%d bytes", len(page))
	}
	z := nethtml.NewTokenizer(strings.NewReader(page))
	for z.Next() != nethtml.ErrorToken {
		token := z.Token()
		switch token.Type {
		case nethtml.CommentToken:
			t.Errorf("a comment in\n%s", page)
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			_, known := classes()[token.Data]
			if frame := strings.Contains(" html head meta title body ", " "+token.Data+" "); !known && !frame {
				t.Errorf("<%s> in\n%s", token.Data, page)
			}
			for _, a := range token.Attr {
				if strings.HasPrefix(a.Key, "on") || strings.ContainsAny(a.Key, `"'<`) {
					t.Errorf("%s= in\n%s", a.Key, page)
				}
				if u, err := url.Parse(a.Val); a.Key == "href" && (err != nil || !strings.Contains(" https http mailto tel ", " "+u.Scheme+" ")) {
					t.Errorf("a link to %q in\n%s", a.Val, page)
				}
			}
		}
	}
	subject, err := tmpl.renderSubject(hostile())
	if err != nil || strings.ContainsFunc(subject, unprintable) || len([]rune(subject)) > maxSubject {
		t.Errorf("subject %q, %v", subject, err)
	}
	if _, err := tmpl.renderText(hostile()); err != nil {
		t.Fatal(err)
	}
}

func TestAcceptedTextsAreHarmless(t *testing.T) {
	s := bare(t)
	tmpl, err := s.compile(Own, "en", Source{Subject: "x {{name}}", HTML: strings.Join(sound, "")})
	if err != nil {
		t.Fatal(err)
	}
	checkHarmless(t, tmpl)
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SliceOfN(rapid.SampledFrom(slices.Concat(pieces, sound, sound, sound)), 1, 8)
		in := Source{Subject: "x", HTML: strings.Join(part.Draw(t, "html"), "")}
		if rapid.Bool().Draw(t, "own text") {
			in.Text = strings.Join(part.Draw(t, "text"), "")
		}
		if tmpl, err := s.compile(Own, "en", in.trimmed()); err == nil {
			checkHarmless(t, tmpl)
		}
	})
}

func FuzzCompile(f *testing.F) {
	s := bare(f)
	for _, seed := range []string{`<p>Hello {{name}} <a href="{{link}}">in</a></p>`, "{{#name}}<p>x</p>{{/name}}", strings.Join(pieces, "")} {
		f.Add("Hello {{name}}", seed, "")
	}
	f.Fuzz(func(t *testing.T, subject, html, text string) {
		tmpl, err := s.compile(Own, "en", Source{Subject: subject, HTML: html, Text: text}.trimmed())
		if err == nil {
			checkHarmless(t, tmpl)
		}
	})
}
