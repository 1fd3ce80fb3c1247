package httpd

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
)

const apiDescription = "JSON in and out, times in UTC as RFC 3339, opaque string identifiers, " +
	"errors as application/problem+json with a stable type. Unknown fields are refused. " +
	"A bearer token says who is asking; the browser's cookie works too, and then every request that " +
	"changes something carries the form value of its page in the header " + FormHeader + "."

// The names of the security schemes in the document.
const (
	schemeSession       = "session"
	schemeSignIn        = "signIn"
	schemeSessionCookie = "sessionCookie"
	schemeSignInCookie  = "signInCookie"
	schemeForm          = "form"
	schemeKey           = "apiKey"
)

func (m *Mux) securitySchemes() map[string]*huma.SecurityScheme {
	bearer := func(format, text string) *huma.SecurityScheme {
		return &huma.SecurityScheme{Type: "http", Scheme: "bearer", BearerFormat: format, Description: text}
	}
	key := func(in, name, text string) *huma.SecurityScheme {
		return &huma.SecurityScheme{Type: "apiKey", In: in, Name: name, Description: text}
	}
	return map[string]*huma.SecurityScheme{
		schemeSession:       bearer(SessionPrefix+"...", "The token of a session."),
		schemeSignIn:        bearer(PendingPrefix+"...", "The token of a sign-in in progress."),
		schemeKey:           bearer(KeyPrefix+"...", "An API key of the practice that has the permission."),
		schemeSessionCookie: key("cookie", m.sessionCookie(), "The session in a browser."),
		schemeSignInCookie:  key("cookie", m.pendingCookie(), "The sign-in in progress in a browser."),
		schemeForm:          key("header", FormHeader, "The form value of the page, needed with a cookie when something is changed."),
	}
}

// security lists the ways in for an audience; none for public operations.
func security(a access.Audience, unsafe bool) []map[string][]string {
	if a.Has(access.Public) {
		return nil
	}
	var ways []map[string][]string
	add := func(bearer, cookie string) {
		withCookie := map[string][]string{cookie: {}}
		if unsafe {
			withCookie[schemeForm] = []string{}
		}
		ways = append(ways, map[string][]string{bearer: {}}, withCookie)
	}
	if a&access.SignedIn != 0 {
		add(schemeSession, schemeSessionCookie)
	}
	if a.Has(access.Pending) {
		add(schemeSignIn, schemeSignInCookie)
	}
	return ways
}

// audienceNames says an audience in words.
func audienceNames(a access.Audience) []string {
	var names []string
	for _, one := range []struct {
		audience access.Audience
		name     string
	}{
		{access.Public, "public"}, {access.Pending, "pending"}, {access.Staff, "staff"},
		{access.Client, "client"}, {access.Platform, "platform"},
	} {
		if a.Has(one.audience) {
			names = append(names, one.name)
		}
	}
	return names
}

var pathParameter = regexp.MustCompile(`\{([^}]+)\}`)

// describePath documents the parameters of a path that the input does not name
// because the guard takes them, {practice} above all.
func describePath(_ *huma.OpenAPI, op *huma.Operation) {
	for _, match := range pathParameter.FindAllStringSubmatch(op.Path, -1) {
		name := match[1]
		if slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "path" && p.Name == name }) {
			continue
		}
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
		})
	}
}

// qualified finds package-qualified names inside the name of a generic type.
var qualified = regexp.MustCompile(`[\w.\-]+(?:/[\w.\-]+)*/[\w\-]+\.\w+|\b\w+\.\w+`)

// schemaName names a schema after its type, with the capability in front: two
// capabilities may each have a Summary.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" || t.PkgPath() == "" || t == problemGoType || t == problemErrorGoType {
		return huma.DefaultSchemaNamer(t, hint)
	}
	outer, inner, generic := strings.Cut(t.Name(), "[")
	name := withCapability(t.PkgPath(), outer)
	if !generic {
		return name
	}
	for _, arg := range qualified.FindAllString(inner, -1) {
		dot := strings.LastIndex(arg, ".")
		name += withCapability(arg[:dot], arg[dot+1:])
	}
	return name
}

// withCapability puts the capability of a package in front of a type's name
// unless the name begins with it. The kit's own generic types go without.
func withCapability(pkg, name string) string {
	capability := pkg[strings.LastIndex(pkg, "/")+1:]
	if capability == "web" {
		parent := strings.TrimSuffix(pkg, "/web")
		capability = parent[strings.LastIndex(parent, "/")+1:]
	}
	name = strings.ToUpper(name[:1]) + name[1:]
	if capability == "" || capability == "httpd" || strings.HasPrefix(strings.ToLower(name), capability) {
		return name
	}
	return strings.ToUpper(capability[:1]) + capability[1:] + name
}
