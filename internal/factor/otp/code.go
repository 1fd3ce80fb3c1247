package otp

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// The parameters of all codes.
const (
	Digits   = 6
	Period   = 30 * time.Second
	KeyBytes = 20
)

// Window is how many steps before and after the present one are accepted.
const Window = 1

// Step is the number of whole periods since 1970 at t (T of RFC 6238).
func Step(t time.Time) int64 { return t.Unix() / int64(Period/time.Second) }

// Code is the code of a step: HOTP of RFC 4226 with the step as its counter.
func (k Key) Code(step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	mac := hmac.New(sha1.New, k)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000)
}

// Match finds the step within Window of now that a typed code belongs to. Of
// two it is the later one: whoever accepts it accepts nothing older any more.
func (k Key) Match(typed string, now time.Time) (step int64, matched bool) {
	present := Step(now)
	code := Plain(typed)
	for s := present - Window; s <= present+Window; s++ {
		if subtle.ConstantTimeCompare([]byte(k.Code(s)), []byte(code)) == 1 {
			step, matched = s, true
		}
	}
	return step, matched
}

// MostOff is how far a clock may be off for Off to notice.
const MostOff = 10 * time.Minute

// Off is how much the clock behind a code is fast (or, negative, slow), to the
// step; the nearest where several match. false when no step within MostOff has
// the code, or one that is accepted does.
func (k Key) Off(typed string, now time.Time) (time.Duration, bool) {
	present, code := Step(now), Plain(typed)
	for d := int64(Window + 1); d <= int64(MostOff/Period); d++ {
		for _, s := range []int64{present - d, present + d} {
			if subtle.ConstantTimeCompare([]byte(k.Code(s)), []byte(code)) == 1 {
				return time.Duration(s-present) * Period, true
			}
		}
	}
	return 0, false
}

// Plain is a typed code without what apps and people put between its digits.
func Plain(typed string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\u00a0', '\u202f', '-', '\r', '\n':
			return -1
		}
		return r
	}, typed)
}
