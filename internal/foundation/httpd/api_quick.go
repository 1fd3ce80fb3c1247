package httpd

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"sync"
	"unicode/utf8"
)

// JSONAppender is an answer of an operation that writes itself: the same text
// that encoding/json makes of its body. It is for what programs ask for all day
// long, where finding out by reflection how to write costs more than all the
// rest. It counts for operations that take no input.
type JSONAppender interface {
	AppendJSON(b []byte) []byte
}

// quickKey is where an operation keeps its quick handler on the way through huma.
const quickKey = "catflap.quick"

// buffers are used again by answer after answer.
type buffers struct{ pool sync.Pool }

// quick is the handler of an operation without input whose answer writes
// itself, nil for all others.
func quick[I, O any](a *API, h func(ctx context.Context, in *I) (*O, error)) Handler {
	if _, ok := any((*O)(nil)).(JSONAppender); !ok || reflect.TypeFor[I]().NumField() > 0 {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		out, err := h(r.Context(), new(I))
		if err != nil {
			return err
		}
		b, ok := a.buffers.pool.Get().(*[]byte)
		if !ok {
			b = new([]byte)
		}
		defer a.buffers.pool.Put(b)
		*b = append(any(out).(JSONAppender).AppendJSON((*b)[:0]), '\n')
		w.Header()["Content-Type"] = jsonContent
		_, err = w.Write(*b)
		return err
	}
}

// jsonContent is shared by answers: Set and Add of http.Header never write into it.
var jsonContent = []string{"application/json"}

// AppendJSONString appends s as JSON text.
func AppendJSONString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return appendAnyString(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendAnyString leaves to encoding/json what needs care.
func appendAnyString(b []byte, s string) []byte {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be encoded
	return append(b, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...)
}
