package pimsweb_test

import (
	"net/url"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
)

// The page asks what the files leave open, shows samples, and remembers.
func TestChoose(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d := newDesk(t, a)
		asks := d.Upload(page, nil, text(header+"C1,Anna,Miller,a@example.com,,Luna,Dog,,,02/03/2020,\n,No,Number,,,Rex,,,,04/05/2020,\n"))
		asks.Want(t, 200, "Check how the file is read", "Something has to be chosen", "Which comes first in the dates?",
			"02/03/2020", "3 February 2020", "2 March 2020", "Month first", "Day first", "Anna", "Columns of clients.csv")
		at, _, _ := strings.Cut(strings.TrimSuffix(asks.Path, "/choices"), "?")
		at = strings.TrimSuffix(at, "/choices")
		d.Get(at).Want(t, 200, "Something has to be chosen", "no date in it decides")
		d.Page.Without(t, "Run the import")
		d.Post(at+"/run", nil).Want(t, 409, "has to be chosen first")
		d.Get(at + "/choices")
		d.Post(at+"/choices", url.Values{"encoding": {"x"}}).Want(t, 422, "Choose one of the encodings")
		d.Post(at+"/choices", url.Values{"date_order": {"DMY"}}).Want(t, 200, "1 new, 1 row cannot be read", "day/month/year", "Import the good rows and leave these out")
		d.Post(at+"/run", url.Values{"good_rows": {"yes"}}).Want(t, 200, "is running")
		a.Work()
		csv := d.Get(at+"/rejected.csv?file=clients.csv").Want(t, 200)
		d.Get(page)
		again := d.Upload(page, nil, text(strings.Replace(csv.Body, ",,No,Number", ",C2,No,Number", 1)))
		again.Want(t, 200, "1 new", "Read as was chosen for files with these columns before", "Forget these choices")
		d.Page.Without(t, "cannot be read")
		at, _, _ = strings.Cut(again.Path, "?")
		d.Post(at+"/forget", nil).Want(t, 200, "is forgotten", "Something has to be chosen")
	})
}

// Columns nobody knows are mapped on the page; what is never stored is shown
// without samples and cannot be chosen.
func TestChooseColumns(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d := newDesk(t, a)
		asks := d.Upload(page, nil, text("Nummer;Vorname;Nachname;Post;Alarm code\nK1;Anna;Miller;a@example.com;CANARY-1\n"))
		asks.Want(t, 200, "Check how the file is read", "Nummer", "Anna", "Never stored", "These names are not known")
		d.Page.Without(t, "CANARY")
		at := strings.TrimSuffix(asks.Path, "/choices")
		twice := url.Values{"column-0-0": {"client_id"}, "column-0-1": {"first_name"}, "column-0-2": {"first_name"}, "column-0-3": {"email"}}
		d.Post(at+"/choices", twice).Want(t, 422, "cannot both be first_name")
		d.Post(at+"/choices", url.Values{"column-0-0": {"client_id"}, "column-0-4": {"email"}}).Want(t, 422, "is never stored")
		twice.Set("column-0-2", "last_name")
		d.Post(at+"/choices", twice).Want(t, 200, "1 new", "Run the import", "Never stored: Alarm code")
		if strings.Contains(a.Logged(), "CANARY") {
			t.Error("the log has what is never stored")
		}
		d.Get(page)
		d.Upload(page, nil, text("Nummer;Vorname;Nachname;Post;Alarm code\nK1;Anna;Miller;a@example.com;CANARY-1\n")).
			Want(t, 200, "1 new", "Read as was chosen for files with these columns before")
	})
}

// A program chooses through the API.
func TestChooseAPI(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		signIn := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": c.Administrator.LoginID, "password": c.Administrator.Password}).Want(t, 200)
		token := a.API("POST", "/sign-in/branch", signIn.Text("sign_in"), map[string]any{"branch": c.North.ID}).Want(t, 200).Text("session", "token")
		im := send(t, a, token, nil, text(header+"C1,Anna,Miller,a@example.com,,Luna,Dog,,,02/03/2020,\n")).Want(t, 201)
		at := "/imports/" + im.Text("id")
		if im.Text("state") != "asks" || !strings.Contains(im.Raw, `"kind":"date_order"`) || !strings.Contains(im.Raw, `"02/03/2020"`) {
			t.Errorf("asks: %s", im.Raw)
		}
		a.API("POST", at+"/run", token, nil).Want(t, 409)
		a.API("POST", at+"/choices", token, map[string]any{"date_order": "x"}).Want(t, 422)
		a.API("POST", at+"/choices", "", map[string]any{"date_order": "MDY"}).Want(t, 401)
		if got := a.API("POST", at+"/choices", token, map[string]any{"date_order": "MDY"}).Want(t, 200); got.Text("state") != "previewed" {
			t.Errorf("chosen: %s", got.Raw)
		}
		told := send(t, a, token, []string{"date_order", "DMY"}, text(header+"C1,Anna,Miller,a@example.com,,Luna,Dog,,,02/03/2020,\n")).Want(t, 201)
		if told.Text("state") != "previewed" {
			t.Errorf("told at once: %s", told.Raw)
		}
		send(t, a, token, []string{"date_order", "x"}, text(header)).Want(t, 422)
		a.API("POST", at+"/run", token, nil).Want(t, 202)
		a.Work()
		if got := a.API("GET", at, token, nil).Want(t, 200); got.Text("state") != "done" {
			t.Errorf("done: %s", got.Raw)
		}
	})
}
