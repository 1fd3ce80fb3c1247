package lang_test

import (
	"testing"
	"testing/fstest"
	"time"

	"catflap/internal/foundation/lang"
)

func TestTheLanguageABrowserAsksFor(t *testing.T) {
	for accept, want := range map[string]string{
		"":                                    "",
		"de":                                  "de",
		"de-AT":                               "de",
		"es-419,es;q=0.9,en;q=0.8":            "es",
		"fr-CA;q=0.7, es-MX;q=0.9":            "es",
		"ja,fr;q=0.5":                         "fr",
		"ja":                                  "",
		"*":                                   "",
		"en-GB":                               "en",
		"de;q=0, en":                          "en",
		"\x00not a header":                    "",
		"gsw":                                 "de",
		"pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7": "en",
	} {
		if got := lang.Match(accept); got != want {
			t.Errorf("%q leads to %q, want %q", accept, got, want)
		}
	}
	long := make([]byte, 1000)
	for i := range long {
		long[i] = 'd'
	}
	if got := lang.Match("de," + string(long)); got != "" {
		t.Errorf("an endless header leads to %q", got)
	}
}

func TestHowALanguageWritesDaysAndNumbers(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 5, 0, 0, time.UTC)
	for tag, want := range map[string][4]string{
		"en": {"1 March 2026, 09:05 UTC", "1,234", "1,234,567", "Firefox on Windows 10.0.0.7"},
		"es": {"1 de marzo de 2026, 09:05 UTC", "1234", "1\u202f234\u202f567", "Firefox en Windows 10.0.0.7"},
		"fr": {"1er mars 2026, 09:05 UTC", "1234", "1\u202f234\u202f567", "Firefox sur Windows 10.0.0.7"},
		"de": {"1. März 2026, 09:05 UTC", "1.234", "1.234.567", "Firefox auf Windows 10.0.0.7"},
	} {
		got := [4]string{lang.Moment(tag, at), lang.Number(tag, 1234), lang.Number(tag, 1234567), lang.Device(tag, "Firefox on Windows 10.0.0.7")}
		if got != want {
			t.Errorf("%s writes %q, want %q", tag, got, want)
		}
	}
	if got := lang.Day("fr", time.Time{}); got != "" {
		t.Errorf("no day is %q", got)
	}
	if got := lang.Number("de", -12345); got != "-12.345" {
		t.Errorf("-12345 is %q", got)
	}
}

func TestABookOfSentences(t *testing.T) {
	var b lang.Book
	err := b.Read(fstest.MapFS{"said.de.json": {Data: []byte(`{
		"Type your password.": "Geben Sie Ihr Passwort ein.",
		"Use at least {number} characters.": "Nehmen Sie mindestens {number} Zeichen.",
		"{name} waits for {other}.": "Auf {other} wartet {name}."
	}`)}}, "said")
	if err != nil {
		t.Fatal(err)
	}
	for english, want := range map[string]string{
		"Type your password.":          "Geben Sie Ihr Passwort ein.",
		"Use at least 12 characters.":  "Nehmen Sie mindestens 12 Zeichen.",
		"Ken {other} waits for Maria.": "Auf Maria wartet Ken {other}.",
		"Nobody translated this one.":  "Nobody translated this one.",
		"Use at least 12 characters. ": "Use at least 12 characters. ",
		"":                             "",
	} {
		if got := b.Say("de", english); got != want {
			t.Errorf("%q is said as %q, want %q", english, got, want)
		}
		if got := b.Say("fr", english); got != english {
			t.Errorf("without a translation %q became %q", english, got)
		}
	}
	for name, content := range map[string]string{
		"other parts": `{"Use {number}.": "Nehmen Sie {count}."}`,
		"no JSON":     `{`,
	} {
		var b lang.Book
		if b.Read(fstest.MapFS{"said.de.json": {Data: []byte(content)}}, "said") == nil {
			t.Errorf("%s: nobody complained", name)
		}
	}
}
