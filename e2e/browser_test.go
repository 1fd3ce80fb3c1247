package e2e

import (
	"context"
	_ "embed" // the script that finds things on a page
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

//go:embed page.js
var pageScript string

// patience is how long a story waits for a page or for words on it. A machine with
// other work takes its time; a story that goes well waits for nothing.
const patience = 30 * time.Second

// The two widths of the stories, in CSS pixels.
const (
	phone = 390
	desk  = 1280
)

// browser is one person's browser: cookies of its own, one tab.
type browser struct {
	t       *testing.T
	w       *world
	who     string
	width   int64
	ctx     context.Context
	scripts bool // JavaScript is on

	mu     sync.Mutex
	faults []string // what pages wrote into the console
}

// browser opens a browser for somebody.
func (w *world) browser(who string, width int64) *browser {
	w.t.Helper()
	chromium, err := shared.chromium()
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	b := &browser{t: w.t, w: w, who: who, width: width, ctx: ctx, scripts: !w.plain}
	w.t.Cleanup(func() {
		b.close()
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil {
		w.t.Fatalf("open a tab: %v", err)
	}
	b.resize(width)
	b.scheme("light")
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: w.plain})
	go b.listen()
	return b
}

func (b *browser) resize(width int64) {
	b.t.Helper()
	b.width = width
	height, options := int64(900), []chromedp.EmulateViewportOption{}
	if width <= phone {
		height, options = 844, append(options, chromedp.EmulateMobile)
	}
	b.do(chromedp.EmulateViewport(width, height, options...))
}

// scheme chooses light or dark, and no motion: what is fading has no contrast
// that could be measured.
func (b *browser) scheme(name string) {
	b.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

func (b *browser) do(action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 2*patience)
	defer cancel()
	if err := chromedp.Do(ctx, action); err != nil {
		b.t.Fatalf("%s: %v", b.who, err)
	}
}

func call[P, R any](b *browser, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 2*patience)
	defer cancel()
	answer, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.t.Fatalf("%s: %v", b.who, err)
	}
	return answer
}

// ask evaluates an expression over the functions of page.js.
func ask[T any](b *browser, expression string, args ...any) (T, error) {
	quoted := make([]any, len(args))
	for i, arg := range args {
		text, err := json.Marshal(arg)
		if err != nil {
			b.t.Fatal(err)
		}
		quoted[i] = string(text)
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	script := "(() => {" + pageScript + "\nreturn " + fmt.Sprintf(expression, quoted...) + ";})()"
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		// The first line says it; the rest is a stack inside page.js.
		line, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "exception \"Uncaught\" "), "\n")
		return answer, fmt.Errorf("%s", line)
	}
	return answer, nil
}

// wait asks again until there is an answer.
func wait[T any](b *browser, expression string, args ...any) T {
	b.t.Helper()
	var answer T
	for deadline := time.Now().Add(patience); ; time.Sleep(25 * time.Millisecond) {
		var err error
		if answer, err = ask[T](b, expression, args...); err == nil {
			return answer
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("%s: %v\n%s", b.who, err, b.situation())
		}
	}
}

// listen collects what pages complain about in the console.
func (b *browser) listen() {
	for m, err := range chromedp.Console(b.ctx) {
		if err != nil {
			return // the tab is closed
		}
		if (m.Type == chromedp.ConsoleError || m.IsException()) && !expected(m) {
			b.mu.Lock()
			b.faults = append(b.faults, fmt.Sprintf("%s (%s)", m.Text, m.URL))
			b.mu.Unlock()
		}
	}
}

// expected reports whether a message says only what happens in every story:
// an answer with a status above 400, which the stories check themselves, a
// search that was given up because its page was left, and an open page that
// asks for its session while the server is stopped.
func expected(m chromedp.ConsoleMessage) bool {
	return m.Source == "network" && strings.Contains(m.Text, "the server responded with a status of") ||
		strings.HasPrefix(m.Text, "htmx:sendAbort") || strings.HasPrefix(m.Text, "htmx:afterRequest") ||
		strings.Contains(m.Text, "ERR_CONNECTION") && strings.HasSuffix(m.URL, "/account/state")
}

// close looks back at the end of the story.
func (b *browser) close() {
	b.mu.Lock()
	faults := b.faults
	b.mu.Unlock()
	for _, fault := range faults {
		b.t.Errorf("%s: a page complained in the console: %s", b.who, fault)
	}
	if b.t.Failed() {
		b.keep()
	}
}

// keep writes picture and text of the page at which the story failed.
func (b *browser) keep() {
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	name := filepath.Join(evidence(b.t), strings.ReplaceAll(b.who, " ", "-"))
	if picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100)); err == nil {
		_ = os.WriteFile(name+".png", picture, 0o644) // the text below says it as well
	}
	if err := os.WriteFile(name+".txt", []byte(b.situation()), 0o644); err != nil {
		b.t.Error(err)
	}
	b.t.Logf("%s was here: %s.txt and .png", b.who, name)
}

// situation is the address and the text of the page.
func (b *browser) situation() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n\n" + document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

// fetch gets another address with this browser's cookies, without leaving the
// page.
func (b *browser) fetch(path string) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	script := fmt.Sprintf("fetch(%q).then((r) => { if (!r.ok) throw new Error(r.status); return r.text(); })", path)
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: fetch %s: %v", b.who, path, err)
	}
	return text
}
