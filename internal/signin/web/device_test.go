package signinweb_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/role"
)

const deviceCookie = "catflap-device-paws"

// carrying is a fresh browser with a device cookie that somebody put there.
func carrying(t *testing.T, a *apptest.App, token string) *apptest.Browser {
	t.Helper()
	b := a.Browser()
	u, err := url.Parse(a.URL)
	if err != nil {
		t.Fatal(err)
	}
	b.Client.Jar.SetCookies(u, []*http.Cookie{{Name: deviceCookie, Value: token, Path: "/"}})
	return b
}

// typed sends the login page of paws.
func typed(b *apptest.Browser, login, password string) apptest.Page {
	b.T.Helper()
	b.Get("/paws/login")
	return b.Post("/paws/login", url.Values{"login": {login}, "password": {password}})
}

// from sends every request of a browser with a header that names an address.
func from(b *apptest.Browser, address string) *apptest.Browser {
	b.Client.Transport = forwarded(address)
	return b
}

type forwarded string

func (f forwarded) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("X-Forwarded-For", string(f))
	return http.DefaultTransport.RoundTrip(r)
}

// closeTo closes an account to strangers: ten of the hundred tries are real.
func closeTo(t *testing.T, a *apptest.App, login string) {
	t.Helper()
	a.Clock.Advance(6 * time.Minute)
	try(a, login, "wrong").Want(t, 401)
	apptest.Exec(a, `UPDATE attempt SET failures = 90 WHERE factor = 'password' AND failures < 90`)
	for {
		a.Clock.Advance(6 * time.Minute)
		if r := try(a, login, "wrong"); r.Status == 429 {
			return
		}
	}
}

// TestStrangersCannotCloseAnAccount: whatever strangers try, its owner gets in
// on a device they signed in on before, and opens it for other devices.
func TestStrangersCannotCloseAnAccount(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		desk := a.Hire(c, "Dora Desk", "dora@paws.example", role.Receptionist, c.North.ID)
		other := a.Clinic("other")
		known, colleague := a.Enter("paws", vet, ""), a.Enter("paws", desk, "")
		elsewhere := a.Enter("other", other.Administrator, other.North.ID)
		closeTo(t, a, vet.LoginID)
		closeTo(t, a, "nobody@paws.example")

		shut := typed(a.Browser(), vet.LoginID, vet.Password).Want(t, 429, "too many tries")
		if shut.Header.Get("Retry-After") == "" {
			t.Error("429 without Retry-After")
		}
		for name, b := range map[string]*apptest.Browser{
			"of a colleague":             carrying(t, a, cookie(t, colleague, deviceCookie)),
			"of another practice":        carrying(t, a, cookie(t, elsewhere, "catflap-device-other")),
			"forged":                     carrying(t, a, strings.Repeat("A", 43)),
			"empty":                      carrying(t, a, ""),
			"for nobody":                 a.Browser(),
			"forged, for an unknown one": carrying(t, a, "x"),
		} {
			login := vet.LoginID
			if strings.HasSuffix(name, "nobody") || strings.HasSuffix(name, "unknown one") {
				login = "nobody@paws.example"
			}
			p := typed(b, login, vet.Password).Want(t, 429)
			if strings.ReplaceAll(p.Body, login, "") != strings.ReplaceAll(shut.Body, vet.LoginID, "") || p.Header.Get("Retry-After") != shut.Header.Get("Retry-After") {
				t.Errorf("a device cookie %s is answered differently", name)
			}
		}

		for range 3 {
			typed(known, vet.LoginID, "wrong").Want(t, 401)
		}
		typed(known, vet.LoginID, vet.Password).Want(t, 200, "Vera Vet")
		if n := apptest.Number(a, `SELECT failures FROM attempt WHERE subject = $1 AND factor = 'password'`, vet.ID); n != 90 {
			t.Errorf("strangers begin anew at %d", n)
		}
		if n := apptest.Number(a, `SELECT count(*) FROM attempt WHERE subject = $1 AND factor LIKE 'password@%'`, vet.ID); n != 0 {
			t.Error("the tries on the known device are still counted")
		}
		typed(a.Browser(), vet.LoginID, vet.Password).Want(t, 200, "Vera Vet")
		if n := apptest.Number(a, `SELECT count(*) FROM attempt WHERE subject = $1`, vet.ID); n != 0 {
			t.Errorf("%d counts are left after a right password from a stranger's device", n)
		}
	})
}

// TestKnownDeviceHasTriesOfItsOwn: it is delayed for its own failures and for
// nobody else's, and the other way round, also at once.
func TestKnownDeviceHasTriesOfItsOwn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		token := cookie(t, a.Enter("paws", vet, ""), deviceCookie)
		browsers := make([]*apptest.Browser, 16)
		for i := range browsers {
			browsers[i] = carrying(t, a, token)
			browsers[i].Get("/paws/login")
		}
		wrong := url.Values{"login": {vet.LoginID}, "password": {"wrong"}}
		looked := apptest.AtOnce(16, func(i int) bool { return browsers[i].Post("/paws/login", wrong).Status == 401 })
		if looked != 5 {
			t.Errorf("%d tries were looked at, want 5", looked)
		}
		typed(carrying(t, a, token), vet.LoginID, vet.Password).Want(t, 429)
		typed(a.Browser(), vet.LoginID, vet.Password).Want(t, 200, "Vera Vet")
		typed(carrying(t, a, token), vet.LoginID, vet.Password).Want(t, 429)
		a.Clock.Advance(time.Minute)
		typed(carrying(t, a, token), vet.LoginID, vet.Password).Want(t, 200, "Vera Vet")

		if err := a.DB.Write(t.Context(), func(tx *db.Tx) error { return a.Devices.ForgetAll(t.Context(), tx, c.ID, vet.ID) }); err != nil {
			t.Fatal(err)
		}
		closeTo(t, a, vet.LoginID)
		typed(carrying(t, a, token), vet.LoginID, vet.Password).Want(t, 429)
	})
}

// TestPlantedDevice: a token that was in the browser, or was copied from it,
// before somebody signed in there is not theirs.
func TestPlantedDevice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		desk := a.Hire(c, "Dora Desk", "dora@paws.example", role.Receptionist, c.North.ID)
		b := carrying(t, a, "planted")
		typed(b, desk.LoginID, desk.Password).Want(t, 200, "Dora Desk")
		copied := cookie(t, b, deviceCookie)
		typed(b, vet.LoginID, vet.Password).Want(t, 200, "Vera Vet")
		if now := cookie(t, b, deviceCookie); now == copied || copied == "planted" {
			t.Error("the token stayed the same")
		}
		for _, p := range []apptest.Person{vet, desk} {
			closeTo(t, a, p.LoginID)
			typed(carrying(t, a, copied), p.LoginID, p.Password).Want(t, 429)
			typed(carrying(t, a, "planted"), p.LoginID, p.Password).Want(t, 429)
			typed(b, p.LoginID, p.Password).Want(t, 200, p.Name)
		}
	})
}

// TestCrowdedNetwork: after a hundred failures from one address strangers there
// wait, whoever they try; the address is the one that trusted proxies tell.
func TestCrowdedNetwork(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a := apptest.On(t, d, func(o *app.Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		known := from(a.Browser(), "2001:db8:1:2::1")
		typed(known, vet.LoginID, vet.Password).Want(t, 200)
		typed(from(a.Browser(), "2001:db8:1:2::1"), "a@paws.example", "wrong").Want(t, 401)
		apptest.Exec(a, `UPDATE address_failure SET failures = 99`)
		typed(from(a.Browser(), "2001:db8:1:2:ffff::9"), "b@paws.example", "wrong").Want(t, 401)
		for _, row := range []struct {
			via, login string
			want       int
		}{
			{"2001:db8:1:2::77", vet.LoginID, 429},
			{"2001:db8:1:2::77", "nobody@paws.example", 429},
			{"198.51.100.7, 2001:db8:1:2::77", vet.LoginID, 429}, // what the client claims
			{"2001:db8:1:3::1", vet.LoginID, 200},
			{"198.51.100.7", vet.LoginID, 200},
		} {
			p := typed(from(a.Browser(), row.via), row.login, vet.Password)
			if p.Status != row.want || row.want == 429 && (p.Header.Get("Retry-After") != "600" || !strings.Contains(p.Body, "from your network")) {
				t.Errorf("%s via %s: %d, want %d", row.login, row.via, p.Status, row.want)
			}
		}
		typed(known, vet.LoginID, "wrong").Want(t, 401)
		typed(known, vet.LoginID, vet.Password).Want(t, 200)
		a.Clock.Advance(10 * time.Minute)
		typed(from(a.Browser(), "2001:db8:1:2::77"), vet.LoginID, vet.Password).Want(t, 200)
		if err := a.SignIn.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := apptest.Number(a, `SELECT count(*) FROM address_failure`); n != 0 {
			t.Errorf("%d former spans are kept", n)
		}
	})
}

// TestForgedAddress: without a trusted proxy nobody chooses their address, and
// sixteen failures at once are sixteen.
func TestForgedAddress(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	a.Clinic("paws")
	browsers := make([]*apptest.Browser, 16)
	for i := range browsers {
		browsers[i] = from(a.Browser(), "203.0.113."+string(rune('0'+i%10)))
		browsers[i].Get("/paws/login")
	}
	apptest.AtOnce(16, func(i int) bool {
		browsers[i].Post("/paws/login", url.Values{"login": {string(rune('a'+i)) + "@paws.example"}, "password": {"wrong"}}).Want(t, 401)
		return true
	})
	if n := apptest.Number(a, `SELECT failures FROM address_failure`); n != 16 {
		t.Errorf("%d failures are counted", n)
	}
	apptest.Exec(a, `UPDATE address_failure SET failures = 100`)
	typed(from(a.Browser(), "203.0.113.200"), "z@paws.example", "wrong").Want(t, 429)
}

// TestNewDeviceIsTold: by e-mail, once for each device, and not about the very
// first sign-in.
func TestNewDeviceIsTold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		letters := func() (n int) {
			a.Work()
			for _, l := range a.Mailbox.Letters() {
				if strings.Contains(l.Text, "had not signed in before") && strings.EqualFold(l.To.Address, vet.LoginID) {
					n++
				}
			}
			return n
		}
		wantLetters := func(what string, want int) {
			t.Helper()
			if got := letters(); got != want {
				t.Errorf("%s: %d letters, want %d", what, got, want)
			}
		}
		first := a.Enter("paws", vet, "")
		wantLetters("the very first sign-in", 0)
		typed(first, vet.LoginID, vet.Password).Want(t, 200)
		wantLetters("the same browser", 0)
		second := a.Enter("paws", vet, "")
		wantLetters("another browser", 1)
		typed(second, vet.LoginID, vet.Password).Want(t, 200)
		typed(first, vet.LoginID, vet.Password).Want(t, 200)
		wantLetters("both again", 1)
		for want := 2; want <= 3; want++ {
			shared := a.Browser()
			shared.Get("/paws/login")
			shared.Post("/paws/login", url.Values{"login": {vet.LoginID}, "password": {vet.Password}, "shared": {"yes"}}).Want(t, 200)
			wantLetters("a shared computer", want)
			if u, _ := url.Parse(a.URL); strings.Contains(cookieNames(shared.Client.Jar.Cookies(u)), deviceCookie) {
				t.Error("a shared computer was remembered")
			}
		}
		try(a, vet.LoginID, vet.Password).Want(t, 200)
		wantLetters("a program", 4)
		try(a, vet.LoginID, vet.Password).Want(t, 200)
		wantLetters("the same program", 4)

		try(a, vet.LoginID, "wrong").Want(t, 401)
		typed(first, vet.LoginID, "wrong").Want(t, 401)
		a.Clock.Advance(time.Minute)
		typed(first, vet.LoginID, vet.Password).Want(t, 200)
		if n := apptest.Number(a, `SELECT failed_before FROM session ORDER BY created_at DESC, id DESC LIMIT 1`); n != 2 {
			t.Errorf("%d failed tries are told, want 2", n)
		}
		typed(first, vet.LoginID, vet.Password).Want(t, 200)
		if n := apptest.Number(a, `SELECT failed_before FROM session ORDER BY created_at DESC, id DESC LIMIT 1`); n != 0 {
			t.Errorf("%d failed tries are told twice", n)
		}
	})
}

// TestCountsAreForgottenAlike: whoever comes back after long finds the same for a
// login ID that nobody has as for one that exists.
func TestCountsAreForgottenAlike(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		for _, shut := range []bool{false, true} {
			for _, days := range []int{89, 2} {
				for _, login := range []string{vet.LoginID, "nobody@paws.example"} {
					if days == 89 {
						try(a, login, "wrong")
					}
				}
				if shut {
					apptest.Exec(a, `UPDATE attempt SET failures = 100 WHERE factor = 'password'`)
				}
				a.Clock.Advance(time.Duration(days) * 24 * time.Hour)
				if err := a.SignIn.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
				want := 2
				if days == 2 && !shut {
					want = 0
				}
				if n := apptest.Number(a, `SELECT count(*) FROM attempt WHERE factor = 'password'`); n != want {
					t.Errorf("closed %t, after %d more days: %d counts, want %d", shut, days, n, want)
				}
			}
		}
		try(a, vet.LoginID, vet.Password).Want(t, 429)
		try(a, "nobody@paws.example", vet.Password).Want(t, 429)
	})
}

func cookieNames(all []*http.Cookie) string {
	var names []string
	for _, c := range all {
		names = append(names, c.Name)
	}
	return strings.Join(names, " ")
}

// TestReturnOnlyForTheSamePerson: where the page was somebody else's, the next
// person begins at their own first page.
func TestReturnOnlyForTheSamePerson(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		desk := a.Hire(c, "Dora Desk", "dora@paws.example", role.Receptionist, c.North.ID)
		for owner, want := range map[string]string{
			"": "/paws/account/sessions", a.SignIn.ReturnMark(vet.ID): "/paws/account/sessions",
			a.SignIn.ReturnMark(desk.ID): "/paws/", vet.ID: "/paws/", "forged": "/paws/",
		} {
			b := a.Browser()
			page := b.Get("/paws/login?return=/paws/account/sessions&for="+url.QueryEscape(owner)).Want(t, 200)
			if owner != "" && !strings.Contains(page.Body, `name="for" value="`+owner+`"`) {
				t.Error("the page does not pass on whose page it was")
			}
			f := form(vet)
			f.Set("return", "/paws/account/sessions")
			f.Set("for", owner)
			if p := b.Post("/paws/login", f).Want(t, 200); p.Path != want {
				t.Errorf("for %q led to %s, want %s", owner, p.Path, want)
			}
		}
	})
}
