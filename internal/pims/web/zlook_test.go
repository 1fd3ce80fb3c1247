package pimsweb_test

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
)

func TestZLook(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.SQLite))
	d := newDesk(t, a)
	u, _ := url.Parse(a.URL)
	p := httputil.NewSingleHostReverseProxy(u)
	dir := p.Director
	p.Director = func(r *http.Request) {
		dir(r)
		r.Host = u.Host
		r.Header.Del("Cookie")
		for _, c := range d.Client.Jar.Cookies(u) {
			r.AddCookie(c)
		}
	}
	go http.ListenAndServe("127.0.0.1:18377", p)
	shot := func(name, path string) {
		for _, w := range []string{"390,1800", "1280,1800"} {
			out, err := exec.Command("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size="+w,
				"--screenshot=/tmp/plook/"+name+"-"+strings.Split(w, ",")[0]+".png", "http://127.0.0.1:18377"+path).CombinedOutput()
			if err != nil {
				t.Log(string(out))
			}
		}
	}
	d.Upload(page, nil, text("%PDF"))
	shot("list0", page)
	d.Get(page)
	d.Upload(page, []string{"branch", d.North.ID}, sample(t, "generic/clients.csv")).Want(t, 200)
	at := d.Page.Path
	shot("preview", at)
	d.Post(at+"/run", nil)
	shot("running", at)
	a.Work()
	shot("report", at)
	shot("list", page)
}
