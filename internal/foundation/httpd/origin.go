package httpd

import (
	"net/http"
	"net/netip"
	"strings"
)

// clientIP is the address of the client in canonical text form. What a header
// claims is believed only as far as trusted proxies wrote it: from the right,
// past trusted addresses, the first other one is the client. Empty when the
// connection has no IP address.
func clientIP(r *http.Request, trusted []netip.Prefix) string {
	peer, ok := parseAddr(r.RemoteAddr)
	if !ok {
		return ""
	}
	if len(trusted) == 0 || !within(peer, trusted) {
		return peer.String()
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		addr, ok := parseAddr(strings.TrimSpace(hops[i]))
		if !ok {
			break // whatever stands further left was not written by a proxy of ours
		}
		peer = addr
		if !within(addr, trusted) {
			break
		}
	}
	return peer.String()
}

// parseAddr reads an address with or without a port.
func parseAddr(s string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap().WithZone(""), err == nil
}

func within(a netip.Addr, prefixes []netip.Prefix) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
