package httpd

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"catflap/internal/access"
)

// APIPrefix is where the operations of Register live.
const APIPrefix = "/api/v1"

// ruleKey is where an operation keeps its rule on the way through huma.
const ruleKey = "catflap.rule"

// API is the JSON side of the mux: operations that are described in an
// OpenAPI 3.1 document and stand behind the same guard as pages.
type API struct {
	mux     *Mux
	huma    huma.API
	json    func() ([]byte, error)
	buffers buffers
}

// Register adds an operation. Its path is given without APIPrefix; its rule
// holds as for pages and is written into the document. The handler's error is
// answered as a Problem by its kind of fault. It panics without a rule or an
// operation ID.
func Register[I, O any](a *API, rule access.Rule, op huma.Operation, h func(ctx context.Context, in *I) (*O, error)) {
	a.describe(&op, rule)
	if q := quick(a, h); q != nil {
		op.Metadata[quickKey] = q
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			f := a.mux.note(ctx, err)
			return nil, a.mux.problem(exchangeFrom(ctx).request, f)
		}
		return out, nil
	})
}

func newAPI(m *Mux) *API {
	a := &API{mux: m}
	schemas := huma.NewMapRegistry("#/components/schemas/", schemaName)
	schemas.RegisterTypeAlias(humaErrorType, problemGoType)
	a.huma = huma.NewAPI(huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:       "Catflap",
				Version:     "1",
				Description: apiDescription,
			},
			Servers:        []*huma.Server{{URL: APIPrefix}},
			Components:     &huma.Components{Schemas: schemas, SecuritySchemes: m.securitySchemes()},
			OnAddOperation: []huma.AddOpFunc{describePath},
		},
		Formats:                      map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{transformProblem},
	}, adapter{m})
	a.json = sync.OnceValues(func() ([]byte, error) { return json.Marshal(a.huma.OpenAPI()) })
	m.mount(&route{
		Route: Route{Pattern: "GET /api/openapi.json", Rule: access.Rule{Audience: access.Public}, API: true},
		open:  true,
	}, func(w http.ResponseWriter, _ *http.Request) error {
		doc, err := a.json()
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json")
		_, err = w.Write(doc)
		return err
	})
	return a
}

// describe completes an operation from its rule.
func (a *API) describe(op *huma.Operation, rule access.Rule) {
	if op.OperationID == "" {
		panic("httpd: the operation " + op.Method + " " + op.Path + " has no ID")
	}
	op.Method = strings.ToUpper(op.Method)
	rt := &route{Route: Route{Rule: rule, API: true}}
	op.MaxBodyBytes = bodyLimit(rt) + 1 // the body is limited already; huma would refuse one of just that size
	op.BodyReadTimeout = a.mux.bodyTimeFor(bodyLimit(rt))
	if op.Metadata == nil {
		op.Metadata = map[string]any{}
	}
	op.Metadata[ruleKey] = rule
	if op.Extensions == nil {
		op.Extensions = map[string]any{}
	}
	op.Extensions["x-catflap-audience"] = audienceNames(rule.Audience)
	if rule.Permission != "" {
		op.Extensions["x-catflap-permission"] = string(rule.Permission)
	}
	if rule.Feature != "" {
		op.Extensions["x-catflap-feature"] = string(rule.Feature)
	}
	if rule.AllBranches {
		op.Extensions["x-catflap-all-branches"] = true
	}
	if rule.StepUp {
		op.Extensions["x-catflap-step-up"] = true
	}
	if rule.Passive {
		op.Extensions["x-catflap-passive"] = true
	}
	op.Security = security(rule.Audience, !safe(op.Method))
	if forPrograms(rt) {
		op.Security = append(op.Security, map[string][]string{schemeKey: {}})
	}
}

// adapter registers huma's operations as routes behind the guard.
type adapter struct{ mux *Mux }

// Handle registers one operation; it is called by huma.Register.
func (a adapter) Handle(op *huma.Operation, h func(huma.Context)) {
	rule, _ := op.Metadata[ruleKey].(access.Rule)
	rt := &route{Route: Route{Pattern: op.Method + " " + APIPrefix + op.Path, Rule: rule, API: true}}
	quick, _ := op.Metadata[quickKey].(Handler)
	a.mux.mount(rt, func(w http.ResponseWriter, r *http.Request) error {
		if quick != nil && r.URL.RawQuery == "" { // huma refuses unknown parameters
			return quick(w, r)
		}
		h(&apiContext{humaContext: humago.NewContext(op, r, w), request: r})
		return nil
	})
}

// ServeHTTP is asked for by huma.Adapter.
func (a adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.serve(w, r) }

// humaContext has another name so that it can be embedded: huma.Context has a
// method Context.
type humaContext huma.Context

// apiContext lets the transformer correct the status that huma chose.
type apiContext struct {
	humaContext
	request *http.Request
	problem *Problem
}

// Unwrap is how humago finds its own context.
func (c *apiContext) Unwrap() huma.Context { return c.humaContext }

// SetStatus begins the answer.
func (c *apiContext) SetStatus(status int) {
	if c.problem != nil {
		status = c.problem.Status
	}
	c.humaContext.SetStatus(status)
}
