package ui

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"catflap/internal/access"
	"catflap/internal/foundation/clock"
)

// Source is what one face brings: its embedded *.html pages, text.<language>.json and
// said.<language>.json.
type Source struct {
	Name string // first part of its pages' names: "signin" makes "signin/login"
	FS   fs.FS
	// Borrows names sources before this one whose shared blocks its pages use
	// too: the same step can belong to two faces.
	Borrows []string
}

// Options is what the frames need from the rest of the program.
type Options struct {
	Clock clock.Clock
	Log   *slog.Logger

	// Menu gives the entries this viewer may see, with counts of what waits.
	// Nil: no navigation.
	Menu func(ctx context.Context, v access.Viewer) []Entry
	// Account gives the entries of the person's own menu, above "Sign out".
	// Nil: account and sessions.
	Account func(v access.Viewer) []Entry
	// Frame gives what the frame of signed-in people says besides. Nil: nothing.
	Frame func(ctx context.Context, v access.Viewer) (Frame, error)
	// Arrival tells of the sign-in that made the viewer's session, for the panel
	// on the first page after it. Nil: no panel.
	Arrival func(ctx context.Context, v access.Viewer) (Arrival, error)
	// Search describes the box in the header of staff pages. Nil or a zero
	// Search: none.
	Search func(v access.Viewer) Search
	// Sentences are what the cores say of pet parents, with {} for each part
	// that changes. A practice that speaks of clients reads them so.
	Sentences []string
}

// Entry is one line of a menu.
type Entry struct {
	Label string
	Href  string // below the practice or platform: "/pet-parents/pet-app"; empty: a heading
	URL   string // instead of Href: the address of another application
	Icon  string
	Count int // what waits for attention; 0 shows nothing
	Sub   []Entry
}

// Search is the search box of the staff header.
type Search struct {
	Label   string
	Action  string // page that answers ?q=, below the practice
	Suggest string // optional end point that answers ?q= with options while typing; see search.js
	Only    string // optional parameter that asks the page to lead on where one thing alone matches
}

// UI renders pages. It is safe for concurrent use.
type UI struct {
	options Options
	static  hashedFS
	icons   map[string]bool
	texts   *catalogue
	words   *wording
	set     *template.Template
	pages   map[string]page
	buffers sync.Pool
}

// New parses the components, frames and every page of the sources and checks
// them: components and functions exist, texts that are named literally are in
// the catalogue, everything can be escaped. The error names file and line.
func New(o Options, sources ...Source) (*UI, error) {
	u := &UI{
		options: o,
		static:  Static().(hashedFS),
		words:   newWording(o.Sentences),
		pages:   map[string]page{},
		buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }},
	}
	u.texts = newCatalogue(u.words)
	if err := u.readIcons(); err != nil {
		return nil, err
	}
	base, err := fs.Sub(baseFiles, "base")
	if err != nil {
		return nil, err
	}
	if err := u.texts.add("ui", base); err != nil {
		return nil, err
	}
	for _, s := range sources {
		if err := u.texts.add(s.Name, s.FS); err != nil {
			return nil, err
		}
	}
	if err := u.parse(base, sources); err != nil {
		return nil, err
	}
	return u, nil
}

// Page answers with a whole page. Nothing is written when it fails.
func (u *UI) Page(w http.ResponseWriter, r *http.Request, status int, name string, data any) error {
	p, ok := u.pages[name]
	if !ok {
		return fmt.Errorf("ui: there is no page %q", name)
	}
	v := u.view(r, data)
	if u.options.Menu != nil && v.Viewer.SignedIn() {
		v.Menu = u.worded(v.speech(), u.options.Menu(r.Context(), v.Viewer))
	}
	v.Notice = u.named(v.speech(), u.takeNotice(w, r))
	frame := p.frame
	if frame == "" {
		frame = frameFor(v.Viewer)
	}
	f, err := u.dress(w, r, framed{View: v}, frame)
	if err != nil {
		return err
	}
	if f.Title, err = u.block(p, "title", v); err != nil {
		return err
	}
	f.Title = template.HTML(strings.TrimSpace(string(f.Title))) // made by html/template just now
	if f.Content, err = u.block(p, "content", v); err != nil {
		return err
	}
	if p.blocks["below"] {
		if f.Below, err = u.block(p, "below", v); err != nil {
			return err
		}
	}
	return u.write(w, status, v, "frame-"+frame, f)
}

// Part answers with one block of a page and no frame, for a page that renews a
// piece of itself.
func (u *UI) Part(w http.ResponseWriter, r *http.Request, status int, name, block string, data any) error {
	p, ok := u.pages[name]
	if !ok || !p.blocks[block] {
		return fmt.Errorf("ui: there is no block %q in a page %q", block, name)
	}
	v := u.view(r, data)
	return u.write(w, status, v, p.template(block), v)
}

// Text is a text of the catalogue, for words made outside templates. An
// unknown key is logged and gives the key itself.
func (u *UI) Text(r *http.Request, key string, kv ...any) string {
	return u.text(r.Context(), speechOf(r), key, kv...)
}

// TextIn is Text in a language, where there is no request at hand.
func (u *UI) TextIn(ctx context.Context, tag, key string, kv ...any) string {
	return u.text(ctx, speech{tag: tag}, key, kv...)
}

func (u *UI) text(ctx context.Context, as speech, key string, kv ...any) string {
	s, err := u.texts.text(as.tag, key, kv...)
	if err != nil {
		if u.options.Log != nil {
			u.options.Log.ErrorContext(ctx, "text is missing", "error", err)
		}
		return key
	}
	return string(u.words.settle([]byte(s), as.clients))
}

// write renders a template into a buffer and sends it when it is complete.
func (u *UI) write(w http.ResponseWriter, status int, v View, name string, data any) error {
	b := u.buffers.Get().(*bytes.Buffer)
	defer u.buffers.Put(b)
	b.Reset()
	if err := u.set.ExecuteTemplate(b, name, data); err != nil {
		return fmt.Errorf("ui: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	sayLanguage(w.Header(), v.Lang)
	w.WriteHeader(status)
	_, err := w.Write(u.words.settle(b.Bytes(), v.speech().clients))
	return err
}

// block renders one block of a page; the result is safe HTML because
// html/template escaped it.
func (u *UI) block(p page, name string, v View) (template.HTML, error) {
	b := u.buffers.Get().(*bytes.Buffer)
	defer u.buffers.Put(b)
	b.Reset()
	if err := u.set.ExecuteTemplate(b, p.template(name), v); err != nil {
		return "", fmt.Errorf("ui: %w", err)
	}
	return template.HTML(b.String()), nil
}
