package mail

import (
	"context"
	"strings"
	"sync"
	"testing"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
)

// writer is somebody who may write the templates of a practice.
func writer(practiceID string) context.Context {
	v := access.Viewer{AccountID: "ada", PracticeID: practiceID, Name: "Ada"}
	return access.WithViewer(context.Background(), v.WithPermissions([]access.Permission{access.MailTemplate}))
}

func (o *outbox) save(practiceID string, in TextInput) Text {
	o.t.Helper()
	text, err := o.SaveText(writer(practiceID), in)
	if err != nil {
		o.t.Fatal(err)
	}
	return text
}

func source(subject, html string) Source { return Source{Subject: subject, HTML: html} }

func TestOwnTemplate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOutbox(t, d)
		o.house = House{Lang: "de", Brand: Brand{Colour: "#112233", Logo: "https://cats.example:8443/paws/logo/1.png", Width: 120, Height: 40}}
		first := o.save("paws", TextInput{Name: "Spring", Lang: "en", Source: source("Hello {{first_name}}",
			`<p>Dear {{first_name}}, {{practice}} <a class="button" href="{{login_url}}">Sign in</a></p>{{#pets}}<p>{{pets}}</p>{{/pets}}`)})
		draft := Draft{PracticeID: "paws", PetParentID: "parent", To: "bob@example.com", OwnTemplate: first.Template, Lang: "fr", Data: map[string]string{
			"first_name": "Bob <b>\r\nBcc: x@example.com", "last_name": "Unused", "practice": "Paws", "pets": "", "login_url": "https://cats.example/paws/login"}}
		waiting := o.enqueue(draft)

		// Changed and deleted while it waits: it leaves as it was written.
		second := o.save("paws", TextInput{Template: first.Template, Lang: "en", Seen: first.ID, Source: source("Other words", "<p>Other words</p>")})
		if _, err := o.SaveText(writer("paws"), TextInput{Template: first.Template, Lang: "en", Seen: first.ID, Source: source("Mine", "<p>Mine</p>")}); !fault.Is(err, fault.Conflict) {
			t.Errorf("saved over what was not seen: %v", err)
		}
		german := o.save("paws", TextInput{Template: first.Template, Lang: "de", Source: source("Hallo", "<p>Hallo</p>")})
		inGerman := o.enqueue(draft) // nobody wrote French: the practice's usual language
		draft.Lang = "en"
		inEnglish := o.enqueue(draft)
		all, err := o.Templates(context.Background(), "paws")
		if err != nil {
			t.Fatal(err)
		}
		own := all[len(all)-1]
		if own.Name != "Spring" || own.Mark != 3 || strings.Join(own.Langs, " ") != "de en" || own.Builtin {
			t.Errorf("listed as %+v", own)
		}
		if err := o.Service.Delete(writer("paws"), own.ID, own.Mark-1); !fault.Is(err, fault.Conflict) {
			t.Errorf("deleted what was not seen: %v", err)
		}
		if err := o.Service.Delete(writer("paws"), own.ID, own.Mark); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(o.ctx, func(tx *db.Tx) error { _, err := o.Enqueue(o.ctx, tx, draft); return err }); !fault.Is(err, fault.NotFound) {
			t.Errorf("enqueued with a deleted template: %v", err)
		}
		o.open(d, transport(t, o.server, nil)) // nothing is remembered
		o.drain()
		for id, want := range map[string]string{inGerman: german.ID, inEnglish: second.ID, waiting: first.ID} {
			if m := o.check("paws", id, Sent, "", 1); m.TextID != want || m.Template != Own {
				t.Errorf("%+v, want text %s", m, want)
			}
		}
		got := o.server.Messages()[0]
		if got.Header.Get("Subject") != "Hello Bob <b> Bcc: x@example.com" || got.Header.Get("Bcc") != "" {
			t.Errorf("header %v", got.Header)
		}
		for _, want := range []string{"Dear Bob &lt;b&gt;", "background-color:#112233", `src="https://cats.example:8443/paws/logo/1.png" width="120" height="40"`, "https://cats.example/paws/login"} {
			if !strings.Contains(got.HTML, want) {
				t.Errorf("%q is missing in\n%s", want, got.HTML)
			}
		}
		if !strings.Contains(got.Text, "Paws Sign in (https://cats.example/paws/login)\n\n--\n") {
			t.Errorf("text\n%s", got.Text)
		}
	})
}

func TestOverride(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOutbox(t, d)
		words := source("In {{practice}}", `<p>{{login_id}} {{temporary_password}} <a href="{{login_url}}">in</a></p>`)
		mine := o.save("paws", TextInput{Template: Welcome, Lang: "en", Source: words})
		bulk := []Draft{o.draft("paws", "a@example.com"), o.draft("claws", "b@example.com"), o.draft("paws", "c@example.com")}
		bulk[2].Lang = "de" // there are built-in words in German
		if err := d.Write(o.ctx, func(tx *db.Tx) error { return o.EnqueueBulk(o.ctx, tx, bulk) }); err != nil {
			t.Fatal(err)
		}
		o.drain()
		subjects := map[string]string{"a@example.com": "In Paws", "b@example.com": "Your login for Paws", "c@example.com": "Ihr Zugang zu Paws"}
		for _, m := range o.server.Messages() {
			to := strings.Trim(m.Header.Get("To"), "<>")
			to = to[strings.LastIndex(to, "<")+1:]
			if to != "c@example.com" && m.Header.Get("Subject") != subjects[to] || to == "c@example.com" && strings.HasPrefix(m.Header.Get("Subject"), "In ") {
				t.Errorf("%s got %q", to, m.Header.Get("Subject"))
			}
			if !strings.Contains(m.Text, o.secret) || !strings.Contains(m.HTML, o.secret) {
				t.Errorf("the secret is missing for %s in\n%s", to, m.Text)
			}
		}
		if len(o.server.Messages()) != 3 {
			t.Errorf("%d arrived", len(o.server.Messages()))
		}
		if got, err := o.Text(context.Background(), "paws", Welcome, "en"); err != nil || got.ID != mine.ID {
			t.Errorf("%+v, %v", got, err)
		}
		one, err := o.Template(context.Background(), "paws", Welcome)
		if err != nil || !one.Edited || one.Name != "Client Login Credentials" {
			t.Errorf("%+v, %v", one, err)
		}
		if err := o.Service.Delete(writer("paws"), Welcome, one.Mark); !fault.Is(err, fault.Conflict) {
			t.Errorf("a built-in template was deleted: %v", err)
		}
		if err := o.Reset(writer("paws"), Welcome, "en", one.Mark); err != nil {
			t.Fatal(err)
		}
		if got, err := o.Text(context.Background(), "paws", Welcome, "en"); err != nil || got.ID != "" || !strings.Contains(got.Subject, "Your login for") {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestWhoMayWriteTemplates(t *testing.T) {
	o := newOutbox(t, dbtest.New(t, db.SQLite))
	in := TextInput{Name: "Spring", Lang: "en", Source: source("Hello", "<p>Hello</p>")}
	nobody := access.WithViewer(context.Background(), access.Viewer{PracticeID: "paws"}.WithPermissions([]access.Permission{access.MailSend}))
	if _, err := o.SaveText(nobody, in); !fault.Is(err, fault.Forbidden) {
		t.Errorf("saved without permission: %v", err)
	}
	mine := o.save("paws", in)
	if _, err := o.SaveText(writer("paws"), in); !complains(err, "name", "Another template has this name") {
		t.Errorf("the name twice: %v", err)
	}
	o.save("claws", in)
	in.Template = mine.Template
	if _, err := o.SaveText(writer("claws"), in); !fault.Is(err, fault.NotFound) {
		t.Errorf("saved in another practice: %v", err)
	}
	if err := o.Rename(writer("paws"), mine.Template, "Client login credentials", 1); !complains(err, "name", "built-in") {
		t.Errorf("named like a built-in one: %v", err)
	}
	if err := o.Rename(writer("paws"), mine.Template, "Summer", 1); err != nil {
		t.Error(err)
	}
	if err := o.Reset(writer("paws"), mine.Template, "en", 2); !fault.Is(err, fault.Conflict) {
		t.Errorf("the last words were taken away: %v", err)
	}
	for _, id := range []string{PlatformInvitation, LoginURLs, "nothing", "../en"} {
		if _, err := o.SaveText(writer("paws"), TextInput{Template: id, Lang: "en", Source: source("Hello", "<p>Hello</p>")}); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s was saved: %v", id, err)
		}
	}
}

// complains reports whether the error is a complaint on the field in these words.
func complains(err error, field, words string) bool {
	if err == nil {
		return false
	}
	for _, f := range fault.From(err).Fields {
		if f.Name == field && strings.Contains(f.Message, words) {
			return true
		}
	}
	return false
}

// TestOneOfManyWritersIsFirst lets many save over the same text at once.
func TestOneOfManyWritersIsFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOutbox(t, d)
		own := o.save("paws", TextInput{Name: "Spring", Lang: "en", Source: source("Hello", "<p>Hello</p>")})
		for name, in := range map[string]TextInput{
			"own":      {Template: own.Template, Lang: "en", Seen: own.ID},
			"built-in": {Template: LoginIDs, Lang: "en"},
		} {
			const many = 16
			var wg sync.WaitGroup
			outcomes := make([]error, many)
			for i := range many {
				wg.Go(func() {
					mine := in
					mine.Source = source(strings.Repeat("x", i+1), "<p>Hello</p>")
					_, outcomes[i] = o.SaveText(writer("paws"), mine)
				})
			}
			wg.Wait()
			saved := 0
			for _, err := range outcomes {
				if err == nil {
					saved++
				} else if !fault.Is(err, fault.Conflict) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if saved != 1 {
				t.Errorf("%s: %d of %d were saved", name, saved, many)
			}
		}
	})
}

func TestComposedByHand(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOutbox(t, d)
		var ids [2]string
		err := d.Write(o.ctx, func(tx *db.Tx) error {
			textID, err := o.Compose(o.ctx, tx, "paws", "", "en", Source{Subject: "Results for {{pets}}", Text: "Hello {{name}},\n\nall <well> & good.\nSee you"})
			if err != nil {
				return err
			}
			for i, parent := range []string{"bob", "eve"} {
				if ids[i], err = o.Enqueue(o.ctx, tx, Draft{PracticeID: "paws", PetParentID: parent, To: parent + "@example.com", TextID: textID,
					Data: map[string]string{"name": parent, "pets": "Rex", "practice": "Paws"}}); err != nil {
					return err
				}
			}
			return o.Forget(o.ctx, tx, "paws", Person{PetParents: []string{"bob"}}) // eve is still to get it
		})
		if err != nil {
			t.Fatal(err)
		}
		o.drain()
		o.check("paws", ids[1], Sent, "", 1)
		got := o.server.Messages()
		if len(got) != 1 || got[0].Header.Get("Subject") != "Results for Rex" || !strings.Contains(got[0].HTML, "all &lt;well&gt; &amp; good.<br>") || !strings.Contains(got[0].Text, "all <well> & good.\nSee you") {
			t.Errorf("arrived: %+v", got)
		}
		if err := d.Write(o.ctx, func(tx *db.Tx) error { return o.Forget(o.ctx, tx, "paws", Person{PetParents: []string{"eve"}}) }); err != nil {
			t.Fatal(err)
		}
		left, err := db.All(o.ctx, d, scanText, selectText, "paws")
		if err != nil || len(left) != 1 || left[0].HTML+left[0].Subject+left[0].Source.Text != "" {
			t.Errorf("left of it: %+v, %v", left, err)
		}
	})
}

// TestSecretsOfOwnTemplates sends a secret with a practice's own words, and none
// where it is missing.
func TestSecretsOfOwnTemplates(t *testing.T) {
	o := newOutbox(t, dbtest.New(t, db.SQLite))
	own := o.save("paws", TextInput{Name: "In", Lang: "en", Source: source("In", `<p>{{temporary_password}}</p>{{#link}}<p><a href="{{link}}">in</a></p>{{/link}}`)})
	used, err := o.Used(o.ctx, o.Service.db, "paws", own.Template, "")
	if err != nil || len(used) != 2 || !used[0].Required || used[1].Required {
		t.Errorf("used: %+v, %v", used, err)
	}
	draft := Draft{PracticeID: "paws", To: "bob@example.com", OwnTemplate: own.Template, Data: map[string]string{"practice": "Paws"}, Secret: o.ref}
	sent := o.enqueue(draft)
	o.drain()
	if m := o.check("paws", sent, Sent, "", 1); m.Data["temporary_password"] != mask {
		t.Errorf("stored as %v", m.Data)
	}
	if got := o.server.Messages()[0]; !strings.Contains(got.Text, o.secret) {
		t.Errorf("the secret is missing in\n%s", got.Text)
	}
	draft.Secret = SecretRef{}
	if err := o.Service.db.Write(o.ctx, func(tx *db.Tx) error { _, err := o.Enqueue(o.ctx, tx, draft); return err }); err == nil {
		t.Error("written without the secret that it needs")
	}
	shown, err := o.Preview(o.ctx, PreviewInput{PracticeID: "paws", Source: own.Source, Tokens: map[string]string{"temporary_password": o.secret, "link": o.secret}})
	if err != nil || strings.Contains(shown.HTML+shown.Text, o.secret) || !strings.Contains(shown.Text, mask) {
		t.Errorf("preview %+v, %v", shown, err)
	}
}
