package httpd

import (
	"context"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
)

// What the guard says. Sentinels: compared by code.
var (
	// errNobody is for requests without any credential.
	errNobody = fault.New(fault.SignedOut, "signed-out",
		"You are not signed in. Sign in to go on.")
	errUnfinished = fault.New(fault.SignedOut, "sign-in-unfinished",
		"Your sign-in is not finished yet. Go on with the step that is still open.")
	errOtherPractice = fault.New(fault.SignedOut, "other-practice",
		"You are signed in somewhere else. Sign in here to go on; that ends the other session.")
	errOtherPracticeAPI = fault.New(fault.NotFound, "not-found",
		"There is nothing here for this account.")
	errAlreadyIn = fault.New(fault.Conflict, "already-signed-in",
		"You are already signed in. There is no sign-in left to finish.")
	errAudience = fault.New(fault.Forbidden, "not-for-this-account",
		"This page is not meant for your kind of account. Go back to your first page.")
	errPermission = fault.New(fault.Forbidden, "permission-missing",
		"Your role in this branch does not allow this. Ask an administrator of your practice if you need it.")
	errFeature = fault.New(fault.Forbidden, "feature-off",
		"This is not switched on in this branch, or not part of your practice's plan. \"Missing something?\" says which of the two, and who can change it.")
	errFeatureClient = fault.New(fault.Forbidden, "feature-off",
		"Your practice does not offer this at the moment. Call or write to them if you need something.")
	errLocked = fault.New(fault.Forbidden, "session-locked",
		"This session is locked. Unlock it with your password to go on.")
	errProgram = fault.New(fault.Forbidden, "not-for-programs",
		"An API key cannot do this, whatever its permissions. Sign in as a person.")
	errStepUp = fault.New(fault.StepUp, "step-up-required",
		"Please confirm that it is you before you go on.")
)

// AskHeader on a form without fields asks whether it would be let in, and does
// nothing. A page asks before it is left with what was typed on it.
const AskHeader = "Catflap-Ask"

// guarded is the handler behind the guard.
func (m *Mux) guarded(rt *route, h Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ex := exchangeFrom(r.Context())
		ex.route = rt
		r, err := m.admit(w, r, rt)
		ex.request = r
		switch {
		case err != nil:
		case !rt.API && !safe(r.Method) && r.Header.Get(AskHeader) != "":
			w.WriteHeader(http.StatusNoContent)
		default:
			defer removeUploads(r)
			err = h(w, r)
		}
		m.finish(w, r, err)
	}
}

// admit checks a request against its route's rule, cheapest and most telling
// reason first. The exchange then knows practice and viewer as far as they are
// known, also with an error.
func (m *Mux) admit(w http.ResponseWriter, r *http.Request, rt *route) (*http.Request, error) {
	if rt.open {
		return r, nil
	}
	ctx, ex := r.Context(), exchangeFrom(r.Context())
	if rt.inPractice() {
		p, err := m.findPractice(ctx, r.PathValue("practice"))
		if err != nil {
			return r, err
		}
		ex.Practice = &p
	} else if rt.public() && rt.onPlatform() {
		ex.Practice = &access.Practice{} // whatever practice the browser is signed in to
	}
	c, err := m.credentialOf(w, r, rt.Rule)
	if err != nil {
		return r, err
	}
	ex.Viewer = c.viewer
	if !rt.public() {
		if err := m.mayEnter(ctx, c, rt); err != nil {
			return r, err
		}
	}
	if safe(r.Method) {
		return r, nil
	}
	r, err = m.takeBody(w, r, rt)
	if err != nil {
		return r, err
	}
	if c.cookie && !rt.public() {
		return r, m.checkForm(r, c.viewer, rt)
	}
	return r, nil
}

// mayEnter is the part of the rule that asks who the viewer is. The practice
// comes before the audience: whoever belongs elsewhere is a stranger here.
func (m *Mux) mayEnter(ctx context.Context, c credential, rt *route) error {
	v, rule := c.viewer, rt.Rule
	switch {
	case v.Audience() == 0:
		return c.ended
	case rt.inPractice() && v.PracticeID != access.PracticeFrom(ctx).ID:
		if rt.API {
			return errOtherPracticeAPI
		}
		return errOtherPractice
	case rt.onPlatform() && rule.Audience.Has(access.Pending) && v.PracticeID != "":
		return errOtherPractice
	case v.KeyID != "" && !forPrograms(rt):
		return errProgram
	case v.KeyID == "" && !rule.Audience.Has(v.Audience()):
		return wrongAudience(v, rule)
	case v.Locked && !rule.Locked:
		return errLocked
	case rule.Permission != "" && asksPermission(v) && !holds(v, rule):
		return errPermission
	case rule.Feature != "" && v.PracticeID != "" && !v.Has(rule.Feature):
		return featureOff(v)
	case rule.StepUp && !v.Proven(m.Clock.Now()):
		return errStepUp
	}
	return nil
}

// forPrograms reports whether API keys may come in: where a permission decides,
// and where the rule says so, but never past step-up.
func forPrograms(rt *route) bool {
	rule := rt.Rule
	if !rt.API || rule.StepUp {
		return false
	}
	return rule.Audience.Has(access.Program) || rule.Audience.Has(access.Staff) && rule.Permission != ""
}

// asksPermission reports whether permissions mean anything to the viewer: pet
// parents and platform accounts have none.
func asksPermission(v access.Viewer) bool {
	return v.Kind == access.KindStaff || v.Kind == access.KindProgram
}

func holds(v access.Viewer, rule access.Rule) bool {
	may := v.May
	if rule.AllBranches {
		may = v.MayEverywhere
	}
	return may(rule.Permission) || rule.Or != "" && may(rule.Or)
}

// featureOff is who reads it: staff look for the cause, pet parents have no menu.
func featureOff(v access.Viewer) error {
	if v.Kind == access.KindClient {
		return errFeatureClient
	}
	return errFeature
}

func wrongAudience(v access.Viewer, rule access.Rule) error {
	switch {
	case v.SignInID != "":
		return errUnfinished
	case rule.Audience == access.Pending:
		return errAlreadyIn
	}
	return errAudience
}
