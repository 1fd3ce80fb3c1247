package httpd

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/foundation/fault"
)

var (
	humaErrorType      = reflect.TypeFor[huma.ErrorModel]()
	problemGoType      = reflect.TypeFor[Problem]()
	problemErrorGoType = reflect.TypeFor[ProblemError]()
)

// What is wrong with a body as a whole.
var (
	errNotJSON = fault.New(fault.Invalid, "malformed-json",
		"The body is not valid JSON, so nothing was changed. Correct it and send it again.")
	errNoBody = fault.New(fault.Invalid, "body-missing",
		"This request needs a JSON body. Send one.")
	errMediaType = fault.New(fault.Invalid, "unsupported-media-type",
		"The body has a type that is not understood here. Send JSON with Content-Type: application/json.")
	errInput = fault.New(fault.Invalid, "invalid-input",
		"Some of the input needs another look. What to do is written beside each place.")
)

// transformProblem turns huma's own errors into our problems: our codes, our
// words, and nothing of what was sent.
func transformProblem(ctx huma.Context, _ string, v any) (any, error) {
	c, ok := ctx.(*apiContext)
	if !ok {
		return v, nil
	}
	if e, ok := v.(*huma.ErrorModel); ok {
		f := faultOfHuma(c.request, e)
		ex := exchangeFrom(c.request.Context())
		ex.code = f.Code
		if f.Kind == fault.Internal {
			ex.mux.Log.ErrorContext(c.request.Context(), "request failed", "request_id", ex.id, "error", e.Detail)
		}
		c.problem = ex.mux.problem(c.request, f)
		return c.problem, nil
	}
	return v, nil
}

func faultOfHuma(r *http.Request, e *huma.ErrorModel) *fault.Error {
	if f := bodyFault(r); f != nil {
		return f
	}
	switch e.Status {
	case http.StatusUnsupportedMediaType:
		return errMediaType
	case http.StatusBadRequest:
		if e.Detail == "request body is required" {
			return errNoBody
		}
		return withFields(errNotJSON, e.Errors)
	case http.StatusUnprocessableEntity:
		return withFields(errInput, e.Errors)
	}
	return fault.From(e)
}

const (
	mostErrors   = 50  // complaints in one answer
	longestPlace = 200 // bytes of a location, which holds the names of unknown fields
)

func withFields(f *fault.Error, details []*huma.ErrorDetail) *fault.Error {
	c := *f
	for _, d := range details[:min(len(details), mostErrors)] {
		place, words := inOurWords(d)
		if len(place) > longestPlace {
			place = strings.ToValidUTF8(place[:longestPlace], "") + "..."
		}
		c.Fields = append(c.Fields, fault.Field{Name: place, Message: words})
	}
	return &c
}

// inOurWords says a validation error of huma without the value in it.
func inOurWords(d *huma.ErrorDetail) (place, words string) {
	place = d.Location
	if place == "" {
		place = "body"
	}
	if name, ok := between(d.Message, "expected required property ", " to be present"); ok {
		return place + "." + name, "This is required."
	}
	for _, t := range validationWords {
		rest, ok := strings.CutPrefix(d.Message, t.begins)
		if !ok {
			continue
		}
		return place, strings.Replace(t.say, "%s", strings.Trim(rest, `"`), 1)
	}
	return place, "This is not what is expected here. Compare it with the description of this request."
}

func between(s, before, after string) (string, bool) {
	s, ok := strings.CutPrefix(s, before)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(s, after)
}

// validationWords translates what huma says; the first that fits counts. Only
// texts that come from the schema, never from the input, are carried over (%s).
var validationWords = []struct{ begins, say string }{
	{"unexpected property", "This field is not known here. Leave it out."},
	{"unknown query parameter", "This parameter is not known here. Leave it out."},
	{"required ", "This is required."},
	{"expected string to be RFC 5322 email", "Write a complete e-mail address, like name@example.org."},
	{"expected string to be RFC 3339 date-time", "Write a time like 2026-01-31T09:30:00Z."},
	{"expected string to be RFC 3339 date", "Write a date like 2026-01-31."},
	{"expected string to be RFC 3339 time", "Write a time of day like 09:30:00."},
	{"invalid date/time", "Write a time like 2026-01-31T09:30:00Z."},
	{"expected string to be RFC 3986 uri", "Write a complete web address."},
	{"expected string to be RFC 4122 uuid", "This is not an identifier that was given out here."},
	{"expected string to be base64", "Encode this as base64."},
	{"expected string to match pattern", "This does not have the expected form."},
	{"expected string to be", "This does not have the expected form."},
	{"expected string", "Write a text."},
	{"expected boolean", "Write true or false."},
	{"invalid boolean", "Write true or false."},
	{"expected integer", "Write a whole number."},
	{"invalid integer", "Write a whole number."},
	{"expected number >= ", "Use %s or more."},
	{"expected number > ", "Use more than %s."},
	{"expected number <= ", "Use %s or less."},
	{"expected number < ", "Use less than %s."},
	{"expected number to be a multiple of ", "Use a multiple of %s."},
	{"expected number", "Write a number."},
	{"invalid float", "Write a number."},
	{"expected length >= ", "Use at least %s characters."},
	{"expected length <= ", "Use at most %s characters."},
	{"expected array length >= ", "Give at least %s."},
	{"expected array length <= ", "Give at most %s."},
	{"expected array items to be unique", "Give each of them once."},
	{"expected array", "Write a list."},
	{"expected object", "Write an object."},
	{`expected value to be one of `, "Use one of: %s."},
	{"expected at most one value", "Give this once."},
	{notJSON, notJSON + "%s"},
	{wrongJSON, "A value in here has the wrong type."},
	{"cannot read multipart form", "Send this as multipart/form-data, complete to its last boundary."},
}

const (
	notJSON   = "This is not valid JSON"
	wrongJSON = "value of the wrong type"
)

// jsonFormat is encoding/json with errors that do not repeat the input.
var jsonFormat = huma.Format{
	Marshal: huma.DefaultJSONFormat.Marshal,
	Unmarshal: func(data []byte, v any) error {
		err := json.Unmarshal(data, v)
		var syntax *json.SyntaxError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &syntax):
			return errors.New(notJSON + near(data, syntax.Offset))
		}
		return errors.New(wrongJSON)
	},
}

// near says where in the input a mistake is.
func near(data []byte, offset int64) string {
	if offset >= int64(len(data)) {
		return ": it ends too early."
	}
	return fmt.Sprintf(": look near character %d.", offset)
}
