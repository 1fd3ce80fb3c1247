package petparentweb_test

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
	"catflap/internal/foundation/db/dbtest"
)

func TestLook(t *testing.T) {
	if os.Getenv("LOOK") == "" {
		t.Skip()
	}
	_ = dbtest.New
	each(t, func(t *testing.T, w *world) {
		for i := range 60 {
			w.put(w.clinic, many(i))
		}
		b := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		b.Get("/paws/pet-parents/pet-app")
		os.WriteFile("/tmp/look/empty", nil, 0o644)
		w.invite(w.ken, "ken@example.com", true)
		w.invite(w.aya, "aya@example.com", true)
		w.invite(w.bea, "bea.brown", false)
		tmp := w.temporary(w.aya)
		aya := w.settle2("aya@example.com", tmp)
		u, _ := url.Parse(w.URL)
		serve := func(addr string, br *apptest.Browser) {
			p := httputil.NewSingleHostReverseProxy(u)
			d := p.Director
			go http.ListenAndServe(addr, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/post" {
					pg := br.Post(r.URL.Query().Get("to"), nil)
					rw.Header().Set("Content-Type", "text/html")
					rw.WriteHeader(pg.Status)
					rw.Write([]byte(pg.Body))
					return
				}
				if r.URL.Path == "/frame" {
					rw.Header().Set("Content-Type", "text/html")
					rw.Write([]byte("<body style=margin:0><iframe width=390 height=1500 style=border:0 src=\"" + r.URL.Query().Get("to") + "\">"))
					return
				}
				p.ModifyResponse = func(res *http.Response) error { res.Header.Del("Content-Security-Policy"); return nil }
				p.Director = func(q *http.Request) {
					d(q)
					q.Host = u.Host
					q.Header.Del("Cookie")
					for _, c := range br.Client.Jar.Cookies(u) {
						q.AddCookie(c)
					}
				}
				p.ServeHTTP(rw, r)
			}))
		}
		serve("127.0.0.1:9301", b)
		serve("127.0.0.1:9302", aya)
		os.WriteFile("/tmp/look/ids", []byte("KEN="+w.ken+"\nAYA="+w.aya+"\nBEA="+w.bea+"\n"), 0o644)
		for {
			time.Sleep(300*time.Millisecond)
			if _, err := os.Stat("/tmp/look/stop"); err == nil { break }
		}
	})
	_ = petparent.Filter{}
	_ = db.SQLite
}

func (w *world) settle2(login, tmp string) *apptest.Browser {
	d, err := w.PetParents.Details(w.ctx(), w.DB, w.clinic.ID, w.aya)
	if err != nil { w.t.Fatal(err) }
	f := url.Values{"person.first_name": {"Aya Maria"}, "person.last_name": {"Ito"}, "person.email": {"aya@new.example"}, "person.phones": {"+1 206 555 0199"}}
	for i, p := range d.Pets {
		pre := "pets[" + string(rune('0'+i)) + "]."
		f.Set(pre+"id", p.ID); f.Set(pre+"name", p.Name+" II"); f.Set(pre+"species", p.Species); f.Set(pre+"breed", p.Breed); f.Set(pre+"sex", p.Sex); f.Set(pre+"born_on", p.BornOn)
	}
	b, _ := w.settle(login, tmp, f)
	return b
}
