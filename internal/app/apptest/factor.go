package apptest

import (
	"context"
	"encoding/base32"
	"net/url"
	"regexp"
	"time"

	"catflap/internal/access"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/secret"
)

// Authenticator gives a person an authenticator app and backup codes. The code
// that proved it was one of the step before the present one.
func (a *App) Authenticator(p *Person) (backup []secret.Text) {
	a.T.Helper()
	ctx := context.Background()
	at := access.Practice{}
	if p.PracticeID != "" {
		found, err := a.Practices.Get(ctx, a.DB, p.PracticeID)
		if err != nil {
			a.T.Fatal(err)
		}
		at = found.Access()
	}
	const asked = "apptest"
	begun, err := a.Factors.BeginSetup(ctx, at, p.Account, asked)
	if err != nil {
		a.T.Fatal(err)
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		done, err := a.Factors.VerifySetup(ctx, tx, at, p.Account, asked, begun.ID, begun.Key.Code(otp.Step(a.Clock.Now())-1))
		backup = done.Codes
		return err
	})
	if err != nil {
		a.T.Fatal(err)
	}
	p.Key = begun.Key
	return backup
}

// Code is the next code of a person's app that the server has not seen. It lets
// time pass where all that it would take now are used up.
func (a *App) Code(p Person) string {
	a.T.Helper()
	step := int64(Number(a, `SELECT last_step FROM authenticator WHERE account_id = $1`, p.ID)) + 1
	if now := otp.Step(a.Clock.Now()); step < now {
		step = now
	}
	if early := step - otp.Window - otp.Step(a.Clock.Now()); early > 0 {
		a.Clock.Advance(time.Duration(early) * otp.Period)
	}
	return p.Key.Code(step)
}

// Token signs a person in as a program would and gives the session's token. Who
// has a choice works in the branch. slug is "platform" for platform accounts.
func (a *App) Token(slug string, p Person, branchID string) string {
	a.T.Helper()
	path := "/practices/" + slug + "/sign-in"
	if slug == "platform" {
		path = "/platform/sign-in"
	}
	r := a.API("POST", path, "", map[string]any{"login": p.LoginID, "password": p.Password}).Want(a.T, 200)
	token := r.Text("sign_in")
	if p.Key != nil {
		r = a.API("POST", "/sign-in/second-factor", token, map[string]any{"method": "totp", "code": a.Code(p)}).Want(a.T, 200)
	}
	if r.Text("next") == "choose_branch" {
		r = a.API("POST", "/sign-in/branch", token, map[string]any{"branch": branchID}).Want(a.T, 200)
	}
	if r.Text("next") != "done" {
		a.T.Fatalf("%s is not in: %s", p.Name, r.Raw)
	}
	return r.Text("session", "token")
}

var (
	keyShown   = regexp.MustCompile(`secret=([A-Z2-7]+)`)
	setupNamed = regexp.MustCompile(`name="setup" value="([^"]+)"`)
)

// SetUpSecond walks through the wizard that the sign-in in this browser demands;
// base is "/platform" or that of the practice. It returns the key.
func (b *Browser) SetUpSecond(base string) otp.Key {
	b.T.Helper()
	base += "/login/two-factor"
	m := keyShown.FindStringSubmatch(b.Post(base+"/start", nil).Want(b.T, 200, "Scan the picture").Body)
	if m == nil {
		b.T.Fatal("the page shows no key")
	}
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(m[1])
	if err != nil {
		b.T.Fatal(err)
	}
	id := setupNamed.FindStringSubmatch(b.Get(base+"/verify").Want(b.T, 200).Body)[1]
	code := otp.Key(key).Code(otp.Step(b.App.Clock.Now()))
	b.Post(base+"/verify", url.Values{"setup": {id}, "code": {code}}).Want(b.T, 200, "Store your backup codes")
	b.Post(base+"/stored", url.Values{"stored": {"yes"}}).Want(b.T, 200)
	return key
}
