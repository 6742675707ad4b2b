package gather

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"vesper/digest/intake/feed"
	"vesper/digest/intake/fetch"
)

// presence is what a site says of one of its stories.
type presence int

const (
	// unclear is a refusal, an outage or no answer: it says nothing of the story.
	unclear presence = iota
	// there is a story that is out.
	there
	// gone is one that is not found. Where many are, it may be an outage.
	gone
	// hidden is one of which the site says itself that it is not out.
	hidden
)

// ask asks for a story: the program of its site, else its page.
func (g *Gatherer) ask(ctx context.Context, q *inquiry) presence {
	get := g.getter(q.story)
	if q.story.API != "" {
		if says := askAPI(ctx, get, q.story.API); says != unclear {
			return says
		}
	}
	says, api := askPage(ctx, get, q.url)
	if says == there && api != "" {
		// WordPress names its own answer in the head of a page. Where the page is there, only
		// that it asks for a password counts: some sites forbid the answer to strangers.
		if askAPI(ctx, get, api) == hidden {
			return hidden
		}
	}
	return says
}

// askPage asks for a page: with HEAD, and if that is not answered as it should with GET,
// since not every server knows HEAD. Being sent elsewhere is no withdrawal, and neither is
// 451 (RFC 7725): some publishers answer it to other countries. Of what is there it gives the
// address where the site's program answers for it, if that is said.
func askPage(ctx context.Context, get Getter, address string) (says presence, api string) {
	for _, head := range [...]bool{true, false} {
		got, err := get.Get(ctx, fetch.Request{URL: address, Head: head})
		var status *fetch.StatusError
		switch {
		case err == nil, !head && errors.Is(err, fetch.ErrTooLong):
			return there, apiOf(got)
		case !head && errors.As(err, &status) && status.Gone():
			return gone, ""
		case ctx.Err() != nil:
			return unclear, ""
		}
	}
	return unclear, ""
}

// apiOf gives the address of WordPress's answer for a post, which stands in the head of its
// page: <https://x.example/wp-json/wp/v2/posts/7>; rel="alternate"; type="application/json".
// Another host's is not asked.
func apiOf(got fetch.Response) string {
	for link := range strings.SplitSeq(strings.Join(got.Links, ","), ",") {
		address, params, ok := strings.Cut(strings.TrimSpace(link), ">")
		address = strings.TrimPrefix(address, "<")
		u, err := url.Parse(address)
		if ok && err == nil && got.URL != nil && u.Host == got.URL.Host && u.Scheme == got.URL.Scheme &&
			strings.Contains(params, "application/json") && strings.Contains(address, "/wp/v2/posts/") {
			q := u.Query()
			q.Set("_fields", "id,status,content")
			u.RawQuery = q.Encode()
			return u.String()
		}
	}
	return ""
}

// askAPI asks WordPress's REST API for one post.
func askAPI(ctx context.Context, get Getter, address string) presence {
	got, err := get.Get(ctx, fetch.Request{URL: address, Accept: "application/json"})
	var status *fetch.StatusError
	switch {
	case err == nil:
		out, err := feed.IsOut(got.Body)
		switch {
		case err != nil:
			return unclear
		case !out:
			return hidden
		}
		return there
	case errors.As(err, &status):
		switch code := feed.RefusalOf(status.JSON); {
		case code == "rest_post_invalid_id" && status.Gone():
			return gone
		case code == "rest_forbidden" && (status.Code == http.StatusUnauthorized || status.Code == http.StatusForbidden):
			return gone // it is private, a draft, or in the trash
		}
	}
	return unclear
}

// postAt is the address of one of WordPress's posts, by the address of them all.
func postAt(posts, number string) string {
	u, err := url.Parse(posts)
	if err != nil || number == "" {
		return ""
	}
	q := url.Values{"_fields": {"id,status,content"}}
	if route := u.Query().Get("rest_route"); route != "" {
		q.Set("rest_route", strings.TrimSuffix(route, "/")+"/"+number)
	} else {
		u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/")+"/"+number, ""
	}
	u.RawQuery = q.Encode()
	return u.String()
}
