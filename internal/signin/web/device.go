package signinweb

import (
	"context"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/device"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
	"catflap/internal/signin"
)

// fromPage is the context of a request in which its browser is recognised. Every
// step that can complete a sign-in needs it.
func fromPage(r *http.Request) context.Context { return recognised(r.Context(), true) }

// fromProgram is fromPage for the JSON API, where no cookie is set.
func fromProgram(ctx context.Context) context.Context { return recognised(ctx, false) }

func recognised(ctx context.Context, keeps bool) context.Context {
	token := httpd.CookieIn(ctx, device.Cookie(access.PracticeFrom(ctx)))
	return device.WithBrowser(ctx, device.Browser{Token: secret.Text(token), Keeps: keeps})
}

// keepDevice gives the browser what it is recognised by from now on.
func (f *Face) keepDevice(w http.ResponseWriter, r *http.Request, out signin.Outcome) {
	if out.Device != "" {
		httpd.SetCookie(w, r, device.Cookie(access.PracticeFrom(r.Context())), out.Device.Reveal(), device.Life)
	}
}
