package gather

import (
	"context"
	"net/url"
	"sync"
	"time"

	"vesper/digest"
	"vesper/digest/intake/fetch"
)

// tick is how often it is looked which feeds are due.
const tick = 15 * time.Second

// atOnce is how many hosts are asked at once.
const atOnce = 4

// Serve asks each feed when it is due, and puts old articles away every hour, until the
// context ends.
func (g *Gatherer) Serve(ctx context.Context) {
	for ticks := time.Duration(0); ctx.Err() == nil; ticks++ {
		if ticks%(keepTick/tick) == 0 {
			if _, err := g.PutAway(ctx); err != nil && ctx.Err() == nil {
				g.Log.Error("put old articles away", "err", err)
			}
		}
		g.round(ctx, func(s digest.FeedState) bool { return due(s.Next, g.Now()) })
		select {
		case <-ctx.Done():
		case <-time.After(tick):
		}
	}
}

// due says whether a feed is to be asked. A time that lies further ahead than any wait was
// written by a clock that was wrong.
func due(next, now time.Time) bool { return !next.After(now) || next.After(now.Add(25*time.Hour)) }

// All asks every feed now, and gives what each came to. The errors are those of the feeds,
// by their addresses.
func (g *Gatherer) All(ctx context.Context) ([]Report, map[string]error) {
	return g.round(ctx, func(digest.FeedState) bool { return true })
}

// round asks those feeds that are to be asked: a few hosts at once, and the feeds of one
// host one after another.
func (g *Gatherer) round(ctx context.Context, is func(digest.FeedState) bool) ([]Report, map[string]error) {
	defer thrifty()()
	hosts := map[string][]int{}
	for i, f := range g.Feeds {
		state, err := g.Book.Feed(ctx, f.URL)
		if err != nil {
			if ctx.Err() == nil {
				g.Log.Error("read the state of a feed", "feed", fetch.Logged(f.URL), "err", err)
			}
			continue
		}
		if is(state) {
			host := hostOf(f.URL)
			hosts[host] = append(hosts[host], i)
		}
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	reports := make([]*Report, len(g.Feeds))
	errs := map[string]error{}
	seats := make(chan struct{}, atOnce)
	for _, feeds := range hosts {
		seats <- struct{}{}
		all.Go(func() {
			defer func() { <-seats }()
			for _, i := range feeds {
				if ctx.Err() != nil {
					return
				}
				report, err := g.Fetch(ctx, g.Feeds[i])
				mu.Lock()
				if reports[i] = &report; err != nil {
					errs[g.Feeds[i].URL] = err
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	var out []Report
	for _, r := range reports {
		if r != nil {
			out = append(out, *r)
		}
	}
	return out, errs
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return bareHost(u.Hostname())
}
