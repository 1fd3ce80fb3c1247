package mail

import (
	"html"
	"regexp"
	"strconv"
	"strings"

	nethtml "golang.org/x/net/html"
)

// plainFrom makes the text of a message from its HTML, merge tags and all: links
// read "words (address)", lists have dashes or numbers.
func plainFrom(source string) string {
	w := &plainWriter{}
	z := nethtml.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			return strings.TrimSpace(blankLines.ReplaceAllString(w.out.String(), "\n\n"))
		case nethtml.TextToken:
			w.text(html.UnescapeString(string(z.Raw())))
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			w.start(z.Token())
		case nethtml.EndTagToken:
			name, _ := z.TagName()
			w.end(string(name))
		}
	}
}

var (
	blankLines = regexp.MustCompile(`[ \t]*\n([ \t]*\n)+`)
	spaces     = regexp.MustCompile(`[\s\x{a0}]+`)
)

type plainWriter struct {
	out   strings.Builder
	lists []int // 0 for dashes, else the next number
	links []plainLink
	pre   int
	cell  bool // a cell of this row was written
	last  byte // what was written last
}

type plainLink struct {
	href string
	from int // where its words begin
}

func (w *plainWriter) write(s string) {
	if s != "" {
		w.out.WriteString(s)
		w.last = s[len(s)-1]
	}
}

func (w *plainWriter) text(s string) {
	if w.pre > 0 {
		w.write(s)
		return
	}
	s = spaces.ReplaceAllString(s, " ")
	if w.last == '\n' || w.last == ' ' || w.last == 0 {
		s = strings.TrimPrefix(s, " ")
	}
	w.write(s)
}

func (w *plainWriter) line() {
	if w.last != '\n' && w.last != 0 {
		w.write("\n")
	}
}

func (w *plainWriter) blank() {
	if w.last != 0 && !strings.HasSuffix(w.out.String(), "\n\n") {
		w.line()
		w.write("\n")
	}
}

func (w *plainWriter) start(t nethtml.Token) {
	switch t.Data {
	case "p", "h1", "h2", "h3", "div", "blockquote", "table":
		if !w.item() {
			w.blank()
		}
	case "pre":
		w.blank()
		w.pre++
	case "ul", "ol":
		if len(w.lists) == 0 {
			w.blank()
		}
		w.lists = append(w.lists, map[string]int{"ol": 1}[t.Data])
	case "li":
		w.line()
		w.write(strings.Repeat("  ", max(len(w.lists)-1, 0)))
		if n := len(w.lists) - 1; n >= 0 && w.lists[n] > 0 {
			w.write(strconv.Itoa(w.lists[n]) + ". ")
			w.lists[n]++
		} else {
			w.write("- ")
		}
	case "br":
		w.write("\n")
	case "hr":
		w.blank()
		w.write("----\n\n")
	case "tr":
		w.line()
		w.cell = false
	case "td", "th":
		if w.cell {
			w.write("  ")
		}
		w.cell = true
	case "img":
		w.text(attribute(t, "alt"))
	case "a":
		w.links = append(w.links, plainLink{href: attribute(t, "href"), from: w.out.Len()})
	}
}

// item reports whether nothing but the dash of a list stands in this line.
func (w *plainWriter) item() bool {
	s := w.out.String()
	line := strings.TrimLeft(s[strings.LastIndexByte(s, '\n')+1:], " ")
	return line == "- " || strings.HasSuffix(line, ". ") && strings.Trim(line, "0123456789. ") == ""
}

func (w *plainWriter) end(name string) {
	switch name {
	case "p", "h1", "h2", "h3", "div", "blockquote", "table":
		if len(w.lists) > 0 {
			w.line()
		} else {
			w.blank()
		}
	case "pre":
		w.pre = max(w.pre-1, 0)
		w.blank()
	case "ul", "ol":
		if len(w.lists) > 0 {
			w.lists = w.lists[:len(w.lists)-1]
		}
		if w.line(); len(w.lists) == 0 {
			w.blank()
		}
	case "li", "tr":
		w.line()
	case "a":
		if len(w.links) == 0 {
			return
		}
		l := w.links[len(w.links)-1]
		w.links = w.links[:len(w.links)-1]
		words := strings.TrimSpace(w.out.String()[l.from:])
		address := strings.TrimPrefix(strings.TrimPrefix(l.href, "mailto:"), "tel:")
		switch {
		case words == "":
			w.write(address)
		case words != address:
			w.write(" (" + address + ")")
		}
	}
}

func attribute(t nethtml.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// MarkupOf makes HTML of a text that somebody typed: paragraphs where empty
// lines stand. Merge tags stay.
func MarkupOf(text string) string {
	var out strings.Builder
	for _, part := range strings.Split(blankLines.ReplaceAllString(strings.TrimSpace(text), "\n\n"), "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			out.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(part), "\n", "<br>\n") + "</p>\n")
		}
	}
	return out.String()
}
