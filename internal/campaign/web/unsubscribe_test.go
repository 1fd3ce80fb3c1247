package campaignweb_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/petparent"
)

// out is how often somebody is opted out by what they said.
func (w *world) out() int {
	return int(apptest.Number(w.App, `SELECT count(*) FROM pet_parent WHERE practice_id = $1 AND opted_out_at IS NOT NULL`, w.clinic.ID))
}

// clicks sends what a mail program sends (RFC 8058): no cookie, no page before it.
func (w *world) clicks(address, contentType, body string) int {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodPost, w.URL+address, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

const oneClick = "List-Unsubscribe=One-Click"

// The link at the end of bulk mail, by mail programs and by people.
func TestUnsubscribe(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put("C1", "Ann", "Able", "ann@example.com")
		w.put("C2", "Bob", "Brown", "bob@example.com")
		first := w.started(w.template, nil)
		w.Work()
		w.stands(first, "done", 0, 2, 0, 0, 0)
		ann, bob := w.LastMail("ann@example.com"), w.LastMail("bob@example.com")
		address := strings.TrimPrefix(ann.Unsubscribe, w.URL)
		if !strings.HasPrefix(address, "/paws/unsubscribe?token=") {
			t.Fatalf("List-Unsubscribe: %q", ann.Unsubscribe)
		}
		for part, words := range map[string]string{"text": ann.Text, "html": ann.HTML} {
			if !strings.Contains(words, ann.Unsubscribe) || !strings.Contains(words, "You get this because you are a client of Clinic paws.") {
				t.Errorf("the %s does not say how to unsubscribe: %s", part, words)
			}
		}
		if strings.Contains(ann.Unsubscribe, "ann") || ann.Unsubscribe == bob.Unsubscribe {
			t.Error("the link tells who it is of, or is the same for two people")
		}

		// Looking changes nothing, however often a scanner does.
		b := w.Browser()
		for range 3 {
			b.Get(address).Want(t, 200, "no more news by e-mail from Clinic paws", "Unsubscribe").Without(t, "Ann", "ann@example.com")
		}
		if w.out() != 0 {
			t.Fatal("looking at the link opted out")
		}

		// What is no link of this practice's, or not for this, gets one answer.
		token := strings.TrimPrefix(address, "/paws/unsubscribe?token=")
		id, mark, _ := strings.Cut(token, ".")
		other := w.Clinic("claws")
		bobs, _, _ := strings.Cut(strings.TrimPrefix(bob.Unsubscribe, w.URL+"/paws/unsubscribe?token="), ".")
		for name, path := range map[string]string{
			"none":              "/paws/unsubscribe",
			"nonsense":          "/paws/unsubscribe?token=nonsense",
			"cut short":         "/paws/unsubscribe?token=" + url.QueryEscape(token[:len(token)-2]),
			"somebody else's":   "/paws/unsubscribe?token=" + bobs + "." + mark,
			"another practice":  "/claws/unsubscribe?token=" + token,
			"nobody of theirs":  "/claws/unsubscribe?token=" + w.PetParents.UnsubscribeToken(other.ID, id),
			"for another thing": "/paws/unsubscribe?token=" + id + "." + w.forms(id),
		} {
			if got := w.clicks(path, "application/x-www-form-urlencoded", oneClick); got != 404 {
				t.Errorf("%s: %d", name, got)
			}
			w.Browser().Get(path).Want(t, 404, "This link is not complete")
		}
		if w.out() != 0 {
			t.Fatal("a wrong link opted out")
		}
		if got := w.clicks(address, "application/x-www-form-urlencoded", oneClick+"&x="+strings.Repeat("x", 10<<20)); got != 413 || w.out() != 0 {
			t.Errorf("10 MB: %d", got)
		}
		// It opens nothing else.
		w.Browser().Get("/paws/reset-password?token="+token).Want(t, 410)

		// Written before, and leaving after.
		second := w.started(w.template, nil)
		if err := w.Jobs.Drain(w.ctx()); err != nil {
			t.Fatal(err)
		}
		for _, one := range []struct{ kind, body string }{
			{"application/x-www-form-urlencoded", oneClick},
			{"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n"},
		} {
			if got := w.clicks(address, one.kind, one.body); got != 200 || w.out() != 1 {
				t.Errorf("%s: %d, %d opted out", one.kind, got, w.out())
			}
		}
		w.Work()
		w.stands(second, "done", 0, 1, 0, 1, 0)
		if n := apptest.Number(w.App, `SELECT count(*) FROM message WHERE state = 'dropped' AND last_error LIKE '%Opted out%'`); n != 1 {
			t.Errorf("%d messages say that somebody opted out", n)
		}
		// It counts for the next, once on record.
		third := w.started(w.template, nil)
		w.Work()
		w.stands(third, "done", 0, 1, 0, 0, 1)
		record := func(a audit.Action) int {
			return int(apptest.Number(w.App, `SELECT count(*) FROM audit WHERE action = $1 AND practice_id = $2 AND target_id = $3`, string(a), w.clinic.ID, id))
		}
		if n := record(audit.OptedOut); n != 1 {
			t.Errorf("%d times on record", n)
		}
		// An import never takes it back.
		w.put("C1", "Ann", "Abler", "ann@example.com", func(in *petparent.HouseholdInput) { in.OptOut = false })
		if w.out() != 1 {
			t.Error("an import took it back")
		}

		// The page says so, and the way back is on it.
		b = w.Browser()
		b.Get(address).Want(t, 200, "You are unsubscribed", "Undo")
		b.Post("/paws/unsubscribe", url.Values{"token": {token}, "undo": {"yes"}}).Want(t, 200, "You get news from Clinic paws by e-mail")
		if w.out() != 0 || record(audit.OptedIn) != 1 {
			t.Errorf("%d opted out, %d times on record", w.out(), record(audit.OptedIn))
		}
		b.Post("/paws/unsubscribe", url.Values{"token": {token}}).Want(t, 200, "You are unsubscribed")
		b = w.Browser()
		b.Speaks = "de"
		b.Get(address).Want(t, 200, "Sie sind abgemeldet", "Rückgängig")
		b.Get("/paws/unsubscribe?token=x").Want(t, 404, "Dieser Link ist nicht vollständig")
	})
}

// forms is a keyed hash of the same parts that is made for something else.
func (w *world) forms(id string) string {
	return base64.RawURLEncoding.EncodeToString(w.Ring.MAC("form", w.clinic.ID, id))
}

// What nobody can opt out of offers no way to.
func TestNoUnsubscribe(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put("C1", "Ann", "Able", "ann@example.com")
		w.Browser().Post("/paws/forgot-password", url.Values{"login": {w.clinic.Administrator.LoginID}}).Want(t, 200)
		w.Work()
		l := w.LastMail(w.clinic.Administrator.LoginID)
		if l.Unsubscribe != "" || strings.Contains(l.Text, "unsubscribe") || strings.Contains(l.HTML, "unsubscribe") {
			t.Errorf("a reset link offers to unsubscribe: %s", l.Text)
		}
	})
}
