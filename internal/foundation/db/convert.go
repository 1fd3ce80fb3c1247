package db

import (
	"database/sql"
	"encoding/json"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"catflap/internal/foundation/fault"
)

// in prepares arguments for the drivers, in place of the driver's own ideas
// about them: times become microseconds, JSON becomes text, and named types
// become what they are made of. Text that PostgreSQL could not store is refused
// for both.
func in(args []any) ([]any, error) {
	if len(args) == 0 {
		return nil, nil
	}
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = inOne(a)
		if s, ok := out[i].(string); ok && (!utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0) {
			return nil, fault.New(fault.Invalid, "unreadable-text",
				"Some of the text has characters that cannot be stored. Type it again instead of pasting it.")
		}
	}
	return out, nil
}

func inOne(a any) any {
	switch v := a.(type) {
	case nil, string, []byte, int, int64, bool, float64:
		return a
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.UnixMicro()
	case json.RawMessage:
		return string(v)
	}
	v := reflect.ValueOf(a)
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int()
	}
	return a
}

// out wraps destinations so that times are converted and NULL is the zero
// value of everything else.
func out(dst []any) []any {
	wrapped := make([]any, len(dst))
	for i, d := range dst {
		switch p := d.(type) {
		case *time.Time:
			wrapped[i] = timeInto{p}
		case *string:
			wrapped[i] = into[string]{p}
		case *int64:
			wrapped[i] = into[int64]{p}
		case *int:
			wrapped[i] = into[int]{p}
		case *bool:
			wrapped[i] = into[bool]{p}
		case sql.Scanner, *[]byte, *any:
			wrapped[i] = d
		default:
			wrapped[i] = intoNamed(d)
		}
	}
	return wrapped
}

// timeInto reads microseconds since 1970, NULL as the zero time.
type timeInto struct{ dst *time.Time }

func (t timeInto) Scan(src any) error {
	if v, ok := src.(int64); ok {
		*t.dst = time.UnixMicro(v).UTC()
		return nil
	}
	var micros sql.Null[int64]
	if err := micros.Scan(src); err != nil {
		return err
	}
	*t.dst = time.Time{}
	if micros.Valid {
		*t.dst = time.UnixMicro(micros.V).UTC()
	}
	return nil
}

// into reads a T, NULL as its zero value.
type into[T any] struct{ dst *T }

func (d into[T]) Scan(src any) error {
	if v, ok := src.(T); ok {
		*d.dst = v
		return nil
	}
	var v sql.Null[T]
	if err := v.Scan(src); err != nil {
		return err
	}
	*d.dst = v.V
	return nil
}

// intoNamed does for types made of text, numbers or booleans what into does
// for the plain ones. Anything else is left to database/sql.
func intoNamed(dst any) any {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return dst
	}
	switch v.Elem().Kind() {
	case reflect.String, reflect.Bool, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return namedInto{v.Elem()}
	}
	return dst
}

type namedInto struct{ dst reflect.Value }

func (d namedInto) Scan(src any) error {
	var err error
	switch d.dst.Kind() {
	case reflect.String:
		var v string
		err = into[string]{&v}.Scan(src)
		d.dst.SetString(v)
	case reflect.Bool:
		var v bool
		err = into[bool]{&v}.Scan(src)
		d.dst.SetBool(v)
	case reflect.Float32, reflect.Float64:
		var v float64
		err = into[float64]{&v}.Scan(src)
		d.dst.SetFloat(v)
	default:
		var v int64
		err = into[int64]{&v}.Scan(src)
		d.dst.SetInt(v)
	}
	return err
}
