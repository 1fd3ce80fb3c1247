package pims

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"
)

func TestSplitEmails(t *testing.T) {
	for _, c := range []struct {
		cell        string
		usable, bad []string
	}{
		{"", nil, nil},
		{" \u200b\u00a0", nil, nil},
		{"Anna.B+vet@Example.COM", []string{"Anna.B+vet@example.com"}, nil},
		{"a@x.example; b@x.example/c@x.example,d@x.example e@x.example", []string{"a@x.example", "b@x.example", "c@x.example", "d@x.example", "e@x.example"}, nil},
		{"Home <a@x.example>", []string{"a@x.example"}, nil},
		{"mailto:a@x.example", []string{"a@x.example"}, nil},
		{"<MAILTO:'a@x.example'>", []string{"a@x.example"}, nil},
		{"o'dowd@x.example", []string{"o'dowd@x.example"}, nil},
		{"a@x.example, b@@x.example", []string{"a@x.example"}, []string{"b@@x.example"}},
		{"a@x.example\r\nBcc: m@y.example", nil, []string{"a@x.example Bcc: m@y.example"}},
		{"a@x.example\n", []string{"a@x.example"}, nil},
		{"none", nil, []string{"none"}},
		{"a..b@x.example", nil, []string{"a..b@x.example"}},
		{".a@x.example", nil, []string{".a@x.example"}},
		{"a@x", nil, []string{"a@x"}},
		{"a@x..example", nil, []string{"a@x..example"}},
		{"a@-x.example", nil, []string{"a@-x.example"}},
		{"a@x.ex4mple", nil, []string{"a@x.ex4mple"}},
		{"a@in box.example", nil, []string{"a@in box.example"}},
		{"a at x.example", nil, []string{"a at x.example"}},
		{strings.Repeat("a", 65) + "@x.example", nil, []string{strings.Repeat("a", 65) + "@x.example"}},
	} {
		usable, bad := splitEmails(c.cell)
		if !slices.Equal(usable, c.usable) || !slices.Equal(bad, c.bad) {
			t.Errorf("%q: got %q and %q, want %q and %q", c.cell, usable, bad, c.usable, c.bad)
		}
	}
}

func TestReadPhone(t *testing.T) {
	for _, c := range []struct {
		text, country string
		want          Phone
		code          Code
	}{
		{"(206) 555-0152", "US", Phone{E164: "+12065550152"}, ""},
		{"1-206-555-0152", "US", Phone{E164: "+12065550152"}, ""},
		{"12065550152", "US", Phone{E164: "+12065550152"}, ""},
		{"+1 206 555 0152", "GB", Phone{E164: "+12065550152"}, ""},
		{"206-555-0152 x12", "US", Phone{E164: "+12065550152", Ext: "12"}, ""},
		{"206-555-0152x12", "US", Phone{E164: "+12065550152", Ext: "12"}, ""},
		{"206-555-0152 ext. 12", "US", Phone{E164: "+12065550152", Ext: "12"}, ""},
		{"555-0152", "US", Phone{Raw: "555-0152"}, IncompletePhone},
		{"206-555-0152", "", Phone{Raw: "206-555-0152"}, IncompletePhone},
		{"(020) 7946 0123", "GB", Phone{E164: "+442079460123"}, ""},
		{"+44 (0)20 7946 0123", "US", Phone{E164: "+442079460123"}, ""},
		{"00442079460123", "US", Phone{E164: "+442079460123"}, ""},
		{"020 912 1234", "IE", Phone{E164: "+353209121234"}, ""},
		{"0491 570 006", "AU", Phone{E164: "+61491570006"}, ""},
		{"1900 654 321", "AU", Phone{E164: "+611900654321"}, ""},
		{"5550 1234", "AU", Phone{Raw: "5550 1234"}, IncompletePhone},
		{"+49 30 23125123", "US", Phone{E164: "+493023125123"}, ""},
		{"+33 1 99 00 12 34", "US", Phone{E164: "+33199001234"}, ""},
		{"(0)\u0662\u0660\u0667\u0669\u0664\u0666\u0660\u0661\u0662\u0663", "DE", Phone{Raw: "(0)\u0662\u0660\u0667\u0669\u0664\u0666\u0660\u0661\u0662\u0663"}, IncompletePhone},
		{"none", "US", Phone{}, BadPhone},
		{strings.Repeat("1", 200), "US", Phone{}, BadPhone},
	} {
		got, code := readPhone(c.text, c.country)
		if got != c.want || code != c.code {
			t.Errorf("%q (%s): got %+v %q, want %+v %q", c.text, c.country, got, code, c.want, c.code)
		}
	}
}

// The short way for North American numbers says what the library says.
func TestPlainNorthAmerican(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringMatching(`(\+1|1|00)?[ -]?\(?[0-9]{2,4}\)?[ .-]?[0-9]{3}[ .-]?[0-9]{3,5}`).Draw(r, "text")
		country := rapid.SampledFrom([]string{"US", "CA", "GB", ""}).Draw(r, "country")
		short := plainNorthAmerican(text, country)
		if short == "" {
			return
		}
		n, err := phonenumbers.Parse(text, country)
		if err != nil || phonenumbers.Format(n, phonenumbers.E164) != short {
			r.Fatalf("%q in %q: short %s, library %v, %v", text, country, short, n, err)
		}
	})
}

func TestReadDate(t *testing.T) {
	for _, c := range []struct {
		text  string
		order DateOrder
		want  string
		code  Code
	}{
		{"2/22/2012", MDY, "2012-02-22", ""},
		{"22/2/2012", DMY, "2012-02-22", ""},
		{"03.04.2020", DMY, "2020-04-03", ""},
		{"2020-03-04", MDY, "2020-03-04", ""},
		{"2020-03-04 00:00:00", DMY, "2020-03-04", ""},
		{"2020-03-04T10:11:12Z", YMD, "2020-03-04", ""},
		{"2/4/26", MDY, "2026-02-04", ""},
		{"2/4/27", MDY, "", BadDate}, // 1927
		{"2/4/77", MDY, "1977-02-04", ""},
		{"6/30/2026", MDY, "2026-06-30", ""},
		{"7/1/2026", MDY, "", FutureDate},
		{"2/30/2019", MDY, "", BadDate},
		{"13/45/2020", MDY, "", BadDate},
		{"12/30/1899", MDY, "", BadDate},
		{"0000-00-00", YMD, "", BadDate},
		{"unknown", MDY, "", BadDate},
		{"1/2/3/4", MDY, "", BadDate},
		{"1/2/203", MDY, "", BadDate},
	} {
		got, code := readDate(c.text, c.order, june)
		if got != c.want || code != c.code {
			t.Errorf("%q %s: got %q %q, want %q %q", c.text, c.order, got, code, c.want, c.code)
		}
	}
}

func TestDateOrder(t *testing.T) {
	for _, c := range []struct {
		dates   string
		usual   DateOrder
		country string
		want    DateOrder
		guessed bool
	}{
		{"2/22/2012 1/3/2012", MDY, "US", MDY, false},
		{"22/2/2012 1/3/2012", MDY, "GB", DMY, false},
		{"2/22/2012 22/2/2012 23/2/2012 unknown", MDY, "US", DMY, false},
		{"1/3/2012", MDY, "GB", MDY, true},
		{"2012-03-01 2012-01-03", MDY, "US", YMD, false},
		{"1/3/2012", YMD, "US", MDY, true},
		{"1/3/2012", YMD, "GB", DMY, true},
		{"4/4/2012 45/13/2020", YMD, "GB", YMD, false},
		{"", MDY, "US", MDY, false},
	} {
		var v orderVotes
		for _, d := range strings.Fields(c.dates) {
			v.add(d)
		}
		if got, guessed := v.order(c.usual, c.country); got != c.want || guessed != c.guessed {
			t.Errorf("%q: got %s %v, want %s %v", c.dates, got, guessed, c.want, c.guessed)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"  Anna \t B\r\n\u00a0C ":          "Anna B C",
		"Pen\u0303a":                       "Peña",
		"\ufeffAn\u200bn\u2060a":           "Anna",
		"<b>=1+1\"&amp;":                   "<b>=1+1\"&amp;",
		"ŁUKASZ":                           "ŁUKASZ",
		"0077":                             "0077",
		" \u2003\u200b\ufeff ":             "",
		"Robin \U0001f415\u200d\U0001f9ba": "Robin \U0001f415\u200d\U0001f9ba",
	} {
		if got := clean([]byte(in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		if isBlank([]byte(in)) != (want == "") {
			t.Errorf("%q: blank is %v", in, isBlank([]byte(in)))
		}
	}
}

// Doubtful words are told, and taken so that nobody is written to by mistake.
func TestUnknownWords(t *testing.T) {
	head, _, _ := strings.Cut(sample(t, "samples/cornerstone/client_patient_report.csv"), "\n")
	e := mustRead(t, head+"\n1,,Ann,Smith,Archived,,,,,,none,,,,a@x.example,perhaps,,7,Rex,Llama,,boy,,,Moved,,a lot,Y,\n")
	c, p := e.Clients[0], e.Pets[0]
	if !c.Inactive || !c.OptOut || p.Species != "other" || p.Sex != "" || !p.Inactive || p.Owners[0].Percentage != "100" {
		t.Errorf("got %+v, %+v", c, p)
	}
	var fields []string
	for _, w := range e.Warnings {
		fields = append(fields, w.Field+" "+string(w.Code))
	}
	want := []string{"status unknown_word", "allow_email unknown_word", "species unknown_word", "sex unknown_word",
		"status unknown_word", "owners invalid_percentage"}
	if d := cmp.Diff(want, fields); d != "" {
		t.Error(d)
	}
}

// A second row about the same client or pet does not change what the first said.
func TestFirstRowCounts(t *testing.T) {
	e := mustRead(t, genericHeader+genericRowOne+
		"C1,Anna,Miller,anna@example.com,(206) 555-0101,LUNA,Cat,Beagle,FS,2020-02-03,no\n")
	if len(e.Clients) != 1 || len(e.Pets) != 1 || e.Clients[0].Last != "Müller" || e.Pets[0].Species != "dog" {
		t.Errorf("got %+v", e)
	}
	if len(e.Warnings) != 2 || e.Warnings[0].Code != ClientDiffers || e.Warnings[1].Code != PetDiffers {
		t.Errorf("warnings: %+v", e.Warnings)
	}
}
