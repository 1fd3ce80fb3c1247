package ui

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// element is one start tag of a rendered page.
type element struct {
	name  string
	attrs map[string]string
}

var (
	markupTag  = regexp.MustCompile(`(?s)<(!--.*?--|!DOCTYPE html|/?[a-zA-Z][a-zA-Z0-9]*(?:\s+[^\s=>"'/]+(?:="[^"]*"|='[^']*')?)*\s*)>`)
	markupAttr = regexp.MustCompile(`([^\s=>"'/]+)(?:="([^"]*)"|='([^']*)')?`)
	voidTags   = strings.Fields("area br col hr img input link meta source wbr")
	controls   = strings.Fields("input select textarea")
)

// readMarkup reads a whole page and complains about tags that do not nest and
// about "<" that begins no well-formed tag: our own HTML is stricter than
// browsers are.
func readMarkup(t *testing.T, page string) []element {
	t.Helper()
	var all []element
	var open []string
	rest := page
	for {
		i := strings.IndexByte(rest, '<')
		if i < 0 {
			break
		}
		m := markupTag.FindStringSubmatchIndex(rest)
		if m == nil || m[0] != i {
			t.Fatalf("not a tag: %.80q", rest[i:])
		}
		inside := rest[m[2]:m[3]]
		rest = rest[m[1]:]
		if strings.HasPrefix(inside, "!") {
			continue
		}
		if name, closing := strings.CutPrefix(inside, "/"); closing {
			if len(open) == 0 || open[len(open)-1] != strings.TrimSpace(name) {
				t.Fatalf("</%s> closes %v, before %.60q", name, open, rest)
			}
			open = open[:len(open)-1]
			continue
		}
		end := nameEnd(inside)
		attrs := inside[end:]
		e := element{name: strings.ToLower(inside[:end]), attrs: map[string]string{}}
		for _, a := range markupAttr.FindAllStringSubmatch(attrs, -1) {
			if _, twice := e.attrs[a[1]]; twice {
				t.Errorf("<%s> has %s twice", e.name, a[1])
			}
			e.attrs[a[1]] = a[2] + a[3]
		}
		all = append(all, e)
		if !slices.Contains(voidTags, e.name) {
			open = append(open, e.name)
		}
	}
	if len(open) > 0 {
		t.Fatalf("never closed: %v", open)
	}
	return all
}

func nameEnd(tag string) int {
	if i := strings.IndexAny(tag, " \t\n"); i >= 0 {
		return i
	}
	return len(tag)
}

// checkMarkup holds a page to what every page of ours promises.
func checkMarkup(t *testing.T, page string) []element {
	t.Helper()
	all := readMarkup(t, page)
	ids := map[string]string{}
	labelled := map[string]bool{}
	headings, mains := 0, 0
	for _, e := range all {
		if id, ok := e.attrs["id"]; ok {
			if ids[id] != "" || id == "" {
				t.Errorf("id %q on <%s> is empty or stands twice", id, e.name)
			}
			ids[id] = e.name
		}
		switch e.name {
		case "label":
			labelled[e.attrs["for"]] = true
		case "h1":
			headings++
		case "main":
			mains++
		case "style":
			t.Error("<style> is forbidden by the content security policy")
		case "script":
			if e.attrs["src"] == "" {
				t.Error("inline script is forbidden by the content security policy")
			}
		case "img":
			if _, ok := e.attrs["alt"]; !ok {
				t.Error("<img> without alt")
			}
		}
		for name := range e.attrs {
			if name == "style" || strings.HasPrefix(name, "on") || strings.HasPrefix(name, "hx-on") {
				t.Errorf("<%s> carries %s, which the content security policy forbids", e.name, name)
			}
		}
	}
	if headings != 1 || mains != 1 {
		t.Errorf("%d h1 and %d main; one of each", headings, mains)
	}
	for _, e := range all {
		for _, err := range references(e, ids) {
			t.Error(err)
		}
		if _, hidden := e.attrs["hidden"]; slices.Contains(controls, e.name) && !hidden && e.attrs["type"] != "hidden" && e.attrs["type"] != "radio" {
			if !labelled[e.attrs["id"]] {
				t.Errorf("<%s name=%q> has no label", e.name, e.attrs["name"])
			}
		}
		if e.attrs["aria-invalid"] == "true" && !strings.Contains(e.attrs["aria-describedby"], e.attrs["id"]+"-error") {
			t.Errorf("<%s name=%q> is wrong but not linked to its complaint", e.name, e.attrs["name"])
		}
	}
	return all
}

// references finds ids that an element names and the page does not have.
func references(e element, ids map[string]string) (errs []error) {
	named := strings.Fields(e.attrs["aria-describedby"] + " " + e.attrs["aria-labelledby"] + " " + e.attrs["for"] + " " + e.attrs["data-show"] + " " + e.attrs["data-dialog"])
	if id, ok := strings.CutPrefix(e.attrs["href"], "#"); ok && id != "" {
		named = append(named, id)
	}
	for _, id := range named {
		if ids[id] == "" {
			errs = append(errs, fmt.Errorf("<%s> names id %q, which is not on the page", e.name, id))
		}
	}
	return errs
}

// find gives the elements of a name whose attribute has the value.
func find(all []element, name, attr, value string) (found []element) {
	for _, e := range all {
		if e.name == name && e.attrs[attr] == value {
			found = append(found, e)
		}
	}
	return found
}
