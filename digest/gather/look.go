package gather

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"vesper/digest/intake/feed"
	"vesper/digest/intake/fetch"
	"vesper/digest/intake/page"
)

// Getter gets what lies at an address. [fetch.Client] is one.
type Getter interface {
	Get(ctx context.Context, r fetch.Request) (fetch.Response, error)
}

// accepts are the media types of feeds, then pages.
const accepts = "application/feed+json, application/rss+xml, application/atom+xml, application/json;q=0.9, " +
	"application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.5, */*;q=0.1"

// Offer is what lies at an address: a feed, or a page that says where one is.
type Offer struct {
	// URL is the address of the feed.
	URL string
	// Feed is what it has.
	Feed feed.Feed
	// Through is the page that named it; empty if the address was the feed's own. Others
	// are feeds that the page names beside it.
	Through string
	Others  []string
}

// ErrNothing says that there is neither a feed at an address, nor a page that names one.
var ErrNothing = errors.New("there is no feed, and the page names none")

// Look finds the stories that are offered at an address: the feed that lies there, or the
// best of those that the page there names. WordPress's own answer comes first, as it says
// most.
func Look(ctx context.Context, get Getter, address string) (Offer, error) {
	got, err := get.Get(ctx, fetch.Request{URL: address, Accept: accepts})
	if err != nil {
		return Offer{}, err
	}
	parsed, err := parse(got)
	if err == nil {
		return Offer{URL: address, Feed: parsed}, nil
	}
	if !errors.Is(err, feed.ErrNoFeed) {
		return Offer{}, err
	}
	feeds, api, readErr := page.Offers(got.Body, got.URL, got.Type, got.Links)
	if readErr != nil {
		return Offer{}, err
	}
	var ways []string
	if api != "" {
		ways = append(ways, Posts(api))
	}
	for _, f := range feeds {
		ways = append(ways, f.URL)
	}
	first := error(ErrNothing)
	for i, way := range ways {
		got, err := get.Get(ctx, fetch.Request{URL: way, Accept: accepts})
		if err == nil {
			var parsed feed.Feed
			if parsed, err = parse(got); err == nil {
				return Offer{URL: way, Feed: parsed, Through: address, Others: slices.Delete(ways, i, i+1)}, nil
			}
		}
		if errors.Is(first, ErrNothing) {
			first = err
		}
	}
	return Offer{}, first
}

// Posts is the address of a WordPress site's newest posts, with their authors and
// categories, by the address of its REST API.
func Posts(api string) string {
	u, err := url.Parse(api)
	if err != nil {
		return api
	}
	q := u.Query()
	if route := q.Get("rest_route"); route != "" {
		q.Set("rest_route", strings.TrimSuffix(route, "/")+"/wp/v2/posts")
	} else {
		u.Path = strings.TrimSuffix(u.Path, "/") + "/wp/v2/posts"
	}
	q.Set("per_page", "50")
	q.Set("_embed", "author,wp:term")
	u.RawQuery = q.Encode()
	return u.String()
}

// Stories makes stories of what a feed has, in its order. Where the text may be printed and
// the feed says too little of it, the story's page is asked.
func (p Publication) Stories(ctx context.Context, get Getter, of feed.Feed, f Feed, seen time.Time) []Story {
	stories := make([]Story, 0, len(of.Items))
	for _, it := range of.Items {
		s, _ := p.read(ctx, get, of, f, it, seen)
		stories = append(stories, s)
	}
	return stories
}

// read makes a story of an item, with the text of its page if that is needed. It says
// whether all could be read that was asked for.
func (p Publication) read(ctx context.Context, get Getter, of feed.Feed, f Feed, it feed.Item, seen time.Time,
) (Story, bool) {
	lines := linesOf(it)
	whole := true
	if !it.Locked && it.URL != "" && !frontPage(it.URL) && p.mayPrint(f, it.URL) && thin(lines) && get != nil {
		lines, whole = p.fromPage(ctx, get, &it, lines)
	}
	return p.StoryOf(of, f, it, lines, seen), whole
}

// fromPage gives the text of a story's page, or the lines that are known where the page
// can't be read, and whether it could. What the feed left out, the page says.
func (p Publication) fromPage(ctx context.Context, get Getter, it *feed.Item, lines []page.Line) ([]page.Line, bool) {
	got, err := get.Get(ctx, fetch.Request{URL: it.URL, Accept: "text/html, */*;q=0.1"})
	if err != nil {
		return lines, false
	}
	read, err := readPage(got)
	it.Locked = feed.Locked(string(got.Body))
	if err != nil || len(read.Lines) == 0 {
		return lines, true // it will be no better the next time
	}
	if it.Title == "" {
		it.Title = read.Title
	}
	if len(it.Authors) == 0 && read.Author != "" {
		it.Authors = []string{read.Author}
	}
	if it.Published.IsZero() {
		it.Published = read.Published
	}
	it.URL = canonicalOf(it.URL, read.Canonical)
	return read.Lines, true
}
