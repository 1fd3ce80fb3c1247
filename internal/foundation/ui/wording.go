package ui

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"catflap/internal/access"
	"catflap/internal/foundation/lang"
)

// spellings are the words for the people whose pets a practice looks after:
// those that are written in pages and cores, and those of a practice that
// chose "Clients". Of two that begin alike the longer comes first.
var spellings = []struct{ usual, clients string }{
	{"pet parents", "clients"}, {"pet parent", "client"},
	{"Pet parents", "Clients"}, {"Pet parent", "Client"},
	{"Pet Parents", "Clients"}, {"Pet Parent", "Client"},
}

// wording lets one set of pages be read in two wordings. Where a page has one
// of the spellings in its source, a mark stands in the parsed page, and only
// what was rendered gets the word of its practice. Nobody can type a mark: it
// is made anew at each start and never leaves the program. So what people typed
// stays as it is, whatever it says.
type wording struct {
	mark    string
	marks   *strings.Replacer // usual spelling -> mark
	clients *strings.Replacer // usual spelling -> the other word
	said    func() sayings
}

func newWording(sentences []string) *wording {
	w := &wording{mark: rand.Text(), said: sync.OnceValue(func() sayings { return newSayings(sentences) })}
	var marks, words []string
	for i, s := range spellings {
		marks = append(marks, s.usual, w.mark+strconv.Itoa(i))
		words = append(words, s.usual, s.clients)
	}
	w.marks, w.clients = strings.NewReplacer(marks...), strings.NewReplacer(words...)
	return w
}

// settle puts words in place of the marks. A mark is longer than any word, so
// there is always room.
func (w *wording) settle(b []byte, clients bool) []byte {
	out := b[:0]
	for {
		at := bytes.Index(b, []byte(w.mark))
		if at < 0 {
			return append(out, b...)
		}
		s := spellings[b[at+len(w.mark)]-'0']
		word := s.usual
		if clients {
			word = s.clients
		}
		out = append(append(out, b[:at]...), word...)
		b = b[at+len(w.mark)+1:]
	}
}

// speech is how an answer speaks to people.
type speech struct {
	tag     string
	clients bool // of "clients" instead of "pet parents"; in English only
}

func speechOf(r *http.Request) speech { return speechIn(langOf(r), access.PracticeFrom(r.Context())) }

func speechIn(tag string, p access.Practice) speech {
	return speech{tag: tag, clients: p.Clients && tag == lang.English}
}

// say is a sentence that a core said in English, as the answer says it. Those
// that are not known stay: there may be something in them that people typed.
func (u *UI) say(s speech, words string) string {
	if s.clients {
		return u.words.said().say(u.words.clients, words)
	}
	return u.texts.said.Say(s.tag, words)
}

// named is say for words that are in the language of the answer already.
func (u *UI) named(s speech, words string) string {
	if s.clients {
		return u.say(s, words)
	}
	return words
}

// ours is for words that have nothing in them that people typed.
func (u *UI) ours(s speech, words string) string {
	if s.clients {
		return u.words.clients.Replace(words)
	}
	return words
}

// Ours gives words of Catflap itself, for a page of staff, the wording of the
// practice in the path. For words with nothing in them that people typed: that
// would change too.
func (u *UI) Ours(ctx context.Context, words string) string {
	return u.ours(speechIn(lang.English, access.PracticeFrom(ctx)), words)
}

// Ours gives words of Catflap itself, made outside of pages, the wording of the
// page's practice. For words with nothing in them that people typed.
func (v View) Ours(words string) string { return v.ui.ours(v.speech(), words) }

func (v View) speech() speech { return speechIn(v.Lang, v.Practice) }

// sayings are the sentences of the cores that name pet parents, with {} for
// each part that changes.
type sayings struct {
	whole    map[string]bool
	patterns []*regexp.Regexp
}

func newSayings(sentences []string) sayings {
	s := sayings{whole: map[string]bool{}}
	for _, one := range sentences {
		pieces := strings.Split(one, "{}")
		if len(pieces) == 1 {
			s.whole[one] = true
			continue
		}
		for i, p := range pieces {
			pieces[i] = "(" + regexp.QuoteMeta(p) + ")"
		}
		s.patterns = append(s.patterns, regexp.MustCompile("(?s)^"+strings.Join(pieces, "(.+?)")+"$"))
	}
	return s
}

// say changes the words of a sentence and leaves the parts that were filled in.
func (s sayings) say(clients *strings.Replacer, words string) string {
	if s.whole[words] {
		return clients.Replace(words)
	}
	for _, p := range s.patterns {
		parts := p.FindStringSubmatch(words)
		if parts == nil {
			continue
		}
		var b strings.Builder
		for i, part := range parts[1:] {
			if i%2 == 0 { // the sentence's own
				part = clients.Replace(part)
			}
			b.WriteString(part)
		}
		return b.String()
	}
	return words
}

// worded gives the entries of a menu their wording; what an operator named
// stays.
func (u *UI) worded(s speech, entries []Entry) []Entry {
	if !s.clients {
		return entries
	}
	all := make([]Entry, len(entries))
	for i, e := range entries {
		e.Label, e.Sub = u.named(s, e.Label), u.worded(s, e.Sub)
		all[i] = e
	}
	return all
}
