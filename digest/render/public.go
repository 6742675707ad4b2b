package render

import (
	"cmp"
	"time"

	"vesper/digest"
	"vesper/templates"
)

// longestDescription is how many columns of a text a search engine or a site that links
// to the page shows of it at most.
const longestDescription = 200

// public gives what a page at an address says of itself to all.
func (r Renderer) public(kind, at, description string) *templates.Public {
	p := &templates.Public{
		Canonical: webURL(at), Kind: kind, Description: description, Unlisted: r.Publication.Unlisted,
		SignUp: webURL(r.base() + "/s"),
	}
	if !r.Publication.Unlisted {
		p.Archive = webURL(r.base() + "/e")
	}
	return p
}

// description says in a sentence or two what is in an article.
func description(a digest.Article) string {
	text := line(a.Summary)
	if text == "" && len(a.QuickLooks) > 0 {
		text = line(a.QuickLooks[0])
	}
	for _, b := range a.DeepLook {
		if text == "" && !b.Heading {
			text = line(b.Text)
		}
	}
	return cut(cmp.Or(text, line(a.Headline)), longestDescription)
}

// The words of schema.org, as JSON-LD.
const vocabulary = "https://schema.org"

type organization struct {
	Type string `json:"@type"`
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

type listItem struct {
	Type     string `json:"@type"`
	Position int    `json:"position"`
	Name     string `json:"name"`
	URL      string `json:"url,omitempty"`
}

type itemList struct {
	Context string     `json:"@context"`
	Type    string     `json:"@type"`
	Name    string     `json:"name"`
	URL     string     `json:"url"`
	Items   []listItem `json:"itemListElement"`
}

// itemList is an edition for machines: its headlines in their order.
func (r Renderer) itemList(e digest.Edition) itemList {
	l := itemList{
		Context: vocabulary, Type: "ItemList", URL: webURL(r.webView(e.ID)),
		Name: r.name(e.Title) + " · " + r.words().LongDate(e.ID.Date.In(r.zone())),
	}
	for i, a := range e.Articles {
		l.Items = append(l.Items, listItem{"ListItem", i + 1, line(a.Headline), r.link(e, a, len(a.DeepLook) > 0)})
	}
	return l
}

type newsArticle struct {
	Context     string        `json:"@context"`
	Type        string        `json:"@type"`
	Headline    string        `json:"headline"`
	Description string        `json:"description,omitempty"`
	Published   string        `json:"datePublished,omitempty"`
	Language    string        `json:"inLanguage"`
	Section     string        `json:"articleSection,omitempty"`
	Author      *organization `json:"author,omitempty"`
	Publisher   organization  `json:"publisher"`
	Page        string        `json:"mainEntityOfPage"`
}

// newsArticle is an article's page for machines. Whoever wrote it is named; the publisher is
// the publication.
func (r Renderer) newsArticle(a digest.Article, p *templates.Public) newsArticle {
	n := newsArticle{
		Context: vocabulary, Type: "NewsArticle", Headline: line(a.Headline), Description: p.Description,
		Language: cmp.Or(a.Language, r.language()), Section: line(a.Section), Page: p.Canonical,
		Publisher: organization{"NewsMediaOrganization", line(r.Publication.Name), webURL(r.Publication.URL)},
	}
	if !a.Published.IsZero() {
		n.Published = a.Published.In(r.zone()).Format(time.RFC3339)
	}
	if by := line(a.Byline); by != "" {
		n.Author = &organization{Type: "Person", Name: by}
	}
	return n
}
