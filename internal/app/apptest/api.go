package apptest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Answer is what the JSON API said.
type Answer struct {
	Status int
	Header http.Header
	Body   map[string]any
	Raw    string
}

// API calls the JSON API as a program would: with a bearer token or without.
func (a *App) API(method, path, bearer string, body any) Answer {
	a.T.Helper()
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			a.T.Fatal(err)
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, a.URL+"/api/v1"+path, r)
	if err != nil {
		a.T.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		a.T.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		a.T.Fatal(err)
	}
	out := Answer{Status: res.StatusCode, Header: res.Header, Raw: string(raw)}
	_ = json.Unmarshal(raw, &out.Body) // not every answer is an object
	return out
}

// Try is one call of the JSON API and what has to come of it. It has no name of
// its own, so that tests can write it as a row without the names of the fields.
type Try = struct {
	Method, Path, Token string
	Body                any
	Status              int
	Code                string // end of the problem's type, "" for any
}

// Tries makes the calls one after the other and goes on where one is answered
// otherwise.
func (a *App) Tries(all []Try) {
	a.T.Helper()
	for _, x := range all {
		got := a.API(x.Method, x.Path, x.Token, x.Body)
		if got.Status != x.Status || x.Code != "" && !strings.HasSuffix(got.Text("type"), x.Code) {
			a.T.Errorf("%s %s %v: %d, want %d %s: %s", x.Method, x.Path, x.Body, got.Status, x.Status, x.Code, got.Raw)
		}
	}
}

// Want fails the test unless the answer has the status.
func (r Answer) Want(t testing.TB, status int) Answer {
	t.Helper()
	if r.Status != status {
		t.Fatalf("status %d, want %d: %s", r.Status, status, r.Raw)
	}
	return r
}

// Text is a string in the answer by its path of keys; "" when it is not there.
func (r Answer) Text(keys ...string) string {
	var v any = r.Body
	for _, k := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = m[k]
	}
	s, _ := v.(string)
	return s
}
