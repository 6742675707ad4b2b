package page

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Link is where a site offers its stories.
type Link struct {
	// URL is absolute, Title what the page calls it.
	URL, Title string
}

// Offers reads where a page says that its site's stories are: feeds, and the address of
// WordPress's REST API, which a server may say in its Link headers too (RFC 8288).
func Offers(text []byte, from *url.URL, contentType string, headers []string) (feeds []Link, api string, err error) {
	doc, err := parse(text, contentType)
	if err != nil {
		return nil, "", err
	}
	base := baseOf(doc, from)
	for n := range doc.Descendants() {
		if n.DataAtom != atom.Link {
			continue
		}
		href := resolve(base, attr(n, "href"))
		rel := " " + strings.ToLower(attr(n, "rel")) + " "
		switch {
		case href == "":
		case strings.Contains(rel, " https://api.w.org/ "):
			api = href
		case strings.Contains(rel, " alternate ") && isFeed(attr(n, "type")):
			feeds = append(feeds, Link{href, oneLine(attr(n, "title"))})
		}
	}
	for _, h := range headers {
		if target, params, ok := strings.Cut(h, ">"); ok && strings.Contains(params, "https://api.w.org/") {
			api = resolve(from, strings.TrimPrefix(strings.TrimSpace(target), "<"))
		}
	}
	return feeds, api, nil
}

func isFeed(mediaType string) bool {
	switch mediaType, _, _ = strings.Cut(strings.ToLower(mediaType), ";"); strings.TrimSpace(mediaType) {
	case "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml":
		return true
	}
	return false
}

// canonical reads <link rel=canonical> (RFC 6596).
func canonical(doc *html.Node, from *url.URL) string {
	link := find(doc, func(n *html.Node) bool {
		return n.DataAtom == atom.Link && strings.EqualFold(strings.TrimSpace(attr(n, "rel")), "canonical")
	})
	if link == nil {
		return ""
	}
	return resolve(baseOf(doc, from), attr(link, "href"))
}

// baseOf gives the address from which the links of a page start: its own, or that of its
// <base href>.
func baseOf(doc *html.Node, from *url.URL) *url.URL {
	base := find(doc, func(n *html.Node) bool { return n.DataAtom == atom.Base && attr(n, "href") != "" })
	if base == nil {
		return from
	}
	u, err := url.Parse(resolve(from, attr(base, "href")))
	if err != nil || u.Host == "" {
		return from
	}
	return u
}

func language(doc *html.Node) string {
	root := find(doc, func(n *html.Node) bool { return n.DataAtom == atom.Html })
	if root == nil {
		return ""
	}
	return strings.TrimSpace(attr(root, "lang"))
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// resolve gives a link as an absolute one over HTTP; empty if it is none.
func resolve(from *url.URL, link string) string {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil || link == "" {
		return ""
	}
	if from != nil {
		u = from.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return u.String()
}
