package petparentweb_test

import (
	"net/url"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

// Staff note that somebody wants no news, and take back only with a reason.
func TestNewsOfPetParent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		path := "/paws/pet-parents/" + w.ken + "/news"
		w.Browser().Get(path).Want(t, 200, "Sign in")
		sitter := w.Enter("paws", w.Hire(w.clinic, "Sid Sitter", "sid@paws.example", role.Sitter, w.clinic.North.ID), "")
		sitter.Get(path).Want(t, 403)
		sitter.Get("/paws/")
		sitter.Post(path, url.Values{"opted_out": {"yes"}}).Want(t, 403)
		stranger := w.Enter("other", w.other.Administrator, w.other.North.ID)
		stranger.Get("/other/pet-parents/"+w.ken+"/news").Want(t, 404)
		if w.profile(w.ken).OptedOut() {
			t.Fatal("somebody who may not noted it")
		}

		b := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		b.Get("/paws/pet-parents/"+w.ken).Want(t, 200, "Can be mailed", "/news")
		b.Get(path).Want(t, 200, "Send them no more news")
		b.Post(path, url.Values{"opted_out": {"yes"}, "reason": {strings.Repeat("x", 501)}}).Want(t, 422, "Use at most 500 characters")
		b.Post(path, url.Values{"opted_out": {"yes"}, "reason": {"told on the phone <b>"}}).Want(t, 200, "Left out", "Opted out", "noted by staff", "They get no more news by e-mail")
		p := w.profile(w.ken)
		if !p.OptedOut() || p.OptedOutBy != petparent.OptedOutByStaff || p.Household.OptOut {
			t.Errorf("opted out %v by %q, household %v", p.OptedOut(), p.OptedOutBy, p.Household.OptOut)
		}
		if w.profile(w.aya).OptedOut() || len(w.profile(w.aya).NotMailable) > 0 {
			t.Error("another person of the household was opted out too")
		}
		b.Get("/paws/pet-parents/pet-app?reason=opt_out").Want(t, 200, "Ken Ito").Without(t, "Aya Ito</a>")
		b.Get(path)
		b.Post(path, url.Values{"opted_out": {"no"}}).Want(t, 422, "Say how you know")
		b.Post(path, url.Values{"opted_out": {"no"}, "reason": {"asked at the desk"}}).Want(t, 200, "Can be mailed")
		if w.profile(w.ken).OptedOut() {
			t.Error("it was not taken back")
		}
		for action, reason := range map[audit.Action]string{audit.OptOutNoted: "told on the phone <b>", audit.OptOutLifted: "asked at the desk"} {
			if n := apptest.Number(w.App, `SELECT count(*) FROM audit WHERE action = $1 AND personal LIKE $2`, string(action), "%"+reason[:12]+"%"); n != 1 {
				t.Errorf("%s is on record %d times with its reason", action, n)
			}
		}
		b.Get("/paws/pet-parents/"+w.ken+"/history?field=news").Want(t, 200, "News by e-mail")

		token := w.Token("paws", w.clinic.Administrator, w.clinic.North.ID)
		w.API("PUT", "/pet-parents/"+w.foreign+"/news", token, map[string]any{"opted_out": true}).Want(t, 404)
		w.API("PUT", "/pet-parents/"+w.ken+"/news", token, map[string]any{"opted_out": true}).Want(t, 200)
		w.API("PUT", "/pet-parents/"+w.ken+"/news", token, map[string]any{"opted_out": false}).Want(t, 422)
	})
}

// Pet parents choose for themselves, and nobody is written to after a merge who
// did not want to.
func TestOwnNews(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ken := w.onboarded(w.ken, "ken@example.com")
		w.Browser().Post("/paws/pet-app/news", url.Values{"wanted": {"no"}}).Without(t, "no more news")
		b := w.Enter("paws", ken, "")
		b.Get("/paws/pet-app").Want(t, 200, "News by e-mail", "Send me no news")
		b.Post("/paws/pet-app/news", url.Values{"wanted": {"no"}, "form": {"wrong"}}).Want(t, 403)
		if w.profile(w.ken).OptedOut() {
			t.Fatal("a form of somebody else opted out")
		}
		b.Get("/paws/pet-app")
		b.Post("/paws/pet-app/news", url.Values{"wanted": {"no"}}).Want(t, 200, "You get no more news by e-mail", "Send me news")
		if p := w.profile(w.ken); p.OptedOutBy != petparent.OptedOutBySelf || len(p.NotMailable) != 1 || p.NotMailable[0] != petparent.ReasonOptOut {
			t.Errorf("by %q, left out because of %v", p.OptedOutBy, p.NotMailable)
		}
		token := w.Token("paws", ken, "")
		if got := w.API("GET", "/pet-parents/me", token, nil).Want(t, 200); got.Body["news"] != false {
			t.Errorf("the API says %v", got.Body["news"])
		}
		if got := w.API("PUT", "/pet-parents/me/news", token, map[string]any{"wanted": true}).Want(t, 200); got.Body["news"] != true {
			t.Errorf("the API says %v", got.Body["news"])
		}
		w.API("PUT", "/pet-parents/me/news", token, map[string]any{"wanted": false}).Want(t, 200)
		if err := w.PetParents.Merge(w.ctx(), w.clinic.ID, petparent.MergeInput{Stays: w.aya, Goes: w.ken, Same: true}); err != nil {
			t.Fatal(err)
		}
		if p := w.profile(w.aya); !p.OptedOut() || p.OptedOutBy != petparent.OptedOutBySelf {
			t.Error("the merge took back that they want no news")
		}
		// The link that the merged record was sent leads to the one that stays.
		w.Browser().Get("/paws/unsubscribe?token="+w.PetParents.UnsubscribeToken(w.clinic.ID, w.ken)).Want(t, 200, "You are unsubscribed")
	})
}
