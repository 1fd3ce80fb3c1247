package campaignweb_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"catflap/internal/app/apptest"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

// Everybody who can be written to gets one message in the words of the start, and
// of the others the report says why not.
func TestAlert(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put("C1", "Ann", "Able", "ann@example.com")
		w.put("C2", "Bea", "Bounce", "not an address", func(in *petparent.HouseholdInput) {
			in.People[0].Emails, in.People[0].EmailProblem = nil, petparent.EmailInvalid
		})
		w.put("C3", "Cid", "Out", "cid@example.com", func(in *petparent.HouseholdInput) { in.OptOut = true })
		w.put("C4", "Dot", "Gone", "dot@example.com", func(in *petparent.HouseholdInput) { in.Active = false })
		w.put("C5", "Eve", "Sad", "eve@example.com", func(in *petparent.HouseholdInput) { in.Pets[0].Deceased = true })
		w.put("C6", "", "Nameless", "ned@example.com")
		w.put("C7", "Fay", "None", "")
		w.put("C8", "Gus", "South", "gus@example.com", func(in *petparent.HouseholdInput) { in.HomeBranchID = w.clinic.South.ID })
		id := w.draft(w.template, nil)
		plan := w.API("GET", "/campaigns/"+id+"/plan", w.token, nil).Want(t, 200)
		if plan.Body["people"] != 8.0 || plan.Body["write"] != 2.0 {
			t.Errorf("plan: %s", plan.Raw)
		}
		want := map[string]any{"invalid_email": 1.0, "opt_out": 1.0, "inactive": 1.0, "all_pets_deceased": 1.0, "no_email": 1.0, "missing:first_name": 1.0, "missing:pets": 1.0}
		if d := cmp.Diff(want, plan.Body["reasons"]); d != "" {
			t.Errorf("reasons (-want +got): %s", d)
		}
		w.API("POST", "/campaigns/"+id+"/start", w.token, nil).Want(t, 202)
		// Another edit of the template changes nothing any more.
		text := w.API("GET", "/templates/"+w.template+"/texts/en", w.token, nil).Want(t, 200)
		w.API("PUT", "/templates/"+w.template+"/texts/en", w.token, map[string]any{
			"subject": "Edited", "html": "<p>Edited</p>", "seen": text.Text("version"),
		}).Want(t, 200)
		w.Work()
		w.stands(id, "done", 0, 2, 0, 0, 6)
		if d := cmp.Diff(map[string]int{"ann@example.com": 1, "gus@example.com": 1}, w.letters("")); d != "" {
			t.Errorf("letters (-want +got): %s", d)
		}
		if l := w.LastMail("ann@example.com"); l.Subject != "Hello Ann" || !strings.Contains(l.Text, "bring Rex to Clinic paws") {
			t.Errorf("the letter is %q: %s", l.Subject, l.Text)
		}
		got := w.API("GET", "/campaigns/"+id+"/recipients?limit=3", w.token, nil).Want(t, 200)
		seen := map[string]string{}
		for {
			for _, item := range got.Body["items"].([]any) {
				m := item.(map[string]any)
				words := m["outcome"].(string)
				if reasons, left := m["reasons"].([]any); left {
					words += " " + reasons[0].(string)
				}
				seen[m["client_number"].(string)] += words
			}
			if got.Text("next") == "" {
				break
			}
			got = w.API("GET", "/campaigns/"+id+"/recipients?limit=3&after="+got.Text("next"), w.token, nil).Want(t, 200)
		}
		if d := cmp.Diff(map[string]string{
			"C1": "sent", "C8": "sent", "C2": "left_out invalid_email", "C3": "left_out opt_out", "C4": "left_out inactive",
			"C5": "left_out all_pets_deceased", "C6": "left_out missing:first_name", "C7": "left_out no_email",
		}, seen); d != "" {
			t.Errorf("recipients (-want +got): %s", d)
		}
		w.Clock.Advance(time.Minute)
		w.Work()
		if n := apptest.Number(w.App, `SELECT count(*) FROM audit WHERE action = 'campaign.ended' AND practice_id = $1`, w.clinic.ID); n != 1 {
			t.Errorf("the end is on record %d times", n)
		}
		// For one branch only.
		south := w.started(w.template, map[string]any{"branch": w.clinic.South.ID})
		w.Work()
		w.stands(south, "done", 0, 1, 0, 0, 0)
	})
}

func TestAlertRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put("C1", "Ann", "Able", "ann@example.com")
		other := w.Clinic("claws")
		stranger := w.Token("claws", other.Administrator, other.North.ID)
		north := w.Token("paws", w.Hire(w.clinic, "Nora North", "nora@paws.example", role.Receptionist, w.clinic.North.ID), "")
		desk := w.Token("paws", w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, ""), w.clinic.North.ID)
		vet := w.Token("paws", w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, ""), w.clinic.North.ID)
		id := w.draft(w.template, nil)
		one := "/campaigns/" + id
		in := func(kv ...any) map[string]any {
			all := map[string]any{"name": "News", "template": w.template}
			for i := 0; i < len(kv); i += 2 {
				all[kv[i].(string)] = kv[i+1]
			}
			return all
		}
		w.Tries([]apptest.Try{
			{"GET", "/campaigns", "", nil, 401, ""},
			{"GET", "/campaigns", vet, nil, 403, ""},
			{"GET", "/campaigns", north, nil, 403, ""}, // writes to one branch only
			{"GET", "/campaigns", desk, nil, 200, ""},
			{"GET", one, stranger, nil, 404, ""},
			{"POST", one + "/start", stranger, nil, 404, ""},
			{"POST", one + "/cancel", stranger, nil, 404, ""},
			{"DELETE", one, stranger, nil, 404, ""},
			{"GET", one + "/recipients", stranger, nil, 404, ""},
			{"GET", "/campaigns/junk", w.token, nil, 404, ""},
			{"POST", "/campaigns", w.token, in("name", "  "), 422, ""},
			{"POST", "/campaigns", w.token, in("name", strings.Repeat("x", 81)), 422, ""},
			{"POST", "/campaigns", w.token, in("template", ""), 422, ""},
			{"POST", "/campaigns", w.token, in("template", "staff_invitation"), 422, ""},
			{"POST", "/campaigns", w.token, in("template", "nothing"), 422, ""},
			{"POST", "/campaigns", w.token, in("audience", map[string]any{"branch": other.North.ID}), 422, ""},
			{"POST", "/campaigns", w.token, in("audience", map[string]any{"campaign": other.North.ID}), 422, ""},
			{"PUT", one, w.token, in("mark", 7), 409, "campaign-changed"},
			{"PUT", one, w.token, in("mark", 1), 200, ""},
			{"POST", one + "/start", w.token, map[string]any{"mark": 1}, 409, "campaign-changed"},
			{"POST", one + "/pause", w.token, nil, 409, "campaign-not-now"},
			{"POST", one + "/resume", w.token, nil, 409, "campaign-not-now"},
			{"POST", one + "/cancel", w.token, nil, 409, "campaign-not-now"},
			{"POST", one + "/again", w.token, nil, 409, "campaign-not-now"},
			{"POST", one + "/start", w.token, map[string]any{"mark": 2}, 202, ""},
			{"POST", one + "/start", w.token, nil, 409, "campaign-started"},
			{"PUT", one, w.token, in("mark", 3), 409, "campaign-started"},
			{"DELETE", one, w.token, nil, 409, "campaign-started"},
			{"POST", one + "/test", w.token, nil, 409, "campaign-started"},
		})
		empty := w.draft(w.template, map[string]any{"q": "nobody"})
		w.Tries([]apptest.Try{
			{"POST", "/campaigns/" + empty + "/start", w.token, nil, 409, "campaign-nobody"},
			{"POST", "/campaigns/" + empty + "/test", w.token, nil, 409, "campaign-nobody"},
			{"DELETE", "/campaigns/" + empty, w.token, nil, 204, ""},
			{"GET", "/campaigns/" + empty, w.token, nil, 404, ""},
		})
		// Credentials ask for more: the right to manage logins, and a fresh proof.
		secret := w.draft("welcome", nil)
		w.Clock.Advance(6 * time.Minute)
		w.Tries([]apptest.Try{
			{"POST", "/campaigns/" + secret + "/start", w.token, nil, 403, "step-up-required"},
		})
		proof := w.API("POST", "/session/step-up", w.token, map[string]any{"password": w.clinic.Administrator.Password}).Want(t, 200)
		w.API("POST", "/campaigns/"+secret+"/start", proof.Text("token"), nil).Want(t, 202)
	})
}

// Sixteen people press the button at the same moment.
func TestStartedOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		w.many(20)
		id := w.draft(w.template, nil)
		if n := apptest.AtOnce(16, func(int) bool { return w.API("POST", "/campaigns/"+id+"/start", w.token, nil).Status == 202 }); n != 1 {
			t.Errorf("started %d times", n)
		}
		w.Work()
		w.stands(id, "done", 0, 20, 0, 0, 0)
		for to, n := range w.letters("") {
			if n != 1 {
				t.Errorf("%s got %d letters", to, n)
			}
		}
	})
}
