package e2e

import (
	"context"
	_ "embed" // axe-core
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

//go:embed vendor/axe-core/axe.min.js
var axeScript string

// violation is what axe found, as far as a reader of the test needs it.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		Target         []any
		FailureSummary string
	}
}

// examine has axe look at a page when something stands on it that no story of the
// run has met there before: at both widths, and in dark as well as in light.
// Without JavaScript axe cannot work; those pages are examined in the other stories.
func (b *browser) examine() {
	b.t.Helper()
	if !b.scripts || !shared.first(wait[string](b, "location.pathname"), wait[[]string](b, "kinds()")) {
		return
	}
	const all, contrast = "undefined", "['color-contrast']"
	b.look("light", all)
	b.scheme("dark")
	b.look("dark", contrast) // nothing else depends on the colours
	b.scheme("light")
	here := b.width
	b.resize(phone + desk - here)
	b.look("light", all)
	b.resize(here)
}

func (b *browser) look(scheme, rules string) {
	b.t.Helper()
	path := wait[string](b, "location.pathname")
	for _, found := range b.axe(rules) {
		b.t.Errorf("axe on %s (%d px, %s): %s", path, b.width, scheme, found)
	}
}

// named are the parts of a path that stand for one practice or one thing of many.
var named = regexp.MustCompile(`^/[a-z0-9-]+/|[0-9a-f]{8}-[0-9a-f-]{27}`)

// first reports whether one of these kinds of things is new on this path.
func (h *house) first(path string, kinds []string) (fresh bool) {
	path = named.ReplaceAllString(path, "*")
	h.mu.Lock()
	defer h.mu.Unlock()
	known := h.examined[path]
	if known == nil {
		known = map[string]bool{}
		h.examined[path] = known
	}
	for _, kind := range kinds {
		fresh = fresh || !known[kind]
		known[kind] = true
	}
	return fresh
}

// axe returns what is serious or critical on the page.
func (b *browser) axe(rules string) []string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 2*patience)
	defer cancel()
	if there, err := ask[bool](b, "!!window.axe"); err != nil || !there {
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void](axeScript+"\n;undefined")); err != nil {
			b.t.Fatalf("axe: %v", err)
		}
	}
	script := "axe.run(document, {resultTypes: ['violations'], runOnly: " + rules + "}).then((r) => r.violations)"
	all, err := chromedp.Run(ctx, chromedp.Evaluate[[]violation](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("axe: %v", err)
	}
	var grave []string
	for _, v := range all {
		if v.Impact != "serious" && v.Impact != "critical" {
			continue
		}
		found := fmt.Sprintf("%s %s: %s", v.Impact, v.ID, v.Help)
		for _, node := range v.Nodes {
			found += fmt.Sprintf("\n  %v\n  %s\n  %s", node.Target, node.HTML, strings.ReplaceAll(node.FailureSummary, "\n", " "))
		}
		grave = append(grave, found)
	}
	return grave
}

// The examination finds what it is there for, in the page and in its console.
func TestExamination(t *testing.T) {
	t.Parallel()
	skipShort(t)
	b := newWorld(t, "").browser("nobody", desk)
	b.do(chromedp.Navigate(`data:text/html,<html lang=en><title>x</title><main><h1>x</h1><p style="color:%23999">pale words</p><input>` +
		`<img src="http://elsewhere.example/x.png"><script>throw new Error("on purpose")</script></main>`))
	found := strings.Join(b.axe("undefined"), "\n")
	for _, rule := range []string{"color-contrast", "image-alt", "label"} {
		if !strings.Contains(found, rule) {
			t.Errorf("axe does not find %s:\n%s", rule, found)
		}
	}
	within(t, patience, "the console is heard", func() error {
		b.mu.Lock()
		defer b.mu.Unlock()
		heard := strings.Join(b.faults, "\n")
		if !strings.Contains(heard, "on purpose") || !strings.Contains(heard, "ERR_NAME_NOT_RESOLVED") {
			return fmt.Errorf("heard %q", heard)
		}
		b.faults = nil
		return nil
	})
	b.do(chromedp.Navigate(`data:text/html,<html lang=en><title>x</title><style>:focus{outline:3px solid}</style><main><h1>x</h1><button>plain</button><button style="outline:0">bare</button>` +
		`<button style="position:fixed;left:-99px">away</button><button>under</button><p style="position:fixed;inset:0;background:white">over</p></main>`))
	for name, words := range map[string]string{"bare": "no ring", "away": "not in the window", "under": "is covered"} {
		for range 4 {
			b.Type("\t")
			if wait[string](b, "focused()") == name {
				break
			}
		}
		if _, err := ask[bool](b, "marked()"); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("of the focus on %q it is said: %v", name, err)
		}
	}
}
