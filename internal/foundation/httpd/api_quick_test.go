package httpd

import (
	"context"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
)

type petOutput struct {
	Body struct {
		Name string `json:"name"`
	}
}

func (o *petOutput) AppendJSON(b []byte) []byte {
	return append(AppendJSONString(append(b, `{"name":`...), o.Body.Name), '}')
}

// TestAnswersThatWriteThemselves: the same guard, words, headers and document
// as for any other operation.
func TestAnswersThatWriteThemselves(t *testing.T) {
	k := newKit(t, "https://flap.example")
	name, failed := "", error(nil)
	answer := func(context.Context, *struct{}) (*petOutput, error) {
		out := &petOutput{}
		out.Body.Name = name
		return out, failed
	}
	rule := access.Rule{Audience: access.SignedIn, Passive: true}
	Register(k.API(), rule, huma.Operation{OperationID: "pet", Method: "GET", Path: "/pet"}, answer)
	type plain petOutput // does not write itself
	Register(k.API(), rule, huma.Operation{OperationID: "plain", Method: "GET", Path: "/plain"},
		func(ctx context.Context, in *struct{}) (*plain, error) {
			out, err := answer(ctx, in)
			return (*plain)(out), err
		})
	ask := func(path, token string) (status int, body, header string) {
		r := k.json("GET", "/api/v1/"+path, "", "Authorization", "Bearer "+token)
		h := r.Header().Clone()
		id := h.Get("X-Request-Id")
		h.Del("X-Request-Id")
		var all strings.Builder
		_ = h.Write(&all)
		return r.Code, strings.ReplaceAll(strings.ReplaceAll(r.Body.String(), id, "ID"), path, "PATH"), all.String()
	}
	for _, c := range []struct {
		name, pet, query, token string
		failed                  error
		status                  int
	}{
		{"well", "Minka", "", "cfs_staff", nil, 200},
		{"with care", "<\"Mi\u2028n\\ka\">\n", "", "cfs_staff", nil, 200},
		{"nobody", "Minka", "", "cfs_nobody", nil, 401},
		{"an unknown parameter", "Minka", "?x=1", "cfs_staff", nil, 422},
		{"a fault", "Minka", "", "cfs_staff", fault.New(fault.Busy, "busy", "Come again."), 503},
		{"a defect", "Minka", "", "cfs_staff", context.DeadlineExceeded, 500},
	} {
		name, failed = c.pet, c.failed
		status, body, header := ask("pet"+c.query, c.token)
		wantStatus, wantBody, wantHeader := ask("plain"+c.query, c.token)
		if status != c.status || status != wantStatus || body != wantBody || header != wantHeader {
			t.Errorf("%s: %d %s\n%swant %d %s\n%s", c.name, status, body, header, wantStatus, wantBody, wantHeader)
		}
	}
	if doc := k.json("GET", "/api/openapi.json", "").Body.String(); strings.Count(doc, `"operationId":"pet"`) != 1 || !strings.Contains(doc, "PetOutputBody") {
		t.Error("the document does not describe it")
	}
}

// TestPassiveRoutesAreQuiet: what programs ask for all day is logged at info
// level only when it is refused.
func TestPassiveRoutesAreQuiet(t *testing.T) {
	k, _ := newAPIKit(t)
	for token, level := range map[string]string{"cfs_staff": "DEBUG", "cfs_idle": "INFO"} {
		before := len(k.log.String())
		k.json("GET", "/api/v1/session", "", "Authorization", "Bearer "+token)
		if line := k.log.String()[before:]; !strings.Contains(line, `"level":"`+level+`","msg":"request"`) {
			t.Errorf("%s: %s", token, line)
		}
	}
}
