package ui

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"text/template/parse"
)

// checker walks a parsed block. It resolves the names of called blocks, marks
// the words that a practice can choose, and finds mistakes that would otherwise wait for the page's first reader: a text
// or an icon that does not exist.
type checker struct {
	ui     *UI
	tree   *parse.Tree
	rename map[string]string // nil: names stay as they are
}

func (c checker) walk(n parse.Node) error {
	if n == nil || reflect.ValueOf(n).IsNil() {
		return nil
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			if err := c.walk(child); err != nil {
				return err
			}
		}
	case *parse.TextNode:
		if marked := c.ui.words.marks.Replace(string(n.Text)); marked != string(n.Text) {
			n.Text = []byte(marked)
		}
	case *parse.StringNode:
		if marked := c.ui.words.marks.Replace(n.Text); marked != n.Text {
			n.Text, n.Quoted = marked, strconv.Quote(marked)
		}
	case *parse.ActionNode:
		return c.walk(n.Pipe)
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			if err := c.command(command); err != nil {
				return err
			}
		}
	case *parse.IfNode:
		return c.branch(&n.BranchNode)
	case *parse.RangeNode:
		return c.branch(&n.BranchNode)
	case *parse.WithNode:
		return c.branch(&n.BranchNode)
	case *parse.TemplateNode:
		if c.rename != nil {
			full, ok := c.rename[n.Name]
			if !ok {
				return c.complain(n, "nobody defines the template %q", n.Name)
			}
			n.Name = full
		}
		return c.walk(n.Pipe)
	}
	return nil
}

func (c checker) branch(b *parse.BranchNode) error {
	for _, child := range []parse.Node{b.Pipe, b.List, b.ElseList} {
		if err := c.walk(child); err != nil {
			return err
		}
	}
	return nil
}

func (c checker) command(n *parse.CommandNode) error {
	for _, arg := range n.Args {
		if err := c.walk(arg); err != nil {
			return err
		}
	}
	if len(n.Args) < 2 {
		return nil
	}
	if name := called(n.Args[0]); name == "eq" || name == "ne" {
		for _, arg := range n.Args[1:] {
			if s, ok := arg.(*parse.StringNode); ok && strings.Contains(s.Text, c.ui.words.mark) {
				return c.complain(n, "words that a practice can choose are compared")
			}
		}
	}
	word, ok := n.Args[1].(*parse.StringNode)
	if !ok {
		return nil
	}
	switch called(n.Args[0]) {
	case "T":
		if !c.ui.texts.knows(word.Text) {
			return c.complain(n, "no catalogue has the text %q", word.Text)
		}
	case "icon":
		if !c.ui.icons[word.Text] {
			return c.complain(n, "there is no icon %q", word.Text)
		}
	}
	return nil
}

// called is the function or the last part of the method that a command calls.
func called(n parse.Node) string {
	switch n := n.(type) {
	case *parse.IdentifierNode:
		return n.Ident
	case *parse.FieldNode:
		return n.Ident[len(n.Ident)-1]
	case *parse.VariableNode:
		return n.Ident[len(n.Ident)-1]
	}
	return ""
}

func (c checker) complain(n parse.Node, format string, args ...any) error {
	where, _ := c.tree.ErrorContext(n)
	return fmt.Errorf("%s: "+format, append([]any{where}, args...)...)
}
