package httpd

import "strings"

// mark is a piece of a User-Agent header and what it stands for.
type mark struct{ piece, name string }

// deviceLabel says what people call a device: "Firefox on Windows". It is for
// recognising one's own sessions, never for decisions.
func deviceLabel(agent string) string {
	browser := named(agent, []mark{ // those that pretend to be another come first
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"},
		{"Chromium/", "Chromium"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	})
	system := named(agent, []mark{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
		{"CrOS", "ChromeOS"}, {"Mac OS X", "Mac"}, {"Linux", "Linux"},
	})
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser != "":
		return browser
	}
	return program(agent)
}

func named(agent string, marks []mark) string {
	for _, m := range marks {
		if strings.Contains(agent, m.piece) {
			return m.name
		}
	}
	return ""
}

// program is the name at the front of other agents, "curl" of "curl/8.5.0".
func program(agent string) string {
	const longest = 40
	name, _, _ := strings.Cut(agent, "/")
	name = strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune(" ._-", c) {
			return c
		}
		return -1
	}, name)
	name = strings.TrimSpace(name[:min(len(name), longest)])
	if name == "" {
		return "Unknown device"
	}
	return name
}
