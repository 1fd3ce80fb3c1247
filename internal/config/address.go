package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Listen is an address and port as net.Listen takes them, for example
// "127.0.0.1:8080" or ":8080".
type Listen string

// UnmarshalText checks host and port.
func (l *Listen) UnmarshalText(text []byte) error {
	s := string(text)
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("%q is not an address with a port. Give one like 127.0.0.1:8080, or :8080 for every network", s)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("%q has no usable port. Give a number from 1 to 65535 after the colon, as in 127.0.0.1:8080", s)
	}
	*l = Listen(s)
	return nil
}

// Port is the part after the last colon.
func (l Listen) Port() string {
	_, port, _ := net.SplitHostPort(string(l))
	return port
}

// URL is an address of the form scheme://host[:port], nothing behind it.
type URL struct{ url.URL }

// UnmarshalText checks the form and that the address protects its visitors:
// https, or http on the machine itself.
func (u *URL) UnmarshalText(text []byte) error {
	s := string(text)
	parsed, err := url.Parse(s)
	if err != nil || parsed.Hostname() == "" || parsed.User != nil {
		return fmt.Errorf("this is not an address that people can type. Give one like https://login.example.org")
	}
	if parsed.Scheme != "https" && parsed.Scheme != "http" {
		return fmt.Errorf("%q does not begin with https://. Give an address like https://login.example.org", s)
	}
	if strings.Trim(parsed.Path, "/") != "" || parsed.RawQuery != "" || parsed.Fragment != "" {
		return fmt.Errorf("%q has something behind the host. Catflap needs a host of its own: give %s://%s", s, parsed.Scheme, parsed.Host)
	}
	parsed.Path, parsed.Host = "", strings.ToLower(parsed.Host)
	if parsed.Scheme == "http" && !local(parsed.Hostname()) {
		return fmt.Errorf("%q is neither localhost nor https, so passwords would travel readable. "+
			"Give the https address, with a certificate here (CATFLAP_TLS_CERT) or on the proxy in front", s)
	}
	u.URL = *parsed
	return nil
}

// String is the address without a slash at its end; empty when it is not set.
func (u URL) String() string { return u.URL.String() }

// Local reports whether only this machine can follow the address.
func (u URL) Local() bool { return local(u.Hostname()) }

func local(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// Networks is a list of networks; a single address is a network of one.
type Networks []netip.Prefix

// UnmarshalText reads a list separated by commas.
func (n *Networks) UnmarshalText(text []byte) error {
	var list Networks
	for part := range strings.SplitSeq(string(text), ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		network, err := netip.ParsePrefix(part)
		if ip, errIP := netip.ParseAddr(part); errIP == nil {
			network, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		if err != nil {
			return fmt.Errorf("%q is neither an address nor a network. Give a list like 10.0.0.5, 10.1.0.0/16", part)
		}
		if network.Bits() == 0 {
			return fmt.Errorf("%q trusts the whole world to say where visitors come from. Name the addresses of your proxies", part)
		}
		list = append(list, network.Masked())
	}
	*n = list
	return nil
}

// String is the list as it can be set again.
func (n Networks) String() string {
	parts := make([]string, len(n))
	for i, network := range n {
		parts[i] = network.String()
		if network.IsSingleIP() {
			parts[i] = network.Addr().String()
		}
	}
	return strings.Join(parts, ", ")
}
