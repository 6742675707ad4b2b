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

// addFeeds ties in what brings stories to the desk. Without a feed there are still those
// that were added by their addresses.
func (a *app) addFeeds(h *house) error {
	g, err := a.newGatherer(h, h.config.Feed)
	if err != nil {
		return err
	}
	h.gatherer, h.publisher.Wire = g, g
	if h.config.Desk.Keep > 0 {
		g.Old = h.oldBefore
	}
	h.publisher.Source = gather.Source{Desk: h.desk, Archive: h.file.Feeds()}
	return nil
}

// newGatherer gives what brings the stories of these feeds to the desk.
func (a *app) newGatherer(h *house, feeds []config.Feed) (*gather.Gatherer, error) {
	g := &gather.Gatherer{
		Publication: ownPublication(h.config), Book: h.file.Feeds(), Past: h.file.Feeds(),
		Desk: h.desk, Shelf: h.desk, Now: a.now,
		Log:    a.quiet(),
		Since:  h.windowBegins,
		Jitter: func(d time.Duration) time.Duration { return rand.N(d) },
		Pause:  gather.Pause,
	}
	public, err := getter(nil)
	if err != nil {
		return nil, err
	}
	getters := map[string]gather.Getter{"": public}
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
	return gather.Feed{
		URL: f.URL, Section: f.Section, Pages: f.Pages, Skip: f.WithoutQuickLooks == "skip",
		Carry:   f.OnUpdate == "carry",
		Include: patterns(f.Include), Exclude: patterns(f.Exclude),
	}
}

// patterns reads what the configuration has checked.
func patterns(said []string) []digest.Pattern {
	var all []digest.Pattern
	for _, s := range said {
		if p, err := digest.ParsePattern(s); err == nil {
			all = append(all, p)
		}
	}
	return all
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

// oldBefore is when the articles were published that are old by now: no edition prints them
// any more. It is counted from the last edition's cut-off, so that a clock that is far
// ahead makes nothing old; before the first edition nothing is.
func (h *house) oldBefore(ctx context.Context) (time.Time, error) {
	now := h.publisher.Now()
	keep := time.Duration(h.config.Desk.Keep)
	var last time.Time
	for _, s := range h.publisher.Slots {
		past, err := h.book.History(ctx, s.Name, now)
		if err != nil {
			return last, err
		}
		if past.CutOff.After(last) {
			last = past.CutOff
		}
		keep = max(keep, s.MaxAge)
	}
	if last.IsZero() {
		return last, nil
	}
	if now.Before(last) {
		last = now
	}
	return last.Add(-keep), nil
}
