package e2e

import (
	"crypto/hmac"
	"crypto/sha1" // what every authenticator app uses
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
)

// authenticator is an app on somebody's phone, written after RFC 6238 alone.
type authenticator struct {
	t    *testing.T
	key  []byte
	last int64 // the step of the code that was typed last
}

// newAuthenticator takes a key as a page shows it.
func newAuthenticator(t *testing.T, text string) *authenticator {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil || len(key) != 20 {
		t.Fatalf("%q is no key: %v", text, err)
	}
	return &authenticator{t: t, key: key}
}

const totpPeriod = 30 // seconds

// at is the code of a moment.
func (a *authenticator) at(when time.Time) string { return a.code(when.Unix() / totpPeriod) }

func (a *authenticator) code(step int64) string {
	mac := hmac.New(sha1.New, a.key)
	_ = binary.Write(mac, binary.BigEndian, step) // a hash never fails
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[from:])&0x7fffffff%1_000_000)
}

// next is a code that works now and was not typed before: that of the present
// step, or the one that a phone whose clock is a little fast shows already. Only
// the third within half a minute has to wait.
func (a *authenticator) next() string {
	a.t.Helper()
	for {
		present := time.Now().Unix() / totpPeriod
		if step := max(present, a.last+1); step <= present+1 {
			a.last = step
			return a.code(step)
		}
		time.Sleep(time.Second)
	}
}

// scan has the picture on the page read by an independent reader, as a phone
// would, and holds what it says against the key that the page shows for typing.
func (b *browser) scan() *authenticator {
	b.t.Helper()
	read := b.photograph(".qr svg")
	b.Unfold("I can't scan this code")
	typed := wait[string](b, `clean(document.getElementById("wizard-key").innerText)`)
	u, err := url.Parse(read)
	if err != nil || u.Scheme != "otpauth" || u.Query().Get("secret") != strings.Join(strings.Fields(typed), "") {
		b.t.Errorf("%s: the picture says %q, the page %q", b.who, read, typed)
	}
	return newAuthenticator(b.t, typed)
}

// photograph is what zbarimg reads in a part of the page.
func (b *browser) photograph(selector string) string {
	b.t.Helper()
	at := wait[page.Viewport](b, `(() => { const r = document.querySelector(%s).getBoundingClientRect();
		return { x: r.x + scrollX, y: r.y + scrollY, width: r.width, height: r.height, scale: 2 } })()`, selector)
	beyond := true
	shot := call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng, CaptureBeyondViewport: &beyond, Clip: &at,
	})
	path := filepath.Join(b.t.TempDir(), "photograph.png")
	if err := os.WriteFile(path, shot.Data, 0o600); err != nil {
		b.t.Fatal(err)
	}
	out, err := exec.Command("zbarimg", "--quiet", "--raw", path).Output()
	if err != nil {
		b.t.Fatalf("%s: zbarimg reads nothing in the picture: %v", b.who, err)
	}
	return strings.TrimSpace(string(out))
}

// Unfold opens what is folded up under these words, if it is.
func (b *browser) Unfold(words string) {
	b.t.Helper()
	if wait[bool](b, `pressable(%s, "").parentElement.open`, words) {
		return
	}
	b.Click(words)
	b.See("In the app, choose to enter a setup key by hand")
}
