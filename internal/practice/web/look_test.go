package practiceweb_test

import (
	"bytes"
	"image"
	"image/png"
	"net/url"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

const lookPage = "/paws/settings/look"

func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestLook(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		a.Browser().Get(lookPage).Want(t, 200, "Forgot password?")
		a.Enter("paws", a.Hire(c, "Mia Manager", "mia@paws.example", role.Manager, ""), c.North.ID).Get(lookPage).Want(t, 403)
		b := a.Enter("paws", c.Administrator, c.North.ID)
		send := func(colour string, file []byte, more ...string) apptest.Page {
			b.Get(lookPage)
			return b.Upload(lookPage, append([]string{"colour", colour}, more...), apptest.File{Field: "logo", Name: "logo.png", Body: bytes.NewReader(file)})
		}
		logo := picture(t, 480, 80)
		for name, row := range map[string]struct {
			colour string
			file   []byte
			words  string
		}{
			"no colour":  {"green", nil, "Type a colour as #"},
			"style":      {"#fff;x:", nil, "Type a colour as #"},
			"too light":  {"#00ff00", nil, "Choose a darker one"},
			"no picture": {"", []byte("<svg onload=alert(1)>"), "Choose a PNG, JPEG or GIF file"},
			"half of it": {"", logo[:len(logo)/2], "Choose a PNG, JPEG or GIF file"},
			"too wide":   {"", picture(t, 1201, 1), "1201 by 1 pixels"},
			"too heavy":  {"", append(bytes.Clone(logo), make([]byte, 200<<10)...), "larger than 200 kB"},
		} {
			if p := send(row.colour, row.file); p.Status != 422 || !strings.Contains(p.Body, row.words) {
				t.Errorf("%s: answered with %d", name, p.Status)
			}
		}
		page := send("#7A1F5C", logo).Want(t, 200, "Saved.", "#7a1f5c")
		_, rest, _ := strings.Cut(page.Body, `<img src="`)
		address, _, _ := strings.Cut(rest, `"`)
		if !strings.Contains(rest, `width="240" height="40"`) {
			t.Error("the logo is not shown in its size")
		}
		public := a.Browser().Get(address).Want(t, 200)
		if public.Body != string(logo) || public.Header.Get("Content-Type") != "image/png" || !strings.Contains(public.Header.Get("Cache-Control"), "immutable") ||
			public.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
			t.Errorf("served with %v", public.Header)
		}
		a.Clinic("claws")
		a.Browser().Get(strings.Replace(address, "/paws/", "/claws/", 1)).Want(t, 404)
		if got := changed(record(t, a, c.ID, audit.LookChanged)); !strings.HasPrefix(got, "colour  > #7a1f5c; logo  > ") {
			t.Errorf("on record: %s", got)
		}

		// Every message carries it, built-in ones too.
		a.Browser().Post("/paws/forgot-password", url.Values{"login": {c.Administrator.LoginID}})
		a.Work()
		letter := a.LastMail(c.Administrator.LoginID)
		for _, want := range []string{"background-color:#7a1f5c", `src="` + a.URL + address + `" width="240" height="40"`} {
			if !strings.Contains(letter.HTML, want) {
				t.Errorf("%q is missing in\n%s", want, letter.HTML)
			}
		}
		send("", nil, "no_logo", "yes").Want(t, 200, "Saved.").Without(t, "Your logo\"")
		a.Browser().Get(address).Want(t, 200) // mail that was sent still shows it
	})
}
