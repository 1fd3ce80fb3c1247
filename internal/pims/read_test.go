package pims

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp/cmpopts"

	"catflap/internal/foundation/fault"
)

const (
	genericHeader = "client_id,first_name,last_name,email,phone,pet_name,species,breed,sex,dob,deceased\n"
	genericRowOne = "C1,Anna,Müller,anna@example.com,(206) 555-0101,Luna,Dog,Beagle,FS,2020-02-03,no\n"
)

var june = time.Date(2026, time.June, 30, 0, 0, 0, 0, time.UTC)

func readText(t testing.TB, o Options, text string) (*Export, error) {
	t.Helper()
	o.AsOf, o.Country = june, "US"
	return Read(context.Background(), o, File{Name: `C:\exports\clients.csv`, Body: strings.NewReader(text)})
}

func mustRead(t testing.TB, text string) *Export {
	t.Helper()
	e, err := readText(t, Options{}, text)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func sample(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What cannot be read as a whole is refused with the file, the line and what to do.
func TestUnreadableFiles(t *testing.T) {
	for _, c := range []struct {
		name, text string
		o          Options
		code       string
		says       []string
	}{
		{name: "empty", text: "", code: "import-empty-file", says: []string{"clients.csv: ", "Export the client list again"}},
		{name: "blank", text: " \r\n\n,,\n", code: "import-no-header", says: []string{"line 1"}},
		{name: "white space", text: "\ufeff \r\n\n", code: "import-empty-file"},
		{name: "header only", text: genericHeader, code: "import-empty-file", says: []string{"clients.csv, line 1", "no rows"}},
		{name: "no header", text: genericRowOne + genericRowOne, code: "import-no-header",
			says: []string{"clients.csv, line 1", "client_id, first_name", "import the file again"}},
		{name: "missing column", text: "\nclient_id,given,mail,phone,pet_name\nC1,A,a@example.com,,\n", code: "import-missing-column",
			says: []string{"clients.csv, line 2", `"first_name", "last_name" and "email" are missing`, "Generic CSV", "Export the client list again"}},
		{name: "PDF", text: "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", code: "import-not-a-table", says: []string{"clients.csv: this is a PDF", "CSV"}},
		{name: "workbook", text: "PK\x03\x04\x14\x00\x06\x00", code: "import-not-a-table", says: []string{"Excel", "CSV UTF-8"}},
		{name: "old workbook", text: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", code: "import-not-a-table", says: []string{"old Excel"}},
		{name: "web page", text: "\n<!DOCTYPE html><table>", code: "import-not-a-table", says: []string{"web page"}},
		{name: "picture", text: "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x80", code: "import-not-a-table", says: []string{"not a text file"}},
		{name: "other system", text: genericHeader + genericRowOne, o: Options{System: "cornerstone"}, code: "import-other-system",
			says: []string{"clients.csv, line 1", "Generic CSV"}},
		{name: "wrong choice of encoding", text: genericHeader + strings.Repeat("C1,Ann\xe9,M\xfcller,,,,,,,,\n", 1200), o: Options{Encoding: UTF8},
			code: "import-mostly-unreadable", says: []string{"clients.csv, line 2", "UTF-8", "Nothing was imported"}},
		{name: "unknown choices", text: genericHeader, o: Options{System: "x", Encoding: "x", DateOrder: "x"}, code: "invalid-input"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := readText(t, c.o, c.text)
			if e != nil {
				t.Error("an export came with the error")
			}
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Code != c.code {
				t.Fatalf("got %v, want code %s", err, c.code)
			}
			for _, s := range c.says {
				if !strings.Contains(f.Message, s) {
					t.Errorf("%q does not say %q", f.Message, s)
				}
			}
			if len(f.Fields) == 0 {
				t.Error("no complaint beside the field")
			}
		})
	}
}

// endless gives one row again and again, up to a number of bytes.
type endless struct {
	row  string
	left int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, e.row)
	e.left -= n
	return n, nil
}

func TestTooLarge(t *testing.T) {
	in := &endless{row: "," + strings.Repeat("x", 4000) + "\n", left: 200 << 20}
	body := io.MultiReader(strings.NewReader("client_id,first_name,last_name,email\n"), in)
	_, err := Read(context.Background(), Options{AsOf: june}, File{Name: "big.csv", Body: body})
	if !fault.Is(err, fault.Invalid) { // as soon as it is plain that nothing fits
		t.Errorf("200 MB of rubbish: %v", err)
	}

	in = &endless{row: "C1,Anna,," + strings.Repeat(" ", 4000) + "\n", left: 200 << 20}
	body = io.MultiReader(strings.NewReader("client_id,first_name,last_name,email\n"), in)
	_, err = Read(context.Background(), Options{AsOf: june}, File{Name: "big.csv", Body: body})
	if f := fault.From(err); f.Kind != fault.TooLarge || !strings.Contains(f.Message, "big.csv is larger than 64 MB") {
		t.Errorf("200 MB: %v", err)
	}
	if read := 200<<20 - in.left; read > MaxFile+sampleBytes {
		t.Errorf("read %d bytes of a file that is too large", read)
	}

	g := newGather()
	if err := g.add(&row{place: Place{Record: maxRecords + 1}}, true); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too many rows: %v", err)
	}
}

func TestFilesThatDoNotBelongTogether(t *testing.T) {
	cornerstone := sample(t, "samples/cornerstone/client_patient_report.csv")
	for _, c := range []struct{ second, code, says string }{
		{cornerstone, "import-mixed-systems", "a.csv comes from Generic CSV and b.csv from Cornerstone"},
		{genericHeader + genericRowOne, "import-same-file-twice", "a.csv and b.csv are the same kind of file"},
	} {
		_, err := Read(context.Background(), Options{AsOf: june},
			File{Name: "a.csv", Body: strings.NewReader(genericHeader + genericRowOne)}, File{Name: "b.csv", Body: strings.NewReader(c.second)})
		if f := fault.From(err); f.Code != c.code || !strings.Contains(f.Message, c.says) {
			t.Errorf("got %v, want %s: %s", err, c.code, c.says)
		}
	}
	if _, err := Read(context.Background(), Options{AsOf: june}); !fault.Is(err, fault.Invalid) {
		t.Errorf("no file: %v", err)
	}
}

func TestReadStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Read(ctx, Options{AsOf: june}, File{Name: "a.csv", Body: strings.NewReader(genericHeader + genericRowOne)}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	broken := io.MultiReader(strings.NewReader(genericHeader+genericRowOne), &failing{})
	if _, err := Read(context.Background(), Options{AsOf: june}, File{Name: "a.csv", Body: broken}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("broken upload: %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// A damaged row costs itself and nothing else.
func TestDamagedRows(t *testing.T) {
	after := "C9,Zoe,Last,zoe@example.com,,Rex,Dog,,,,\n"
	for _, c := range []struct {
		row    string
		reason Reason
		says   string
	}{
		{"C2,Tom,Short\n", TooFewFields, "3 cells, the column names are 11"},
		{"C2,Tom,Long,,,,,,,,,Apt 3\n", TooManyFields, "12 cells"},
		{`C2,"Tom,Open,,,,,,,,` + "\n", UnclosedQuote, "never closed"},
		{"C2,T\x00m,Nul,,,,,,,,\n", NULByte, "NUL"},
		{"C2,T\xffm,Broken,,,,,,,,\n", InvalidEncoding, "cannot be read as UTF-8"},
		{"C2," + strings.Repeat("T", 201) + ",Name,,,,,,,,\n", FieldTooLong, `"first_name" has more than 200`},
		{"C2,Tom,Breed,,,Rex,Dog," + strings.Repeat("B", 2001) + ",,,\n", FieldTooLong, "2000"},
		{"C2,Tom,Endless," + strings.Repeat("x", maxRowBytes) + ",,,,,,,\n", FieldTooLong, "longer than any row"},
		{" ,Tom,Nobody,,,,,,,,\n", MissingClientID, `"client_id" is empty`},
		{"C2, ,\u00a0,,,,,,,,\n", MissingName, "no name"},
		{"C2,Tom,Petless,,,,Dog,,,,\n", MissingPetName, `"pet_name" is empty`},
		{"C1,Bert,Stranger,bert@example.com,,Max,Dog,,,,\n", ClientIDReused, "clients.csv, line 2 has another person"},
	} {
		t.Run(string(c.reason), func(t *testing.T) {
			e := mustRead(t, genericHeader+genericRowOne+c.row+after)
			if len(e.Clients) != 2 || e.Clients[1].ID != "C9" || len(e.Pets) != 2 {
				t.Errorf("the other rows: %d clients, %d pets", len(e.Clients), len(e.Pets))
			}
			if len(e.Rejected) != 1 {
				t.Fatalf("rejected: %+v", e.Rejected)
			}
			r := e.Rejected[0]
			if r.Reason != c.reason || r.Place != (Place{"clients.csv", 3, 2}) || !strings.Contains(r.Message, c.says) {
				t.Errorf("got %+v, want %s at line 3 saying %q", r, c.reason, c.says)
			}
		})
	}

	cut := mustRead(t, genericHeader+genericRowOne+`C2,Tom,"Cut`)
	if len(cut.Rejected) != 1 || cut.Rejected[0].Reason != TruncatedRow {
		t.Errorf("cut off: %+v", cut.Rejected)
	}
	whole := mustRead(t, genericHeader+strings.TrimSuffix(genericRowOne, "\n"))
	if len(whole.Clients) != 1 {
		t.Error("the last row needs no line end")
	}
}

// A pet's number under another name, or under very many owners, stands for
// several pets: nobody may be shown them.
func TestPetIDReused(t *testing.T) {
	head, _, _ := strings.Cut(sample(t, "samples/cornerstone/client_patient_report.csv"), "\n")
	var b strings.Builder
	b.WriteString(head + "\n")
	add := func(client int, pet, name string) {
		fmt.Fprintf(&b, "%d,,Ann,Smith,Active,,,,,,,,,,,Y,,%s,%s,,,,,,Active,,100,Y,\n", client, pet, name)
	}
	add(1, "7", "Rex")
	add(2, "7", "Luna")
	for i := range maxOwners + 1 {
		add(10+i, "8", "Max")
	}
	e := mustRead(t, b.String())
	if len(e.Rejected) != 2 || e.Rejected[0].Reason != PetIDReused || e.Rejected[1].Reason != TooManyOwners {
		t.Errorf("rejected: %+v", e.Rejected)
	}
	if len(e.Pets[0].Owners) != 1 || len(e.Pets[1].Owners) != maxOwners {
		t.Errorf("owners: %+v", e.Pets)
	}
}

// What one transaction would have to take over, or nobody could read, is bounded.
func TestBounds(t *testing.T) {
	var b strings.Builder
	b.WriteString(genericHeader)
	for i := range maxPets + 1 {
		fmt.Fprintf(&b, "C1,Ann,Smith,,,Pet %d,zork,,,never,\n", i)
	}
	fmt.Fprintf(&b, "C2,Bob,Smith,%s,,,,,,,\n", strings.Repeat("bob@example.com;", 200))
	e := mustRead(t, b.String())
	if len(e.Rejected) != 2 || e.Rejected[0].Reason != TooManyPets || e.Rejected[1].Reason != FieldTooLong {
		t.Errorf("rejected: %+v", e.Rejected)
	}
	if len(e.Pets) != maxPets || len(e.Warnings) != maxWarnings || len(e.Warnings)+e.Unlisted != 2*maxPets {
		t.Errorf("%d pets, %d warnings and %d more", len(e.Pets), len(e.Warnings), e.Unlisted)
	}
}

// However a file is written down, it says the same.
func TestSameFactsInAnyWriting(t *testing.T) {
	text := genericHeader + genericRowOne + "C2,\"Tom \"\"T\"\"\",\"O, Dowd\",,,,,,,,\n"
	want := mustRead(t, text)
	semicolons := strings.NewReplacer(`"O, Dowd"`, "O\x01 Dowd", ",", ";").Replace(text)
	semicolons = strings.ReplaceAll(semicolons, "\x01", ",")
	western, _ := newWindows1252(text)
	for name, c := range map[string]struct {
		text     string
		encoding Encoding
	}{
		"UTF-8 with mark":       {"\ufeff" + text, UTF8},
		"Windows-1252":          {western, Windows1252},
		"UTF-16":                {inUTF16(text, true, false), UTF16LE},
		"UTF-16 without mark":   {inUTF16(text, false, false), UTF16LE},
		"UTF-16 big-endian":     {inUTF16(text, true, true), UTF16BE},
		"CRLF":                  {strings.ReplaceAll(text, "\n", "\r\n"), UTF8},
		"semicolons":            {semicolons, UTF8},
		"tabs":                  {strings.ReplaceAll(semicolons, ";", "\t"), UTF8},
		"title and blank lines": {"Our clients\n\n,,,\n" + text + "\n,,,\n\n", UTF8},
		"decomposed":            {strings.ReplaceAll(text, "ü", "u\u0308"), UTF8},
		"padded":                {strings.ReplaceAll(text, ",Anna,Müller,", ",\u00a0Anna\t, Müller\u200b ,"), UTF8},
		"upper-case header":     {strings.ToUpper(genericHeader) + strings.TrimPrefix(text, genericHeader), UTF8},
		"ASCII for long":        {genericHeader + strings.Repeat(strings.Repeat(",", 10)+"\n", 100_000) + strings.TrimPrefix(western, genericHeader), Windows1252},
	} {
		t.Run(name, func(t *testing.T) {
			got := mustRead(t, c.text)
			if got.Files[0].Encoding != c.encoding {
				t.Errorf("encoding %s, want %s", got.Files[0].Encoding, c.encoding)
			}
			if len(got.Clients) != len(want.Clients) || len(got.Rejected) > 0 {
				t.Fatalf("%d clients, rejected %+v", len(got.Clients), got.Rejected)
			}
			compare(t, "households", newStager(want, "").batch(want.Clients), newStager(got, "").batch(got.Clients), cmpopts.IgnoreFields(staged{}, "Place"))
		})
	}
}

func newWindows1252(s string) (string, bool) {
	var b strings.Builder
	for _, r := range s {
		if r > 0xff {
			return "", false
		}
		b.WriteByte(byte(r)) // the same as Latin-1 for the letters used here
	}
	return b.String(), true
}

func inUTF16(s string, mark, big bool) string {
	if mark {
		s = "\ufeff" + s
	}
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b.WriteByte(byte(u >> 8))
			b.WriteByte(byte(u))
		} else {
			b.WriteByte(byte(u))
			b.WriteByte(byte(u >> 8))
		}
	}
	return b.String()
}

// Whatever the bytes: no panic, no half export, and an export that keeps its word.
func FuzzRead(f *testing.F) {
	f.Add([]byte(genericHeader + genericRowOne))
	f.Add([]byte(genericHeader + "C1,\"A\nB\",\"\"\"\",a@b.c;<d@e.f>,+44 (0)20 7946 0000 x1,\xff,,,,1/2/3,\x00\n\"\n"))
	f.Add([]byte(inUTF16(genericHeader+genericRowOne, true, false) + "A"))
	f.Add([]byte(strings.ReplaceAll(genericHeader+genericRowOne, ",", "|")))
	report := sample(f, "testdata/hard/cornerstone/delta/client_patient_report.csv")
	f.Add([]byte(report[:min(len(report), 6000)]))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := readText(t, Options{}, string(b))
		if err != nil {
			if fe := fault.From(err); e != nil || fe.Kind != fault.Invalid && fe.Kind != fault.TooLarge || !utf8.ValidString(fe.Message) {
				t.Fatalf("%v, %+v", err, e)
			}
			return
		}
		keepsItsWord(t, e)
	})
}

func keepsItsWord(t *testing.T, e *Export) {
	t.Helper()
	clients, pets := map[string]bool{}, map[string]bool{}
	fit := func(limit int, texts ...string) {
		for _, s := range texts {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) || utf8.RuneCountInString(s) > limit || clean([]byte(s)) != s {
				t.Fatalf("text %q", s)
			}
		}
	}
	for _, c := range e.Clients {
		if c.ID == "" || clients[c.ID] || (len(c.Emails) == 0) != (c.EmailProblem != "") {
			t.Fatalf("client %+v", c)
		}
		clients[c.ID] = true
		fit(maxName, c.ID, c.First, c.Last, c.Company)
		fit(maxText, append(c.Address.Lines, c.Address.City, c.Address.Region, c.Address.PostalCode, c.Address.Country)...)
		for _, m := range c.Emails {
			if !isAddress(m.Address) {
				t.Fatalf("address %q", m)
			}
		}
		for _, p := range c.Phones {
			fit(maxText, p.Raw, p.Ext)
			if (p.E164 == "") == (p.Raw == "") {
				t.Fatalf("phone %+v", p)
			}
		}
	}
	for _, p := range e.Pets {
		if p.Key == "" || pets[p.Key] || p.Name == "" || len(p.Owners) == 0 {
			t.Fatalf("pet %+v", p)
		}
		pets[p.Key] = true
		fit(maxText, p.Name, p.Breed, p.Colour, p.Chip, p.Said)
		for _, o := range p.Owners {
			if !clients[o.Client] {
				t.Fatalf("pet of an unknown client: %+v", p)
			}
		}
	}
	for _, r := range e.Rejected {
		if r.Line < 1 || r.Record < 1 || r.Message == "" || !utf8.ValidString(r.Message+r.Client+r.Pet) {
			t.Fatalf("reject %+v", r)
		}
	}
	for _, w := range e.Warnings {
		if !clients[w.Client] && !pets[w.Pet] || w.Words() == string(w.Code) || !utf8.ValidString(w.Raw) {
			t.Fatalf("warning %+v", w)
		}
	}
}
