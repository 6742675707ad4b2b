package page

import (
	"bytes"
	"errors"
	"net/url"
	"strings"
	"time"

	readability "codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

// MaxBytes is the longest page that is read.
const MaxBytes = 4 << 20

// Page is what a web page says.
type Page struct {
	// Title is its headline, Site the publication's name and Author who wrote it; each is
	// empty if it does not say.
	Title, Site, Author string
	// Summary is what it says of itself.
	Summary string
	// Canonical is the address that it wants to be known by; empty if it names none.
	Canonical string
	// Language is a BCP 47 tag, empty if it does not say.
	Language string
	// Published is zero if it does not say.
	Published time.Time
	// Lines are the text of the story.
	Lines []Line
	// House says that the lines hold the words Quick Looks, as the house writes a story.
	House bool
}

// What may be wrong with a page.
var (
	ErrTooLong = errors.New("the page has more than 4 MiB")
	ErrTooMany = errors.New("the page has more than 50,000 tags or 100,000 attributes")
	ErrTooDeep = errors.New("the page's elements lie more than 512 deep")
)

// Read reads a page that was found at an address. Where it holds the house's own parts,
// Quick Looks and Deep Look, the lines are those of the part of the page that holds both;
// elsewhere they are its main text.
func Read(text []byte, from *url.URL, contentType string) (Page, error) {
	doc, err := parse(text, contentType)
	if err != nil {
		return Page{}, err
	}
	p := Page{Canonical: canonical(doc, from), Language: language(doc)}
	house := houseOf(doc)
	if house != nil {
		p.Lines, p.House = linesOf(house), true
	}
	// It takes the document apart, so it comes last.
	if main, err := readability.FromDocument(doc, from); err == nil {
		p.Title, p.Site, p.Author = oneLine(main.Title()), oneLine(main.SiteName()), oneLine(main.Byline())
		p.Summary = oneLine(main.Excerpt())
		if at, err := main.PublishedTime(); err == nil {
			p.Published = at.UTC()
		}
		if main.Node != nil && !p.House {
			p.Lines = linesOf(main.Node)
		}
	}
	return p, nil
}

func parse(text []byte, contentType string) (*html.Node, error) {
	switch {
	case len(text) > MaxBytes:
		return nil, ErrTooLong
	case tooMuch(string(text)):
		return nil, ErrTooMany
	}
	in, err := charset.NewReader(bytes.NewReader(text), contentType)
	if err != nil {
		return nil, err
	}
	doc, err := html.Parse(in)
	if err != nil && strings.Contains(err.Error(), "exceeds 512") {
		return nil, ErrTooDeep
	}
	return doc, err
}

// houseOf gives the part of a page that holds the house's Quick Looks, and its Deep Look
// if there is one; nil if there are no Quick Looks.
func houseOf(doc *html.Node) *html.Node {
	quick := marker(doc, "quick looks", "quick look")
	if quick == nil {
		return nil
	}
	if deep := marker(doc, "deep look"); deep != nil {
		return above(quick, deep)
	}
	// Without a Deep Look it is the part that holds the list as well.
	for n := quick.Parent; n != nil; n = n.Parent {
		if find(n, func(n *html.Node) bool { return n.DataAtom == atom.Li }) != nil {
			return n
		}
	}
	return nil
}

// marker gives the first element whose whole text is one of these words.
func marker(doc *html.Node, words ...string) *html.Node {
	return find(doc, func(n *html.Node) bool {
		if n.Type != html.ElementNode || unseen(n) {
			return false
		}
		if _, breaks := kindOf(n); !breaks && !bolds(n) {
			return false
		}
		text := strings.ToLower(strings.Trim(textOf(n, 40), " :*_-–—"))
		for _, w := range words {
			if text == w {
				return true
			}
		}
		return false
	})
}

// above gives the element that holds both.
func above(a, b *html.Node) *html.Node {
	over := map[*html.Node]bool{}
	for n := a.Parent; n != nil; n = n.Parent {
		over[n] = true
	}
	for n := b.Parent; n != nil; n = n.Parent {
		if over[n] {
			return n
		}
	}
	return nil
}

// find gives the first node in the document's order that is one.
func find(n *html.Node, is func(*html.Node) bool) *html.Node {
	if is(n) {
		return n
	}
	for d := range n.Descendants() {
		if is(d) {
			return d
		}
	}
	return nil
}

// textOf gives an element's text on one line, or a few bytes more than most.
func textOf(n *html.Node, most int) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(strings.TrimLeft(d.Data, "\t\n\r ") + " ")
			if strings.TrimSpace(d.Data) != "" && b.Len() > most {
				break
			}
		}
	}
	return oneLine(b.String())
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
