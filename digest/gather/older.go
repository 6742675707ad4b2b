package gather

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vesper/digest"
	"vesper/digest/intake/feed"
	"vesper/digest/intake/fetch"
)

// A feed may have further pages, whose stories are older: WordPress's posts, JSON Feed's
// next_url, and paged and archived feeds (RFC 5005). They are read until the last look. A
// story counts as seen if it is an hour older than that, as clocks differ and stories are
// dated back. WordPress is asked for a day more: it takes the time for one of its own zone.
const (
	overlap   = time.Hour
	anyZone   = 24 * time.Hour
	mostPages = 50
	// patience is after how many failures in a row what is on the first page is enough.
	patience = 3
)

// rest reads what does not stand on the first page: all since the last look that went well,
// and at the first one all that the edition to come may print.
func (g *Gatherer) rest(
	ctx context.Context, get Getter, got fetch.Response, of *feed.Feed, state digest.FeedState,
) error {
	if of.Format != "WordPress" && of.Next == "" {
		return nil
	}
	since := state.Good.Add(-overlap)
	if state.Good.IsZero() {
		var err error
		if since, err = g.Since(ctx); err != nil {
			return err
		}
	}
	w := way{get: get, of: of, since: since}
	if of.Format == "WordPress" {
		return w.posts(ctx, state.URL, got.Links)
	}
	return w.pages(ctx, got.URL)
}

// way is the way back through a feed's pages.
type way struct {
	get   Getter
	of    *feed.Feed
	since time.Time
}

// add gets a page and adds its items. It gives no answer if there is no such page by now.
func (w way) add(ctx context.Context, address string, page int) (fetch.Response, feed.Feed, error) {
	got, err := w.get.Get(ctx, fetch.Request{URL: address, Accept: accepts})
	var status *fetch.StatusError
	if errors.As(err, &status) && (status.Code == http.StatusBadRequest || status.Gone()) {
		return fetch.Response{}, feed.Feed{}, nil
	}
	var more feed.Feed
	if err == nil {
		more, err = parse(got)
	}
	if errors.Is(err, feed.ErrNoFeed) {
		return fetch.Response{}, feed.Feed{}, nil
	} else if err != nil {
		return fetch.Response{}, feed.Feed{}, fmt.Errorf("its page %d: %w", page, err)
	}
	got.Body = nil
	w.of.Items = append(w.of.Items, more.Items...)
	w.of.Items = w.of.Items[:min(len(w.of.Items), feed.MaxItems)]
	return got, more, nil
}

// posts reads the further pages of a WordPress site, so that none is lost where many are
// published between two looks.
func (w way) posts(ctx context.Context, address string, links []string) error {
	for page := 2; page <= mostPages && hasNext(links) && !reaches(w.of.Items, w.since); page++ {
		got, _, err := w.add(ctx, pageOf(address, page, w.since), page)
		if err != nil {
			return err
		}
		links = got.Links
	}
	return nil
}

// pages reads the pages that a feed names, each the next one, as long as they lie on the host
// of the first one and are others.
func (w way) pages(ctx context.Context, from *url.URL) error {
	next, asked := w.of.Next, map[string]bool{from.String(): true}
	for page := 2; page <= mostPages && !reaches(w.of.Items, w.since); page++ {
		if asked[next] || !sameSite(next, from) {
			return nil
		}
		asked[next] = true
		got, more, err := w.add(ctx, next, page)
		if err != nil || got.URL == nil || len(more.Items) == 0 {
			return err
		}
		next = more.Next
	}
	return nil
}

// sameSite says whether an address is on the host of another, and no less safe.
func sameSite(address string, of *url.URL) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host == of.Host && (u.Scheme == of.Scheme || u.Scheme == "https")
}

// reaches says whether stories, the newest first, go back to a time, or are as many as are
// read. Those without a date tell nothing, and go no further.
func reaches(stories []feed.Item, since time.Time) bool {
	if len(stories) == 0 || len(stories) >= feed.MaxItems {
		return len(stories) > 0
	}
	last := stories[len(stories)-1]
	at := last.Published
	if at.IsZero() {
		at = last.Updated
	}
	return at.Before(since)
}

// hasNext says whether Link headers name a next page (RFC 8288). Its address is not taken from
// there: it is ours to say where we go.
func hasNext(links []string) bool {
	for link := range strings.SplitSeq(strings.Join(links, ","), ",") {
		_, params, _ := strings.Cut(link, ">")
		if strings.Contains(strings.ReplaceAll(params, " ", ""), `;rel="next"`) {
			return true
		}
	}
	return false
}

// pageOf gives the address of a further page of posts that are not older than since.
func pageOf(address string, page int, since time.Time) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	q.Set("page", strconv.Itoa(page))
	q.Set("after", since.Add(-anyZone).UTC().Format("2006-01-02T15:04:05Z"))
	u.RawQuery = q.Encode()
	return u.String()
}
