package ui

import (
	"strings"
	"testing"
	"testing/fstest"

	"catflap/internal/foundation/clock"
)

// TestMistakesAreFoundAtStart: what is wrong with a page must not wait for the
// first person who opens it.
func TestMistakesAreFoundAtStart(t *testing.T) {
	page := func(content string) map[string]string {
		return map[string]string{"page.html": "{{define \"title\"}}x{{end}}\n{{define \"content\"}}" + content + "{{end}}"}
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"unknown text":       {page(`<p>{{.T "x.nowhere"}}</p>`), `x/page.html:2:`},
		"text in a range":    {page(`{{range .Data}}{{if .}}{{$.T "x.nowhere"}}{{end}}{{end}}`), `the text "x.nowhere"`},
		"text as argument":   {page(`{{template "field" (field . "a" (.T "x.nowhere"))}}`), `the text "x.nowhere"`},
		"unknown icon":       {page(`{{icon "unicorn"}}`), `no icon "unicorn"`},
		"unknown component":  {page(`{{template "feild" .}}`), `x/page.html:2:`},
		"unknown function":   {page(`{{shout "x"}}`), `"shout" not defined`},
		"half an attribute":  {page(`<p class="{{if .Data}}a">{{end}}b</p>`), `{{if}} branches end in different contexts`},
		"another's block":    {map[string]string{"page.html": page("")["page.html"], "other.html": `{{define "title"}}x{{end}}{{define "content"}}{{template "mine" .}}{{end}}`, "third.html": page("")["page.html"] + `{{define "mine"}}{{end}}`}, `nobody defines the template "mine"`},
		"a component's name": {map[string]string{"page.html": page("")["page.html"] + `{{define "field"}}{{end}}`}, `name of a component`},
		"no content":         {map[string]string{"page.html": `{{define "title"}}x{{end}}`}, `does not define "content"`},
		"stray words":        {map[string]string{"page.html": page("x")["page.html"] + "<p>stray</p>"}, `outside the defined blocks`},
		"unknown frame":      {map[string]string{"page.html": page("x")["page.html"] + `{{define "frame"}}sofa{{end}}`}, `no frame "sofa"`},
		"text of another":    {map[string]string{"text.en.json": `{"ui.more": "x"}`}, `already in ui`},
		"broken catalogue":   {map[string]string{"text.en.json": `{"x.a": `}, `x/text.en.json`},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{}
			for name, content := range c.files {
				files[name] = &fstest.MapFile{Data: []byte(content)}
			}
			_, err := New(Options{Clock: clock.System{}}, Source{Name: "x", FS: files})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestComponentOptions: a typing error in an option must not go unnoticed.
func TestComponentOptions(t *testing.T) {
	u := newUI(t)
	v := u.view(request("", "/lakeside/x"), nil)
	for name, err := range map[string]error{
		"unknown option": second(newField(v, "a", "A", "autocomplet", "x")),
		"odd options":    second(newField(v, "a", "A", "type")),
		"unknown tone":   second(newNotice("loud", "x")),
		"unknown status": second(newStatus("loud", "x")),
		"half a way":     second(newEmpty("paw", "a", "b", "/x")),
		"half a tab":     second(newTabs(v, "a", "b")),
		"half an option": second(options("a")),
		"no group":       second(groups("a", 0)),
		"odd dict":       second(dict("a")),
		"unknown text":   second(v.T("x.nowhere")),
		"unknown asset":  second(u.static.asset("nowhere.css")),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }
