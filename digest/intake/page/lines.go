// Package page reads what stands on a web page, or in the content of a feed, as lines of
// plain text, and finds where a site offers its stories.
package page

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Kind is what a line is.
type Kind int

const (
	// Paragraph is running text.
	Paragraph Kind = iota
	// Heading stands above others: a heading, or a short paragraph all in bold.
	Heading
	// Item is one of a list.
	Item
)

// Line is a paragraph, a heading or an item of a list, as plain text without line breaks.
type Line struct {
	Kind Kind
	Text string
}

// Lines reads a piece of HTML, or plain text. What is not shown, and what is no part of a
// story (menus, forms, captions, buttons to share), is left out. It gives nothing if there
// is more than a page may have.
func Lines(fragment string) []Line {
	if tooMuch(fragment) {
		return nil
	}
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(fragment), body)
	if err != nil {
		return nil
	}
	w := &writer{}
	for _, n := range nodes {
		w.node(n)
	}
	w.end(Paragraph)
	return w.lines
}

// linesOf reads a part of a page.
func linesOf(n *html.Node) []Line {
	w := &writer{}
	w.node(n)
	w.end(Paragraph)
	return w.lines
}

// maxLine is about how many bytes a line may have. What comes after them is left out: no
// paragraph is so long.
const maxLine = 64 << 10

// writer puts lines together.
type writer struct {
	lines []Line
	text  strings.Builder
	// bold counts the bytes of the line that stand in bold letters, strong how many bold
	// elements are open.
	bold, strong int
}

// end ends a line.
func (w *writer) end(kind Kind) {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(w.text.String(), "")), " ")
	all := w.bold > 0 && w.bold >= len(strings.Join(strings.Fields(w.text.String()), ""))
	w.text.Reset()
	w.bold = 0
	if text == "" {
		return
	}
	if kind == Paragraph && all && looksLikeHeading(text) {
		kind = Heading
	}
	w.lines = append(w.lines, Line{kind, text})
}

// looksLikeHeading says whether a line in bold letters stands above others: it is short,
// and no sentence.
func looksLikeHeading(text string) bool {
	return utf8.RuneCountInString(text) <= 120 && !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, ",")
}

func (w *writer) node(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		if w.text.Len() < maxLine {
			text := n.Data[:min(len(n.Data), maxLine)]
			w.text.WriteString(text)
			if w.strong > 0 {
				w.bold += len(strings.Join(strings.Fields(text), ""))
			}
		}
		return
	case html.ElementNode:
		if unseen(n) {
			return
		}
	case html.DocumentNode:
	default:
		return
	}
	kind, breaks := kindOf(n)
	if breaks {
		w.end(Paragraph)
	}
	if bolds(n) {
		w.strong++
		defer func() { w.strong-- }()
	}
	if n.DataAtom == atom.Br {
		w.end(Paragraph)
	}
	for c := range n.ChildNodes() {
		w.node(c)
	}
	if breaks {
		w.end(kind)
	}
}

// kindOf says which kind of line an element is, and whether it is one of its own.
func kindOf(n *html.Node) (Kind, bool) {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return Heading, true
	case atom.Li, atom.Dd, atom.Dt:
		return Item, true
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Main, atom.Header, atom.Blockquote, atom.Ul, atom.Ol, atom.Dl,
		atom.Table, atom.Tr, atom.Td, atom.Th, atom.Pre, atom.Hr, atom.Address, atom.Body, atom.Details, atom.Summary:
		return inItem(n), true
	}
	return Paragraph, false
}

// inItem says what a block within an item is: the item itself.
func inItem(n *html.Node) Kind {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == atom.Li {
			return Item
		}
	}
	return Paragraph
}

func bolds(n *html.Node) bool { return n.DataAtom == atom.B || n.DataAtom == atom.Strong }

// unseen says whether an element is not shown, or no part of a story.
func unseen(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Iframe, atom.Object, atom.Svg, atom.Form, atom.Button,
		atom.Nav, atom.Aside, atom.Footer, atom.Figure, atom.Audio, atom.Video, atom.Select, atom.Textarea, atom.Head,
		atom.Title, atom.Math:
		return true
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "aria-hidden":
			return a.Val == "true"
		case "style":
			if strings.Contains(strings.ReplaceAll(strings.ToLower(a.Val), " ", ""), "display:none") {
				return true
			}
		case "class", "id":
			if slices.ContainsFunc(strings.Fields(strings.ToLower(a.Val)), foreign) {
				return true
			}
		}
	}
	return false
}

// foreign says of a class whether what has it is no part of a story.
func foreign(class string) bool {
	for _, begins := range [...]string{
		"sharedaddy", "share-", "social-", "jp-relatedposts", "related-", "comment", "newsletter", "wp-caption-text",
		"post-navigation", "author-box", "breadcrumb", "screen-reader-text", "must-log-in", "addtoany", "advert",
	} {
		if strings.HasPrefix(class, begins) {
			return true
		}
	}
	return class == "share" || class == "related" || class == "social" || class == "tags"
}
