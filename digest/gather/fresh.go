package gather

import (
	"context"
	"errors"
	"time"

	"vesper/digest"
	"vesper/digest/intake"
	"vesper/digest/intake/fetch"
)

// An edition that is to open waits so long for its feeds, and for its stories' pages.
const (
	freshWithin     = time.Minute
	withdrawnWithin = 10 * time.Second
)

// Fresh asks those feeds that were not asked since an edition's cut-off, so that it knows
// all that was published by then. A feed that does not answer holds nothing up.
func (g *Gatherer) Fresh(ctx context.Context, cutOff time.Time) {
	ctx, cancel := context.WithTimeout(ctx, freshWithin)
	defer cancel()
	g.round(ctx, func(s digest.FeedState) bool { return s.Checked.Before(cutOff) })
}

// Withdraw asks for the picked stories that feeds brought once more, and takes those off
// the desk that their publishers took back. It says whether there were any. A site that
// does not answer withdraws nothing.
func (g *Gatherer) Withdraw(ctx context.Context, picked []digest.Article) (bool, error) {
	stories, err := g.Book.Stories(ctx)
	if err != nil || len(stories) == 0 {
		return false, err
	}
	asking, cancel := context.WithTimeout(ctx, withdrawnWithin)
	defer cancel()
	gone := make(chan digest.Story, len(picked))
	asked := 0
	seats := make(chan struct{}, atOnce)
	for _, a := range picked {
		st, ok := stories[a.ID]
		if !ok || st.State != digest.StoryOnDesk || a.URL == "" {
			continue
		}
		f, ok := g.feed(st.Feed)
		if !ok {
			continue
		}
		asked++
		go func() {
			seats <- struct{}{}
			defer func() { <-seats }()
			if !isGone(asking, g.Get(f), a.URL) {
				st = digest.Story{}
			}
			gone <- st
		}()
	}
	any := false
	for range asked {
		if st := <-gone; st.GUID != "" {
			took, err := g.takeBack(ctx, st)
			if err != nil {
				return any, err
			}
			any = any || took
		}
	}
	return any, nil
}

// isGone says whether a story's page is gone, by the server's own word.
func isGone(ctx context.Context, get Getter, address string) bool {
	_, err := get.Get(ctx, fetch.Request{URL: address})
	var status *fetch.StatusError
	return errors.As(err, &status) && status.Gone()
}

// takeBack takes a story off the desk that its publisher took back. One that an editor
// changed stays: it is the newsroom's own by now.
func (g *Gatherer) takeBack(ctx context.Context, st digest.Story) (bool, error) {
	err := g.Desk.Remove(ctx, st.Article, st.File)
	switch {
	case errors.Is(err, intake.ErrTaken):
		g.Log.Warn("a story was withdrawn at its source after an editor changed it: the editor's stays",
			"article", st.Article)
		return false, nil
	case err != nil && !errors.Is(err, digest.ErrNotFound):
		return false, err
	}
	st.State, st.Reason = digest.StoryWithdrawn, "withdrawn at its source"
	g.Log.Warn("story withdrawn at its source", "article", st.Article)
	return true, g.Book.Decide(ctx, st)
}

// feed gives the configured feed with an address.
func (g *Gatherer) feed(url string) (Feed, bool) {
	for _, f := range g.Feeds {
		if f.URL == url {
			return f, true
		}
	}
	return Feed{}, false
}
