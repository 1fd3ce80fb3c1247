package onboardingweb_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"catflap/internal/app"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

// The whole way on a sample: dry run, run, report, mails, and again.
func TestLoginsForEverybody(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		want := fillWithSample(t, a, c.ID, "generic", "clients.csv")
		desk := a.Enter("paws", a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, c.North.ID), "")
		letters := len(a.Mailbox.Letters())

		desk.Get("/paws/pet-parents/logins").Want(t, 200,
			"176 people get a login and a welcome e-mail, 16 addresses are shared, 45 cannot be mailed.",
			"Create logins and send welcome e-mails", "wanda.abernathy@example.org", "29 people wait", "No e-mail")
		if n := number(t, a, `SELECT count(*) FROM account WHERE practice_id = $1 AND kind = 'client'`, c.ID); n != 0 {
			t.Fatalf("the dry run made %d accounts", n)
		}

		desk.Post("/paws/pet-parents/logins", nil).Want(t, 200, "0 of 250 people", "Look again")
		report := desk.Page.Path
		desk.Get(report+"/progress").Want(t, 200, "0 of 250 people", `hx-trigger="every 2s"`)
		desk.Page.Without(t, "<html")
		desk.Post("/paws/pet-parents/logins", url.Values{"form": {formOf(desk, report)}}).Want(t, 200, "Somebody started this already")
		if desk.Page.Path != report {
			t.Errorf("a second press leads to %s", desk.Page.Path)
		}
		a.Work()
		desk.Get(report).Want(t, 200, "176 people have a login now", "by Rita Desk", "cannot be mailed")
		desk.Page.Without(t, "Look again", "every 2s")

		runs, err := a.Onboarding.Runs(t.Context(), c.ID, 10)
		if err != nil || len(runs) != 1 {
			t.Fatalf("%d runs: %v", len(runs), err)
		}
		checkAgainstTruth(t, want, runs[0])
		for _, p := range runs[0].Conflicts[0].People {
			desk.Page.Want(t, 200, `href="/paws/pet-parents/`+p.PetParentID+`"`, p.Name, "client "+p.Household)
		}
		welcomes := a.Mailbox.Letters()[:len(a.Mailbox.Letters())-letters]
		seen := map[string]bool{}
		for _, l := range welcomes {
			login := l.To.Address
			if seen[login] || !l.Bulk || !strings.Contains(l.Text, "Login ID: "+login) || !strings.Contains(l.Text, a.LoginURL("paws")) {
				t.Fatalf("letter to %s (again: %v, bulk: %v):\n%s", login, seen[login], l.Bulk, l.Text)
			}
			seen[login] = true
		}
		if len(seen) != 176 {
			t.Errorf("%d people were written to", len(seen))
		}
		if r := signIn(a, "paws", welcomes[7].To.Address, temporaryIn(t, welcomes[7])).Want(t, 200); r.Text("next") != "confirm_details" {
			t.Errorf("next is %q", r.Text("next"))
		}

		lines, err := a.Audit.List(t.Context(), c.ID, audit.Filter{Subject: "login"}, "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		count := map[audit.Action]int{}
		for _, l := range lines {
			count[l.Action]++
			if l.Personal.Actor != "Rita Desk" {
				t.Errorf("%s by %q", l.Action, l.Personal.Actor)
			}
		}
		if d := cmp.Diff(map[audit.Action]int{audit.LoginCreated: 176, audit.LoginsStarted: 1, audit.LoginsCreated: 1}, count); d != "" {
			t.Errorf("record (-want +got): %s", d)
		}
		if d := cmp.Diff(map[string]string{"people": "250", "created": "176", "conflicts": "16", "not_mailable": "45"}, lines[0].Detail); d != "" {
			t.Errorf("counts (-want +got): %s", d)
		}

		desk.Get("/paws/pet-parents/logins").Want(t, 200, "0 people get a login", "176 logins created")
		desk.Page.Without(t, "Create logins and send")
		desk.Post("/paws/pet-parents/logins", nil).Want(t, 200, "0 of 74 people")
		a.Work()
		desk.Get(desk.Page.Path).Want(t, 200, "No login was created")
		if again := len(a.Mailbox.Letters()) - letters; again != len(welcomes) {
			t.Errorf("%d more letters", again-len(welcomes))
		}
	})
}

// formOf is the form value of a page that stays open.
func formOf(b *apptest.Browser, path string) string {
	body := b.Get(path).Body
	_, rest, _ := strings.Cut(body, `name="form" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

func checkAgainstTruth(t *testing.T, want truth, run onboarding.LoginRun) {
	t.Helper()
	shared, got := map[string][]string{}, map[string][]string{}
	for _, s := range want.Shared {
		shared[strings.ToLower(s.Email)] = slices.Sorted(slices.Values(s.Clients))
	}
	for _, c := range run.Conflicts {
		for _, p := range c.People {
			got[c.Address] = append(got[c.Address], p.Household)
		}
		slices.Sort(got[c.Address])
		if c.Clash != onboarding.ClashShared || c.Remedy() == "" {
			t.Errorf("%s is a clash of kind %q", c.Address, c.Clash)
		}
	}
	if d := cmp.Diff(shared, got); d != "" {
		t.Errorf("conflicts (-want +got):\n%s", d)
	}
	reasons := map[petparent.Reason]int{}
	for _, n := range want.NotMailable {
		for _, r := range n.Reasons {
			reasons[r]++
		}
	}
	if d := cmp.Diff(reasons, run.Reasons); d != "" || run.NotMailable != len(want.NotMailable) {
		t.Errorf("%d not mailable, want %d (-want +got):\n%s", run.NotMailable, len(want.NotMailable), d)
	}
	if all := len(want.Clients); run.Done != all || run.Create+run.NotMailable+run.Waiting() != all {
		t.Errorf("of %d people %d were looked at: %d + %d + %d", all, run.Done, run.Create, run.NotMailable, run.Waiting())
	}
}

// Every kind of clash, and how staff settle one.
func TestClashes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		archived := one("C5", "Ann", "Archived", "ann@example.com")
		archived.Active = false
		fill(t, a, c.ID,
			one("C1", "Sam", "Shared", "Both@example.com"), one("C2", "Tim", "Shared", "both@EXAMPLE.com"),
			one("C3", "Ada", "Client", c.Administrator.LoginID),
			one("C4", "Ann", "Now", "ann@example.com"), archived,
			one("C6", "Lou", "Login", "lou@example.com"), one("C7", "Lou", "Late", "lou@example.com"),
			one("C8", "Fay", "Fine", "fay@example.com"), one("C9", "Nan", "None", ""),
		)
		if err := giveLogin(a, c, person(t, a, c.ID, "C6").ID, "lou@example.com", true); err != nil {
			t.Fatal(err)
		}
		bearer := token(t, a, "paws", c.Administrator, c.North.ID)
		if plan := a.API("GET", "/logins/preview", bearer, nil).Want(t, 200); plan.Body["create"] != 1.0 || plan.Body["people"] != 8.0 {
			t.Errorf("dry run: %s", plan.Raw)
		}
		begun := a.API("POST", "/logins", bearer, nil).Want(t, http.StatusAccepted)
		a.API("POST", "/logins", bearer, nil).Want(t, http.StatusConflict)
		a.Work()
		r := a.API("GET", "/logins/"+begun.Text("id"), bearer, nil).Want(t, 200)
		if r.Text("state") != "done" || r.Body["created"] != 1.0 || r.Body["done"] != 8.0 {
			t.Errorf("run: %s", r.Raw)
		}
		got := map[string]string{}
		for _, one := range r.Body["conflicts"].([]any) {
			conflict := one.(map[string]any)
			got[conflict["address"].(string)] = fmt.Sprintf("%v %v %d", conflict["clash"], conflict["holder"], len(conflict["people"].([]any)))
			if conflict["remedy"] == "" {
				t.Errorf("no remedy for %v", conflict["address"])
			}
		}
		if d := cmp.Diff(map[string]string{
			"both@example.com": "shared <nil> 2", "ann@example.com": "archived <nil> 2",
			"lou@example.com": "login Lou Login 2", c.Administrator.LoginID: "staff Ada Admin 1",
		}, got); d != "" {
			t.Errorf("conflicts (-want +got):\n%s", d)
		}
		for _, id := range []string{"C1", "C2", "C3", "C4", "C5", "C7", "C9"} {
			if p := person(t, a, c.ID, id); p.AccountID != "" {
				t.Errorf("%s silently got a login", p.Name())
			}
		}

		// One gets a username, and the address belongs to the other.
		if err := giveLogin(a, c, person(t, a, c.ID, "C1").ID, "sam.shared", true); err != nil {
			t.Fatal(err)
		}
		a.API("POST", "/logins", bearer, nil).Want(t, http.StatusAccepted)
		a.Work()
		if p := person(t, a, c.ID, "C2"); p.Login.LoginID != "both@EXAMPLE.com" || p.Login.RecoveryEmail != "both@EXAMPLE.com" {
			t.Errorf("login %+v", p.Login)
		}
	})
}

// Some practices write one address wherever a client has none: that is one
// conflict, told short, and everybody in it is counted.
func TestOneAddressForAll(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		const all = 530 // more than two batches
		people := []petparent.HouseholdInput{one("F", "Fay", "Fine", "fay@example.com")}
		for i := range all {
			people = append(people, one(fmt.Sprintf("C%03d", i), "Nan", "None", "none@example.com"))
		}
		fill(t, a, c.ID, people...)
		desk := a.Enter("paws", c.Administrator, c.North.ID)
		desk.Get("/paws/pet-parents/logins").Want(t, 200, "1 person gets a login", "1 address is shared", "530 people wait", "and 480 others")
		desk.Post("/paws/pet-parents/logins", nil).Want(t, 200)
		a.Work()
		runs, err := a.Onboarding.Runs(t.Context(), c.ID, 1)
		if err != nil || len(runs) != 1 {
			t.Fatalf("%d runs: %v", len(runs), err)
		}
		if r := runs[0]; r.Create != 1 || r.Done != all+1 || r.Waiting() != all || len(r.Conflicts) != 1 || r.Conflicts[0].Others != all-len(r.Conflicts[0].People) {
			t.Errorf("created %d, done %d, waiting %d, conflicts %+v", r.Create, r.Done, r.Waiting(), r.Conflicts)
		}
	})
}

// Who must not come near it.
func TestLoginsAreRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("claws")
		run, err := a.Onboarding.StartLogins(t.Context(), other.ID, petparent.Scope{})
		if err != nil {
			t.Fatal(err)
		}
		admin := token(t, a, "paws", c.Administrator, c.North.ID)
		vet := token(t, a, "paws", a.Hire(c, "Vic Vet", "vic@paws.example", role.Veterinarian, c.North.ID), c.North.ID)
		for _, row := range []struct {
			who, bearer, method, path string
			status                    int
		}{
			{"signed out", "", "GET", "/logins/preview", 401},
			{"signed out", "", "POST", "/logins", 401},
			{"not allowed", vet, "GET", "/logins/preview", 403},
			{"not allowed", vet, "POST", "/logins", 403},
			{"not allowed", vet, "GET", "/logins/" + run.ID, 403},
			{"other practice", admin, "GET", "/logins/" + run.ID, 404},
			{"no id", admin, "GET", "/logins/x", 404},
		} {
			if r := a.API(row.method, row.path, row.bearer, nil); r.Status != row.status {
				t.Errorf("%s, %s %s: %d, want %d: %s", row.who, row.method, row.path, r.Status, row.status, r.Raw)
			}
		}
		b := a.Enter("paws", c.Administrator, c.North.ID)
		b.Get("/paws/pet-parents/logins/runs/"+run.ID).Want(t, 404)
		b.Get("/claws/pet-parents/logins").Want(t, 200, "Forgot password?")
		a.Browser().Get("/paws/pet-parents/logins").Want(t, 200, "Forgot password?")
		if n := number(t, a, `SELECT count(*) FROM login_run WHERE practice_id = $1`, c.ID); n != 0 {
			t.Errorf("%d runs", n)
		}

		fill(t, a, c.ID, one("C1", "Pia", "Plan", "pia@example.com"))
		apptest.Exec(a, `UPDATE practice SET plan = 'none' WHERE id = $1`, c.ID)
		b.Get("/paws/pet-parents/logins").Want(t, 403, "not part of your practice's plan")
		a.API("POST", "/logins", admin, nil).Want(t, 403)
		if err := giveLogin(a, c, person(t, a, c.ID, "C1").ID, "pia@example.com", true); err == nil {
			t.Error("a login outside of the plan")
		}
		// A plan that ends half-way ends the run with words.
		if run, err = a.Onboarding.StartLogins(t.Context(), other.ID, petparent.Scope{}); err != nil {
			t.Fatal(err)
		}
		apptest.Exec(a, `UPDATE practice SET plan = 'none' WHERE id = $1`, other.ID)
		a.Work()
		if run, err = a.Onboarding.Run(t.Context(), other.ID, run.ID); err != nil || run.State != onboarding.RunFailed || run.Failure == "" {
			t.Errorf("run: %+v, %v", run, err)
		}
	})
}

// No temporary password stands in the database or in a log, from the mail to
// the first step of the sign-in.
func TestTemporaryPasswordsStayUnwritten(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		fill(t, a, c.ID, one("C1", "Ken", "Ito", "ken@example.com"), one("C2", "Uma", "Two", "uma@example.com"))
		log := &lockedBuffer{}
		options := a.Options
		options.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		loud, err := app.New(options)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := loud.Onboarding.StartLogins(t.Context(), c.ID, petparent.Scope{}); err != nil {
			t.Fatal(err)
		}
		if err := loud.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, to := range []string{"ken@example.com", "uma@example.com"} {
			temporary := temporaryIn(t, a.LastMail(to))
			body := strings.NewReader(`{"login":"` + to + `","password":"` + temporary + `"}`)
			req := httptest.NewRequest(http.MethodPost, "/api/v1/practices/paws/sign-in", body)
			req.Header.Set("Content-Type", "application/json")
			answer := httptest.NewRecorder()
			loud.Handler().ServeHTTP(answer, req)
			if answer.Code != 200 || strings.Contains(answer.Body.String(), temporary) {
				t.Fatalf("sign-in: %d %s", answer.Code, answer.Body)
			}
			for place, text := range map[string]string{"database": apptest.Everything(a), "log": log.String()} {
				text = strings.ToLower(text)
				if !strings.Contains(text, "sign-in") && place == "log" {
					t.Fatal("nothing was logged")
				}
				if strings.Contains(text, temporary) || strings.Contains(text, hex.EncodeToString([]byte(temporary))) {
					t.Errorf("the temporary password of %s stands in the %s", to, place)
				}
			}
		}
	})
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
