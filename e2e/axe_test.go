package e2e

import (
	"context"
	_ "embed" // axe-core
	"fmt"
	"strings"
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
	b.axe("light", "axe.run(document, {resultTypes: ['violations']})")
	b.scheme("dark")
	b.axe("dark", "axe.run(document, {resultTypes: ['violations'], runOnly: ['color-contrast']})")
	b.scheme("light")
}

// first reports whether this shape of a page is met for the first time.
func (h *house) first(shape string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	known := h.examined[shape]
	h.examined[shape] = true
	return !known
}

func (b *browser) axe(scheme, run string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	script := axeScript + "\n;" + run + ".then((r) => r.violations)"
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]violation](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("axe on %s: %v", b.Path(), err)
	}
	for _, v := range found {
		if v.Impact != "serious" && v.Impact != "critical" {
			continue
		}
		var where []string
		for _, node := range v.Nodes {
			where = append(where, fmt.Sprintf("  %v\n  %s\n  %s", node.Target, node.HTML, strings.ReplaceAll(node.FailureSummary, "\n", " ")))
		}
		b.t.Errorf("axe on %s (%d px, %s): %s %s: %s\n%s", b.Path(), b.width, scheme, v.Impact, v.ID, v.Help, strings.Join(where, "\n"))
	}
}
