package cell

import (
	"strings"
	"testing"
)

func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "Ken": "Ken", "a=1": "a=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "＝x": "'＝x", "'x": "''x", "O'Neil": "O'Neil",
		`x;=HYPERLINK("h";"t")`: `x;'=HYPERLINK("h";"t")`, "x;'=1": "x;''=1", "a\n=1": "a\n'=1", "a\r\n+1": "a\r\n'+1", "a\r\nb": "a\r\nb", "a; b": "a; b",
		"=1;=2;;-3": "'=1;'=2;;'-3",
	} {
		if got := Harmless(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func FuzzHarmless(f *testing.F) {
	for _, seed := range []string{"", "'", "=1", "x;=1", "a\r\n'b", "''", ";'", "+12065550152; +12065550153"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "")
		safe := Harmless(text)
		if got := Back(safe); got != text {
			t.Errorf("%q came back as %q", text, got)
		}
		begins := true
		for _, r := range safe {
			if begins && strings.ContainsRune("=+-@＝＋－＠", r) {
				t.Errorf("%q still runs", safe)
			}
			begins = strings.ContainsRune(ends, r)
		}
	})
}
