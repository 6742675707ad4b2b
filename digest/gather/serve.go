package gather

import (
	"context"
	"errors"
	"net/url"
	"slices"
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
		g.round(ctx, wholeFetch, func(s digest.FeedState) bool { return isDue(s.Next, g.Now()) })
		select {
		case <-ctx.Done():
		case <-time.After(tick):
		}
	}
}

// isDue says whether a feed is to be asked. A time that lies further ahead than any wait was
// written by a clock that was wrong.
func isDue(next, now time.Time) bool { return !next.After(now) || next.After(now.Add(25*time.Hour)) }

// All asks every feed now, and gives what each came to. The errors are those of the feeds,
// by their addresses.
func (g *Gatherer) All(ctx context.Context) ([]Report, map[string]error) {
	return g.round(ctx, wholeFetch, func(digest.FeedState) bool { return true })
}

// round asks those feeds that are to be asked: a few hosts at once, the feeds of one host one
// after another, and those first that were asked last the longest time ago. When its time is
// over, the rest is left to the next round, and comes first there.
func (g *Gatherer) round(ctx context.Context, within time.Duration, is func(digest.FeedState) bool,
) ([]Report, map[string]error) {
	defer thrifty()()
	hosts := g.due(ctx, is)
	asking, cancel := context.WithTimeoutCause(ctx, within, ErrLeft)
	defer cancel()
	var mu sync.Mutex
	var all sync.WaitGroup
	reports := make([]*Report, len(g.Feeds))
	errs := map[string]error{}
	left := 0
	seats := make(chan struct{}, atOnce)
	for _, feeds := range hosts {
		seats <- struct{}{}
		all.Go(func() {
			defer func() { <-seats }()
			for _, i := range feeds {
				if ctx.Err() != nil {
					return
				}
				report, err := Report{Feed: g.Feeds[i].URL}, ErrLeft
				if asking.Err() == nil {
					report, err = g.fetch(ctx, asking, g.Feeds[i])
				}
				mu.Lock()
				if reports[i] = &report; err != nil {
					errs[g.Feeds[i].URL] = err
				}
				if errors.Is(err, ErrLeft) {
					left++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if left > 0 {
		g.Log.Warn("the time for the feeds is over, and some are left to the next time", "left", left, "seconds", within.Seconds())
	}
	var out []Report
	for _, r := range reports {
		if r != nil {
			out = append(out, *r)
		}
	}
	return out, errs
}

// due gives the numbers of those feeds that are to be asked, by their hosts, and those first
// that were asked last the longest time ago.
func (g *Gatherer) due(ctx context.Context, is func(digest.FeedState) bool) [][]int {
	checked := make([]time.Time, len(g.Feeds))
	var all []int
	for i, f := range g.Feeds {
		state, err := g.Book.Feed(ctx, f.URL)
		if err != nil {
			if ctx.Err() == nil {
				g.Log.Error("read the state of a feed", "feed", fetch.Logged(f.URL), "err", err)
			}
			continue
		}
		if checked[i] = state.Checked; is(state) {
			all = append(all, i)
		}
	}
	slices.SortStableFunc(all, func(a, b int) int { return checked[a].Compare(checked[b]) })
	var hosts [][]int
	at := map[string]int{}
	for _, i := range all {
		host := hostOf(g.Feeds[i].URL)
		n, there := at[host]
		if !there {
			n = len(hosts)
			at[host], hosts = n, append(hosts, nil)
		}
		hosts[n] = append(hosts[n], i)
	}
	return hosts
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return bareHost(u.Hostname())
}
