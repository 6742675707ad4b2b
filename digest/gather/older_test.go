package gather_test

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"vesper/digest/gather"
	"vesper/digest/intake/fetch"
)

// pages gives a site whose feed has so many pages of two stories each, of an hour ago, of two
// and so on; link is how a page names the next one.
func (n *newsroom) pages(count int, link func(next string) string) {
	for page := range count {
		address, next := wire, ""
		if page > 0 {
			address = fmt.Sprintf("%s?page=%d", wire, page+1)
		}
		if page+1 < count {
			next = link(fmt.Sprintf("%s?page=%d", wire, page+2))
		}
		n.site[address] = `<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>The Harbour Post</title>` + next +
			n.item(2*page+1, 2*page+1, "") + n.item(2*page+2, 2*page+2, "") + "</channel></rss>"
	}
}

func linksTo(rel string) func(string) string {
	return func(next string) string { return fmt.Sprintf(`<atom:link rel=%q href=%q/>`, rel, next) }
}

// TestFurtherPagesOfAFeedAreReadUntilTheLastLook and at first until the window begins.
func TestFurtherPagesOfAFeedAreReadUntilTheLastLook(t *testing.T) {
	for _, rel := range []string{"next", "prev-archive"} {
		n := newNewsroom(t)
		n.pages(30, linksTo(rel))
		if n.fetch(t); len(n.lies(t)) != 24 {
			t.Errorf("%s: on the desk lie %d stories of a day", rel, len(n.lies(t)))
		}
		n.site[wire+"?page=3"] = "this is garbage"
		if n.fetch(t); strings.Contains(n.log.String(), "page 3") {
			t.Error(n.log.String())
		}
	}
}

// TestPagesThatLeadAstrayAreNotFollowed to other hosts, in a circle or without end.
func TestPagesThatLeadAstrayAreNotFollowed(t *testing.T) {
	asked := 0
	for link, want := range map[string]int{
		"https://other.example/2": 1, "http://post.example/2": 1, wire: 1, wire + "?page=2": 2, "https://post.example:8443/2": 1,
		"https://post.example/missing": 2,
	} {
		n := newNewsroom(t)
		n.Get = func(gather.Feed) gather.Getter { return counted{n.site, &asked} }
		asked = 0
		n.pages(2, func(string) string { return linksTo("next")(link) })
		n.site[wire+"?page=2"] = strings.Replace(n.site[wire], n.item(2, 2, ""), n.item(7, 2, ""), 1)
		if n.fetch(t); asked != want {
			t.Errorf("%s: it asked %d times, want %d", link, asked, want)
		}
	}
	n := newNewsroom(t)
	asked = 0
	n.Get = func(gather.Feed) gather.Getter { return counted{endless{n}, &asked} }
	if n.fetch(t); asked != 50 || len(n.lies(t)) != 50 {
		t.Errorf("of an endless feed it read %d pages and laid %d stories", asked, len(n.lies(t)))
	}
}

// TestABrokenFurtherPageKeepsNoFeedAwayForEver: what is on the first page is taken at once,
// and after some failures that is enough.
func TestABrokenFurtherPageKeepsNoFeedAwayForEver(t *testing.T) {
	n := newNewsroom(t)
	n.pages(2, linksTo("next"))
	n.site[wire+"?page=2"] = `<rss version="2.0"><channel><item><title>x</wrong` + strings.Repeat("<a>", 70)
	for look := range 4 {
		_, err := n.Fetch(t.Context(), n.Feeds[0])
		if got := len(n.lies(t)); got != 2 || (err == nil) != (look == 3) {
			t.Errorf("look %d: %d stories, %v", look, got, err)
		}
	}
}

// counted counts what is asked for.
type counted struct {
	gather.Getter
	n *int
}

func (c counted) Get(ctx context.Context, r fetch.Request) (fetch.Response, error) {
	*c.n++
	return c.Getter.Get(ctx, r)
}

// endless is a feed each of whose pages names another, with a new story of just now.
type endless struct{ n *newsroom }

func (e endless) Get(_ context.Context, r fetch.Request) (fetch.Response, error) {
	u, err := url.Parse(r.URL)
	page, _ := strconv.Atoi(u.Query().Get("page"))
	return fetch.Response{URL: u, Body: []byte(`<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>` +
		linksTo("next")(fmt.Sprintf("%s?page=%d", wire, page+1)) + e.n.item(page, 0, "") + "</channel></rss>")}, err
}
