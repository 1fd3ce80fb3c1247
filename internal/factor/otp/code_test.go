package otp

import (
	"testing"
	"time"
)

// seed is the key of the test vectors of both RFCs.
var seed = Key("12345678901234567890")

// TestVectors are those of RFC 4226, appendix D, and RFC 6238, appendix B,
// whose eight digits end in our six.
func TestVectors(t *testing.T) {
	for counter, want := range []string{
		"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
	} {
		if got := seed.Code(int64(counter)); got != want {
			t.Errorf("counter %d: %s, want %s", counter, got, want)
		}
	}
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := seed.Code(Step(time.Unix(at, 0))); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

func TestWindow(t *testing.T) {
	now := time.Unix(1_800_000_015, 0)
	for off, want := range map[time.Duration]bool{
		-60 * time.Second: false, -30 * time.Second: true, 0: true, 30 * time.Second: true, 60 * time.Second: false,
	} {
		step, matched := seed.Match(seed.Code(Step(now.Add(off))), now)
		if matched != want || matched && step != Step(now.Add(off)) {
			t.Errorf("%s away: %v at step %d, want %v", off, matched, step, want)
		}
	}
	if _, matched := seed.Match(" 123 456 ", now); matched {
		t.Error("any code matches")
	}
	code := seed.Code(Step(now))
	if _, matched := seed.Match(" "+code[:3]+" "+code[3:]+"\u00a0", now); !matched {
		t.Error("spaces make a code wrong")
	}
}

func TestOff(t *testing.T) {
	now := time.Unix(1_800_000_015, 0)
	for _, off := range []time.Duration{-MostOff, -90 * time.Second, 2 * time.Minute, MostOff} {
		if got, found := seed.Off(seed.Code(Step(now.Add(off))), now); !found || got != off {
			t.Errorf("a clock %s off: %s, %v", off, got, found)
		}
	}
	for _, off := range []time.Duration{0, Period, -Period, MostOff + 2*Period} {
		if got, found := seed.Off(seed.Code(Step(now.Add(off))), now); found {
			t.Errorf("%s off is said to be %s", off, got)
		}
	}
}
