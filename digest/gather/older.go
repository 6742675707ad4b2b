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

// WordPress answers with its newest posts, and names a next page. A post counts as seen if it
// is an hour older than the last look, as clocks differ and posts are dated back. Sites are
// asked for a day more: they take the time for one of their own zone.
const (
	overlap   = time.Hour
	anyZone   = 24 * time.Hour
	mostPages = 50
)

// rest reads what does not stand on the first page of a WordPress site: all since the last
// look that went well, and at the first one all that the edition to come may print.
func (g *Gatherer) rest(ctx context.Context, get Getter, links []string, of *feed.Feed, state digest.FeedState) error {
	if of.Format != "WordPress" {
		return nil
	}
	since := state.Good.Add(-overlap)
	if state.Good.IsZero() {
		var err error
		if since, err = g.Since(ctx); err != nil {
			return err
		}
	}
	return older(ctx, get, state.URL, links, of, since)
}

// older reads the further pages of a WordPress site until its posts are older than since, so
// that none is lost where many are published between two looks.
func older(ctx context.Context, get Getter, address string, links []string, of *feed.Feed, since time.Time) error {
	for page := 2; page <= mostPages && hasNext(links) && !reaches(of.Items, since); page++ {
		got, err := get.Get(ctx, fetch.Request{URL: pageOf(address, page, since), Accept: accepts})
		var status *fetch.StatusError
		if errors.As(err, &status) && status.Code == http.StatusBadRequest {
			return nil // there are no more by now
		}
		var more feed.Feed
		if err == nil {
			more, err = parse(got)
		}
		if err != nil {
			return fmt.Errorf("page %d of its posts: %w", page, err)
		}
		links, of.Items = got.Links, append(of.Items, more.Items...)
	}
	of.Items = of.Items[:min(len(of.Items), feed.MaxItems)]
	return nil
}

// reaches says whether posts, the newest first, go back to a time, or are as many as are read.
func reaches(posts []feed.Item, since time.Time) bool {
	return len(posts) >= feed.MaxItems || len(posts) > 0 && posts[len(posts)-1].Published.Before(since)
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
