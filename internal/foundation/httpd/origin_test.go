package httpd

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestClientIP(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, row := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"direct", "198.51.100.7:5000", nil, "198.51.100.7"},
		{"direct, header made up", "198.51.100.7:5000", []string{"203.0.113.9"}, "198.51.100.7"},
		{"through a proxy", "10.1.1.1:5000", []string{"203.0.113.9"}, "203.0.113.9"},
		{"made up before the proxy", "10.1.1.1:5000", []string{"1.2.3.4, 203.0.113.9"}, "203.0.113.9"},
		{"two proxies", "10.1.1.1:5000", []string{"1.2.3.4, 203.0.113.9, 10.2.2.2"}, "203.0.113.9"},
		{"two header lines", "10.1.1.1:5000", []string{"1.2.3.4", "203.0.113.9"}, "203.0.113.9"},
		{"junk is not passed", "10.1.1.1:5000", []string{"203.0.113.9, <junk>, 10.2.2.2"}, "10.2.2.2"},
		{"no header", "10.1.1.1:5000", nil, "10.1.1.1"},
		{"only proxies", "10.1.1.1:5000", []string{"10.3.3.3"}, "10.3.3.3"},
		{"with ports", "[fd00::1]:5000", []string{"[2001:db8::5]:4711"}, "2001:db8::5"},
		{"mapped and zoned", "[::ffff:198.51.100.7]:5000", nil, "198.51.100.7"},
		{"mapped proxy", "[::ffff:10.1.1.1]:5000", []string{"203.0.113.9"}, "203.0.113.9"},
		{"no address", "@", []string{"203.0.113.9"}, ""},
	} {
		r := &http.Request{RemoteAddr: row.peer, Header: http.Header{"X-Forwarded-For": row.forwarded}}
		if got := clientIP(r, proxies); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

func TestDeviceLabel(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                     "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                            "Chrome on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0":                  "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1":    "Safari on iPhone",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1":     "Chrome on iPhone",
		"Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": "Samsung Internet on Android",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":                      "Safari on Mac",
		"curl/8.5.0":                  "curl",
		"":                            "Unknown device",
		"<script>alert(1)</script>/1": "scriptalert1",
	} {
		if got := deviceLabel(agent); got != want {
			t.Errorf("%q: got %q, want %q", agent, got, want)
		}
	}
}
