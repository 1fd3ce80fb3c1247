package pimsweb

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/pims"
)

// choosePage is "Check how the file is read".
type choosePage struct {
	ui.Form
	pims.Import
	Looks      []lookView
	Systems    []ui.Choice
	Encodings  []ui.Choice
	Separators []ui.Choice
	Orders     []ui.Choice
	Dates      []dateView
	Codes      []codeView
	OpenOrders []ui.Choice // Orders, or left open
	Hints      hints
}

// hints say how something is read, and how sure that is.
type hints struct{ System, Encoding, Separator, DateOrder string }

type lookView struct {
	pims.Look
	Number  int
	Columns []columnView
}

type columnView struct {
	pims.Column
	Field   string // of the form
	Hint    string // what stands in it
	Choices []ui.Choice
}

// dateView is a date as written and as it reads in both orders.
type dateView struct{ Text, MDY, DMY string }

// codeView is a letter of the practice's own, beside clients or pets.
type codeView struct {
	About, Letter, Field, Hint string
	Value                      pims.Meaning
	Choices                    []ui.Choice
}

func (f *Face) choose(w http.ResponseWriter, r *http.Request) error {
	return f.showChoose(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) showChoose(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	p, err := f.find(r)
	if err != nil {
		return err
	}
	looks, err := f.Imports.Looks(r.Context(), p.PracticeID, p.ID)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "pims/choose", newChoosePage(form, p.Import, looks))
}

func newChoosePage(form ui.Form, im pims.Import, looks []pims.Look) choosePage {
	open := ui.Choice{Value: "", Label: "Recognise it"}
	page := choosePage{
		Form: form, Import: im,
		Systems: []ui.Choice{open}, Encodings: []ui.Choice{open},
		Separators: []ui.Choice{open, {Value: ",", Label: "Comma ,"}, {Value: ";", Label: "Semicolon ;"}, {Value: "\t", Label: "Tab"}, {Value: "|", Label: "Bar |"}},
		Orders:     []ui.Choice{{Value: string(pims.MDY), Label: "Month first", Note: "month/day/year"}, {Value: string(pims.DMY), Label: "Day first", Note: "day/month/year"}, {Value: string(pims.YMD), Label: "Year first", Note: "year-month-day"}},
	}
	for _, s := range pims.Systems() {
		page.Systems = append(page.Systems, ui.Choice{Value: s.Name, Label: s.Label})
	}
	for _, e := range pims.Encodings() {
		label := e.Label()
		if e == pims.UTF16LE || e == pims.UTF16BE {
			label = strings.ToUpper(string(e))
		}
		page.Encodings = append(page.Encodings, ui.Choice{Value: string(e), Label: label})
	}
	page.OpenOrders = []ui.Choice{open}
	for _, o := range page.Orders {
		page.OpenOrders = append(page.OpenOrders, ui.Choice{Value: o.Value, Label: o.Label + ": " + o.Note})
	}
	for i, l := range looks {
		page.Looks = append(page.Looks, newLookView(i, l))
	}
	if len(looks) > 0 {
		page.Hints = newHints(im, looks[0])
	}
	for _, q := range im.Preview.Open {
		switch q.Kind {
		case pims.AsksDateOrder:
			for _, s := range q.Samples {
				page.Dates = append(page.Dates, dateView{s, pims.MDY.Reading(s), pims.DMY.Reading(s)})
			}
		case pims.AsksCodes:
			for _, l := range q.Letters {
				page.Codes = append(page.Codes, newCodeView(l))
			}
		case pims.AsksColumns, pims.AsksSystem:
		}
	}
	for about, codes := range map[string]map[string]pims.Meaning{"client": im.Choices.Codes.Client, "pet": im.Choices.Codes.Pet} {
		for letter, meaning := range codes {
			page.Codes = append(page.Codes, newCodeView(pims.Letter{About: about, Letter: letter, Meaning: meaning}))
		}
	}
	slices.SortFunc(page.Codes, func(a, b codeView) int {
		return cmp.Or(strings.Compare(a.About, b.About), strings.Compare(a.Letter, b.Letter))
	})
	return page
}

// newHints speaks of the first file: those of one export are written alike.
func newHints(im pims.Import, l pims.Look) hints {
	info := l.Info
	if len(im.Files) > 0 && im.Files[0].Bytes > 0 {
		info = im.Files[0] // read to its end
	}
	system := "Read as " + l.SystemLabel + how(info.Sure.System, im.Choices.System != "")
	if !l.Known {
		system = "The columns are not those of a system that is known. Choose one, or say below what they are."
	}
	return hints{
		System:    system,
		Encoding:  "Read as " + info.Encoding.Label() + how(info.Sure.Encoding, im.Choices.Encoding != "") + " If letters such as é look wrong below, choose another.",
		Separator: "Read as " + separatorWord(info.Separator) + how(info.Sure.Separator, im.Choices.Separator != ""),
		DateOrder: "Read as " + info.DateOrder.Label() + how(info.Sure.DateOrder, im.Choices.DateOrder != ""),
	}
}

func how(h pims.How, chosen bool) string {
	switch {
	case chosen:
		return ": chosen."
	case h == pims.Sure:
		return ": sure."
	case h == pims.Asked:
		return ": a guess that you have to check."
	}
	return ": probably."
}

func separatorWord(s string) string {
	switch s {
	case ",":
		return "comma"
	case ";":
		return "semicolon"
	case "\t":
		return "tab"
	}
	return "bar"
}

func newCodeView(l pims.Letter) codeView {
	v := codeView{About: l.About, Letter: l.Letter, Field: "code-" + l.About + "-" + l.Letter, Value: l.Meaning, Choices: []ui.Choice{
		{Value: "", Label: "Choose"}, {Value: string(pims.MeansNothing), Label: "Nothing that matters here"},
		{Value: string(pims.MeansInactive), Label: "Inactive"}, {Value: string(pims.MeansOptOut), Label: "Wants no bulk mail"},
	}}
	if l.About == "pet" {
		v.Choices[3] = ui.Choice{Value: string(pims.MeansDeceased), Label: "Deceased"}
	}
	if l.Rows > 0 {
		v.Hint = many(l.Rows, "row", "rows") + ": " + strings.Join(l.Samples, " · ")
	}
	return v
}

// codesFrom reads what was said of letters.
func codesFrom(form ui.Form) pims.Codes {
	codes := pims.Codes{Client: map[string]pims.Meaning{}, Pet: map[string]pims.Meaning{}}
	for name, v := range form.Values {
		if len(v) == 0 || v[0] == "" {
			continue
		}
		if letter, is := strings.CutPrefix(name, "code-client-"); is {
			codes.Client[letter] = pims.Meaning(v[0])
		} else if letter, is := strings.CutPrefix(name, "code-pet-"); is {
			codes.Pet[letter] = pims.Meaning(v[0])
		}
	}
	return codes
}

func newLookView(number int, l pims.Look) lookView {
	v := lookView{Look: l, Number: number}
	targets := []ui.Choice{{Value: "", Label: "Leave it out"}}
	for _, t := range l.Targets {
		label := t.Name
		if t.Needed {
			label += " (needed)"
		}
		targets = append(targets, ui.Choice{Value: t.Name, Label: label})
	}
	for i, c := range l.Columns {
		v.Columns = append(v.Columns, columnView{Column: c, Field: columnField(number, i), Hint: strings.Join(c.Samples, " · "), Choices: targets})
	}
	return v
}

func columnField(file, column int) string { return fmt.Sprintf("column-%d-%d", file, column) }

// saveChoices has the files read as the form says.
func (f *Face) saveChoices(w http.ResponseWriter, r *http.Request) error {
	p, err := f.find(r)
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	choices, err := f.choicesFrom(r, form, p.Import)
	if err == nil {
		_, err = f.Imports.Choose(r.Context(), p.PracticeID, p.ID, choices)
	}
	if fault.Is(err, fault.Invalid) {
		return f.showChoose(w, r, http.StatusUnprocessableEntity, form.With(err))
	}
	if err != nil {
		return err
	}
	return httpd.Redirect(w, r, place(r, p.ID))
}

// choicesFrom reads the form. Columns that were left as they are recognised are
// no choice; the columns of another system are chosen once that is saved.
func (f *Face) choicesFrom(r *http.Request, form ui.Form, im pims.Import) (pims.Choices, error) {
	c := pims.Choices{
		System: form.Get("system"), Encoding: pims.Encoding(form.Get("encoding")), Separator: form.Get("separator"),
		DateOrder: pims.DateOrder(form.Get("date_order")), Codes: codesFrom(form),
	}
	// The selects of the form were about the columns as they were read then.
	looks, err := f.Imports.Looks(r.Context(), im.PracticeID, im.ID)
	if err != nil {
		return c, err
	}
	if c.Encoding != im.Choices.Encoding || c.Separator != im.Choices.Separator || c.System != im.Choices.System && c.System != looks[0].System && c.System != "" {
		return c, nil
	}
	for number, l := range looks {
		mapped, err := mapping(form, number, l, im.Choices.Columns[l.Info.Kind])
		if err != nil {
			return c, err
		}
		if mapped != nil {
			if c.Columns == nil {
				c.Columns = map[string]map[string]string{}
			}
			c.Columns[l.Info.Kind] = mapped
			c.System = l.System
		}
	}
	return c, nil
}

// mapping is nil when the columns are left as they are recognised.
func mapping(form ui.Form, number int, l pims.Look, earlier map[string]string) (map[string]string, error) {
	chosen := map[string]string{}
	changed := len(earlier) > 0
	var complaints fault.Complaints
	for i, col := range l.Columns {
		field := columnField(number, i)
		if _, sent := form.Values[field]; !sent {
			continue
		}
		use := form.Get(field)
		if use != col.Use {
			changed = true
		}
		if use == "" {
			continue
		}
		before, twice := chosen[use]
		complaints.Check(!twice, field, fmt.Sprintf("%q and %q cannot both be %s. Leave one of them out.", before, col.Name, use))
		complaints.Check(!col.Never, field, fmt.Sprintf("%q is never stored. Leave it out.", col.Name))
		chosen[use] = col.Name
	}
	if err := complaints.Err(); err != nil || !changed || len(chosen) == 0 {
		return nil, err
	}
	for _, t := range l.Targets {
		if _, is := chosen[t.Name]; !is {
			chosen[t.Name] = ""
		}
	}
	return chosen, nil
}

// forget forgets what was chosen for files like these, and asks again.
func (f *Face) forget(w http.ResponseWriter, r *http.Request) error {
	p, err := f.find(r)
	if err != nil {
		return err
	}
	if _, err := f.Imports.ForgetChoices(r.Context(), access.ViewerFrom(r.Context()).PracticeID, p.ID); err != nil {
		return err
	}
	f.UI.Notice(w, r, "What was chosen for files like these is forgotten.")
	return httpd.Redirect(w, r, place(r, p.ID))
}
