package lint

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Flaw is something that some program won't show as it is meant, or marks down.
type Flaw struct {
	// Piece is what it is about, as it stands in the page: a declaration of CSS, the value
	// of an attribute. Empty: the whole page.
	Piece string
	// Problem says what is wrong, in one line, Hint what would be right.
	Problem, Hint string
}

// page is an email or a web page that is looked at.
type page struct {
	root  *html.Node
	email bool
	rules []weighedRule
	flaws []Flaw
}

func (p *page) flaw(piece, problem, hint string) {
	if f := (Flaw{piece, problem, hint}); !slices.Contains(p.flaws, f) {
		p.flaws = append(p.flaws, f)
	}
}

// Email looks at a rendered email as mail programs do, and gives each flaw once.
func Email(source string) ([]Flaw, error) {
	p, err := read(source, true)
	if err != nil {
		return nil, err
	}
	links := 0
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" && attribute(n, "href") != "" {
			links++
		}
	}
	if links%2 != 0 {
		p.flaw("", fmt.Sprintf("it has %d links, an odd number: some spam filters mark that down", links),
			"the wordmark may be a link or not: .URL is set where one is missing")
	}
	p.pads()
	p.contrasts("light", func(at painted, mode string) {
		p.reads(at, mode)
		p.readsForced(at, mode)
	})
	p.contrasts("dark", p.reads)
	return p.flaws, nil
}

// Page looks at a rendered web page as browsers do, which hold it to the policy that it is
// served with: no script, nothing of other servers, and style in style elements alone.
func Page(source string) ([]Flaw, error) {
	p, err := read(source, false)
	if err != nil {
		return nil, err
	}
	p.contrasts("light", p.reads)
	p.contrasts("dark", p.reads)
	return p.flaws, nil
}

// read looks at each element of a page, and takes up its rules.
func read(source string, email bool) (*page, error) {
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		return nil, err
	}
	p := &page{root: root, email: email}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch {
		case n.Data == "style" && n.FirstChild != nil:
			p.sheet(n.FirstChild.Data)
		case n.Data == "img":
			p.image(n)
		}
		if email {
			p.inEmail(n)
		} else {
			p.onPage(n)
		}
	}
	return p, nil
}

func (p *page) inEmail(n *html.Node) {
	if e, known := elements[n.Data]; known {
		p.flaw("<"+n.Data, "<"+n.Data+"> is taken out or does nothing in "+e.fails, e.hint)
	}
	for _, a := range n.Attr {
		if f, known := attributes[a.Key]; known {
			p.flaw(written(a), a.Key+" does nothing in "+f.fails, f.hint)
		}
	}
	if href := attribute(n, "href"); n.Data == "a" && strings.HasPrefix(href, "#") {
		p.flaw(`href="`+href, "a link into the email does nothing in Gmail on iOS, Samsung Email and Yahoo",
			"link to the web view or to the article's page")
	}
	for _, d := range declarations(attribute(n, "style")) {
		p.declaration(d)
	}
}

// pads looks at the padding of each element, by its own style or by a rule. What stands within
// @media is for others than Outlook.
func (p *page) pads() {
	rules := slices.DeleteFunc(slices.Clone(p.rules), func(r weighedRule) bool { return r.within != "" })
	for n := range p.root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, d := range cascade(n, rules) {
			if strings.HasPrefix(d.property, "padding") && !mayPad(n, d) {
				p.flaw(d.raw, "padding on <"+n.Data+"> does nothing in Outlook on Windows",
					"put it on the <td> around it, or use margin")
			}
		}
	}
}

// onPage says what of an element the policy of our pages does not let through.
func (p *page) onPage(n *html.Node) {
	const hint = "the pages are words and links: put style into the style element of web/parts.html"
	src := attribute(n, "src")
	switch n.Data {
	case "script":
		if attribute(n, "type") != "application/ld+json" {
			p.flaw("<script", "a script is not run: the page's policy allows none", hint)
		}
	case "iframe":
		// The desk page shows the edition to come in one, which is its own.
		if remote(src) {
			p.flaw("<iframe", "a page of a server is not shown: the page's policy allows none", hint)
		}
	case "object", "embed", "video", "audio", "base":
		p.flaw("<"+n.Data, "<"+n.Data+"> does nothing: the page's policy does not allow it", hint)
	case "link":
		if slices.Contains(strings.Fields(attribute(n, "rel")), "stylesheet") {
			p.flaw("<link", "a style sheet of its own is not loaded: the page's policy allows none", hint)
		}
	}
	if style := attribute(n, "style"); style != "" {
		p.flaw(`style="`+style, "a style attribute does nothing: the page's policy allows style elements alone", hint)
	}
}

func remote(src string) bool {
	lower := strings.ToLower(strings.TrimSpace(src))
	return strings.HasPrefix(lower, "http:") || strings.HasPrefix(lower, "https:") || strings.HasPrefix(lower, "//")
}

func (p *page) image(n *html.Node) {
	src := attribute(n, "src")
	data := strings.HasPrefix(strings.ToLower(strings.TrimSpace(src)), "data:")
	switch {
	case p.email && remote(src):
		p.flaw(src, "a remote image tells its server who reads, and is not shown by many until they are asked",
			"the design has no images: use words")
	case p.email && data:
		p.flaw("data:", "an image in a data URL is not shown by Gmail and Outlook", "the design has no images: use words")
	case !p.email && !data:
		p.flaw(src, "an image of a server is not shown: it would tell who reads, and the page's policy allows none",
			"put a small one into the page itself, as a data URL")
	}
	if !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "alt" }) {
		p.flaw(pieceOf(src), "an image has no alt", `write what it says, or alt="" for one that says nothing`)
	}
}

// pieceOf is where an image is written.
func pieceOf(src string) string {
	if src == "" {
		return "<img"
	}
	return src
}

// sheet looks at a style element. What stands within @media is for those that know it.
func (p *page) sheet(css string) {
	for _, at := range []string{"@import", "@font-face"} {
		if strings.Contains(strings.ToLower(css), at) {
			p.flaw(at, at+" is fetched from a server, and does nothing in Gmail and Outlook", "use fonts that readers have")
		}
	}
	for _, r := range rules(css) {
		p.rules = append(p.rules, weigh(r))
		for _, d := range r.declarations {
			if r.within == "" {
				p.declaration(d)
			} else {
				p.value(d)
			}
		}
		if p.email && !strings.Contains(strings.ReplaceAll(r.within, " ", ""), dark) {
			p.selects(r.selector)
		}
	}
}

// selects says whether a selector is one that only some mail programs know.
func (p *page) selects(selector string) {
	for _, f := range selectors {
		if f.pattern.matches(selector) {
			p.flaw(selector, selector+": "+f.what+" is not known to "+f.fails, f.hint)
		}
	}
}

func (p *page) declaration(d declaration) {
	p.value(d)
	if !p.email {
		return
	}
	for _, f := range facts {
		if f.property.matches(d.property) && f.value.matches(d.value) {
			p.flaw(d.raw, d.property+": "+f.what+" does nothing in "+f.fails, f.hint)
		}
	}
}

func (p *page) value(d declaration) {
	if problem, hint := d.wrong(p.email); problem != "" {
		p.flaw(d.raw, fmt.Sprintf("%q %s", d.raw, problem), hint)
	}
	if lower := strings.ToLower(d.value); strings.Contains(lower, "url(") && strings.Contains(lower, "//") {
		p.flaw(d.raw, "an image or font of a server tells it who reads", "the design has none")
	}
}

// mayPad says whether padding may stand on an element. Outlook reads it on cells, and
// gives lists their room by other means; on a link the room above and below is for
// fingers, and nothing is lost without it. Where there is none, as sheets begin with, it does not matter.
func mayPad(n *html.Node, d declaration) bool {
	if strings.Trim(d.value, "0px \t\r\n") == "" {
		return true
	}
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

// written is an attribute as it begins in the source.
func written(a html.Attribute) string {
	if a.Val == "" {
		return a.Key
	}
	return a.Key + `="` + a.Val
}
