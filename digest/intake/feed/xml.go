package feed

import (
	"bytes"
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"
)

func parseXML(text []byte, from *url.URL) (Feed, error) {
	o, err := outlineOf(text)
	if err != nil {
		return Feed{}, err
	}
	end := len(text)
	if o.cut > 0 {
		end = o.cut
	}
	// Without the declaration, since the text is UTF-8 by now.
	text = withoutLongRuns(text[o.root:end:end])
	for i := len(o.open) - 1; i >= 0; i-- {
		text = fmt.Appendf(text, "</%s>", o.open[i])
	}
	types := typesOf(text)
	p := gofeed.NewParser()
	p.KeepOriginalFeed = true
	p.RSSTranslator = &gofeed.DefaultRSSTranslator{DisableContentImageScan: true}
	parsed, err := p.Parse(bytes.NewReader(text))
	if err != nil {
		return Feed{}, fmt.Errorf("its XML is broken: %w", err)
	}
	f := Feed{
		Format: format(parsed), Title: Line(parsed.Title), Language: parsed.Language,
		Link: resolve(from, parsed.Link), Left: max(0, o.items-MaxItems),
	}
	f.Next = nextOf(parsed, from)
	base := from
	if site, err := url.Parse(f.Link); err == nil && base == nil && site.IsAbs() {
		base = site
	}
	for i, it := range parsed.Items {
		item := itemOf(it, base)
		switch original := parsed.OriginalFeed().(type) {
		case *atom.Feed:
			fromAtom(&item, original.Entries[i])
			if len(types) == len(original.Entries) {
				plainTexts(&item, original.Entries[i], types[i])
			}
		case *rss.Feed:
			fromRSS(&item, original.Items[i])
		}
		f.Items = append(f.Items, item)
	}
	return f, nil
}

func format(f *gofeed.Feed) string {
	return strings.TrimSpace(map[string]string{"rss": "RSS", "atom": "Atom"}[f.FeedType] + " " + f.FeedVersion)
}

func itemOf(it *gofeed.Item, base *url.URL) Item {
	item := Item{
		GUID: strings.TrimSpace(it.GUID), URL: resolve(base, it.Link), Title: Line(it.Title),
		Summary: it.Description, Content: it.Content,
		Published: Date(it.Published), Updated: Date(it.Updated),
	}
	for _, a := range it.Authors {
		if name := Line(cmp.Or(a.Name, a.Email)); name != "" {
			item.Authors = append(item.Authors, name)
		}
	}
	for _, c := range it.Categories {
		if name := Line(c); name != "" {
			item.Sections = append(item.Sections, name)
		}
	}
	return item
}

// fromAtom sets right what gofeed makes of an Atom entry: it takes what was updated for
// what was published.
func fromAtom(item *Item, e *atom.Entry) {
	item.Published, item.Updated = Date(e.Published), Date(e.Updated)
	if e.Source != nil {
		item.Source = Line(e.Source.Title)
	}
}

// fromRSS sets right what gofeed makes of an RSS item: dc:date is its date where it has
// no other, and never a second one; a link may stand in the GUID alone.
func fromRSS(item *Item, it *rss.Item) {
	if it.PubDate == "" {
		item.Updated = time.Time{}
	}
	if item.URL == "" && it.GUID != nil && it.GUID.IsPermalink != "false" && isURL(it.GUID.Value) {
		item.URL = strings.TrimSpace(it.GUID.Value)
	}
	if it.Source != nil {
		item.Source = Line(it.Source.Title)
	}
	if titles := it.Extensions["media"]["title"]; item.Title == "" && len(titles) > 0 {
		item.Title = Line(titles[0].Value)
	}
}

func isURL(s string) bool {
	u, err := url.Parse(strings.TrimSpace(s))
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// resolve gives a link as an absolute one, where a base tells how. What is no link is
// given as it is.
func resolve(base *url.URL, link string) string {
	link = strings.TrimSpace(link)
	if link == "" || base == nil {
		return link
	}
	u, err := base.Parse(link)
	if err != nil {
		return link
	}
	return u.String()
}
