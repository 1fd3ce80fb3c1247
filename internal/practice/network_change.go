package practice

import (
	"context"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// NetworkInput is what a Security Manager types.
type NetworkInput struct {
	Mode     string   // NetworkOff, NetworkWarn or NetworkRestrict
	Networks []string // as CIDR, or single addresses
}

// maximumNetworks is how many networks a branch may have.
const maximumNetworks = 50

// NetworkMode is a mode of the rule with the words that people read.
type NetworkMode struct{ Mode, Name, Means string }

// NetworkModes lists the modes, the most open first.
func NetworkModes() []NetworkMode {
	return []NetworkMode{
		{NetworkOff, "From anywhere", "The networks below are remembered and mean nothing."},
		{NetworkWarn, "From anywhere, with a warning", "Who works from elsewhere reads a notice, and it is on record."},
		{NetworkRestrict, "From the branch's networks only", "Whoever works in this branch from elsewhere is signed out."},
	}
}

// Network checks the input. Complaints are about "mode" and "networks".
func (in NetworkInput) Network() (Network, error) {
	var c fault.Complaints
	n := Network{Mode: in.Mode, Prefixes: []netip.Prefix{}}
	known := slices.ContainsFunc(NetworkModes(), func(m NetworkMode) bool { return m.Mode == in.Mode })
	c.Check(known, "mode", "Choose from where people may work here.")
	for _, text := range in.Networks {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		p, ok := parseNetwork(text)
		if !ok {
			if len(text) > 60 {
				text = text[:60]
			}
			c.Add("networks", "\""+strings.ToValidUTF8(text, "")+"\" is no network. Write it as 192.0.2.0/24 or 2001:db8::/32, or as one address.")
			break
		}
		if !slices.Contains(n.Prefixes, p) {
			n.Prefixes = append(n.Prefixes, p)
		}
		if len(n.Prefixes) > maximumNetworks {
			c.Add("networks", "Use at most 50 networks.")
			break
		}
	}
	c.Check(in.Mode == NetworkOff || len(n.Prefixes) > 0 || !known, "networks", "Name at least one network of the branch.")
	return n, c.Err()
}

// parseNetwork reads a prefix or a single address and brings it into the form
// in which addresses of requests are compared.
func parseNetwork(text string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, false
	}
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return p, false
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), true
}

// Diff lists what changes from n to after, for the record.
func (n Network) Diff(after Network) []audit.Change {
	changes := audit.Diff(nil, "mode", n.Mode, after.Mode)
	return audit.Diff(changes, "networks", n.Text(", "), after.Text(", "))
}

// Text is the networks as people type them.
func (n Network) Text(between string) string {
	all := make([]string, 0, len(n.Prefixes))
	for _, p := range n.Prefixes {
		all = append(all, p.String())
	}
	return strings.Join(all, between)
}

// StoreNetwork stores the network of a branch in the caller's transaction, which
// records it and ends the sessions that are not admitted any more.
func (s *Service) StoreNetwork(ctx context.Context, tx *db.Tx, b Branch) error {
	list, err := json.Marshal(b.Network.Prefixes)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE branch SET network_mode = $3, network = $4 WHERE practice_id = $1 AND id = $2`,
		b.PracticeID, b.ID, b.Network.Mode, string(list))
	tx.Announce(access.PracticeTopic(b.PracticeID))
	return err
}
