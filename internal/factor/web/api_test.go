package factorweb_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
)

const api = "/account/two-factor"

// TestAPI: a mobile app can offer all of it.
func TestAPI(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, call := range []string{
			"GET ", "DELETE ", "POST /setup", "DELETE /setup", "POST /verify", "GET /key", "GET /backup-codes", "POST /backup-codes",
			"POST /backup-codes/stored", "POST /email-code", "PUT /email", "DELETE /email",
		} {
			method, path, _ := strings.Cut(call, " ")
			w.API(method, api+path, "", nil).Want(t, 401)
		}
		token := w.tokenOf(w.vet, "")
		status := func() apptest.Answer { t.Helper(); return w.API("GET", api, token, nil).Want(t, 200) }
		if r := status(); r.Text("policy") != "optional" || !strings.Contains(r.Raw, `"methods":[]`) || !strings.Contains(r.Raw, `"email_code_allowed":true`) {
			t.Errorf("at the beginning: %s", r.Raw)
		}

		begun := w.API("POST", api+"/setup", token, nil).Want(t, 200)
		k := decode(t, begun.Text("secret"))
		label := otp.Label{Issuer: "Clinic paws", Account: "vera@paws.example"}
		svg, err := k.QR(label)
		if err != nil || begun.Text("qr_svg") != svg || begun.Text("otpauth_uri") != k.URI(label) || begun.Text("expires_at") != "2026-07-01T09:30:00Z" {
			t.Errorf("%v: %s", err, begun.Raw)
		}
		if begun.Header.Get("Cache-Control") != "no-store" {
			t.Error("the key may be cached")
		}
		if status().Text("unfinished_since") == "" {
			t.Error("nothing is under way")
		}
		verify := func(setup, code string) apptest.Answer {
			return w.API("POST", api+"/verify", token, map[string]any{"setup": setup, "code": code})
		}
		r := verify(begun.Text("setup"), k.Code(otp.Step(w.Clock.Now().Add(-4*time.Minute)))).Want(t, 422)
		if !strings.Contains(r.Raw, `"location":"code"`) && !strings.Contains(r.Raw, "body.code") || !strings.Contains(r.Raw, "4 minutes slow") {
			t.Errorf("a slow clock: %s", r.Raw)
		}
		for _, setup := range []string{"", "nothing", "019b0000-0000-7000-8000-000000000000"} {
			if r := verify(setup, w.now(k)).Want(t, 409); !strings.HasSuffix(r.Text("type"), "set-up-over") {
				t.Errorf("set-up %q: %s", setup, r.Raw)
			}
		}
		w.API("DELETE", api+"/setup", token, nil).Want(t, 204)
		verify(begun.Text("setup"), w.now(k)).Want(t, 409)
		begun = w.API("POST", api+"/setup", token, nil).Want(t, 200)
		k = decode(t, begun.Text("secret"))
		all := listOf(t, verify(begun.Text("setup"), w.now(k)).Want(t, 200))
		if len(all) != 10 {
			t.Errorf("%v", all)
		}
		w.API("POST", api+"/backup-codes/stored", token, nil).Want(t, 204)
		if r := status(); !strings.Contains(r.Raw, `"methods":["totp","email_code","backup_code"]`) || r.Text("since") != "2026-07-01T09:00:00Z" ||
			!strings.Contains(r.Raw, `"left":10`) || r.Text("backup_codes", "stored_at") == "" || r.Text("unfinished_since") != "" {
			t.Errorf("when it is on: %s", r.Raw)
		}

		if again := w.API("GET", api+"/key", token, nil).Want(t, 200); again.Text("secret") != k.Text() || again.Text("qr_svg") == "" {
			t.Errorf("the key again: %s", again.Raw)
		}
		if shown := w.API("GET", api+"/backup-codes", token, nil).Want(t, 200); !strings.Contains(shown.Raw, `{"code":"`+all[9]+`"}`) {
			t.Errorf("the codes again: %s", shown.Raw)
		}
		if fresh := listOf(t, w.API("POST", api+"/backup-codes", token, nil).Want(t, 200)); len(fresh) != 10 || fresh[0] == all[0] {
			t.Errorf("new codes: %v", fresh)
		}

		w.API("POST", api+"/email-code", token, nil).Want(t, 202)
		code := w.mailed()
		w.API("PUT", api+"/email", token, map[string]any{"code": wrong(code)}).Want(t, 422)
		if none := listOf(t, w.API("PUT", api+"/email", token, map[string]any{"code": code}).Want(t, 200)); len(none) != 0 {
			t.Errorf("codes that nobody needs: %v", none)
		}
		w.API("DELETE", api+"/email", token, nil).Want(t, 204)

		w.Clock.Advance(late)
		for _, call := range []string{"DELETE ", "POST /setup", "GET /key", "GET /backup-codes", "POST /backup-codes", "POST /email-code", "DELETE /email"} {
			method, path, _ := strings.Cut(call, " ")
			if r := w.API(method, api+path, token, nil).Want(t, 403); !strings.HasSuffix(r.Text("type"), "step-up-required") {
				t.Errorf("%s without a proof: %s", call, r.Raw)
			}
		}
		boss := w.tokenOf(w.clinic.Administrator, w.clinic.North.ID)
		if r := w.API("GET", api, boss, nil).Want(t, 200); !strings.HasPrefix(r.Text("grace_until"), "2026-07-15T09:0") || !strings.Contains(r.Raw, `"required":true`) {
			t.Errorf("who has to: %s", r.Raw)
		}
	})
}

func listOf(t *testing.T, r apptest.Answer) []string {
	t.Helper()
	var out struct {
		Codes []string `json:"backup_codes"`
	}
	if err := json.Unmarshal([]byte(r.Raw), &out); err != nil {
		t.Fatalf("%v: %s", err, r.Raw)
	}
	return out.Codes
}

// TestVerifyAtOnce: of sixteen with the same code one finishes the set-up, and
// its backup codes are the ones that count.
func TestVerifyAtOnce(t *testing.T) {
	w := enter(t, apptest.On(t, dbtest.New(t, db.PostgreSQL)))
	token := w.tokenOf(w.vet, "")
	begun := w.API("POST", api+"/setup", token, nil).Want(t, 200)
	k := decode(t, begun.Text("secret"))
	answers := make([]apptest.Answer, 16)
	won := apptest.AtOnce(len(answers), func(i int) bool {
		answers[i] = w.API("POST", api+"/verify", token, map[string]any{"setup": begun.Text("setup"), "code": w.now(k)})
		return answers[i].Status == 200
	})
	if won != 1 {
		t.Errorf("%d finished it", won)
	}
	var all []string
	for _, r := range answers {
		switch {
		case r.Status == 200:
			all = listOf(t, r)
		case r.Status != 409:
			t.Errorf("a loser was told %s", r.Raw)
		}
	}
	if shown := w.API("GET", api+"/backup-codes", token, nil).Want(t, 200); len(all) != 10 || !strings.Contains(shown.Raw, all[0]) || !strings.Contains(shown.Raw, all[9]) {
		t.Errorf("shown: %s", shown.Raw)
	}
	if n := apptest.Number(w.App, `SELECT count(*) FROM backup_code`); n != 10 {
		t.Errorf("%d backup codes", n)
	}
}

// TestDevicesAtOnce: of sixteen set-ups on as many devices, each verified with
// its own code, one counts in the end and all else is over.
func TestDevicesAtOnce(t *testing.T) {
	w := enter(t, apptest.On(t, dbtest.New(t, db.PostgreSQL)))
	type device struct{ token, setup, code string }
	var all []device
	for range 16 {
		d := device{token: w.tokenOf(w.vet, "")}
		begun := w.API("POST", api+"/setup", d.token, nil).Want(t, 200)
		d.setup, d.code = begun.Text("setup"), w.now(decode(t, begun.Text("secret")))
		all = append(all, d)
	}
	won := apptest.AtOnce(len(all), func(i int) bool {
		r := w.API("POST", api+"/verify", all[i].token, map[string]any{"setup": all[i].setup, "code": all[i].code})
		if r.Status != 200 && r.Status != 409 {
			t.Errorf("device %d was told %s", i, r.Raw)
		}
		return r.Status == 200
	})
	keys, codes := apptest.Number(w.App, `SELECT count(*) FROM authenticator`), apptest.Number(w.App, `SELECT count(*) FROM backup_code`)
	if won != 1 || keys != 1 || codes != 10 {
		t.Errorf("%d finished; %d keys, %d backup codes", won, keys, codes)
	}
}

// TestSendAtOnce: of sixteen letters five are sent, the newest code is the only
// open one, and it is taken once.
func TestSendAtOnce(t *testing.T) {
	w := enter(t, apptest.On(t, dbtest.New(t, db.PostgreSQL)))
	token := w.tokenOf(w.vet, "")
	sent := apptest.AtOnce(16, func(int) bool {
		r := w.API("POST", api+"/email-code", token, nil)
		if r.Status != 202 && r.Status != 429 {
			t.Errorf("told %s", r.Raw)
		}
		return r.Status == 202
	})
	if live := apptest.Number(w.App, `SELECT count(*) FROM email_code WHERE ended_at IS NULL`); sent != 5 || live != 1 {
		t.Errorf("%d codes were sent, %d are open", sent, live)
	}
	code := w.mailed()
	won := apptest.AtOnce(16, func(int) bool {
		r := w.API("PUT", api+"/email", token, map[string]any{"code": code})
		return r.Status == 200
	})
	if won != 1 {
		t.Errorf("%d used one code", won)
	}
}
