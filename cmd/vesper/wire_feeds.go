package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/gather"
)

// addFeeds ties in what brings the feeds' stories to the desk, if there are feeds.
func (a *app) addFeeds(h *house) error {
	if len(h.config.Feed) == 0 {
		return nil
	}
	g, err := a.newGatherer(h, h.config.Feed)
	if err != nil {
		return err
	}
	h.gatherer, h.publisher.Wire = g, g
	return nil
}

// newGatherer gives what brings the stories of these feeds to the desk.
func (a *app) newGatherer(h *house, feeds []config.Feed) (*gather.Gatherer, error) {
	g := &gather.Gatherer{
		Publication: ownPublication(h.config), Book: h.file.Feeds(), Desk: h.desk, Now: a.now, Log: a.quiet(),
		Since:  h.windowBegins,
		Jitter: func(d time.Duration) time.Duration { return rand.N(d) },
	}
	getters := map[string]gather.Getter{}
	for i, f := range feeds {
		get, err := getter(f.AllowPrivate)
		if err != nil {
			return nil, fmt.Errorf("feed %d: %w", i+1, err)
		}
		getters[f.URL] = get
		g.Feeds = append(g.Feeds, feedOf(f))
	}
	g.Get = func(f gather.Feed) gather.Getter { return getters[f.URL] }
	return g, nil
}

func feedOf(f config.Feed) gather.Feed {
	return gather.Feed{URL: f.URL, Section: f.Section, Pages: f.Pages, Skip: f.WithoutQuickLooks == "skip"}
}

// windowBegins is when the earliest window of the slots' next editions begins.
func (h *house) windowBegins(ctx context.Context) (time.Time, error) {
	var first time.Time
	for _, s := range h.publisher.Slots {
		past, err := h.book.History(ctx, s.Name, h.publisher.Now())
		if err != nil {
			return first, err
		}
		w := digest.WindowAt(past.CutOff, h.publisher.Now(), s.MaxAge)
		if first.IsZero() || w.From.Before(first) {
			first = w.From
		}
	}
	return first, nil
}
