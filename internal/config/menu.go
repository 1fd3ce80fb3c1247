package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"catflap/internal/access"
)

// Menu is the file of a vendor's own menu entries; the zero value has none.
type Menu struct {
	Path    string
	Entries []MenuEntry
}

// MenuEntry is one entry of the file.
type MenuEntry struct {
	Label      string            `json:"label"`
	URL        string            `json:"url"` // https, or a path on this host; {practice} stands for the practice's slug
	Group      string            `json:"group"`
	Icon       string            `json:"icon"`
	Permission access.Permission `json:"permission"`
	Feature    access.Feature    `json:"feature"`
}

// What an entry may have.
const (
	mostMenuEntries = 50
	longestLabel    = 40
	longestURL      = 2000
	slugInURL       = "{practice}"
)

// MenuIcons lists the icons that an entry may have.
func MenuIcons() []string {
	return []string{
		"home", "paw", "people", "person", "heart", "mail", "print", "clock", "history", "search", "branch", "device",
		"settings", "shield", "key", "upload", "info", "dog", "cat", "rabbit", "bird", "horse",
	}
}

// UnmarshalText reads the file of this name.
func (m *Menu) UnmarshalText(text []byte) error {
	path := string(text)
	if path == "" {
		*m = Menu{}
		return nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the file of menu entries cannot be read (%v). Check the path and who may read it, or leave the setting out", err)
	}
	entries, err := readMenu(filepath.Base(path), content)
	if err != nil {
		return err
	}
	*m = Menu{Path: path, Entries: entries}
	return nil
}

// String is the name of the file.
func (m Menu) String() string { return m.Path }

// readMenu reads {"entries": [...]}. Every complaint names the line and the
// entry; all of them are reported at once, except after a mistake that leaves
// the rest unreadable.
func readMenu(file string, content []byte) ([]MenuEntry, error) {
	content = bytes.TrimPrefix(content, []byte("\uFEFF")) // of some editors
	line := func(offset int64) string {
		return fmt.Sprintf("%s, line %d", file, 1+bytes.Count(content[:min(int(offset), len(content))], []byte("\n")))
	}
	d := json.NewDecoder(bytes.NewReader(content))
	for _, want := range []any{json.Delim('{'), "entries", json.Delim('[')} {
		if got, err := d.Token(); err != nil || got != want {
			return nil, fmt.Errorf(`%s: the file does not begin with {"entries": [. Write the entries between [ and ]}, separated by commas`, line(d.InputOffset()))
		}
	}
	var entries []MenuEntry
	var wrong []string
	for number := 1; d.More(); number++ {
		start := begins(content, d.InputOffset())
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			where := d.InputOffset()
			var s *json.SyntaxError
			if errors.As(err, &s) {
				where = s.Offset
			}
			return nil, fmt.Errorf("%s: entry %d is not JSON (%v). Check quotes, commas and braces", line(where), number, err)
		}
		e, problem := readEntry(raw)
		if problem == "" && slices.ContainsFunc(entries, func(other MenuEntry) bool { return other.Label == e.Label && other.Group == e.Group }) {
			problem = "there is an entry of this label in this group already. Choose a different label"
		}
		if problem != "" {
			name := fmt.Sprintf("entry %d", number)
			if e.Label != "" {
				name += fmt.Sprintf(" (%q)", e.Label)
			}
			wrong = append(wrong, line(start)+", "+name+": "+problem)
		}
		entries = append(entries, e)
	}
	for _, want := range []any{json.Delim(']'), json.Delim('}')} {
		if got, err := d.Token(); err != nil || got != want {
			return nil, fmt.Errorf("%s: the list of entries does not end with ]}. Separate entries by commas and put nothing behind the list", line(d.InputOffset()))
		}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: something stands behind the list of entries. Take it out", line(d.InputOffset()))
	}
	if len(entries) > mostMenuEntries {
		wrong = append(wrong, fmt.Sprintf("%s: there are %d entries. Leave at most %d", file, len(entries), mostMenuEntries))
	}
	if len(wrong) > 0 {
		return nil, errors.New(strings.Join(wrong, ". "))
	}
	return entries, nil
}

// begins is where the next value begins, behind blanks and the comma.
func begins(content []byte, offset int64) int64 {
	for int(offset) < len(content) && bytes.IndexByte([]byte(" \t\r\n,"), content[offset]) >= 0 {
		offset++
	}
	return offset
}

// readEntry reads one entry and says what is wrong with it and what to do.
func readEntry(raw []byte) (e MenuEntry, problem string) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return e, fmt.Sprintf("it cannot be used (%s). An entry has the texts label, url, group, icon, permission and feature, and nothing else",
			strings.TrimPrefix(err.Error(), "json: "))
	}
	e.Label, e.Group = strings.TrimSpace(e.Label), strings.TrimSpace(e.Group)
	switch {
	case e.Label == "":
		return e, "it has no label. Write what people read in the menu"
	case !shortText(e.Label) || !shortText(e.Group):
		return e, fmt.Sprintf("label and group have at most %d letters, on one line. Shorten them", longestLabel)
	case e.Icon != "" && !slices.Contains(MenuIcons(), e.Icon):
		return e, fmt.Sprintf("there is no icon %q. Leave it out, or choose one of %s", e.Icon, strings.Join(MenuIcons(), ", "))
	case e.Permission != "" && !slices.Contains(access.Permissions(), e.Permission):
		return e, fmt.Sprintf("there is no permission %q. Leave it out for everybody, or choose one of %s", e.Permission, listed(access.Permissions()))
	case e.Feature != "" && !slices.Contains(access.Features(), e.Feature):
		return e, fmt.Sprintf("there is no feature %q. Leave it out, or choose one of %s", e.Feature, listed(access.Features()))
	}
	return e, checkMenuURL(e.URL)
}

func shortText(s string) bool {
	return utf8.RuneCountInString(s) <= longestLabel && !strings.ContainsFunc(s, unicode.IsControl)
}

// checkMenuURL takes https addresses and paths on this host. Anything else
// could be a script, or lead people to where passwords travel readable.
func checkMenuURL(address string) string {
	const form = "Give one like https://kennel.example.org/" + slugInURL + ", or a path on this host like /kennel/" + slugInURL
	if address == "" {
		return "it has no url. " + form
	}
	plain := strings.ReplaceAll(address, slugInURL, "practice")
	if len(address) > longestURL || strings.ContainsAny(plain, "{}\\ ") || strings.ContainsFunc(plain, unicode.IsControl) {
		return fmt.Sprintf("the url %q has a part that addresses do not have; between braces only %s is known. %s", address, slugInURL, form)
	}
	u, err := url.Parse(plain)
	switch {
	case err != nil || u.User != nil:
		return fmt.Sprintf("the url %q is not an address. %s", address, form)
	case u.Scheme == "https" && u.Hostname() != "":
		return ""
	case u.Scheme == "" && u.Host == "" && strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//"):
		return ""
	}
	return fmt.Sprintf("the url %q is neither https nor a path. %s", address, form)
}

func listed[T ~string](all []T) string {
	words := make([]string, len(all))
	for i, w := range all {
		words[i] = string(w)
	}
	return strings.Join(words, ", ")
}
