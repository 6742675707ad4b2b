package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"vesper/digest"
	"vesper/digest/gather"
	"vesper/digest/intake/fetch"
)

// silentFeed is how long a feed may have had no good look before somebody should.
const silentFeed = 24 * time.Hour

// lookAtFeeds asks each feed, and says when it was last read well.
func lookAtFeeds(ctx context.Context, p *patient) []digest.Finding {
	feeds := p.config.Feed
	if len(feeds) == 0 {
		return []digest.Finding{{Name: "feeds", Result: digest.OK, Message: "none is configured"}}
	}
	found := make([]digest.Finding, len(feeds))
	var all sync.WaitGroup
	for i, one := range feeds {
		all.Go(func() {
			found[i] = p.feed(ctx, one.URL, fmt.Sprintf("feed.%d.url", i), one.AllowPrivate)
			found[i].Name = "feed " + hostOf(one.URL)
		})
	}
	all.Wait()
	return found
}

// feed asks a feed whose url stands at a key of the configuration. It may have a password
// in it, which is not shown.
func (p *patient) feed(ctx context.Context, at, key string, private []string) digest.Finding {
	look := fmt.Sprintf(`"vesper feeds test %s"`, at)
	if fetch.Logged(at) != at {
		look = `"vesper feeds test" with what stands at ` + p.config.Where(key)
	}
	get, err := getter(private)
	if err != nil {
		return digest.Finding{Result: digest.Fail, Message: err.Error(), Hint: "mend allow_private in [[feed]]"}
	}
	last := "it was never read well"
	state, err := p.house.file.Feeds().Feed(ctx, at)
	old := false
	if err == nil && !state.Good.IsZero() {
		last = "last read well on " + moment(state.Good, p.house.zone)
		old = p.now().Sub(state.Good) > silentFeed
	}
	offer, err := gather.Look(ctx, get, at)
	switch {
	case err != nil:
		var e *exitError
		hint := look
		if errors.Is(err, fetch.ErrPrivate) {
			return digest.Finding{
				Result: digest.Fail, Message: "its address is not public; " + last,
				Hint: `if it is in your own network: allow_private = ["192.168.1.0/24"] in its [[feed]]`,
			}
		}
		if errors.As(notFetched(at, err), &e) {
			err = e.err
			if e.hint != "" {
				hint = e.hint
			}
		}
		said := strings.ReplaceAll(err.Error(), at, hostOf(at))
		return digest.Finding{Result: digest.Fail, Message: fmt.Sprintf("%s; %s", said, last), Hint: hint}
	case len(offer.Feed.Items) == 0:
		return digest.Finding{Result: digest.Warn, Message: "it is empty; " + last, Hint: look}
	case old:
		return digest.Finding{
			Result: digest.Warn, Message: "it answers now, but was " + last,
			Hint: `is "vesper serve" running? "vesper articles fetch" asks it now`,
		}
	}
	return digest.Finding{Result: digest.OK, Message: fmt.Sprintf("%s; %s", count(len(offer.Feed.Items), "story"), last)}
}
