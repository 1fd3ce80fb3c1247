package ui

import (
	"io"
	"io/fs"
	"math"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// tokens reads the colours of one scheme from the style sheet.
func tokens(t *testing.T, css string) (light, dark map[string]string) {
	t.Helper()
	_, rest, ok := strings.Cut(css, "@layer tokens {")
	if !ok {
		t.Fatal("the style sheet has no tokens")
	}
	rest, _, _ = strings.Cut(rest, "@layer base {")
	bright, dim, ok := strings.Cut(rest, "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("the style sheet has no dark colours")
	}
	light = colours(bright)
	dark = colours(dim)
	for name := range light {
		if dark[name] == "" {
			t.Errorf("%s has no dark colour", name)
		}
	}
	return light, dark
}

var (
	colourRule = regexp.MustCompile(`(?s)(:root|\.hue-\d) \{(.*?)\}`)
	colourDecl = regexp.MustCompile(`--([a-z-]+): (#[0-9A-F]{6});`)
)

func colours(css string) map[string]string {
	all := map[string]string{}
	for _, rule := range colourRule.FindAllStringSubmatch(css, -1) {
		prefix := ""
		if rule[1] != ":root" {
			prefix = rule[1][1:] + "/"
		}
		for _, d := range colourDecl.FindAllStringSubmatch(rule[2], -1) {
			all[prefix+d[1]] = d[2]
		}
	}
	return all
}

// contrast is the ratio of WCAG 2.2, 1.4.3.
func contrast(a, b string) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

func luminance(hex string) float64 {
	var l float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		l += weight * c
	}
	return l
}

// TestContrast measures every pair of colours that meet on a page: words at
// least 4.5, edges of controls and the focus ring at least 3.
func TestContrast(t *testing.T) {
	css := readStatic(t, "app.css")
	light, dark := tokens(t, css)
	type pair struct {
		front, back string
		least       float64
	}
	var pairs []pair
	for _, back := range []string{"paper", "surface"} {
		for _, words := range []string{"ink", "muted", "pine", "pine-deep", "good", "careful", "stop"} {
			pairs = append(pairs, pair{words, back, 4.5})
		}
		pairs = append(pairs, pair{"edge", back, 3}, pair{"pine", back, 3}, pair{"paper", "ink", 4.5})
	}
	for _, tone := range []string{"good", "careful", "stop", "info"} {
		pairs = append(pairs, pair{tone, tone + "-wash", 4.5})
	}
	pairs = append(pairs,
		pair{"on-pine", "pine", 4.5}, pair{"on-pine", "pine-deep", 4.5}, pair{"pine", "pine-wash", 4.5},
		pair{"pine-deep", "pine-wash", 4.5}, pair{"ink", "pine-wash", 4.5}, pair{"muted", "pine-wash", 4.5},
		pair{"ink", "info-wash", 4.5}, pair{"muted", "info-wash", 4.5}, pair{"stop", "stop-wash", 4.5})
	for i := range 8 {
		hue := "hue-" + strconv.Itoa(i) + "/"
		pairs = append(pairs, pair{hue + "hue", hue + "hue-wash", 4.5}, pair{hue + "hue", "surface", 3}, pair{hue + "hue", "paper", 3})
	}
	for scheme, of := range map[string]map[string]string{"light": light, "dark": dark} {
		for _, p := range pairs {
			if of[p.front] == "" || of[p.back] == "" {
				t.Errorf("%s: no colour %s or %s", scheme, p.front, p.back)
				continue
			}
			if got := contrast(of[p.front], of[p.back]); got < p.least {
				t.Errorf("%s: %s on %s is %.2f, at least %.1f", scheme, p.front, p.back, got, p.least)
			}
		}
	}
	if got := contrast("#000000", "#FFFFFF"); math.Abs(got-21) > 0.01 {
		t.Errorf("black on white is %.2f; the measure itself is wrong", got)
	}
}

// TestStyleSheet: what it names exists, and every class of ours is styled
// without anything from outside.
func TestStyleSheet(t *testing.T) {
	css := readStatic(t, "app.css")
	for _, m := range regexp.MustCompile(`url\("([^"]+)"\)`).FindAllStringSubmatch(css, -1) {
		if _, err := fs.Stat(embedded, path.Join("static", m[1])); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
	}
	if strings.Contains(css, "://") || strings.Contains(css, "@import") {
		t.Error("the style sheet reaches outside")
	}
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`var\(--([a-z-]+)`).FindAllStringSubmatch(css, -1) {
		used[m[1]] = true
	}
	for name := range used {
		if !strings.Contains(css, "--"+name+":") {
			t.Errorf("--%s is used and never set", name)
		}
	}
	if n, m := strings.Count(css, "{"), strings.Count(css, "}"); n != m {
		t.Errorf("%d braces open, %d close", n, m)
	}
}

func readStatic(t *testing.T, name string) string {
	t.Helper()
	content, err := fs.ReadFile(embedded, "static/"+name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestStatic(t *testing.T) {
	files := Static()
	u := newUI(t)
	address, err := u.static.asset("app.css")
	if err != nil {
		t.Fatal(err)
	}
	f, err := files.Open(strings.TrimPrefix(address, "/static/"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, ok := f.(io.ReadSeeker); !ok {
		t.Error("files must be seekable to be served in ranges")
	}
	version := strings.Split(address, "/")[2]
	for _, name := range []string{"app.css", "0000000000000000/app.css", version + "/../static.go", version + "/nowhere.css", version} {
		if f, err := files.Open(name); err == nil {
			f.Close()
			t.Errorf("%s was opened", name)
		}
	}
	// Each vendored file comes with its licence and where it is from.
	source := readStatic(t, "vendor/SOURCE.md")
	err = fs.WalkDir(embedded, "static/vendor", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Base(name) != "SOURCE.md" && !strings.Contains(source, path.Base(name)) {
			t.Errorf("%s is not in SOURCE.md", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestIcons: the species and tones that pages name by data have their picture.
func TestIcons(t *testing.T) {
	u := newUI(t)
	for _, name := range append(append([]string{"other", "off"}, species...), tones...) {
		if !u.icons[name] {
			t.Errorf("there is no icon %q", name)
		}
	}
	for _, file := range []string{"icons.svg", "mark.svg"} {
		if svg := readStatic(t, file); strings.Contains(svg, "style") || strings.Contains(svg, "<script") {
			t.Errorf("%s carries inline style or script", file)
		}
	}
}
