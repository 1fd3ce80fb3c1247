package ui

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template/parse"
)

// base holds the frames and components that every page shares.
//
//go:embed base
var baseFiles embed.FS

// page is one parsed page file.
type page struct {
	name   string // "signin/login"
	frame  string // what the page asks for, "" for the viewer's own
	blocks map[string]bool
}

// template is the name of a page's block in the one set of all templates. The
// set holds each component once, however many pages use it.
func (p page) template(block string) string { return p.name + "#" + block }

var frames = []string{"card", "staff", "client", "platform"}

// parse fills the set: base first, then each source's shared blocks, then its
// pages. Blocks of a page get the page's name, so that pages never clash.
func (u *UI) parse(base fs.FS, sources []Source) error {
	funcs := u.funcs()
	u.set = template.New("ui").Funcs(funcs)
	defined := map[string]string{} // what a {{template}} may name -> its name in the set
	files, err := fs.Glob(base, "*.html")
	if err != nil {
		return err
	}
	for _, file := range files {
		blocks, err := readBlocks(base, "ui", file, funcs)
		if err != nil {
			return err
		}
		if err := u.addBlocks("", blocks, defined); err != nil {
			return fmt.Errorf("ui/%s: %w", file, err)
		}
	}
	lent := map[string]map[string]string{} // by source
	for _, s := range sources {
		if lent[s.Name], err = u.parseSource(s, funcs, defined, lent); err != nil {
			return err
		}
	}
	return u.escapeAll()
}

// parseSource returns the shared blocks of a source, for those that borrow them.
func (u *UI) parseSource(s Source, funcs template.FuncMap, base map[string]string, lent map[string]map[string]string) (own map[string]string, err error) {
	files, err := fs.Glob(s.FS, "*.html")
	if err != nil {
		return nil, err
	}
	own, shared := map[string]string{}, maps.Clone(base)
	for _, lender := range s.Borrows {
		if lent[lender] == nil {
			return nil, fmt.Errorf("%s borrows from %q, and no source before it is called so", s.Name, lender)
		}
		maps.Copy(shared, lent[lender])
	}
	parsed := map[string]map[string]*parse.Tree{}
	for _, file := range files {
		blocks, err := readBlocks(s.FS, s.Name, file, funcs)
		if err != nil {
			return nil, err
		}
		parsed[file] = blocks
		if !strings.HasPrefix(file, "_") {
			continue
		}
		for name := range blocks {
			if shared[name] != "" {
				return nil, fmt.Errorf("%s/%s: %q is defined already", s.Name, file, name)
			}
			own[name] = s.Name + "/_#" + name
			shared[name] = own[name]
		}
	}
	for _, file := range files {
		where := s.Name + "/" + file
		if strings.HasPrefix(file, "_") {
			if err := u.addBlocks(s.Name+"/_", parsed[file], shared); err != nil {
				return nil, fmt.Errorf("%s: %w", where, err)
			}
			continue
		}
		if err := u.addPage(s.Name+"/"+strings.TrimSuffix(file, ".html"), parsed[file], shared); err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
	}
	return own, nil
}

func (u *UI) addPage(name string, blocks map[string]*parse.Tree, shared map[string]string) error {
	p := page{name: name, blocks: map[string]bool{}}
	if tree := blocks["frame"]; tree != nil {
		p.frame = strings.TrimSpace(tree.Root.String())
		if !slices.Contains(frames, p.frame) {
			return fmt.Errorf("there is no frame %q; there are %s", p.frame, strings.Join(frames, ", "))
		}
		delete(blocks, "frame")
	}
	for _, needed := range []string{"title", "content"} {
		if blocks[needed] == nil {
			return fmt.Errorf("the page does not define %q", needed)
		}
	}
	known := map[string]string{}
	for name, full := range shared {
		known[name] = full
	}
	for block := range blocks {
		if shared[block] != "" {
			return fmt.Errorf("%q is the name of a component", block)
		}
		p.blocks[block] = true
	}
	if err := u.addBlocks(name, blocks, known); err != nil {
		return err
	}
	u.pages[name] = p
	return nil
}

// addBlocks checks blocks and puts them into the set, named after owner; known
// gains their names and resolves those that they call.
func (u *UI) addBlocks(owner string, blocks map[string]*parse.Tree, known map[string]string) error {
	for name := range blocks {
		full := name
		if owner != "" {
			full = owner + "#" + name
		}
		known[name] = full
	}
	for name, tree := range blocks {
		c := checker{ui: u, tree: tree}
		if owner != "" {
			c.rename = known
		}
		if err := c.walk(tree.Root); err != nil {
			return err
		}
		if _, err := u.set.AddParseTree(known[name], tree); err != nil {
			return err
		}
	}
	return nil
}

// readBlocks parses one file that holds nothing but {{define}}s.
func readBlocks(files fs.FS, source, file string, funcs template.FuncMap) (map[string]*parse.Tree, error) {
	content, err := fs.ReadFile(files, file)
	if err != nil {
		return nil, err
	}
	where := path.Join(source, file)
	t, err := template.New(where).Funcs(funcs).Parse(string(content))
	if err != nil {
		return nil, err
	}
	blocks := map[string]*parse.Tree{}
	for _, d := range t.Templates() {
		if d.Tree == nil {
			continue
		}
		if d.Name() != where {
			blocks[d.Name()] = d.Tree
		} else if !parse.IsEmptyTree(d.Tree.Root) {
			return nil, fmt.Errorf("%s: something stands outside the defined blocks", where)
		}
	}
	return blocks, nil
}

// escapeAll makes html/template escape every block now instead of at its first
// use: it escapes all that a template can reach, executed or not.
func (u *UI) escapeAll() error {
	var b strings.Builder
	b.WriteString("{{if .}}")
	for name, p := range u.pages {
		for block := range p.blocks {
			fmt.Fprintf(&b, "{{template %q .}}", name+"#"+block)
		}
	}
	for _, frame := range frames {
		fmt.Fprintf(&b, "{{template %q .}}", "frame-"+frame)
	}
	b.WriteString("{{end}}")
	all, err := u.set.New("all").Parse(b.String())
	if err != nil {
		return err
	}
	return all.Execute(discard{}, false)
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
