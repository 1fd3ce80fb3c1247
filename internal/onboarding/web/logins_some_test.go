package onboardingweb_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

// in is the household at a branch.
func in(branchID string, h petparent.HouseholdInput) petparent.HouseholdInput {
	h.HomeBranchID = branchID
	return h
}

// withLogin are the client numbers of those who have a login.
func withLogin(t *testing.T, a *apptest.App, practiceID string) []string {
	t.Helper()
	numbers, err := db.All(context.Background(), a.DB, func(s db.Scanner) (n string, err error) { return n, s.Scan(&n) }, `
		SELECT h.external_id FROM pet_parent p JOIN household h ON h.id = p.household_id
		WHERE p.practice_id = $1 AND p.account_id IS NOT NULL ORDER BY h.external_id`, practiceID)
	if err != nil {
		t.Fatal(err)
	}
	return numbers
}

func wantLogins(t *testing.T, a *apptest.App, practiceID string, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, withLogin(t, a, practiceID)); d != "" {
		t.Errorf("who has a login (-want +got): %s", d)
	}
}

// Logins for some: by home branch, by search, by a choice on the list, by the
// API; and the report says what became of everybody, harmless in a spreadsheet.
func TestLoginsForSome(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("claws")
		fill(t, a, c.ID,
			in(c.North.ID, one("C1", "Ann", "North", "ann@example.com")), in(c.South.ID, one("C2", "Sue", "South", "sue@example.com")),
			in(c.South.ID, one("C3", "Tom", "Tick", "tom@example.com")), in(c.South.ID, one("C4", "Uma", "Untick", "uma@example.com")),
			in(c.North.ID, one("C5", "=cmd|'/c calc'!A1", "Evil", "eve@example.com")), in(c.North.ID, one("C6", "Nan", "None", "")),
		)
		fill(t, a, other.ID, one("D1", "Dan", "Elsewhere", "dan@example.com"))
		rita := a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, c.North.ID)
		desk := a.Enter("paws", rita, "")

		north := url.Values{"branch": {c.North.ID}}
		desk.Get("/paws/pet-parents/logins?"+north.Encode()).Want(t, 200, "2 people get a login", `name="branch" value="`+c.North.ID+`"`)
		desk.Get("/paws/pet-parents/logins?q=sou").Want(t, 200, "1 person gets a login", `name="q" value="sou"`)
		desk.Get("/paws/pet-parents/logins?show=wrong").Want(t, 422)
		desk.Get("/paws/pet-parents/logins?branch=" + c.North.ID)
		desk.Post("/paws/pet-parents/logins", north).Want(t, 200, "for some of the pet parents", "0 of 3 people")
		report := desk.Page.Path
		a.Work()
		wantLogins(t, a, c.ID, "C1", "C5")

		// The report takes names away: after a fresh proof, and on record.
		a.Clock.Advance(6 * time.Minute)
		desk.Get(report)
		desk.Post(report+"/report.csv", nil).Want(t, 200, "Confirm that it is you").Without(t, "Ann North")
		if n := apptest.Number(a, `SELECT count(*) FROM audit WHERE action = 'export.login_report'`); n != 0 {
			t.Errorf("%d downloads on record before the first one", n)
		}
		desk.Post("/paws/account/confirm", url.Values{"password": {rita.Password}, "return": {report}}).Want(t, 200, "Download the report")
		file := desk.Post(report+"/report.csv", nil)
		if n := apptest.Number(a, `SELECT count(*) FROM audit WHERE action = 'export.login_report' AND practice_id = $1`, c.ID); n != 1 {
			t.Errorf("%d downloads on record", n)
		}
		if got := file.Header.Get("Content-Disposition"); got != `attachment; filename="logins.csv"` {
			t.Errorf("the report comes as %q", got)
		}
		lines, err := csv.NewReader(strings.NewReader(file.Body)).ReadAll()
		if err != nil || len(lines) != 4 {
			t.Fatalf("%d lines: %v\n%s", len(lines), err, file.Body)
		}
		byClient := map[string][]string{}
		for _, l := range lines[1:] {
			byClient[l[0]] = l[1:]
		}
		if d := cmp.Diff(map[string][]string{
			"C1": {"Ann North", "ann@example.com", "ann@example.com", "sent", "", "Got a login and a welcome e-mail"},
			"C5": {"'=cmd|'/c calc'!A1 Evil", "eve@example.com", "eve@example.com", "sent", "", "Got a login and a welcome e-mail"},
			"C6": {"Nan None", "", "", "not_mailable", "no_email", "No e-mail"},
		}, byClient); d != "" {
			t.Errorf("report (-want +got): %s", d)
		}

		// Ticked on the list; what is not the practice's is not found.
		tom, dan := person(t, a, c.ID, "C3").ID, person(t, a, other.ID, "D1").ID
		desk.Get("/paws/pet-parents/logins")
		desk.Post("/paws/pet-parents/selection", url.Values{"person": {dan}}).Want(t, 404)
		desk.Get("/paws/pet-parents/logins")
		desk.Post("/paws/pet-parents/selection", nil).Want(t, 422)
		desk.Get("/paws/pet-parents/logins")
		desk.Post("/paws/pet-parents/selection", url.Values{"person": {tom, tom}}).Want(t, 200, "Only the 1 person whom you chose", "1 person gets a login")
		if strings.Contains(desk.Page.Path, tom) {
			t.Errorf("the address names who was ticked: %s", desk.Page.Path)
		}
		_, rest, _ := strings.Cut(desk.Page.Body, `name="choice" value="`)
		choice, _, _ := strings.Cut(rest, `"`)
		desk.Post("/paws/pet-parents/logins", url.Values{"choice": {choice}}).Want(t, 200, "0 of 1 people")
		a.Work()
		wantLogins(t, a, c.ID, "C1", "C3", "C5")
		strange := a.Enter("claws", other.Administrator, other.North.ID)
		strange.Get("/claws/pet-parents/logins?choice="+choice).Want(t, 410)
		for _, where := range []string{"", "/reminders"} {
			strange.Get("/claws/pet-parents/logins")
			strange.Post("/claws/pet-parents/logins"+where, url.Values{"choice": {choice}}).Want(t, 410)
		}
		if n := apptest.Number(a, `SELECT count(*) FROM login_run WHERE practice_id = $1`, other.ID); n != 0 {
			t.Errorf("%d runs of the other practice", n)
		}
		desk.Get("/paws/pet-parents/logins")
		desk.Post("/paws/pet-parents/selection", url.Values{"who": {"all"}, "q": {"sue"}}).Want(t, 200, "1 person gets a login")

		// The same by the API.
		bearer := token(t, a, "paws", c.Administrator, c.North.ID)
		uma := person(t, a, c.ID, "C4").ID
		choices := func() int { return apptest.Number(a, `SELECT count(DISTINCT id) FROM pet_parent_choice`) }
		before := choices()
		if r := a.API("GET", "/logins/preview?people="+uma, bearer, nil).Want(t, 200); r.Body["create"] != 1.0 || r.Body["people"] != 1.0 {
			t.Errorf("preview: %s", r.Raw)
		}
		if n := choices(); n != before {
			t.Errorf("a look beforehand leaves %d choices behind", n-before)
		}
		if r := a.API("GET", "/logins/preview?invitation=sent", bearer, nil).Want(t, 200); r.Body["people"] != 0.0 {
			t.Errorf("preview: %s", r.Raw)
		}
		a.API("GET", "/logins/preview?invitation=junk", bearer, nil).Want(t, 422)
		if r := a.API("GET", "/logins/preview?q=sue", bearer, nil).Want(t, 200); r.Body["create"] != 1.0 {
			t.Errorf("preview: %s", r.Raw)
		}
		a.API("POST", "/logins", bearer, map[string]any{"people": []string{uma, dan}}).Want(t, 404)
		a.API("POST", "/logins", bearer, map[string]any{"people": []string{uma}, "filter": map[string]any{"q": "x"}}).Want(t, 422)
		a.API("POST", "/logins", bearer, map[string]any{"persons": []string{uma}}).Want(t, 422)
		run := a.API("POST", "/logins", bearer, map[string]any{"people": []string{uma}}).Want(t, http.StatusAccepted)
		a.Work()
		wantLogins(t, a, c.ID, "C1", "C3", "C4", "C5")
		if r := a.API("GET", "/logins/"+run.Text("id")+"/report.csv", bearer, nil).Want(t, 200); !strings.Contains(r.Raw, "C4,Uma Untick") {
			t.Errorf("report: %s", r.Raw)
		}
		a.API("POST", "/logins", bearer, map[string]any{"filter": map[string]any{"branch": c.South.ID}}).Want(t, http.StatusAccepted)
		a.Work()
		wantLogins(t, a, c.ID, "C1", "C2", "C3", "C4", "C5")
		far := token(t, a, "claws", other.Administrator, other.North.ID)
		a.API("GET", "/logins/"+run.Text("id")+"/report.csv", far, nil).Want(t, 404)
	})
}

// However often somebody chooses, a practice remembers so many choices, the
// newest ones, and takes none of another practice.
func TestChoicesAreCapped(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("claws")
		fill(t, a, c.ID, one("C1", "Ann", "Alone", "ann@example.com"))
		fill(t, a, other.ID, one("D1", "Dan", "Elsewhere", "dan@example.com"))
		choose := func(practiceID, petParentID string, times int) (last string) {
			if err := a.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
				for range times {
					if last, err = a.PetParents.Choose(t.Context(), tx, practiceID, []string{petParentID}); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			return last
		}
		theirs := choose(other.ID, person(t, a, other.ID, "D1").ID, 1)
		last := choose(c.ID, person(t, a, c.ID, "C1").ID, 510)
		if n := number(t, a, `SELECT count(*) FROM pet_parent_choice WHERE practice_id = $1`, c.ID); n != 500 {
			t.Errorf("%d choices are remembered", n)
		}
		for practiceID, choice := range map[string]string{c.ID: last, other.ID: theirs} {
			if n, err := a.PetParents.Chosen(t.Context(), a.DB, practiceID, choice); n != 1 || err != nil {
				t.Errorf("the newest one is not: %d, %v", n, err)
			}
		}
	})
}

// A conflict is settled on the spot: another login ID, a household, an archived
// record back, or left out.
func TestConflictsAreSettled(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("claws")
		old := one("C6", "Old", "Record", "arch@example.com")
		old.Active = false
		fill(t, a, c.ID,
			one("C1", "Sam", "Shared", "both@example.com"), one("C2", "Kim", "Shared", "both@example.com"),
			one("C3", "Hal", "House", "home@example.com"), one("C4", "Hope", "House", "home@example.com"),
			one("C5", "New", "Record", "arch@example.com"), old,
			one("C7", "Pat", "Placeholder", "none@example.com"), one("C8", "Pia", "Placeholder", "none@example.com"),
		)
		fill(t, a, other.ID, one("D1", "Dan", "Elsewhere", "dan@example.com"))
		admin := a.Enter("paws", c.Administrator, c.North.ID)
		page := func(client string) string {
			return "/paws/pet-parents/logins/decide/" + person(t, a, c.ID, client).ID
		}
		admin.Get("/paws/pet-parents/logins").Want(t, 200, "0 people get a login", "4 addresses are shared", "Decide", "Skip")

		// Another login ID.
		sam := page("C1")
		admin.Get(sam).Want(t, 200, "A login for <bdi>Sam Shared</bdi>", "Kim Shared", "sam.shared", "others may read too")
		admin.Get(sam+"/available?login=sam.shared").Want(t, 200, "is free")
		admin.Get(sam+"/available?login="+url.QueryEscape(c.Administrator.LoginID)).Want(t, 200, "Choose a different login ID")
		admin.Get(sam)
		admin.Post(sam+"/login", url.Values{"login": {c.Administrator.LoginID}}).Want(t, 422, "Choose a different login ID")
		admin.Post(sam+"/login", url.Values{"login": {"sam.shared"}}).Want(t, 200, "The login is made", "1 person gets a login")
		if p := person(t, a, c.ID, "C1"); p.Login.LoginID != "sam.shared" || p.Login.RecoveryEmail != "both@example.com" {
			t.Errorf("login %+v", p.Login)
		}

		// A household: the first signs in with the address, the other one with a name.
		hal, hope := person(t, a, c.ID, "C3").ID, person(t, a, c.ID, "C4").ID
		admin.Get(page("C3")).Want(t, 200, "Make a household", "Hope House")
		admin.Post(page("C3")+"/household", url.Values{"other": {hope}, "first": {"other"}, "second_login": {"x"}}).Want(t, 422)
		if person(t, a, c.ID, "C3").HouseholdID == person(t, a, c.ID, "C4").HouseholdID {
			t.Error("half of a household was made")
		}
		admin.Post(page("C3")+"/household", url.Values{"other": {hope}, "first": {"other"}, "second_login": {"hal.house"}}).Want(t, 200, "They are one household now")
		h1, err1 := a.PetParents.Profile(t.Context(), a.DB, c.ID, hal)
		h2, err2 := a.PetParents.Profile(t.Context(), a.DB, c.ID, hope)
		if err1 != nil || err2 != nil || h1.HouseholdID != h2.HouseholdID || len(h1.Pets) != 2 || h1.Login.LoginID != "hal.house" || h2.Login.LoginID != "home@example.com" {
			t.Errorf("household %v %v, %d pets, logins %q %q; %v %v", h1.HouseholdID, h2.HouseholdID, len(h1.Pets), h1.Login.LoginID, h2.Login.LoginID, err1, err2)
		}

		// A partner who opted out takes the household along: a login comes first.
		quiet := one("C12", "Quinn", "Quiet", "quiet@example.com")
		quiet.OptOut = true
		fill(t, a, c.ID, one("C11", "Lou", "Quiet", "quiet@example.com"), quiet)
		quinn := person(t, a, c.ID, "C12").ID
		with := func(first string) apptest.Page {
			admin.Get(page("C11"))
			return admin.Post(page("C11")+"/household", url.Values{"other": {quinn}, "first": {first}, "second_login": {"lou.quiet"}})
		}
		with("other").Want(t, 422, "Quinn Quiet cannot be mailed")
		with("person").Want(t, 422, "as one household both would be", "Give Lou Quiet a login first").Without(t, "Somebody signs in with this address")

		// The archived record comes back, and then both have the address.
		oldID := person(t, a, c.ID, "C6").ID
		admin.Get(page("C5")).Want(t, 200, "Reactivate", "Old Record")
		admin.Post(page("C5")+"/record", url.Values{"record": {hal}}).Want(t, 404) // has nothing to do with it
		admin.Get(page("C5"))
		admin.Post(page("C5")+"/record", url.Values{"record": {oldID}}).Want(t, 200, "The record is active again", "Make a household")

		// Left out, together, shown, and taken back.
		admin.Get(page("C7"))
		admin.Post(page("C7")+"/skip", url.Values{"together": {"yes"}}).Want(t, 200, "Left out", "Pat Placeholder", "Pia Placeholder", "2 left out")
		admin.Post("/paws/pet-parents/logins", nil)
		a.Work()
		runs, err := a.Onboarding.Runs(t.Context(), c.ID, 1)
		if err != nil || runs[0].Skipped != 2 || runs[0].Create != 1 {
			t.Fatalf("%+v, %v", runs, err)
		}
		admin.Get("/paws/pet-parents/logins/runs/"+runs[0].ID).Want(t, 200, "left out", "Shared addresses")
		admin.Get("/paws/pet-parents/logins")
		admin.Post(page("C7")+"/unskip", nil).Want(t, 200, "Not left out any more", "1 person gets a login")
		wantLogins(t, a, c.ID, "C1", "C2", "C4", "C4") // Hal belongs to the household C4

		// A login that is switched off stands in the way, and is switched on again.
		fill(t, a, c.ID, one("C9", "Off", "Line", "line@example.com"))
		a.API("POST", "/logins", token(t, a, "paws", c.Administrator, c.North.ID), nil)
		a.Work()
		off := false
		ctx := access.WithViewer(context.Background(), access.System("test"))
		if _, err := a.Onboarding.SaveLogin(ctx, c.Access(), person(t, a, c.ID, "C9").ID, onboarding.LoginInput{Active: &off}); err != nil {
			t.Fatal(err)
		}
		fill(t, a, c.ID, one("C10", "Lin", "Line", "line@example.com"))
		admin.Get(page("C10")).Want(t, 200, "switched off", "Reactivate")
		admin.Post(page("C9")+"/reactivate", url.Values{"holder": {person(t, a, c.ID, "C9").ID}}).Want(t, 404) // has a page of its own
		a.Clock.Advance(6 * time.Minute)
		admin.Get(page("C10"))
		admin.Post(page("C10")+"/reactivate", url.Values{"holder": {person(t, a, c.ID, "C9").ID}}).Want(t, 200, "Confirm that it is you")
		if p := person(t, a, c.ID, "C9"); p.Login.Active {
			t.Error("switched on without a fresh proof")
		}
		admin.Post("/paws/account/confirm", url.Values{"password": {c.Administrator.Password}, "return": {page("C10")}}).Want(t, 200, "Reactivate")
		admin.Post(page("C10")+"/reactivate", url.Values{"holder": {person(t, a, c.ID, "C9").ID}}).Want(t, 200, "The login is switched on again")
		if p := person(t, a, c.ID, "C9"); !p.Login.Active {
			t.Errorf("login %+v", p.Login)
		}

		// Not the practice's, not allowed, and who may not change records.
		dan := person(t, a, other.ID, "D1").ID
		there := "/paws/pet-parents/logins/decide/" + dan
		admin.Get(there).Want(t, 404)
		for _, what := range []string{"/login", "/household", "/record", "/reactivate", "/skip", "/unskip"} {
			admin.Get("/paws/pet-parents/logins")
			admin.Post(there+what, url.Values{"login": {"dan.dan"}, "other": {dan}, "record": {dan}, "holder": {dan}}).Want(t, 404)
		}
		vet := a.Enter("paws", a.Hire(c, "Vic Vet", "vic@paws.example", role.Veterinarian, c.North.ID), "")
		vet.Get(page("C10")).Want(t, 403)
		a.Browser().Get(page("C10")).Want(t, 200, "Forgot password?")

		lines, err := a.Audit.List(t.Context(), c.ID, audit.Filter{}, "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		count := map[audit.Action]int{}
		for _, l := range lines {
			count[l.Action]++
		}
		if count[audit.LoginSkipped] != 2 || count[audit.LoginUnskipped] != 1 || count[audit.HouseholdChanged] != 1 || count[audit.LoginOn] != 1 {
			t.Errorf("record: %v", count)
		}
	})
}

// Reminders go to those who never signed in, once a day, whatever became of what
// they had.
func TestReminders(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		fill(t, a, c.ID, one("C1", "Ann", "Early", "ann@example.com"), one("C2", "Ben", "Burnt", "ben@example.com"),
			one("C3", "Cat", "Out", "cat@example.com"), one("C4", "Dot", "Died", "dot@example.com"), one("C5", "Eve", "Inside", "eve@example.com"))
		desk := a.Enter("paws", c.Administrator, c.North.ID)
		desk.Post("/paws/pet-parents/logins", nil)
		a.Work()
		welcomes := func(want int) {
			t.Helper()
			if n := number(t, a, `SELECT count(*) FROM message WHERE template = 'welcome' AND state = 'sent'`) - 5; n != want {
				t.Errorf("%d reminders, want %d", n, want)
			}
		}
		desk.Get("/paws/pet-parents/logins/reminders").Want(t, 200, "0 people get a fresh welcome e-mail", "5 had one within a day")
		desk.Page.Without(t, "Send 0")
		// What could not be sent reached nobody.
		apptest.Exec(a, `UPDATE message SET state = 'failed' WHERE to_address = 'ann@example.com'`)
		desk.Get("/paws/pet-parents/logins/reminders").Want(t, 200, "1 person gets a fresh welcome e-mail", "4 had one within a day")
		apptest.Exec(a, `UPDATE message SET state = 'sent' WHERE to_address = 'ann@example.com'`)

		before := map[string]string{}
		for _, to := range []string{"ann@example.com", "ben@example.com"} {
			before[to] = temporaryIn(t, a.LastMail(to))
		}
		// Eve signed in, Cat opted out, Dot's pet died.
		apptest.Exec(a, `UPDATE account SET onboarded_at = 1 WHERE login_id = 'eve@example.com'`)
		apptest.Exec(a, `UPDATE household SET opt_out = TRUE WHERE external_id = 'C3'`)
		apptest.Exec(a, `UPDATE pet SET deceased = TRUE WHERE external_id = 'C4/rex'`)
		a.Clock.Advance(4 * 24 * time.Hour) // everything has expired
		desk = a.Enter("paws", c.Administrator, c.North.ID)
		desk.Get("/paws/pet-parents/logins").Want(t, 200, "4 people have a login and never completed")
		desk.Get("/paws/pet-parents/logins/reminders").Want(t, 200, "2 people get a fresh welcome e-mail", "2 cannot be mailed", "Opted out", "All pets deceased")
		desk.Post("/paws/pet-parents/logins/reminders", nil).Want(t, 200, "Sending reminders", "0 of 4 people")
		report := desk.Page.Path
		a.Work()
		desk.Get(report).Want(t, 200, "2 people get a fresh welcome e-mail", "Download the report")
		welcomes(2)
		for to, was := range before {
			now := temporaryIn(t, a.LastMail(to))
			if now == was {
				t.Errorf("%s got the former one", to)
			}
			signIn(a, "paws", to, was).Want(t, 401)
			signIn(a, "paws", to, now).Want(t, 200)
		}
		// Not twice a day.
		bearer := token(t, a, "paws", c.Administrator, c.North.ID)
		if r := a.API("GET", "/logins/reminders/preview", bearer, nil).Want(t, 200); r.Body["create"] != 0.0 || r.Body["recent"] != 2.0 {
			t.Errorf("preview: %s", r.Raw)
		}
		a.API("POST", "/logins/reminders", bearer, nil).Want(t, http.StatusAccepted)
		a.Work()
		welcomes(2)
		a.Clock.Advance(25 * time.Hour)
		bearer = token(t, a, "paws", c.Administrator, c.North.ID)
		ann := person(t, a, c.ID, "C1").ID
		a.API("POST", "/logins/reminders", bearer, map[string]any{"people": []string{ann}}).Want(t, http.StatusAccepted)
		a.Work()
		welcomes(3)
	})
}

// Platform support starts the same, sees numbers, and stands in both records.
func TestPlatformMakesLogins(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		fill(t, a, c.ID, one("C1", "Ann", "Alone", "ann@example.com"), one("C2", "Sam", "Shared", "both@example.com"), one("C3", "Kim", "Shared", "both@example.com"))
		pat := a.Administrator()
		host := a.Enter("platform", pat, "")
		at := "/platform/practices/" + c.ID + "/logins"
		host.Get("/platform/practices/"+c.ID).Want(t, 200, `href="`+at+`"`)
		host.Get(at).Want(t, 200, "1 person gets a login", "1 address is shared", "Several people have the address")
		host.Page.Without(t, "ann@example.com", "both@example.com", "Sam Shared")
		host.Post(at, nil).Want(t, 200, "0 of 3 people")
		report := host.Page.Path
		a.Work()
		host.Get(report).Want(t, 200, "1 welcome e-mail is on the way")
		temporary := temporaryIn(t, a.LastMail("ann@example.com"))
		host.Page.Without(t, temporary, "ann@example.com")
		wantLogins(t, a, c.ID, "C1")
		for practiceID, action := range map[string]audit.Action{c.ID: audit.LoginsStarted, "": audit.LoginsForPractice} {
			lines, err := a.Audit.List(t.Context(), practiceID, audit.Filter{}, "", 50)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, l := range lines {
				found = found || l.Action == action && l.ActorKind == string(access.KindPlatform)
			}
			if !found {
				t.Errorf("%s is not in the record of %q", action, practiceID)
			}
		}
		desk := a.Enter("paws", c.Administrator, c.North.ID)
		desk.Get("/paws/pet-parents/logins").Want(t, 200, "(platform support)")
		desk.Get(at).Want(t, 403, "not meant for your kind of account")
		desk.Page.Without(t, "Several people have the address")

		// The same by the API: numbers, and nothing to recognise anybody by.
		bearer := a.Token("platform", pat, "")
		api := "/platform/practices/" + c.ID + "/logins"
		preview := a.API("GET", api+"/preview", bearer, nil).Want(t, 200)
		if preview.Body["waiting"] != 2.0 {
			t.Errorf("preview: %s", preview.Raw)
		}
		again := a.API("POST", api, bearer, nil).Want(t, http.StatusAccepted)
		a.Work()
		for _, r := range []apptest.Answer{preview, again, a.API("GET", api+"/"+again.Text("id"), bearer, nil).Want(t, 200)} {
			for _, known := range []string{"example.com", "Shared", "Sam", "Kim", "Ann", person(t, a, c.ID, "C2").ID} {
				if strings.Contains(r.Raw, known) {
					t.Errorf("it says %q: %s", known, r.Raw)
				}
			}
		}

		for status, barred := range map[string]string{"suspended": "suspended or closed", "closed": "suspended or closed"} {
			apptest.Exec(a, `UPDATE practice SET status = $1 WHERE id = $2`, status, c.ID)
			host.Get(at).Want(t, 200, barred)
			host.Page.Without(t, "Create logins and send")
			host.Post(at, nil).Want(t, 409)
		}
		apptest.Exec(a, `UPDATE practice SET status = 'active', plan = 'none' WHERE id = $1`, c.ID)
		host.Get(at).Want(t, 200, "not part of this practice")
		host.Post(at, nil).Want(t, 403)
		host.Get("/platform/practices/00000000-0000-7000-8000-000000000000/logins").Want(t, 404)
		host.Get(at+"/runs/00000000-0000-7000-8000-000000000000").Want(t, 404)
	})
}

// Sixteen at once, of both kinds: one run.
func TestRunsAtOnce(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	c := a.Clinic("paws")
	for i := range 20 {
		fill(t, a, c.ID, one(fmt.Sprint("C", i), "Ann", fmt.Sprint("Number", i), fmt.Sprintf("ann%d@example.com", i)))
	}
	won := apptest.AtOnce(16, func(i int) bool {
		start := a.Onboarding.StartLogins
		if i%2 == 1 {
			start = a.Onboarding.StartReminders
		}
		_, err := start(context.Background(), c.ID, petparent.Scope{})
		return err == nil
	})
	if n := number(t, a, `SELECT count(*) FROM login_run`); won != 1 || n != 1 {
		t.Errorf("%d began, %d runs", won, n)
	}
}
