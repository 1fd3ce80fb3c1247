package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// crew is the practice of the stories whose people are there already: it was
// opened through the API, so that a story begins where it has something to tell.
type crew struct {
	w        *world
	pat      person            // runs the server
	maria    person            // the administrator
	token    string            // of a session of hers in North
	branches map[string]string // ids by name
	roles    map[string]staffRole
}

type staffRole struct {
	ID, Name    string
	Permissions []string
}

// crew opens the practice and waits for nobody.
func (w *world) crew() *crew {
	w.t.Helper()
	w.serve()
	pat, maria := newcomer("Pat Host", "pat@host.example"), newcomer("Maria Lopez", "maria@happy-paws.example")
	setUp, err := url.Parse(w.server.setUpLink())
	if err != nil {
		w.t.Fatal(err)
	}
	w.send(http.MethodPost, "/api/v1/setup", "", map[string]any{
		"token": setUp.Query().Get("token"), "name": pat.name, "email": pat.email, "new_password": pat.password,
	})
	w.send(http.MethodPost, "/api/v1/platform/practices", w.platformToken(pat), map[string]any{
		"name": "Happy Paws", "slug": strings.TrimPrefix(happyPaws, "/"), "kind": "clinic", "plan": "complete",
		"branches": []string{"North", "South"}, "administrator": map[string]string{"name": maria.name, "email": maria.email},
	})
	w.accept(maria)
	c := &crew{w: w, pat: pat, maria: maria, token: w.staffToken(maria, "North"), branches: map[string]string{}, roles: map[string]staffRole{}}
	for _, b := range items[struct{ ID, Name string }](w, "/api/v1/branches", c.token) {
		c.branches[b.Name] = b.ID
	}
	for _, r := range items[staffRole](w, "/api/v1/roles", c.token) {
		c.roles[r.Name] = r
	}
	return c
}

// grant is a role that somebody has in a branch.
type grant struct{ role, branch string }

// hire gives somebody roles and lets them choose their password.
func (c *crew) hire(name string, grants ...grant) person {
	c.w.t.Helper()
	p := newcomer(name, strings.ToLower(strings.Split(name, " ")[0])+"@happy-paws.example")
	c.w.send(http.MethodPost, "/api/v1/staff", c.token, map[string]any{"name": name, "email": p.email, "grants": c.grants(grants)})
	c.w.accept(p)
	return p
}

// regrant leaves somebody with these roles only.
func (c *crew) regrant(p person, grants ...grant) {
	c.w.t.Helper()
	for _, one := range items[struct{ ID, Email string }](c.w, "/api/v1/staff?q="+p.email, c.token) {
		c.w.send(http.MethodPut, "/api/v1/staff/"+one.ID, c.token, map[string]any{"name": p.name, "grants": c.grants(grants)})
		return
	}
	c.w.t.Fatalf("%s does not work here", p.name)
}

func (c *crew) grants(all []grant) []map[string]string {
	ids := make([]map[string]string, len(all))
	for i, g := range all {
		ids[i] = map[string]string{"role": c.roles[g.role].ID, "branch": c.branches[g.branch]}
	}
	return ids
}

// client brings one pet parent in and returns the path of the page on which
// their contact data are edited.
func (c *crew) client(first, last, phone string) string {
	w := c.w
	w.t.Helper()
	c.bring(fmt.Sprintf("client_id,first_name,last_name,email,phone,pet_name,species,breed,sex,dob,deceased\n"+
		"C1,%s,%s,%s@home.example,%s,Biscuit,Dog,Border Collie,FS,2024-08-23,no\n", first, last, strings.ToLower(first), phone))
	edit := ""
	within(w.t, patience, first+" "+last+" is there", func() error {
		for _, one := range items[struct{ ID string }](w, "/api/v1/pet-parents", c.token) {
			edit = happyPaws + "/pet-parents/" + one.ID + "/edit"
			return nil
		}
		return io.EOF
	})
	return edit
}

// bring starts the import of a client list.
func (c *crew) bring(list string) {
	w := c.w
	w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "clients.csv")
	if err == nil {
		_, err = io.WriteString(file, list)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, w.url("/api/v1/imports"), &body)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Authorization", "Bearer "+c.token)
	var made struct{ ID string }
	status, answer := w.ask(r)
	if err := json.Unmarshal([]byte(answer), &made); err != nil || status != http.StatusCreated {
		w.t.Fatalf("upload: %d %s", status, answer)
	}
	w.send(http.MethodPost, "/api/v1/imports/"+made.ID+"/run", c.token, nil)
}

// petParent brings a client in who has signed in once and has a password of
// their own.
func (c *crew) petParent(first, last, phone string) person {
	w := c.w
	w.t.Helper()
	p := newcomer(first+" "+last, strings.ToLower(first)+"@home.example")
	id := path.Base(path.Dir(c.client(first, last, phone)))
	w.send(http.MethodPost, "/api/v1/logins", c.token, nil)
	w.letter(p.email, first)

	var in struct {
		Next     string
		SignIn   string `json:"sign_in"`
		Session  struct{ Token string }
		Password string `json:"temporary_password"`
	}
	say := func(path, bearer string, body any) {
		w.t.Helper()
		w.into(&in, w.send(http.MethodPost, path, bearer, body))
	}
	say("/api/v1/pet-parents/"+id+"/login/temporary-password/reveal", c.token, nil)
	say("/api/v1/practices/happy-paws/sign-in", "", map[string]string{"login": p.email, "password": in.Password})
	pending := in.SignIn
	say("/api/v1/sign-in/details", pending, json.RawMessage(w.send(http.MethodGet, "/api/v1/sign-in/details", pending, nil)))
	say("/api/v1/sign-in/new-password", pending, map[string]string{"new_password": p.password})
	if in.Next != "done" {
		w.t.Fatalf("the first sign-in stops at %s", in.Next)
	}
	w.send(http.MethodDelete, "/api/v1/session", in.Session.Token, nil)
	return p
}

// equip gives somebody who can sign in an authenticator app, without a browser.
func (w *world) equip(p person) (codes []string) {
	w.t.Helper()
	token := w.staffToken(p, "North")
	var begun struct{ Setup, Secret string }
	w.into(&begun, w.send(http.MethodPost, "/api/v1/account/two-factor/setup", token, nil))
	app := newAuthenticator(w.t, begun.Secret)
	w.phones[p.email] = app
	var done struct {
		Codes []string `json:"backup_codes"`
	}
	said := w.send(http.MethodPost, "/api/v1/account/two-factor/verify", token, map[string]string{"setup": begun.Setup, "code": app.next()})
	if err := json.Unmarshal([]byte(said), &done); err != nil || len(done.Codes) != 10 {
		w.t.Fatalf("%v: %s", err, said)
	}
	w.send(http.MethodPost, "/api/v1/account/two-factor/backup-codes/stored", token, nil)
	w.send(http.MethodDelete, "/api/v1/session", token, nil)
	return done.Codes
}

// accept follows the invitation without a browser.
func (w *world) accept(p person) {
	w.t.Helper()
	link, err := url.Parse(w.invitation(p))
	if err != nil {
		w.t.Fatal(err)
	}
	w.send(http.MethodPost, "/api/v1/activation", "", map[string]string{"token": link.Query().Get("token"), "new_password": p.password})
}

// send asks the API for something that it must do.
func (w *world) send(method, path, bearer string, body any) (answer string) {
	w.t.Helper()
	content := ""
	if body != nil {
		content = asJSON(w.t, body)
	}
	r, err := http.NewRequest(method, w.url(path), strings.NewReader(content))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	status, answer := w.ask(r)
	if status/100 != 2 {
		w.t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	return answer
}

// into reads an answer of the API.
func (w *world) into(value any, answer string) {
	w.t.Helper()
	if err := json.Unmarshal([]byte(answer), value); err != nil {
		w.t.Fatalf("%s: %v", answer, err)
	}
}

// items are those of a list of the API.
func items[T any](w *world, path, bearer string) []T {
	w.t.Helper()
	var list struct{ Items []T }
	w.into(&list, w.send(http.MethodGet, path, bearer, nil))
	return list.Items
}

// atDesk is a browser in which somebody is signed in; branch is "" for those who
// have no choice.
func (w *world) atDesk(who string, p person, branch string) *browser {
	w.t.Helper()
	b := w.browser(who, w.width)
	b.Open(happyPaws + "/login")
	b.signIn(p)
	if branch != "" {
		b.See("Where do you work today?")
		b.Click(branch)
		b.Click("Go on")
	}
	b.See("You are signed in", p.name)
	return b
}
