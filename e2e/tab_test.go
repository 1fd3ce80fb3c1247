package e2e

import (
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tab opens another tab of the same browser.
func (b *browser) tab() *browser {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	other := &browser{t: b.t, w: b.w, who: b.who + " in another tab", width: b.width, ctx: ctx, scripts: b.scripts}
	b.t.Cleanup(func() {
		other.close()
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil {
		b.t.Fatalf("open another tab: %v", err)
	}
	other.resize(b.width)
	other.scheme("light")
	call(other, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !b.scripts})
	go other.listen()
	return other
}

// Press presses a key that leads nowhere: it opens a menu, or a script answers.
func (b *browser) Press() {
	b.t.Helper()
	b.do(chromedp.KeyEvent(kb.Enter))
}

// ComeBack is somebody who looks at an open page again. Its script notices what
// became of the session; without one, the next click does.
func (b *browser) ComeBack() {
	b.t.Helper()
	if b.scripts {
		b.Notice()
		return
	}
	b.Click("Home")
}

// Sleep has an open page hear nothing from the server until it is woken, as a
// tab that the browser froze.
func (b *browser) Sleep() {
	b.t.Helper()
	wait[bool](b, `(window.awake = window.fetch, window.fetch = () => Promise.reject(new TypeError("asleep")), true)`)
}

// Wake ends Sleep, and the page looks after its session.
func (b *browser) Wake() {
	b.t.Helper()
	wait[bool](b, `(window.fetch = window.awake, true)`)
	b.Notice()
}

// Hold keeps the next answer from an address that ends so back until Release, as
// a slow line would.
func (b *browser) Hold(ending string) {
	b.t.Helper()
	wait[bool](b, `((real, ending) => {
		window.held = false;
		window.fetch = async (...of) => {
			const answer = await real(...of);
			if (!String(of[0]).endsWith(ending)) return answer;
			window.fetch = real;
			window.held = true;
			await new Promise((late) => addEventListener("late", late, { once: true }));
			return answer;
		};
		return true;
	})(window.fetch.bind(window), %s)`, ending)
}

// Held waits until there is such an answer.
func (b *browser) Held() {
	b.t.Helper()
	wait[bool](b, `(() => { if (!window.held) throw new Error("nobody asks"); return true; })()`)
}

// Release lets the page have it.
func (b *browser) Release() {
	b.t.Helper()
	wait[bool](b, `dispatchEvent(new Event("late"))`)
}

// Leave goes back to the page before without expecting that page: what comes is
// for the story to see.
func (b *browser) Leave() {
	b.t.Helper()
	b.do(chromedp.NavigateBack())
}

// Chosen is the label of the selected choice under this name.
func (b *browser) Chosen(name string) string {
	b.t.Helper()
	return wait[string](b, `seen(document.querySelector("input[name=" + %s + "]:checked").labels[0])`, name)
}

// Unreadable fails if the page gives one of the words away to somebody who looks
// at it, prints it, or copies all of it.
func (b *browser) Unreadable(words ...string) {
	b.t.Helper()
	for _, medium := range []string{"print", ""} {
		call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: medium})
		shown := strings.ToLower(b.Text() + wait[string](b, "(getSelection().selectAllChildren(document.body), document.title + getSelection())"))
		for _, word := range words {
			if strings.Contains(shown, strings.ToLower(word)) {
				b.t.Errorf("%s can read %q (medium %q):\n%s", b.who, word, medium, shown)
			}
		}
	}
	wait[bool](b, "(getSelection().removeAllRanges(), true)")
	b.scheme("light")
}

// Until waits until the page shows all of these words, longer than See does.
func (b *browser) Until(limit time.Duration, words ...string) {
	b.t.Helper()
	within(b.t, limit, b.who+" sees "+strings.Join(words, ", "), func() error {
		missing, err := ask[string](b, "lacks(%s)", words)
		if err == nil && missing != "" {
			err = fmt.Errorf("%q is missing\n%s", missing, b.situation())
		}
		return err
	})
}
