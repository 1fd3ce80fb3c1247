package pims

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/text/transform"
	"pgregory.net/rapid"

	"catflap/internal/foundation/fault"
)

// Any order of columns, any names within the aliases, any encoding and separator:
// every sample says the same.
func TestSamplesSayTheSameInAnyWriting(t *testing.T) {
	for _, s := range systems() {
		t.Run(s.name, func(t *testing.T) {
			folder := "samples/" + s.name + "/delta"
			want := readTruth(t, folder)
			plain := readFolder(t, folder, want)
			var tables [][][]string
			for i, f := range want.Files {
				tables = append(tables, rowsOf(t, filepath.Join(folder, f.Name), plain.Files[i]))
			}
			o := Options{Country: want.Country, AsOf: june.AddDate(0, 1, 1), Codes: Codes{
				Client: meanings(want.CodeMap.Client), Pet: meanings(want.CodeMap.Patient),
			}}
			rapid.Check(t, func(r *rapid.T) {
				var files []File
				for i, f := range want.Files {
					files = append(files, File{Name: f.Name, Body: strings.NewReader(rewritten(r, tables[i], s, plain.Files[i].Kind))})
				}
				e, err := Read(t.Context(), o, rapid.Permutation(files).Draw(r, "order")...)
				if err != nil {
					r.Fatal(err)
				}
				if e.System != s.name {
					r.Fatalf("taken for %s", e.System)
				}
				check := func(what string, want, got any, o ...cmp.Option) {
					if d := cmp.Diff(want, got, o...); d != "" {
						r.Fatalf("%s: %s", what, d)
					}
				}
				check("clients", plain.Clients, e.Clients, cmpopts.IgnoreFields(Client{}, "Place"))
				check("pets", plain.Pets, e.Pets, cmpopts.IgnoreFields(Pet{}, "Place"))
				if len(e.Rejected) != len(plain.Rejected) || len(e.Duplicates) != len(plain.Duplicates) {
					r.Fatalf("rejected %+v, want %+v", e.Rejected, plain.Rejected)
				}
			})
		})
	}
}

// rowsOf are the rows of a sample, from its column names on, without what
// stands below them.
func rowsOf(t *testing.T, path string, f FileInfo) [][]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, _, err := transform.Bytes(newDecoder(f.Encoding), b)
	if err != nil {
		t.Fatal(err)
	}
	in := newRowReader(bytes.NewReader(text), f.Separator[0])
	var rows [][]string
	for {
		raw, err := in.next()
		if err != nil {
			return rows
		}
		if raw.line < f.HeaderLine || isFooter(raw.cells) || !slices.ContainsFunc(raw.cells, func(c []byte) bool { return !isBlank(c) }) {
			continue
		}
		row := make([]string, len(raw.cells))
		for i, c := range raw.cells {
			row[i] = string(c)
		}
		rows = append(rows, row)
	}
}

// rewritten draws another way to write the same table.
func rewritten(r *rapid.T, rows [][]string, s system, kind string) string {
	order := make([]int, len(rows[0]))
	for i := range order {
		order[i] = i
	}
	order = rapid.Permutation(order).Draw(r, "columns")
	names := slices.Clone(rows[0])
	var l layout
	for _, l = range s.files {
		if l.kind == kind {
			break
		}
	}
	taken := map[string]bool{}
	for _, n := range names {
		taken[plainName(n)] = true
	}
	for i, n := range names {
		for _, c := range l.columns {
			if plainName(c.name) != plainName(n) || !rapid.Bool().Draw(r, "rename") {
				continue
			}
			all := slices.DeleteFunc(slices.Clone(c.aliases), func(a string) bool { return taken[plainName(a)] })
			if all = append(all, strings.ToUpper(n), " "+n+" "); len(all) > 0 {
				names[i] = rapid.SampledFrom(all).Draw(r, "name")
				taken[plainName(names[i])] = true
			}
		}
	}
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	out.Comma = rapid.SampledFrom([]rune{',', ';', '\t', '|'}).Draw(r, "separator")
	out.UseCRLF = rapid.Bool().Draw(r, "CRLF")
	for i, row := range rows {
		if i == 0 {
			row = names
		}
		written := make([]string, len(row))
		for j := range row {
			written[j] = row[j]
			if len(row) == len(order) {
				written[j] = row[order[j]]
			}
		}
		if err := out.Write(written); err != nil {
			r.Fatal(err)
		}
	}
	out.Flush()
	switch how := rapid.SampledFrom([]string{"utf8", "mark", "utf16", "utf16be", "utf16mark", "1252"}).Draw(r, "encoding"); how {
	case "mark":
		return "\ufeff" + b.String()
	case "utf16", "utf16be", "utf16mark":
		return inUTF16(b.String(), how == "utf16mark", how == "utf16be")
	case "1252":
		if text, ok := newWindows1252(b.String()); ok {
			return text
		}
	}
	return b.String()
}

// Columns that a person assigns overrule the names; what must not be kept cannot
// be assigned.
func TestAssignedColumns(t *testing.T) {
	text := "Nr,Vorname,Nachname,Mail,phone,email,Gate Code\n7,Anna,Müller,a@example.com,CANARY-1,b@example.com,CANARY-2\n"
	o := Options{System: "generic", Columns: map[string]map[string]string{"clients": {
		"client_id": "Nr", "first_name": "Vorname", "last_name": "nachname", "email": "Mail", "phone": "",
	}}}
	e, err := readText(t, o, text)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "clients", []*Client{{ID: "7", First: "Anna", Last: "Müller", Emails: emailsOf([]string{"a@example.com"})}},
		e.Clients, cmpopts.IgnoreFields(Client{}, "Place"))
	if f := e.Files[0]; !slices.Equal(f.Never, []string{"Gate Code"}) || strings.Contains(fmt.Sprintf("%+v", e.Clients), "CANARY") {
		t.Errorf("never read: %q", f.Never)
	}
	o.Columns["clients"]["phone"] = "Gate Code"
	if _, err := readText(t, o, text); err == nil || !strings.Contains(err.Error(), `"Gate Code" holds what must not be kept`) {
		t.Errorf("got %v", err)
	}
	o.Columns["clients"]["nothing"] = "Nr"
	if _, err := readText(t, o, text); err == nil {
		t.Error("a column was taken that does not exist")
	}
}

// What the dates leave open is asked with samples, and letters that nobody has
// explained are listed.
func TestQuestions(t *testing.T) {
	e := mustRead(t, genericHeader+"C1,Ann,Smith,a@example.com,,Rex,Dog,,M,03/04/2020,no\nC2,Bob,Smith,b@example.com,,Max,Dog,,M,05/06/2020,no\n")
	if f := e.Files[0]; !f.DateGuessed || f.Sure.DateOrder != Asked || len(f.Open) != 1 || !slices.Equal(f.Open[0].Samples, []string{"03/04/2020", "05/06/2020"}) || f.Sure.System != Sure {
		t.Errorf("got %+v", f)
	}
	e, err := readText(t, Options{DateOrder: DMY}, genericHeader+"C1,Ann,Smith,a@example.com,,Rex,Dog,,M,03/04/2020,no\n")
	if err != nil || e.Files[0].Sure.DateOrder != Sure || e.Pets[0].Born != "2020-04-03" {
		t.Errorf("got %+v, %v", e.Files[0], err)
	}
	text := sample(t, "samples/avimark/CLIENTS.CSV")
	e, err = readText(t, Options{Codes: Codes{Client: map[string]Meaning{"i": MeansInactive}}}, text)
	if err != nil {
		t.Fatal(err)
	}
	open := 0
	for _, l := range e.Codes {
		if (l.Meaning == "") != (l.About == "pet" || l.Letter != "i") || l.Rows == 0 || len(l.Samples) == 0 {
			t.Errorf("letter %+v", l)
		}
		if l.Meaning == "" {
			open++
		}
	}
	if open < 5 {
		t.Errorf("%d letters to be asked: %+v", open, e.Codes)
	}
}

// One damaged file among the whole ones of its export: no panic, no half export.
func FuzzOneOfSeveral(f *testing.F) {
	type place struct{ folder, name string }
	var all []place
	texts := map[place]string{}
	for _, s := range systems() {
		folder := "testdata/hard/" + s.name + "/delta"
		paths, err := filepath.Glob(folder + "/*.[cCt][sSx][vVt]")
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			p := place{folder, filepath.Base(path)}
			texts[p] = sample(f, path)
			f.Add([]byte(texts[p][:min(len(texts[p]), 4000)]), byte(len(all)))
			all = append(all, p)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, which byte) {
		damaged := all[int(which)%len(all)]
		var files []File
		for _, p := range all {
			switch {
			case p == damaged:
				files = append(files, File{Name: p.name, Body: bytes.NewReader(b)})
			case p.folder == damaged.folder:
				files = append(files, File{Name: p.name, Body: strings.NewReader(texts[p])})
			}
		}
		e, err := Read(t.Context(), Options{AsOf: june, Country: "US"}, files...)
		if err != nil {
			if f := fault.From(err); e != nil || f.Kind != fault.Invalid && f.Kind != fault.TooLarge {
				t.Fatalf("%v, %+v", err, e)
			}
			return
		}
		keepsItsWord(t, e)
	})
}
