package accountweb

import (
	"encoding/json"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/httpd"
)

// strengthRoutes is the address that the meter beside a new password asks. It is
// open to everybody, because people choose passwords before they can sign in;
// what they send is neither stored nor logged.
func (f *Face) strengthRoutes(m *httpd.Mux) {
	rule := access.Rule{Audience: access.Public, Passive: true, Upload: 16 << 10}
	for _, base := range []string{"/{practice}", "/platform", "/setup"} {
		m.Handle("POST "+base+"/password-strength", rule, f.strength)
	}
}

// strength rates a password by the rules that it will meet. Strangers learn
// nothing here that the sign-in page does not tell: the names of branches and
// pets count only for the person themselves.
func (f *Face) strength(w http.ResponseWriter, r *http.Request) error {
	p := access.Practice{}
	if r.PathValue("practice") != "" {
		p = access.PracticeFrom(r.Context())
	}
	rules, err := f.Factors.RulesSeen(r.Context(), p, r.PostForm.Get("login"))
	if err != nil {
		return err
	}
	level, problem := rules.Rate(r.PostForm.Get("password"))
	answer := map[string]string{"level": string(level), "words": f.UI.Text(r, "account.strength."+string(level))}
	advice := string(level)
	if problem != factor.NoProblem {
		advice = string(problem)
	}
	if level != factor.Strong {
		answer["advice"] = f.UI.Text(r, "account.strength.advice."+advice, "Minimum", rules.Minimum)
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(answer)
}
