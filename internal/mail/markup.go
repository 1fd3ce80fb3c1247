package mail

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

	nethtml "golang.org/x/net/html"
)

// maxElements is how deep elements can stand within each other.
const maxElements = 30

// classes are the elements that texts of mail can have, and the looks that each
// of them knows.
func classes() map[string][]string {
	return map[string][]string{
		"p": {"button", "box"}, "br": nil, "hr": nil, "h1": nil, "h2": nil, "h3": nil, "ul": nil, "ol": nil, "li": nil,
		"strong": nil, "b": nil, "em": nil, "i": nil, "u": nil, "a": {"button"}, "blockquote": nil, "span": {"key"}, "div": nil,
		"pre": {"list"}, "table": nil, "thead": nil, "tbody": nil, "tr": nil, "td": nil, "th": nil, "img": nil,
	}
}

func void(element string) bool { return element == "br" || element == "hr" || element == "img" }

// markup checks the HTML that somebody wrote for a mail, and puts it together
// anew from what it understood: what was not understood cannot pass.
type markup struct {
	source  string
	tags    []mergeTag
	allowed []Token
	hosted  string // what addresses of pictures begin with
	open    []opened
	wrong   flaws
	out     strings.Builder
}

// opened is an element or a section that is not closed yet.
type opened struct {
	at      int
	element string // "" for a section
	section string
}

func (o opened) String() string {
	if o.element != "" {
		return "<" + o.element + ">"
	}
	return "{{#" + o.section + "}}"
}

// checkMarkup returns the HTML with its look inlined, or what is wrong with it.
// The merge tags must have been found right before.
func checkMarkup(source string, tags []mergeTag, allowed []Token, hosted string) (string, flaws) {
	m := &markup{source: source, tags: tags, allowed: allowed, hosted: hosted}
	z := nethtml.NewTokenizer(strings.NewReader(source))
	at := 0
	for len(m.wrong) == 0 {
		kind := z.Next()
		raw := string(z.Raw())
		if kind == nethtml.ErrorToken {
			break
		}
		switch kind {
		case nethtml.TextToken:
			m.text(at, raw)
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			m.start(at, len(raw), z.Token(), kind == nethtml.SelfClosingTagToken)
		case nethtml.EndTagToken:
			name, _ := z.TagName()
			m.end(at, string(name))
		default:
			m.complain(at, "Comments and declarations cannot be used.")
		}
		at += len(raw)
	}
	if len(m.wrong) == 0 && at < len(source) {
		m.complain(at, "This tag is not closed with >.")
	}
	if len(m.wrong) == 0 && len(m.open) > 0 {
		last := m.open[len(m.open)-1]
		m.complain(last.at, last.String()+" is not closed.")
	}
	return m.out.String(), m.wrong
}

func (m *markup) complain(at int, words string) { m.wrong = append(m.wrong, flaw{at, words}) }

// within are the merge tags in a part of the source.
func (m *markup) within(at, length int) []mergeTag {
	var in []mergeTag
	for _, t := range m.tags {
		if t.at >= at && t.end <= at+length {
			in = append(in, t)
		}
	}
	return in
}

func (m *markup) text(at int, raw string) {
	if i := strings.IndexByte(raw, '<'); i >= 0 {
		m.complain(at+i, "Write &lt; for a < that begins no tag.")
		return
	}
	if strings.Count(html.UnescapeString(raw), "{{") != strings.Count(raw, "{{") {
		m.complain(at, "Two curly brackets always begin a token; they cannot be written in another way.")
		return
	}
	for _, t := range m.within(at, len(raw)) {
		switch t.kind {
		case '#', '^':
			m.open = append(m.open, opened{at: t.at, section: t.name})
		case '/':
			last := m.open[len(m.open)-1] // the section is open: the tags were found right
			if last.element != "" {
				m.complain(t.at, fmt.Sprintf("Close %s before {{/%s}}: what begins within a section ends there.", last, t.name))
				return
			}
			m.open = m.open[:len(m.open)-1]
		}
	}
	m.out.WriteString(raw)
}

func (m *markup) end(at int, name string) {
	if void(name) {
		m.complain(at, fmt.Sprintf("<%s> has no end. Leave </%s> out.", name, name))
		return
	}
	if len(m.open) == 0 {
		m.complain(at, fmt.Sprintf("</%s> closes nothing that is open.", cut(name, 40)))
		return
	}
	last := m.open[len(m.open)-1]
	if last.element != name {
		line, column := position(m.source, last.at)
		m.complain(at, fmt.Sprintf("</%s> closes %s of line %d, column %d, which is still open.", cut(name, 40), last, line, column))
		return
	}
	m.open = m.open[:len(m.open)-1]
	m.out.WriteString("</" + name + ">")
}

func (m *markup) start(at, length int, t nethtml.Token, closed bool) {
	looks, known := classes()[t.Data]
	switch {
	case !known:
		m.complain(at, fmt.Sprintf("<%s> cannot be used in a message.", cut(t.Data, 40)))
		return
	case closed && !void(t.Data):
		m.complain(at, fmt.Sprintf("Write <%s></%s>.", t.Data, t.Data))
		return
	case len(m.open) >= maxElements:
		m.complain(at, fmt.Sprintf("At most %d tags can stand within each other.", maxElements))
		return
	}
	values, look, tokens := map[string]string{}, "", 0
	for _, a := range t.Attr {
		_, twice := values[a.Key]
		switch {
		case twice:
			m.complain(at, fmt.Sprintf("%s stands in this tag twice.", a.Key))
		case a.Key == "class" && slices.Contains(looks, a.Val):
			look = a.Val
		case t.Data == "a" && a.Key == "href":
			if name, ok := linkToken(a.Val); ok {
				tokens++
				if !slices.ContainsFunc(m.allowed, func(t Token) bool { return t.Link && t.Name == name }) {
					m.complain(at, fmt.Sprintf("{{%s}} is not a link.", name))
				}
			} else if words := wrongLink(a.Val); words != "" {
				m.complain(at, words)
			}
		case t.Data == "img" && a.Key == "src":
			if !m.ours(a.Val) {
				m.complain(at, "Pictures must be served by this server, so that opening a message tells nobody else: their address begins with "+m.hosted+".")
			}
		case t.Data == "img" && a.Key == "alt" && len(a.Val) <= 200 && !strings.Contains(a.Val, "{{"):
		case t.Data == "img" && (a.Key == "width" || a.Key == "height") && size.MatchString(a.Val):
		case (t.Data == "td" || t.Data == "th") && (a.Key == "colspan" || a.Key == "rowspan") && size.MatchString(a.Val):
		default:
			m.complain(at, fmt.Sprintf("%s=\"%s\" cannot be used on <%s>.", cut(a.Key, 40), cut(a.Val, 40), t.Data))
		}
		if len(m.wrong) > 0 {
			return
		}
		values[a.Key] = a.Val
	}
	for _, needed := range map[string][]string{"a": {"href"}, "img": {"src", "alt"}}[t.Data] {
		if _, there := values[needed]; !there {
			m.complain(at, fmt.Sprintf("<%s> needs %s.", t.Data, needed))
			return
		}
	}
	if len(m.within(at, length)) != tokens {
		m.complain(at, "Within a tag, a token can only be the whole address of a link.")
		return
	}
	delete(values, "class")
	m.write(t.Data, look, values)
	if !void(t.Data) {
		m.open = append(m.open, opened{at: at, element: t.Data})
	}
}

// write puts a tag out with its look and the attributes that passed.
func (m *markup) write(name, look string, values map[string]string) {
	m.out.WriteString("<" + name)
	if style := styleOf(name, look); style != "" {
		m.out.WriteString(` style="` + style + `"`)
	}
	for _, key := range []string{"href", "src", "alt", "width", "height", "colspan", "rowspan"} {
		value, there := values[key]
		if !there {
			continue
		}
		if token, ok := linkToken(value); ok {
			value = "{{" + token + "}}"
		} else {
			value = html.EscapeString(value)
		}
		m.out.WriteString(" " + key + `="` + value + `"`)
	}
	m.out.WriteString(">")
}

var (
	size      = regexp.MustCompile(`^[1-9][0-9]{0,3}$`)
	wholeLink = regexp.MustCompile(`^\{\{\s*([a-z][a-z0-9_]*)\s*\}\}$`)
)

func linkToken(value string) (string, bool) {
	found := wholeLink.FindStringSubmatch(value)
	if found == nil {
		return "", false
	}
	return found[1], true
}

// wrongLink is why the address cannot be linked to, "" where it can.
func wrongLink(value string) string {
	const words = "A link begins with https://, http://, mailto: or tel:, or is exactly one token of a link."
	u, err := url.Parse(value)
	if err != nil || len(value) > 2000 || strings.Contains(value, "{{") || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || unprintable(r) }) {
		return words
	}
	switch u.Scheme {
	case "https", "http":
		if u.Host != "" && u.User == nil {
			return ""
		}
	case "mailto", "tel":
		if u.Opaque != "" {
			return ""
		}
	}
	return words
}

// ours reports whether a picture is served by us.
func (m *markup) ours(value string) bool {
	u, err := url.Parse(value)
	return err == nil && m.hosted != "" && strings.HasPrefix(value, m.hosted) && !strings.Contains(u.Path, "..") && wrongLink(value) == ""
}
