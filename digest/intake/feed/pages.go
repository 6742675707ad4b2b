package feed

import (
	"net/url"
	"strings"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"
)

// nextOf gives the address of the page of a feed that has what is older (RFC 5005): the next
// one of a paged feed, else the newest archive.
func nextOf(f *gofeed.Feed, from *url.URL) string {
	links := map[string]string{}
	add := func(rel, href string) {
		if rel = strings.ToLower(strings.TrimSpace(rel)); links[rel] == "" {
			links[rel] = href
		}
	}
	switch original := f.OriginalFeed().(type) {
	case *atom.Feed:
		for _, l := range original.Links {
			add(l.Rel, l.Href)
		}
	case *rss.Feed:
		for _, name := range [...]string{"atom", "atom10", "a10"} {
			for _, l := range original.Extensions[name]["link"] {
				add(l.Attrs["rel"], l.Attrs["href"])
			}
		}
	}
	if links["next"] != "" {
		return resolve(from, links["next"])
	}
	return resolve(from, links["prev-archive"])
}
