package e2e

import (
	"crypto/hmac"
	"crypto/sha1" // what every authenticator app uses
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"
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

// scan reads the key from a page that shows it for typing.
func (b *browser) scan() *authenticator {
	b.t.Helper()
	b.Unfold("I can't scan this code")
	return newAuthenticator(b.t, wait[string](b, `clean(document.getElementById("wizard-key").innerText)`))
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
