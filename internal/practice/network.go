package practice

import (
	"net/netip"
	"slices"
)

// The modes of a network rule.
const (
	NetworkOff      = "off"      // from anywhere
	NetworkWarn     = "warn"     // from anywhere; elsewhere is pointed out and recorded
	NetworkRestrict = "restrict" // from the branch's networks only
)

// Network says from where people may work in a branch.
type Network struct {
	Mode     string         // NetworkOff, NetworkWarn or NetworkRestrict
	Prefixes []netip.Prefix // the branch's own networks
}

// Within reports whether the address is in the branch's networks. An address
// that is not known is not.
func (n Network) Within(ip string) bool {
	addr, err := netip.ParseAddr(ip)
	return err == nil && slices.ContainsFunc(n.Prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// Admits reports whether somebody at the address may work in the branch.
func (n Network) Admits(ip string) bool { return n.Mode != NetworkRestrict || n.Within(ip) }

// Warns reports whether somebody at the address is to be warned.
func (n Network) Warns(ip string) bool { return n.Mode == NetworkWarn && !n.Within(ip) }
