package ui

import (
	"fmt"
	"slices"
	"strings"
)

// Choice is one option of a select or one row of choices.
type Choice struct {
	Value  string
	Label  string
	Note   string // second line of a row
	Hue    int    // with Branch: the branch's colour, 0-7
	Branch bool
}

// control is what all form components share.
type control struct {
	ID, Name, Label, Hint, Error string
	Optional                     string // the word beside the label, "" when the field must be filled
	Required, Autofocus          bool
	Disabled                     bool
}

// Described is the value of aria-describedby: the ids of hint and complaint.
func (c control) Described() string {
	var ids []string
	if c.Error != "" {
		ids = append(ids, c.ID+"-error")
	}
	if c.Hint != "" {
		ids = append(ids, c.ID+"-hint")
	}
	return strings.Join(ids, " ")
}

type fieldData struct {
	control
	Type, Value, Autocomplete, Inputmode   string
	Maxlength, Minlength, Pattern, Rows    string
	Accept, Min, Max, Size, Show, HideWord string
	Readonly, Multiple, Plain              bool
}

type selectData struct {
	control
	Value   string
	Choices []Choice
}

type checkboxData struct {
	control
	Value   string
	Checked bool
}

// settings are the named options of a component.
type settings map[string]any

// pairs reads "name" value "name" value; a name the component does not have is
// an error, because a typing error would otherwise go unnoticed.
func pairs(component string, kv []any, allowed ...string) (settings, error) {
	s := settings{}
	for i := 0; i < len(kv); i += 2 {
		name, ok := kv[i].(string)
		switch {
		case !ok || i+1 == len(kv):
			return nil, fmt.Errorf("%s: options come in pairs of a name and a value", component)
		case !slices.Contains(allowed, name):
			return nil, fmt.Errorf("%s: there is no option %q; there are %s", component, name, strings.Join(allowed, ", "))
		}
		s[name] = kv[i+1]
	}
	return s, nil
}

func (s settings) text(name string) string {
	if v := s[name]; v != nil {
		return fmt.Sprint(v)
	}
	return ""
}

// on reports whether a switch is set: anything but nothing, "", false and "no".
func (s settings) on(name string) bool {
	v := s.text(name)
	return v != "" && v != "false" && v != "no"
}

var controlOptions = []string{"hint", "id", "required", "optional", "autofocus", "disabled"}

func (v View) control(name, label string, s settings) (control, error) {
	c := control{
		ID: s.text("id"), Name: name, Label: label, Hint: s.text("hint"), Error: v.form.complaint(name),
		Required: s.on("required"), Autofocus: s.on("autofocus"), Disabled: s.on("disabled"),
	}
	if c.ID == "" {
		c.ID = fieldID(name)
	}
	if s.on("optional") {
		var err error
		if c.Optional, err = v.T("ui.field.optional"); err != nil {
			return control{}, err
		}
	}
	return c, nil
}

// fieldID is the id of a field's element, so that complaints can lead to it.
func fieldID(name string) string {
	return "field-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, name)
}

// typed is what the person sent for the field, else the value from the page.
func (v View) typed(name, stored string) string {
	if sent, ok := v.form.Values[name]; ok && len(sent) > 0 {
		return sent[0]
	}
	return stored
}

func newField(v View, name, label string, kv ...any) (fieldData, error) {
	s, err := pairs("field "+name, kv, append([]string{"type", "value", "autocomplete", "inputmode", "maxlength",
		"minlength", "pattern", "readonly", "multiple", "rows", "accept", "min", "max", "size"}, controlOptions...)...)
	if err != nil {
		return fieldData{}, err
	}
	c, err := v.control(name, label, s)
	if err != nil {
		return fieldData{}, err
	}
	f := fieldData{
		control: c, Type: s.text("type"), Autocomplete: s.text("autocomplete"), Inputmode: s.text("inputmode"),
		Maxlength: s.text("maxlength"), Minlength: s.text("minlength"), Pattern: s.text("pattern"), Rows: s.text("rows"),
		Accept: s.text("accept"), Min: s.text("min"), Max: s.text("max"), Size: s.text("size"), Readonly: s.on("readonly"), Multiple: s.on("multiple"),
	}
	if f.Type == "" {
		f.Type = "text"
	}
	switch f.Type {
	case "password":
		if f.Show, err = v.T("ui.field.show"); err != nil {
			return fieldData{}, err
		}
		if f.HideWord, err = v.T("ui.field.hide"); err != nil {
			return fieldData{}, err
		}
	case "code":
		f.Inputmode = orElse(f.Inputmode, "numeric")
	case "file":
	default:
		// Secrets are never sent back to the browser; all else is.
		f.Value = v.typed(name, s.text("value"))
	}
	// Addresses and login IDs are no sentences: no capital, no correction.
	f.Plain = f.Type == "email" || f.Type == "url" || f.Type == "code" || f.Type == "password" || f.Autocomplete == "username"
	return f, nil
}

func newSelect(v View, name, label string, choices []Choice, kv ...any) (selectData, error) {
	s, err := pairs("select "+name, kv, append([]string{"value"}, controlOptions...)...)
	if err != nil {
		return selectData{}, err
	}
	c, err := v.control(name, label, s)
	return selectData{control: c, Value: v.typed(name, s.text("value")), Choices: choices}, err
}

func newCheckbox(v View, name, label string, kv ...any) (checkboxData, error) {
	s, err := pairs("checkbox "+name, kv, append([]string{"value", "checked"}, controlOptions...)...)
	if err != nil {
		return checkboxData{}, err
	}
	c, err := v.control(name, label, s)
	if err != nil {
		return checkboxData{}, err
	}
	box := checkboxData{control: c, Value: s.text("value"), Checked: s.on("checked")}
	if box.Value != "" && !slices.Contains([]string{"yes", "on"}, box.Value) && s.text("id") == "" {
		box.ID = fieldID(name + "-" + box.Value) // one of several with this name
	}
	box.Value = orElse(box.Value, "yes")
	if v.form.Values != nil {
		box.Checked = slices.Contains(v.form.Values[name], box.Value)
	}
	return box, nil
}

// options makes choices from "value" "Label" pairs.
func options(kv ...string) ([]Choice, error) {
	if len(kv)%2 != 0 {
		return nil, fmt.Errorf("options: a value without a label")
	}
	var c []Choice
	for i := 0; i < len(kv); i += 2 {
		c = append(c, Choice{Value: kv[i], Label: kv[i+1]})
	}
	return c, nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
