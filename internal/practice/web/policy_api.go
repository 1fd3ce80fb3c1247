package practiceweb

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/practice"
)

// policyValues are settings by name: numbers, true or false, words. Its schema
// is made from the list of settings.
type policyValues map[string]any

// Schema implements huma.SchemaProvider.
func (policyValues) Schema(huma.Registry) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{}}
	for _, s := range practice.Settings() {
		one := &huma.Schema{Description: s.Label + ". " + s.Means, Default: s.Plain(practice.DefaultPolicy())}
		switch s.Kind {
		case practice.Number:
			low, high := float64(s.Low), float64(s.High)
			one.Type, one.Minimum, one.Maximum = huma.TypeInteger, &low, &high
			one.Description += " In " + s.Unit + "."
		case practice.Switch:
			one.Type = huma.TypeBoolean
		case practice.Choice:
			one.Type = huma.TypeString
			for _, o := range s.Options {
				one.Enum = append(one.Enum, o.Value)
			}
		}
		schema.Properties[s.Name] = one
	}
	return schema
}

// texts are the values as the core takes them.
func (v policyValues) texts() map[string]string {
	all := make(map[string]string, len(v))
	for name, value := range v {
		switch value := value.(type) {
		case bool:
			all[name] = "no"
			if value {
				all[name] = "yes"
			}
		case float64:
			all[name] = strconv.FormatFloat(value, 'f', -1, 64)
		default:
			all[name] = fmt.Sprint(value)
		}
	}
	return all
}

func valuesOf(p practice.Policy) policyValues {
	all := policyValues{}
	for _, s := range practice.Settings() {
		all[s.Name] = s.Plain(p)
	}
	return all
}

type settingBody struct {
	Name      string     `json:"name"`
	Default   any        `json:"default"`
	Minimum   *int       `json:"minimum,omitempty"`
	Maximum   *int       `json:"maximum,omitempty"`
	Values    []string   `json:"values,omitempty"`
	ChangedAt *time.Time `json:"changed_at,omitempty"`
	ChangedBy string     `json:"changed_by,omitempty" doc:"How the account was called."`
}

type policyOutput struct {
	Body struct {
		Policy    policyValues  `json:"policy" doc:"As chosen."`
		InForce   policyValues  `json:"in_force" doc:"As it counts: strict mode laid over what was chosen."`
		Revision  string        `json:"revision" doc:"Changes with every change."`
		Settings  []settingBody `json:"settings"`
		Roles     []secondBody  `json:"second_factor_roles" doc:"Two-factor authentication of staff: who has several roles follows the strictest."`
		Hidden    *int          `json:"backup_codes_hidden,omitempty" doc:"People whose backup codes strict mode has just made unreadable."`
		Withdrawn *int64        `json:"withdrawn,omitempty" doc:"Temporary passwords that strict mode has just destroyed."`
	}
}

type policyInput struct {
	Body struct {
		Policy   policyValues `json:"policy,omitempty" doc:"Settings that are left out stay as they are."`
		Roles    []secondWish `json:"second_factor_roles,omitempty" maxItems:"500" doc:"Roles, and what is left out of them, stay as they are."`
		Revision string       `json:"revision,omitempty" maxLength:"40" doc:"Of the policy that was read; a change in between is a conflict."`
	}
}

func (f *Face) policyAPI(a *httpd.API) {
	op := func(id, method, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/policy", Summary: summary, Tags: []string{"Practice"}}
	}
	httpd.Register(a, policyRule(false), op("policy", http.MethodGet, "What the practice decided, with defaults, bounds and last changes"),
		func(ctx context.Context, _ *struct{}) (*policyOutput, error) { return f.policyAnswer(ctx) })
	preview := op("preview-policy", http.MethodPost, "Whom a change would concern at their next sign-in; nothing is saved, and what cannot be is refused")
	preview.Path += "/preview"
	httpd.Register(a, policyRule(true), preview, f.apiPreviewPolicy)
	httpd.Register(a, policyRule(true), op("change-policy", http.MethodPut, "Change settings; strict destroys readable temporary passwords and backup codes"), f.apiChangePolicy)
}

func (f *Face) policyAnswer(ctx context.Context) (*policyOutput, error) {
	v, err := f.Practices.PolicyOf(ctx, f.Practices.DB, access.ViewerFrom(ctx).PracticeID)
	if err != nil {
		return nil, err
	}
	out := &policyOutput{}
	out.Body.Policy, out.Body.InForce, out.Body.Revision = valuesOf(v.Chosen), valuesOf(v.InForce), v.Revision
	for _, s := range practice.Settings() {
		b := settingBody{Name: s.Name, Default: s.Plain(practice.DefaultPolicy())}
		if s.Kind == practice.Number {
			b.Minimum, b.Maximum = &s.Low, &s.High
		}
		for _, o := range s.Options {
			b.Values = append(b.Values, o.Value)
		}
		if last, changed := v.Changes[s.Name]; changed {
			b.ChangedAt, b.ChangedBy = &last.At, last.Name
		}
		out.Body.Settings = append(out.Body.Settings, b)
	}
	lines, err := f.seconds(ctx, v.Changes)
	out.Body.Roles = make([]secondBody, 0, len(lines))
	for _, l := range lines {
		out.Body.Roles = append(out.Body.Roles, secondFrom(l))
	}
	return out, err
}

// wanted is what a program sent, as the core takes it.
func (f *Face) wanted(ctx context.Context, in *policyInput) practice.PolicyInput {
	return practice.PolicyInput{
		Values: in.Body.Policy.texts(), Revision: in.Body.Revision,
		Besides: f.Roles.DecideSecond(access.ViewerFrom(ctx).PracticeID, wishesOf(in.Body.Roles)),
	}
}

func (f *Face) apiPreviewPolicy(ctx context.Context, in *policyInput) (*effectOutput, error) {
	effect, err := f.Onboarding.PreviewPolicy(ctx, f.wanted(ctx, in))
	if err != nil {
		return nil, err
	}
	return &effectOutput{Body: effectFrom(effect)}, nil
}

func (f *Face) apiChangePolicy(ctx context.Context, in *policyInput) (*policyOutput, error) {
	changed, err := f.Onboarding.ChangePolicy(ctx, f.wanted(ctx, in))
	if err != nil {
		return nil, err
	}
	out, err := f.policyAnswer(ctx)
	if err == nil && changed.After.Strict && !changed.Before.Strict {
		out.Body.Withdrawn, out.Body.Hidden = &changed.Withdrawn, &changed.Hidden
	}
	return out, err
}
