package ui

import (
	"net/http"
	"net/url"
	"reflect"

	"catflap/internal/foundation/fault"
)

// Form is what a person typed and what is wrong with it. A page's data embeds
// it, so that the components find both by the field's name.
type Form struct {
	Values     url.Values
	Complaints []fault.Field
}

// FormFrom is the posted form of a request, without complaints. A body that
// cannot be read gives an empty form; whoever binds the input complains.
func FormFrom(r *http.Request) Form {
	if r.PostForm == nil {
		_ = r.ParseForm()
	}
	values := r.PostForm
	if r.MultipartForm != nil {
		values = url.Values(r.MultipartForm.Value)
	}
	return Form{Values: values}
}

// With returns the form with the complaints of err: one per field, or the
// error's words alone when it names no field. With(nil) changes nothing.
func (f Form) With(err error) Form {
	if err == nil {
		return f
	}
	e := fault.From(err)
	added := e.Fields
	if len(added) == 0 {
		added = []fault.Field{{Message: e.Message}}
	}
	f.Complaints = append(f.Complaints[:len(f.Complaints):len(f.Complaints)], added...)
	return f
}

// Get is what was typed into the field, "" when it was not sent.
func (f Form) Get(name string) string { return f.Values.Get(name) }

// complaint is what is wrong with the field, "" when nothing is.
func (f Form) complaint(name string) string {
	for _, c := range f.Complaints {
		if c.Name == name {
			return c.Message
		}
	}
	return ""
}

// formIn finds the Form in a page's data; pages without one have the zero Form.
func formIn(data any) Form {
	v := reflect.ValueOf(data)
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return Form{}
	}
	if f := v.FieldByName("Form"); f.IsValid() {
		if form, ok := f.Interface().(Form); ok {
			return form
		}
	}
	return Form{}
}
