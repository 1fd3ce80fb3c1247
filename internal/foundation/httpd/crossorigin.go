package httpd

import (
	"net/http"
	"net/url"

	"catflap/internal/foundation/fault"
)

var errCrossSite = fault.New(fault.Forbidden, "cross-site-request",
	"This request came from another website, so nothing was changed. Open the page here and try again.")

// crossOrigin refuses unsafe requests that a browser says come from another
// origin (Fetch metadata, else the Origin header). The public URL's origin is
// trusted by name, for proxies that do not pass the Host header on.
func crossOrigin(public *url.URL) *http.CrossOriginProtection {
	c := http.NewCrossOriginProtection()
	if err := c.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
		panic("httpd: the public URL has no origin: " + err.Error())
	}
	return c
}
