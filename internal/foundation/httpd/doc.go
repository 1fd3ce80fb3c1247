// Package httpd is the front door: one mux on which every route carries an
// access.Rule, the guard that enforces it for pages and JSON API alike, and the
// one place where a fault becomes an HTTP answer (a page, a redirect or an
// RFC 9457 problem). No other package knows an HTTP status.
//
// What always holds:
//   - a route cannot be registered without its rule; a handler only runs after
//     the guard let the request in;
//   - unsafe requests from other sites are refused, and what a cookie vouches
//     for must carry the form value bound to that session or sign-in;
//   - the client's address comes from trusted proxies only, links and redirects
//     never from request headers;
//   - logs name the route pattern, never the path, the query or a token.
package httpd
