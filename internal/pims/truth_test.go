package pims

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// truth is a truth.json as samples/TRUTH.md describes it.
type truth struct {
	AsOf      string    `json:"as_of"`
	Country   string    `json:"default_country"`
	DateOrder DateOrder `json:"date_order"`
	Files     []struct {
		Name       string
		Encoding   Encoding
		Delimiter  string
		HeaderLine int `json:"header_line"`
		Columns    int
		Records    int
		Bytes      int64
	}
	Clients []struct {
		ID, First, Last, Company, Email string
		Emails                          []string
		EmailProblem                    string `json:"email_problem"`
		Phones                          []Phone
		Active                          *bool
		Deleted                         bool
		OptOut                          bool `json:"opt_out"`
		Second                          *struct {
			First, Last, Email string
			Phone              *Phone
		} `json:"second_person"`
	}
	Pets []struct {
		ID, Name, Species, Breed, Sex string
		Neutered                      *bool
		Born                          string `json:"dob"`
		Died                          string `json:"dod"`
		Deceased, Inactive, Deleted   bool
		Owners                        []struct {
			Client     string
			Percentage json.Number
			Primary    *bool
		}
	}
	Rejected   []Reject
	Duplicates []Place `json:"duplicate_rows"`
	Ignored    []Place
	Warnings   []Warning
	Held       []struct{ Client string }
	CodeMap    struct{ Client, Patient map[string]string } `json:"code_map"`
	MustNot    struct{ Canary string }                     `json:"must_not_keep"`
	Shared     []struct {
		Email   string
		Clients []string
		Kind    string
	} `json:"shared_emails"`
	NotMailable []struct {
		Client  string
		Reasons []string
	} `json:"not_mailable"`
	Merged struct{ Clients, Pets int } `json:"merged_counts"`
}

func readTruth(t *testing.T, folder string) truth {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want truth
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	return want
}

// readFolder reads the export that a truth.json describes.
func readFolder(t *testing.T, folder string, want truth) *Export {
	t.Helper()
	asOf, err := time.Parse(isoDate, want.AsOf)
	if err != nil {
		t.Fatal(err)
	}
	var files []File
	for _, f := range want.Files {
		in, err := os.Open(filepath.Join(folder, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { in.Close() })
		files = append(files, File{Name: f.Name, Body: in})
	}
	o := Options{Country: want.Country, AsOf: asOf, Codes: Codes{
		Client: meanings(want.CodeMap.Client), Pet: meanings(want.CodeMap.Patient),
	}}
	e, err := Read(context.Background(), o, files...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// meanings reads words like "inactive (moved away)".
func meanings(words map[string]string) map[string]Meaning {
	m := map[string]Meaning{}
	for letter, word := range words {
		word, _, _ = strings.Cut(word, " ")
		switch m[letter] = Meaning(word); m[letter] {
		case MeansInactive, MeansOptOut, MeansDeceased:
		default:
			m[letter] = MeansNothing
		}
	}
	return m
}

// The whole of every truth.json: the samples, and the hard exports with every
// damage that TRUTH.md knows. A delta's judgements are about the full export
// with the delta applied to it.
func TestReadEqualsTruth(t *testing.T) {
	var folders []string
	for _, s := range Systems() {
		folders = append(folders, "samples/"+s.Name, "testdata/hard/"+s.Name)
	}
	if more := os.Getenv("CATFLAP_PIMS_TRUTH"); more != "" { // further sets, by hand
		folders = strings.Split(more, ":")
	}
	for _, folder := range folders {
		t.Run(folder, func(t *testing.T) {
			want := readTruth(t, folder)
			full := readFolder(t, folder, want)
			checkExport(t, want, full)
			checkJudgement(t, want, full)

			folder = filepath.Join(folder, "delta")
			want = readTruth(t, folder)
			delta := readFolder(t, folder, want)
			held := map[string]bool{}
			for _, h := range want.Held {
				held[h.Client] = true
			}
			delta = without(delta, held)
			checkExport(t, want, delta)
			checkJudgement(t, want, merged(full, delta))
		})
	}
}

// without drops clients, their pets and the warnings about them.
func without(e *Export, clients map[string]bool) *Export {
	gone := map[string]bool{}
	r := *e
	r.Clients = slices.DeleteFunc(slices.Clone(e.Clients), func(c *Client) bool { return clients[c.ID] })
	r.Pets = slices.DeleteFunc(slices.Clone(e.Pets), func(p *Pet) bool {
		gone[p.Key] = clients[p.Owners[0].Client]
		return gone[p.Key]
	})
	r.Warnings = slices.DeleteFunc(slices.Clone(e.Warnings), func(w Warning) bool { return clients[w.Client] || gone[w.Pet] })
	return &r
}

// merged applies a delta: who is in it is replaced, who is absent is unchanged.
func merged(full, delta *Export) *Export {
	m := &Export{Clients: slices.Clone(full.Clients), Pets: slices.Clone(full.Pets)}
	for _, c := range delta.Clients {
		if i := slices.IndexFunc(m.Clients, func(d *Client) bool { return d.ID == c.ID }); i >= 0 {
			m.Clients[i] = c
		} else {
			m.Clients = append(m.Clients, c)
		}
	}
	for _, p := range delta.Pets {
		if i := slices.IndexFunc(m.Pets, func(q *Pet) bool { return q.Key == p.Key }); i >= 0 {
			m.Pets[i] = p
		} else {
			m.Pets = append(m.Pets, p)
		}
	}
	return m
}

func checkExport(t *testing.T, want truth, got *Export) {
	t.Helper()
	var clients []*Client
	for _, c := range want.Clients {
		if c.Emails == nil && c.Email != "" {
			c.Emails = []string{c.Email}
		}
		clients = append(clients, &Client{Second: personOf(c.Second), ID: c.ID, First: c.First, Last: c.Last, Company: c.Company, Emails: emailsOf(c.Emails),
			EmailProblem: c.EmailProblem, Phones: c.Phones, Inactive: c.Active != nil && !*c.Active,
			Deleted: c.Deleted, OptOut: c.OptOut})
	}
	compare(t, "clients", clients, got.Clients, cmpopts.IgnoreFields(Client{}, "Place", "Address"), cmpopts.IgnoreFields(Email{}, "Kind"))

	var pets []*Pet
	for _, p := range want.Pets {
		q := &Pet{Key: p.ID, ID: p.ID, Name: p.Name, Species: p.Species, Breed: p.Breed, Sex: p.Sex, Neutered: p.Neutered,
			Born: p.Born, Died: p.Died, Deceased: p.Deceased, Inactive: p.Inactive, Deleted: p.Deleted}
		if p.ID == "" {
			q.Key = p.Owners[0].Client + "/" + fold(p.Name)
		}
		for _, o := range p.Owners {
			if o.Percentage == "" {
				o.Percentage = "100"
			}
			q.Owners = append(q.Owners, Owner{o.Client, o.Percentage.String(), o.Primary == nil || *o.Primary})
		}
		pets = append(pets, q)
	}
	compare(t, "pets", pets, got.Pets, cmpopts.IgnoreFields(Pet{}, "Place", "Colour", "Chip", "Said"),
		cmpopts.SortSlices(func(a, b *Pet) bool { return a.Key < b.Key }),
		cmpopts.SortSlices(func(a, b Owner) bool { return a.Client < b.Client }))

	// A ragged row's ids cannot be trusted, so they are not told.
	ragged := func(r Reject) Reject {
		if r.Reason == TooFewFields || r.Reason == TooManyFields {
			r.Client, r.Pet = "", ""
		}
		return r
	}
	places := cmpopts.SortSlices(func(a, b Place) bool { return a.before(b) })
	compare(t, "rejected", want.Rejected, got.Rejected, cmpopts.SortSlices(func(a, b Reject) bool { return a.before(b.Place) }), cmpopts.IgnoreFields(Reject{}, "Message"),
		cmp.Transformer("ragged", ragged), cmpopts.EquateEmpty())
	compare(t, "duplicates", want.Duplicates, got.Duplicates, places, cmpopts.EquateEmpty())
	compare(t, "ignored", want.Ignored, got.Ignored, places, cmpopts.EquateEmpty())
	compare(t, "warnings", want.Warnings, got.Warnings, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(Warning{}, "Place"),
		cmpopts.SortSlices(func(a, b Warning) bool { return a.Client+a.Pet+a.Raw < b.Client+b.Pet+b.Raw }))

	if want.DateOrder == "MMDDYY" {
		want.DateOrder = MDY
	}
	if all, err := json.Marshal(got); err != nil || want.MustNot.Canary != "" && strings.Contains(string(all), want.MustNot.Canary) {
		t.Errorf("something is kept that must not be (%v)", err)
	}
	for i, f := range want.Files {
		var missing []string
		if f.Name == "IPatient.CSV" { // whose page was cut: it may have one
			missing = []string{"microchip"}
		}
		compare(t, "file", FileInfo{Missing: missing, Name: f.Name, Encoding: f.Encoding, Separator: f.Delimiter, DateOrder: want.DateOrder,
			HeaderLine: f.HeaderLine, Columns: f.Columns, Records: f.Records, Bytes: f.Bytes}, got.Files[i],
			cmpopts.IgnoreFields(FileInfo{}, "Never", "Names", "Open", "Sure", "Kind", "Found"))
	}
	for _, r := range got.Rejected {
		if r.Message == "" {
			t.Errorf("rejected row without words: %+v", r)
		}
	}
}

func checkJudgement(t *testing.T, want truth, got *Export) {
	t.Helper()
	type entry struct {
		Client  string
		Reasons []string
	}
	var wantOut, gotOut []entry
	for _, n := range want.NotMailable {
		wantOut = append(wantOut, entry(n))
	}
	for _, one := range newStager(got, "").batch(got.Clients) {
		var why []string
		for _, r := range one.notMailable() {
			why = append(why, string(r))
		}
		if why != nil {
			gotOut = append(gotOut, entry{one.Household.ExternalID, why})
		}
	}
	compare(t, "not mailable", wantOut, gotOut)

	var shared []SharedEmail
	for _, s := range want.Shared {
		shared = append(shared, SharedEmail{Email: s.Email, Clients: s.Clients, SamePerson: s.Kind == "same_person"})
	}
	compare(t, "shared e-mails", shared, SharedEmails(got.Clients))
}

func compare(t *testing.T, what string, want, got any, o ...cmp.Option) {
	t.Helper()
	o = append(o, cmpopts.IgnoreUnexported(Reject{}))
	if d := cmp.Diff(want, got, o...); d != "" {
		if len(d) > 4000 {
			d = d[:4000] + "\n..."
		}
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func (p Place) before(q Place) bool {
	return p.File < q.File || p.File == q.File && p.Line < q.Line
}

func emailsOf(addresses []string) []Email {
	var all []Email
	for _, a := range addresses {
		all = append(all, Email{Address: a})
	}
	return all
}

func personOf(p *struct {
	First, Last, Email string
	Phone              *Phone
}) *Person {
	if p == nil {
		return nil
	}
	q := &Person{First: p.First, Last: p.Last}
	if p.Email != "" {
		q.Emails = emailsOf([]string{p.Email})
	}
	if p.Phone != nil {
		q.Phones = []Phone{*p.Phone}
	}
	return q
}
