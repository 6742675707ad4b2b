package web

import (
	"encoding/json"
	"encoding/xml"
	"html"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vesper/digest"
)

// The feeds of the archive: their names below /e, and their media types (RFC 4287 7, JSON
// Feed 1.1).
const (
	atomName, atomKind         = "feed.atom", "application/atom+xml"
	jsonFeedName, jsonFeedKind = "feed.json", "application/feed+json"
)

// inFeed is how many editions a feed has.
const inFeed = 20

// feed is what both feeds have.
type feed struct {
	title, language, author, home, base string
	entries                             []entry
}

// entry is an edition in a feed. Its ID stays when it is corrected, and its URL leads to the
// correction.
type entry struct {
	id, url, title, content string
	published, updated      time.Time
}

// feed answers with a feed of the last editions, as write writes it.
func (s *site) feed(w http.ResponseWriter, r *http.Request, kind string, write func(feed) ([]byte, error)) {
	if s.Publication.Unlisted {
		s.missing(w, r)
		return
	}
	f, err := s.lastEditions(r)
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	content, err := write(f)
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	public(w, r, kind, content)
}

func (s *site) lastEditions(r *http.Request) (feed, error) {
	base := strings.TrimRight(s.Publication.BaseURL, "/")
	f := feed{
		title: s.name(), language: s.chrome("").Language, author: s.Publication.Name, home: base + "/e", base: base,
	}
	printed, err := s.Editions.Archive(r.Context(), inFeed)
	if err != nil {
		return f, err
	}
	for _, p := range printed {
		found, err := s.Editions.Headlines(r.Context(), p.ID)
		if err != nil {
			return f, err
		}
		at := base + "/e/" + p.ID.String()
		e := entry{
			id: base + "/e/" + p.ID.First().String(), url: at, title: p.Subject, published: p.At, updated: p.At,
			content: contents(at, found),
		}
		if !p.CorrectedAt.IsZero() {
			e.updated = p.CorrectedAt
		}
		f.entries = append(f.entries, e)
	}
	return f, nil
}

// contents gives an edition's headlines as a list in HTML, each with its page.
func contents(at string, found []digest.Found) string {
	var b strings.Builder
	b.WriteString("<ol>")
	for _, f := range found {
		b.WriteString(`<li><a href="` + html.EscapeString(at+"/"+url.PathEscape(f.Article)) + `">` +
			html.EscapeString(f.Headline) + "</a></li>")
	}
	b.WriteString("</ol>")
	return b.String()
}

// updated is when the newest change of the feed was made.
func (f feed) updated() time.Time {
	last := time.Unix(0, 0).UTC()
	for _, e := range f.entries {
		if e.updated.After(last) {
			last = e.updated
		}
	}
	return last
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomContent struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type atomEntry struct {
	Title     string      `xml:"title"`
	ID        string      `xml:"id"`
	Link      atomLink    `xml:"link"`
	Published string      `xml:"published"`
	Updated   string      `xml:"updated"`
	Content   atomContent `xml:"content"`
}

type atomFeed struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Language string      `xml:"xml:lang,attr"`
	Title    string      `xml:"title"`
	ID       string      `xml:"id"`
	Updated  string      `xml:"updated"`
	Author   string      `xml:"author>name"`
	Links    []atomLink  `xml:"link"`
	Entries  []atomEntry `xml:"entry"`
}

// atom writes the feed as RFC 4287 has it.
func (f feed) atom() ([]byte, error) {
	all := atomFeed{
		Language: f.language, Title: f.title, ID: f.home, Updated: stamp(f.updated()), Author: f.author,
		Links: []atomLink{{"self", atomKind, f.home + "/" + atomName}, {"alternate", "text/html", f.home}},
	}
	for _, e := range f.entries {
		all.Entries = append(all.Entries, atomEntry{
			e.title, e.id,
			atomLink{"alternate", "text/html", e.url},
			stamp(e.published), stamp(e.updated),
			atomContent{"html", e.content},
		})
	}
	b, err := xml.MarshalIndent(all, "", " ")
	return append([]byte(xml.Header), append(b, '\n')...), err
}

type jsonAuthor struct {
	Name string `json:"name"`
}

type jsonItem struct {
	ID        string `json:"id"`
	URL       string `json:"url"`
	Title     string `json:"title"`
	Content   string `json:"content_html"`
	Published string `json:"date_published"`
	Modified  string `json:"date_modified"`
}

type jsonFeed struct {
	Version  string       `json:"version"`
	Title    string       `json:"title"`
	Home     string       `json:"home_page_url"`
	URL      string       `json:"feed_url"`
	Language string       `json:"language"`
	Authors  []jsonAuthor `json:"authors"`
	Items    []jsonItem   `json:"items"`
}

// json writes the feed as JSON Feed 1.1 has it.
func (f feed) json() ([]byte, error) {
	all := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: f.title, Home: f.home, URL: f.home + "/" + jsonFeedName,
		Language: f.language, Authors: []jsonAuthor{{f.author}}, Items: []jsonItem{},
	}
	for _, e := range f.entries {
		all.Items = append(all.Items, jsonItem{e.id, e.url, e.title, e.content, stamp(e.published), stamp(e.updated)})
	}
	b, err := json.MarshalIndent(all, "", " ")
	return append(b, '\n'), err
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
