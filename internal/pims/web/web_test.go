package pimsweb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/id"
	"catflap/internal/petparent"
	"catflap/internal/pims/samples"
	"catflap/internal/role"
)

const (
	page   = "/paws/pet-parents/import"
	header = "client_id,first_name,last_name,email,phone,pet_name,species,breed,sex,dob,deceased\n"
	rowOne = "C1,Anna,Miller,anna@example.com,(206) 555-0101,Luna,Dog,Beagle,FS,2020-02-03,no\n"
)

// desk is a clinic with its administrator at the import page.
type desk struct {
	*apptest.App
	apptest.Clinic
	*apptest.Browser
}

func newDesk(t *testing.T, a *apptest.App) *desk {
	c := a.Clinic("paws")
	d := &desk{App: a, Clinic: c, Browser: a.Enter("paws", c.Administrator, c.North.ID)}
	d.Get(page).Want(t, 200, "Import a client list", "Recognise it", "Cornerstone")
	return d
}

func sample(t *testing.T, name string) apptest.File {
	b, err := samples.Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return apptest.File{Field: "file", Name: name[strings.LastIndex(name, "/")+1:], Body: bytes.NewReader(b)}
}

func text(s string) apptest.File {
	return apptest.File{Field: "file", Name: "clients.csv", Body: strings.NewReader(s)}
}

// The whole path: upload, preview, run, progress, report, the list of rejected
// rows, and the same file again.
func TestImport(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d := newDesk(t, a)
		preview := d.Upload(page, []string{"branch", d.North.ID, "system", ""}, sample(t, "cornerstone/client_patient_report.csv"))
		preview.Want(t, 200, "250 new, 2 rows cannot be read", "250 clients with 419 pets", "Run the import",
			"Cornerstone", "Windows-1252", "Shared addresses", "client_patient_report.csv", "Clinic paws")
		at, _, _ := strings.Cut(preview.Path, "?")

		d.Post(at+"/run", nil).Want(t, 409, "Some rows cannot be read, so nothing was imported", "Import the good rows and leave these out")
		d.Post(at+"/run", url.Values{"good_rows": {"yes"}}).Want(t, 200, "The import is running", "0 of 250 clients", "Look again", at+"/progress", "every 2s")
		d.Post(at+"/run", nil).Want(t, 200, "started already", "The import is running")
		a.Work()
		d.Get(at+"/progress").Want(t, 200, "The import is finished", "250 new, 0 changed", "Nobody's login was touched")
		d.Page.Without(t, "<html", "every 2s")
		d.Get(at).Want(t, 200, "The import is finished", "Create logins", "Left out", "Download the rows")
		d.Page.Without(t, "Some of them")

		csv := d.Get(at + "/rejected.csv")
		csv.Want(t, 200, "Catflap: what to do,Client ID,Title,First Name,", "\r\nclient_patient_report.csv,", "missing_name")
		if csv.Header.Get("Content-Disposition") != `attachment; filename="rejected.csv"` || strings.Count(csv.Body, "\r\n") != 3 {
			t.Errorf("%v\n%s", csv.Header, csv.Body)
		}

		a.Clock.Advance(time.Minute)
		d.Get(page).Want(t, 200, "Earlier imports", "Finished", "Ada Admin")
		again := d.Upload(page, []string{"branch", d.North.ID, "system", "cornerstone"}, sample(t, "cornerstone/client_patient_report.csv"))
		again.Want(t, 200, "Nothing new, 2 rows cannot be read", "there is nothing to run")
		at, _, _ = strings.Cut(again.Path, "?")
		d.Post(at+"/run", url.Values{"good_rows": {"yes"}}).Want(t, 200)
		a.Work()
		d.Get(at).Want(t, 200, "Nothing has changed: 250 clients are in these files")
		d.Post(at+"/cancel", nil).Want(t, 409, "over")

		a.Clock.Advance(time.Minute)
		d.Get(page)
		d.Upload(page, nil, text(header+rowOne)).Want(t, 200, "1 new", "stays as it is")
		at, _, _ = strings.Cut(d.Page.Path, "?")
		d.Post(at+"/cancel", nil).Want(t, 200, "This import was cancelled", "what was uploaded has been removed")

		lines, err := a.Audit.List(context.Background(), d.ID, audit.Filter{}, "", 50)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[audit.Action]int{}
		for _, l := range lines {
			if l.TargetKind == "import" {
				if seen[l.Action]++; l.Personal.Actor != "Ada Admin" {
					t.Errorf("%s by %q", l.Action, l.Personal.Actor)
				}
			}
		}
		for action, n := range map[audit.Action]int{audit.ImportUploaded: 3, audit.ImportStarted: 2, audit.ImportFinished: 2,
			audit.ImportCancelled: 1, audit.RejectsDownloaded: 1} {
			if seen[action] != n {
				t.Errorf("%s: %d, want %d", action, seen[action], n)
			}
		}
	})
}

// Nobody's login is touched: not by a file that says otherwise.
func TestImportLeavesLogins(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d := newDesk(t, a)
		run := func(file string) {
			t.Helper()
			d.Get(page)
			d.Upload(page, []string{"branch", d.North.ID}, text(file)).Want(t, 200)
			at, _, _ := strings.Cut(d.Page.Path, "?")
			d.Post(at+"/run", nil).Want(t, 200)
			a.Work()
		}
		run(header + rowOne)
		list, err := a.PetParents.List(context.Background(), d.ID, petparent.Filter{Query: "anna"}, "", 1)
		if err != nil || len(list.Rows) != 1 {
			t.Fatal(list, err)
		}
		anna := list.Rows[0]
		if _, err := a.Onboarding.StartLogins(access.WithPractice(context.Background(), d.Access()), d.ID, petparent.Scope{}); err != nil {
			t.Fatal(err)
		}
		a.Work()
		before, err := a.PetParents.Profile(context.Background(), a.DB, d.ID, anna.ID)
		if err != nil || before.Login.LoginID == "" {
			t.Fatal(before.Login, err)
		}
		run(header + strings.Replace(rowOne, "anna@example.com", "moved@example.com", 1))
		after, err := a.PetParents.Profile(context.Background(), a.DB, d.ID, anna.ID)
		if err != nil || after.Email != "moved@example.com" || after.Login != before.Login {
			t.Errorf("%s: %+v, before %+v (%v)", after.Email, after.Login, before.Login, err)
		}
	})
}

// A file that cannot be taken: the form again, with the file, the line, and
// what to do. Nothing is imported.
func TestBadFiles(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d := newDesk(t, a)
		for _, row := range []struct {
			name   string
			file   string
			fields []string
			words  []string
		}{
			{"empty", "", nil, []string{"clients.csv", "Export the client list again"}},
			{"PDF", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", nil, []string{"clients.csv: this is a PDF", "CSV"}},
			{"wrong encoding", header + strings.Repeat("C1,Ann\x81\x9d,M\x90ller,,,,,,,,\n", 1200), nil, []string{"clients.csv, line 2", "Nothing was imported"}},
			{"ragged rows", header + strings.Repeat("C1,A\n", 1200), nil, []string{"clients.csv, line 2", "2 cells", "Nothing was imported"}},
			{"other system", header + rowOne, []string{"system", "cornerstone"}, []string{"clients.csv, line 1", "Generic CSV"}},
			{"unknown system", header + rowOne, []string{"system", "x"}, []string{"Choose one of the systems"}},
			{"branch of nobody", header + rowOne, []string{"branch", id.New()}, []string{"Choose one of the branches"}},
		} {
			d.Get(page)
			got := d.Upload(page, row.fields, text(row.file))
			got.Want(t, 422, append(row.words, "Import a client list", "Show the preview")...)
		}
		d.Get(page)
		d.Upload(page, nil).Want(t, 422, "Choose the file to import")
		d.Post(page, url.Values{"system": {""}}).Want(t, 422, "No file arrived")
		d.Get(page)
		d.Page.Without(t, "Earlier imports")
	})
}

// endless is one row of a client list again and again, up to a size in bytes.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, "C1,Anna,,"+strings.Repeat(" ", 4000)+",,,,,,,\n")
	e.left -= n
	return n, nil
}

// 200 MB are refused with words, and neither side has them in memory.
func TestTooLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("sends hundreds of megabytes")
	}
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d := newDesk(t, a)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		// Garbage goes before more is taken from the system: what is left is held.
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(int64(before.Sys) + 64<<20))
		big := func(size int) apptest.File {
			return apptest.File{Field: "file", Name: "big.csv", Body: io.MultiReader(strings.NewReader(header), &endless{size})}
		}
		d.Upload(page, nil, big(200<<20)).Want(t, 413, "more than the 80 MB")
		d.Get(page)
		d.Upload(page, nil, big(70<<20)).Want(t, 413, "big.csv is larger than 64 MB", "Export the clients in parts")
		runtime.ReadMemStats(&after)
		// Hashing is in it too; the first file is more.
		if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 160<<20 {
			t.Errorf("the heap grew by %d MB", grown>>20)
		}
		d.Get(page)
		d.Page.Without(t, "Earlier imports")
	})
}

// Who may not: signed out, without the permission, of another practice.
func TestWhoMayImport(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d := newDesk(t, a)
		d.Upload(page, nil, text(header+rowOne)).Want(t, 200, "1 new")
		at, _, _ := strings.Cut(d.Page.Path, "?")
		other := a.Clinic("claws")
		theirs := a.Enter("claws", other.Administrator, other.North.ID)
		there := strings.Replace(at, "/paws/", "/claws/", 1)
		vet := a.Enter("paws", a.Hire(d.Clinic, "Vera Vet", "vera@paws.example", role.Receptionist, d.North.ID), "")

		theirs.Get("/claws/pet-parents/import")
		for _, path := range []string{there, there + "/choices", there + "/progress", there + "/rejected.csv"} {
			theirs.Get(path).Want(t, 404, "This import is not here")
		}
		theirs.Get("/claws/pet-parents/import")
		for _, path := range []string{there + "/run", there + "/cancel", there + "/choices", there + "/forget"} {
			form := theirs.Page
			theirs.Post(path, nil).Want(t, 404, "This import is not here")
			theirs.Page = form
		}
		theirs.Upload("/claws/pet-parents/import", []string{"branch", d.North.ID}, text(header+rowOne)).Want(t, 422, "Choose one of the branches")

		for _, path := range []string{page, at, at + "/choices", at + "/progress", at + "/rejected.csv"} {
			vet.Get(path).Want(t, 403, "Your role in this branch does not allow this")
			a.Browser().Get(path).Want(t, 200, "Sign in")
		}
		for _, path := range []string{page, at + "/run", at + "/cancel", at + "/choices", at + "/forget"} {
			vet.Post(path, nil).Want(t, 403, "Your role in this branch does not allow this")
			a.Browser().Post(path, nil).Want(t, 200, "Sign in")
		}
		a.Work()
		d.Get(at).Want(t, 200, "Run the import")
	})
}

// Two imports of one practice do not run beside each other.
func TestOneAtATime(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d := newDesk(t, a)
		var at []string
		for range 2 {
			d.Get(page)
			d.Upload(page, nil, text(header+rowOne)).Want(t, 200, "1 new")
			path, _, _ := strings.Cut(d.Page.Path, "?")
			at = append(at, path)
		}
		form := d.Page
		d.Post(at[0]+"/run", nil).Want(t, 200, "is running")
		d.Page = form
		d.Post(at[1]+"/run", nil).Want(t, 409, "Another import of this practice is running")
		d.Get(at[0])
		d.Post(at[0]+"/cancel", nil).Want(t, 200, "This import was cancelled")
		d.Get(at[1])
		d.Post(at[1]+"/run", nil).Want(t, 200, "is running")
	})
}

func TestAPI(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		signIn := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": c.Administrator.LoginID, "password": c.Administrator.Password}).Want(t, 200)
		token := signIn.Text("sign_in")
		token = a.API("POST", "/sign-in/branch", token, map[string]any{"branch": c.North.ID}).Want(t, 200).Text("session", "token")

		if bad := send(t, a, token, nil, text("%PDF-1.7\n")).Want(t, 422); !strings.HasSuffix(bad.Text("type"), ":import-not-a-table") || !strings.Contains(bad.Raw, `"location":"body.file"`) {
			t.Errorf("bad file: %s", bad.Raw)
		}
		send(t, a, "", nil, text(header+rowOne)).Want(t, 401)
		send(t, a, token, nil).Want(t, 422)
		im := send(t, a, token, []string{"branch", c.North.ID}, text(header+rowOne+",No,Number,,,,,,,,\n")).Want(t, 201)
		importID := im.Text("id")
		counts, _ := im.Body["counts"].(map[string]any)
		if im.Text("state") != "previewed" || im.Text("system") != "generic" || counts["new"] != 1.0 || counts["rejected"] != 1.0 || counts["pets"] != 1.0 {
			t.Errorf("preview: %s", im.Raw)
		}
		if refused := a.API("POST", "/imports/"+importID+"/run", token, nil).Want(t, 409); !strings.HasSuffix(refused.Text("type"), ":import-has-rejected-rows") {
			t.Errorf("rejected rows: %s", refused.Raw)
		}
		if got := a.API("POST", "/imports/"+importID+"/run", token, map[string]any{"good_rows": true}).Want(t, 202).Text("state"); got != "running" {
			t.Errorf("run: %s", got)
		}
		a.API("POST", "/imports/"+importID+"/run", token, nil).Want(t, 409)
		a.API("POST", "/imports/"+importID+"/choices", token, map[string]any{}).Want(t, 409)
		a.Work()
		done := a.API("GET", "/imports/"+importID, token, nil).Want(t, 200)
		result, _ := done.Body["result"].(map[string]any)
		if done.Text("state") != "done" || result["new"] != 1.0 || done.Text("finished_at") == "" || done.Body["samples"] != nil {
			t.Errorf("done: %s", done.Raw)
		}
		csv := a.API("GET", "/imports/"+importID+"/rejected.csv", token, nil).Want(t, 200)
		if !strings.HasPrefix(csv.Header.Get("Content-Type"), "text/csv") || !strings.Contains(csv.Raw, "\r\nclients.csv,3,missing_client_id,") {
			t.Errorf("%s: %q", csv.Header.Get("Content-Type"), csv.Raw)
		}
		a.API("POST", "/imports/"+importID+"/cancel", token, nil).Want(t, 409)
		if list := a.API("GET", "/imports?limit=1", token, nil).Want(t, 200); !strings.Contains(list.Raw, importID) {
			t.Errorf("list: %s", list.Raw)
		}
		for _, nobody := range []string{id.New(), "x"} {
			a.API("GET", "/imports/"+nobody, token, nil).Want(t, 404)
			a.API("POST", "/imports/"+nobody+"/run", token, nil).Want(t, 404)
			a.API("POST", "/imports/"+nobody+"/choices", token, map[string]any{}).Want(t, 404)
			a.API("POST", "/imports/"+nobody+"/cancel", token, nil).Want(t, 404)
			a.API("GET", "/imports/"+nobody+"/rejected.csv", token, nil).Want(t, 404)
		}
	})
}

// send uploads as a program would.
func send(t *testing.T, a *apptest.App, bearer string, fields []string, files ...apptest.File) apptest.Answer {
	t.Helper()
	body, contentType := apptest.Upload(t, fields, files...)
	req, err := http.NewRequest(http.MethodPost, a.URL+"/api/v1/imports", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := apptest.Answer{Status: res.StatusCode, Header: res.Header, Raw: string(raw)}
	_ = json.Unmarshal(raw, &out.Body) // not every answer is an object
	return out
}
