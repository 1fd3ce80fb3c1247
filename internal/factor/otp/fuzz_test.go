package otp

import (
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// FuzzMatch types whatever comes: only a code of an accepted step matches, and
// only as the digits of it.
func FuzzMatch(f *testing.F) {
	now := time.Unix(1_800_000_015, 0)
	code := seed.Code(Step(now))
	for _, typed := range []string{
		"", code, seed.Code(Step(now) - 1), seed.Code(Step(now) + 2), code[:5], code + "0", " " + code, code[:3] + "-" + code[3:],
		"\u0661\u0662\u0663\u0664\u0665\u0666", "\uff11\uff12\uff13\uff14\uff15\uff16", "1e5", "-12345", "0x1234", "\x00\x00\x00\x00\x00\x00",
		"\xff\xfe", strings.Repeat("1", 1<<12), "' OR 1=1", "\u202e" + code, "🐈",
	} {
		f.Add(typed, int64(0))
	}
	f.Add(code, int64(86400))
	f.Fuzz(func(t *testing.T, typed string, seconds int64) {
		at := now.Add(time.Duration(seconds%int64(1e9)) * time.Second)
		step, matched := seed.Match(typed, at)
		possible := map[string]int64{} // the later of two wins
		for s := Step(at) - Window; s <= Step(at)+Window; s++ {
			possible[seed.Code(s)] = s
		}
		digits := strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || r == '-' {
				return -1
			}
			return r
		}, typed)
		want, real := possible[digits]
		if matched && (!real || step != want) {
			t.Fatalf("%q is taken for the code of step %d", typed, step)
		}
		if !matched && real && digits == typed {
			t.Fatalf("%q is refused", typed)
		}
		if off, found := seed.Off(typed, at); found && (off.Abs() > MostOff || off.Abs() <= Window*Period) {
			t.Fatalf("%q is %s off", typed, off)
		}
	})
}

// FuzzURI builds the address for any practice and login ID: what parses it gets
// the same back.
func FuzzURI(f *testing.F) {
	for _, l := range []Label{
		{"Clinic", "ada@clinic.example"}, {"Cats & Dogs: the clinic?", "a+b@c.example"}, {"", ""}, {":", ":"}, {"50% / off #1", "ada\x00\n\x7f"},
		{"Tierärzte am Süßbach", "jürgen"}, {"🐈 Katzenklappe 👩\u200d⚕️", "🐕"}, {"\u05de\u05e8\u05e4\u05d0\u05d4", "\u202egnp.exe"}, {"a\u2028b", "\u0085"},
		{"\xff\xfe", "\xc3"}, {strings.Repeat("🐈", 200), strings.Repeat("x", 254)}, {"  spaced  ", " "}, {"secret=AAAA&issuer=evil", "?secret=BBBB"},
	} {
		f.Add(l.Issuer, l.Account)
	}
	f.Fuzz(func(t *testing.T, issuer, account string) {
		uri := seed.URI(Label{issuer, account})
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatalf("%q does not parse: %v", uri, err)
		}
		q, err := url.ParseQuery(u.RawQuery)
		if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Fragment != "" || u.User != nil {
			t.Fatalf("%q is no address of a key: %v", uri, err)
		}
		gotIssuer, gotAccount, both := strings.Cut(strings.TrimPrefix(u.Path, "/"), ":")
		if !both {
			gotIssuer, gotAccount = "", gotIssuer
		}
		if strings.Contains(gotAccount, ":") || q.Get("issuer") != gotIssuer || len(q["issuer"]) > 1 || both != (gotIssuer != "") {
			t.Errorf("%q names the issuers %q and %q", uri, gotIssuer, q["issuer"])
		}
		if len(q["secret"]) != 1 || q.Get("secret") != seed.Text() || q.Get("digits") != "6" || q.Get("period") != "30" || q.Get("algorithm") != "SHA1" {
			t.Errorf("%q has other parameters", uri)
		}
		for got, in := range map[string]string{gotIssuer: issuer, gotAccount: account} {
			if want := shown(in); got != want && !(strings.HasSuffix(got, "…") && strings.HasPrefix(want, strings.TrimSuffix(got, "…")) && len(escape(want)) > longestPart) {
				t.Errorf("%q became %q", in, got)
			}
		}
		if len(uri) > 1000 {
			t.Errorf("%d bytes", len(uri))
		}
		for _, r := range u.Path {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Errorf("%q holds %U", uri, r)
			}
		}
		if !utf8.ValidString(u.Path) {
			t.Errorf("%q is no text", u.Path)
		}
		if _, err := seed.QR(Label{issuer, account}); err != nil {
			t.Errorf("no QR code of %q: %v", uri, err)
		}
	})
}

// shown is what people should read of a name, however long: the same, but for
// what would break the address or mislead its reader.
func shown(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == ':', unicode.IsControl(r), r == '\u2028', r == '\u2029':
			b.WriteByte(' ')
		case unicode.Is(unicode.Bidi_Control, r):
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}
