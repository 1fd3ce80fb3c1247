package e2e

import (
	"context"
	_ "embed" // axe-core
	"fmt"
	"strings"
	"testing"
	"time"

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

// examine has axe look at the page, in light and in dark, once in a run for
// each shape that it takes. Without JavaScript axe cannot work; those pages are
// examined in the other stories.
func (b *browser) examine() {
	b.t.Helper()
	if !b.scripts {
		return
	}
	shape := wait[string](b, "shape()")
	if !shared.first(fmt.Sprintf("%d %s", b.width, shape)) {
		return
	}
	path := wait[string](b, "location.pathname")
	for _, scheme := range []string{"dark", "light"} {
		b.scheme(scheme)
		rules := "undefined"
		if scheme == "dark" {
			rules = "['color-contrast']" // nothing else depends on it
		}
		for _, found := range b.axe(rules) {
			b.t.Errorf("axe on %s (%d px, %s): %s", path, b.width, scheme, found)
		}
	}
}

// first reports whether this shape of a page is met for the first time.
func (h *house) first(shape string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	known := h.examined[shape]
	h.examined[shape] = true
	return !known
}

// axe returns what is serious or critical on the page.
func (b *browser) axe(rules string) []string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	script := axeScript + "\n;axe.run(document, {resultTypes: ['violations'], runOnly: " + rules + "}).then((r) => r.violations)"
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

// The examination finds what it is there for.
func TestAxeFinds(t *testing.T) {
	t.Parallel()
	skipShort(t)
	b := newWorld(t, "").browser("nobody", desk)
	b.do(chromedp.Navigate(`data:text/html,<html lang=en><title>x</title><main><h1>x</h1><p style="color:%23999">pale words</p><img src="data:,"><input></main>`))
	found := strings.Join(b.axe("undefined"), "\n")
	for _, rule := range []string{"color-contrast", "image-alt", "label"} {
		if !strings.Contains(found, rule) {
			t.Errorf("axe does not find %s:\n%s", rule, found)
		}
	}
}
