package pims

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	"catflap/internal/foundation/fault"
)

type entryOf struct{ name, text string }

func zipped(t testing.TB, entries ...entryOf) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// workbookOf writes rows as Excel does: shared texts, numbers without leading
// zeros in styles, days as numbers.
func workbookOf(t testing.TB, rows [][]string) []byte {
	t.Helper()
	var sheet, shared strings.Builder
	texts := 0
	for i, row := range rows {
		if len(row) == 0 {
			continue
		}
		fmt.Fprintf(&sheet, `<row r="%d">`, i+1)
		for j, cell := range row {
			place := fmt.Sprintf("%c%d", 'A'+j, i+1)
			switch {
			case cell == "":
			case strings.HasPrefix(cell, "="): // a style and a number
				style, number, _ := strings.Cut(cell[1:], "/")
				fmt.Fprintf(&sheet, `<c r="%s" s="%s"><v>%s</v></c>`, place, style, number)
			default:
				fmt.Fprintf(&sheet, `<c r="%s" t="s"><v>%d</v></c>`, place, texts)
				cell = strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(cell)
				fmt.Fprintf(&shared, "<si><r><t>%s</t></r></si>", cell)
				texts++
			}
		}
		sheet.WriteString("</row>")
	}
	const ns = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	return zipped(t,
		entryOf{"xl/workbook.xml", `<workbook ` + ns + ` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>` +
			`<sheet name="Old" sheetId="1" state="hidden" r:id="rId1"/><sheet name="Clients" sheetId="2" r:id="rId2"/></sheets></workbook>`},
		entryOf{"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Target="/xl/worksheets/sheet2.xml"/></Relationships>`},
		entryOf{"xl/styles.xml", `<styleSheet ` + ns + `><numFmts><numFmt numFmtId="164" formatCode="0000"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/></cellXfs></styleSheet>`},
		entryOf{"xl/sharedStrings.xml", `<sst ` + ns + `>` + shared.String() + `</sst>`},
		entryOf{"xl/worksheets/sheet2.xml", `<worksheet ` + ns + `><sheetData>` + sheet.String() + `</sheetData></worksheet>`})
}

func TestWorkbook(t *testing.T) {
	header := strings.Split(strings.TrimSpace(genericHeader), ",")
	b := workbookOf(t, [][]string{
		{"Our clients"}, {}, header,
		{"=1/77", "Anna & <b>", "Müller\nMeier", "anna@example.com", "=0/2065550101", "Luna", "Dog", "", "FS", "=2/43864"},
		{"=1/78", "Bob", "Smith", "bob@example.com\nbcc@example.com"},
	})
	for name, f := range map[string]File{
		"from anywhere": {Name: "clients.xlsx", Body: bytes.NewReader(b)},
		"as a stream":   {Name: "clients.xlsx", Body: io.MultiReader(bytes.NewReader(b))},
		"in an archive": {Name: "all.zip", Body: bytes.NewReader(zipped(t, entryOf{"a/b/clients.xlsx", string(b)}, entryOf{"readme.pdf", "%PDF-"}))},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Read(t.Context(), Options{AsOf: june, Country: "US", Encoding: Windows1252}, f)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, "clients", []*Client{
				{ID: "0077", First: "Anna & <b>", Last: "Müller Meier", Emails: emailsOf([]string{"anna@example.com"}),
					Phones: []Phone{{Kind: "unknown", E164: "+12065550101"}}, Place: Place{"clients.xlsx", 4, 1}},
				{ID: "0078", First: "Bob", Last: "Smith", EmailProblem: "invalid", Place: Place{"clients.xlsx", 5, 2}},
			}, e.Clients)
			if len(e.Pets) != 1 || e.Pets[0].Born != "2020-02-03" || len(e.Rejected) != 0 || e.Files[0].HeaderLine != 3 {
				t.Errorf("pets %+v, rejected %+v, files %+v", e.Pets, e.Rejected, e.Files)
			}
		})
	}
}

// A sample says the same in one archive, in workbooks, and file by file in any order.
func TestSameFactsInAnyWrapping(t *testing.T) {
	want := readTruth(t, "samples/vetdata")
	plain := readFolder(t, "samples/vetdata", want)
	var entries, books []entryOf
	for _, f := range want.Files {
		b, err := os.ReadFile(filepath.Join("samples/vetdata", f.Name))
		if err != nil {
			t.Fatal(err)
		}
		entries = append([]entryOf{{"export/" + f.Name, string(b)}}, entries...)
		in := csv.NewReader(bytes.NewReader(b))
		in.FieldsPerRecord = -1
		rows, err := in.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for j, cell := range row {
				rows[i][j] = strings.TrimPrefix(cell, "=")
			}
		}
		if len(rows[0]) <= 26 { // workbookOf knows the columns A to Z
			books = append(books, entryOf{strings.TrimSuffix(f.Name, ".CSV") + ".xlsx", string(workbookOf(t, rows))})
		} else {
			books = append(books, entries[0])
		}
	}
	entries = append(entries, entryOf{"__MACOSX/._x.csv", "\x00"}, entryOf{"export/.DS_Store", ""})
	for name, archive := range map[string][]entryOf{"text": entries, "workbooks": books} {
		t.Run(name, func(t *testing.T) {
			e, err := Read(t.Context(), Options{AsOf: june, Country: "US"}, File{Name: "export.zip", Body: bytes.NewReader(zipped(t, archive...))})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, "clients", plain.Clients, e.Clients, cmpopts.IgnoreFields(Client{}, "Place"))
			compare(t, "pets", plain.Pets, e.Pets, cmpopts.IgnoreFields(Pet{}, "Place"))
		})
	}
}

func TestRefusedArchives(t *testing.T) {
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	w, err := z.Create("clients.csv")
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Repeat([]byte{'\n'}, 1<<20)
	for i := range MaxFile>>20 + 1 {
		if i == 0 {
			lines = append([]byte(genericHeader), lines...)
		}
		if _, err := w.Write(lines); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var claims bytes.Buffer
	z = zip.NewWriter(&claims)
	if _, err := z.CreateRaw(&zip.FileHeader{Name: "clients.csv", UncompressedSize64: maxUnpacked + 1}); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	text := genericHeader + genericRowOne
	whole := zipped(t, entryOf{"clients.csv", strings.Repeat(text, 200)})
	damaged := bytes.Clone(whole)
	damaged[60] ^= 0xff
	var many []entryOf
	for i := range maxEntries + 1 {
		many = append(many, entryOf{fmt.Sprintf("%d.csv", i), text})
	}
	for name, c := range map[string]struct {
		body []byte
		code string
	}{
		"bomb":             {bomb.Bytes(), "import-file-too-large"},
		"claims too much":  {claims.Bytes(), "import-file-too-large"},
		"many":             {zipped(t, many...), "import-too-many-files"},
		"several tables":   {zipped(t, many[:maxTables+1]...), "import-too-many-files"},
		"nested":           {zipped(t, entryOf{"a.zip", string(whole)}), "import-nested-archive"},
		"no table":         {zipped(t, entryOf{"a.pdf", "%PDF-"}), "import-empty-archive"},
		"damaged":          {damaged, "import-broken-archive"},
		"cut off":          {whole[:len(whole)/2], "import-not-a-table"},
		"broken workbook":  {zipped(t, entryOf{"xl/workbook.xml", "<workbook"}), "import-broken-workbook"},
		"part of a system": {zipped(t, entryOf{"clients.txt", sample(t, "samples/impromed/clients.txt")}), "import-missing-file"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Read(t.Context(), Options{AsOf: june}, File{Name: "export.zip", Body: bytes.NewReader(c.body)})
			if f := fault.From(err); e != nil || f == nil || f.Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(zipped(f, entryOf{"clients.csv", genericHeader + genericRowOne}))
	f.Add(workbookOf(f, [][]string{strings.Split(strings.TrimSpace(genericHeader), ","), {"=1/77", "Anna"}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Read(t.Context(), Options{AsOf: june}, File{Name: "x", Body: bytes.NewReader(b)})
		if err != nil {
			if f := fault.From(err); e != nil || f.Kind != fault.Invalid && f.Kind != fault.TooLarge {
				t.Fatalf("%v, %+v", err, e)
			}
			return
		}
		keepsItsWord(t, e)
	})
}
