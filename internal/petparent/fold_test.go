package petparent_test

import (
	"testing"

	"catflap/internal/petparent"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"  Bronisław  ŹREBIEC ": "bronislaw zrebiec",
		"O’Dowd":                "o'dowd",
		"O´Dowd":                "o'dowd",
		"Straße":                "strasse",
		"Ærøskøbing":            "aeroskobing",
		"Zu\u0308n\u0303iga":    "zuniga", // combining marks
		"ﬁne":                   "fine",
		"İSTANBUL":              "istanbul",
		"Seo‑yeon":              "seo-yeon",
		"Ελένη":                 "ελενη",
		"":                      "",
	} {
		if got := petparent.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParsePhone(t *testing.T) {
	for _, c := range []struct{ typed, region, e164, ext, shown string }{
		{"(206) 555-0152", "US", "+12065550152", "", "+1 206-555-0152"},
		{"206.555.0152 x12", "US", "+12065550152", "12", "+1 206-555-0152 ext. 12"},
		{"0044 20 7946 0018", "GB", "+442079460018", "", "+44 20 7946 0018"},
		{"+44 (0)20 7946 0018", "US", "+442079460018", "", "+44 20 7946 0018"},
		{"020 7946 0018", "GB", "+442079460018", "", "+44 20 7946 0018"},
		{" 555-0127 ", "US", "", "", "555-0127"},
		{"ask at the gate", "US", "", "", "ask at the gate"},
	} {
		p := petparent.ParsePhone(c.typed, c.region)
		if p.E164 != c.e164 || p.Ext != c.ext || p.String() != c.shown {
			t.Errorf("ParsePhone(%q, %s) = %+v, shown as %q", c.typed, c.region, p, p)
		}
		if again := petparent.ParsePhone(p.String(), c.region); again.String() != c.shown {
			t.Errorf("%q read again is shown as %q", c.shown, again)
		}
	}
}

func TestIcon(t *testing.T) {
	for species, want := range map[string]string{"dog": "dog", "guinea_pig": "guinea_pig", "other": "paw", "": "paw", "dragon": "paw"} {
		if got := (petparent.Pet{Species: species}).Icon(); got != want {
			t.Errorf("the icon of %q is %q, want %q", species, got, want)
		}
	}
}
