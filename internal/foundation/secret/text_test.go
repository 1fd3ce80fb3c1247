package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"log/slog"
	"strings"
	"testing"

	"catflap/internal/foundation/secret"
)

func TestTextIsNeverPrinted(t *testing.T) {
	const clear = "plum-otter-canoe-<b>"
	s := secret.Text(clear)
	type row struct {
		Name   string
		Secret secret.Text
		Maybe  *secret.Text
		All    []secret.Text
	}
	r := row{"Ken", s, &s, []secret.Text{s}}

	printed := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%40s"} {
		printed[verb] = fmt.Sprintf(verb, s)
		printed[verb+" pointer"] = fmt.Sprintf(verb, &s)
		printed[verb+" slice"] = fmt.Sprintf(verb, r.All)
		printed[verb+" struct"] = fmt.Sprintf(verb, struct{ S secret.Text }{s})
	}
	printed["println"] = fmt.Sprintln(s)
	printed["error"] = fmt.Errorf("refused: %v", s).Error()

	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "row", r)
	printed["slog text"] = log.String()
	log.Reset()
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "row", r)
	printed["slog json"] = log.String()

	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	printed["json"] = string(text)

	page := template.Must(template.New("").Parse(
		`<p title="{{.Secret}}">{{.Secret}} {{.All}} {{.Maybe}}</p><a href="/x?s={{.Secret}}">x</a><script>var s = {{.Secret}}, r = {{.}}</script>`))
	var html strings.Builder
	if err := page.Execute(&html, r); err != nil {
		t.Fatal(err)
	}
	printed["html"] = html.String()

	hexed := fmt.Sprintf("%x", clear)
	for how, out := range printed {
		if strings.Contains(out, "otter") || strings.Contains(strings.ToLower(out), hexed) {
			t.Errorf("%s shows the secret: %s", how, out)
		}
		// In an address each bullet is written as three escaped bytes.
		masked := strings.Contains(out, "••••") || strings.Contains(out, "%e2%80%a2")
		if !masked && !strings.Contains(how, "pointer") {
			t.Errorf("%s does not show the mask: %s", how, out)
		}
	}
	if s.Reveal() != clear {
		t.Errorf("Reveal() = %q", s.Reveal())
	}
}
