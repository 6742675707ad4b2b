package lint

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Flaw is something that some mail program won't show as it is meant, or marks down.
type Flaw struct {
	// Piece is what it is about, as it stands in the page: a declaration of CSS, the value
	// of an attribute. Empty: the whole page.
	Piece string
	// Problem says what is wrong, in one line, Hint what would be right; it may be empty.
	Problem, Hint string
}

// page is an email that is looked at.
type page struct {
	root  *html.Node
	rules []rule
	flaws []Flaw
}

func (p *page) flaw(piece, problem, hint string) {
	if f := (Flaw{piece, problem, hint}); !slices.Contains(p.flaws, f) {
		p.flaws = append(p.flaws, f)
	}
}

// Email looks at a rendered email, and gives each flaw once.
func Email(source string) ([]Flaw, error) {
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		return nil, err
	}
	p := &page{root: root}
	links := 0
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		p.element(n)
		if n.Data == "a" && attribute(n, "href") != "" {
			links++
		}
	}
	if links%2 != 0 {
		p.flaw("", fmt.Sprintf("it has %d links, an odd number: some spam filters mark that down", links),
			"the wordmark may be a link or not: .URL is set where one is missing")
	}
	p.contrasts("light")
	p.contrasts("dark")
	return p.flaws, nil
}

func (p *page) element(n *html.Node) {
	if programs, known := elements[n.Data]; known {
		p.flaw("<"+n.Data, "<"+n.Data+"> is taken out or does nothing in "+programs, "")
	}
	switch n.Data {
	case "img":
		p.image(n)
	case "style":
		if n.FirstChild != nil {
			p.sheet(n.FirstChild.Data)
		}
	case "a":
		if href := attribute(n, "href"); strings.HasPrefix(href, "#") {
			p.flaw(`href="`+href, "a link into the email does nothing in Gmail on iOS, Samsung Email and Yahoo", "")
		}
	}
	if src := attribute(n, "background"); src != "" {
		p.flaw(`background="`+src, "a background image is not shown by Outlook on Windows, and fetched by the others", "")
	}
	for _, d := range declarations(attribute(n, "style")) {
		p.declaration(d)
		if strings.HasPrefix(d.property, "padding") && !mayPad(n, d) {
			p.flaw(d.raw, "padding on <"+n.Data+"> does nothing in Outlook on Windows",
				"put it on the <td> around it, or use margin")
		}
	}
}

func (p *page) image(n *html.Node) {
	src := attribute(n, "src")
	switch lower := strings.ToLower(src); {
	case strings.HasPrefix(lower, "http:"), strings.HasPrefix(lower, "https:"), strings.HasPrefix(lower, "//"):
		p.flaw(src, "a remote image tells its server who reads, and is not shown by many until they are asked",
			"the design has no images: use words")
	case strings.HasPrefix(lower, "data:"):
		p.flaw("data:", "an image in a data URL is not shown by Gmail and Outlook", "")
	}
	if !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "alt" }) {
		p.flaw(src, "an image has no alt", `write what it says, or alt="" for one that says nothing`)
	}
}

// sheet looks at a style element. What stands within @media is for those that know it.
func (p *page) sheet(css string) {
	for _, at := range []string{"@import", "@font-face"} {
		if strings.Contains(strings.ToLower(css), at) {
			p.flaw(at, at+" is fetched from a server, and does nothing in Gmail and Outlook", "use fonts that readers have")
		}
	}
	for _, r := range rules(css) {
		p.rules = append(p.rules, r)
		for _, d := range r.declarations {
			if r.within == "" {
				p.declaration(d)
			} else {
				p.value(d)
			}
		}
	}
}

func (p *page) declaration(d declaration) {
	p.value(d)
	for _, f := range facts {
		if f.property.MatchString(d.property) && f.value.MatchString(d.value) {
			p.flaw(d.raw, d.property+": "+f.what+" does nothing in "+f.fails, "")
		}
	}
}

func (p *page) value(d declaration) {
	if problem, hint := d.wrong(); problem != "" {
		p.flaw(d.raw, fmt.Sprintf("%q %s", d.raw, problem), hint)
	}
	if lower := strings.ToLower(d.value); strings.Contains(lower, "url(") && strings.Contains(lower, "//") {
		p.flaw(d.raw, "an image or font of a server tells it who reads", "the design has none")
	}
}

// mayPad says whether padding may stand on an element. Outlook reads it on cells, and
// gives lists their room by other means; on a link the room above and below is for
// fingers, and nothing is lost without it.
func mayPad(n *html.Node, d declaration) bool {
	switch n.Data {
	case "td", "th", "ul", "ol", "li", "body":
		return true
	case "a":
		sides := strings.Fields(d.value)
		return d.property == "padding" && len(sides) == 2 && sides[1] == "0"
	}
	return false
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
