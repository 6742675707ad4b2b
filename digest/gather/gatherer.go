package gather

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"vesper/digest"
	"vesper/digest/intake/fetch"
)

// Gatherer brings the feeds' stories to the desk.
type Gatherer struct {
	Publication Publication
	Feeds       []Feed
	// Get gives what gets a feed and its pages.
	Get  func(Feed) Getter
	Book Book
	Desk Desk
	// Past is what was printed; nil if nothing ever is.
	Past Past
	// Shelf is Desk again. Old gives the time before which its articles are old, zero if
	// none are; nil keeps them all.
	Shelf Shelf
	Old   func(ctx context.Context) (time.Time, error)
	// Since is when the window of the edition to come begins: what a feed had before it is
	// asked for the first time is passed over.
	Since func(ctx context.Context) (time.Time, error)
	Now   func() time.Time
	// Jitter gives a random part of a span, so that not all ask at once; nil gives none.
	Jitter func(time.Duration) time.Duration
	// Pause is how long a host is left alone between two requests, see [Pause].
	Pause time.Duration
	Log   *slog.Logger

	hosts hosts
}

// Book keeps what is known of feeds and stories.
type Book interface {
	Feed(ctx context.Context, url string) (digest.FeedState, error)
	// Known gives a story by its feed and GUID, or by its canonical address, the feed's own
	// first, or digest.ErrNotFound.
	Known(ctx context.Context, feed, guid, url string) (digest.Story, error)
	// Record stores how a feed answered and what became of its stories, all or nothing.
	Record(ctx context.Context, f digest.FeedState, stories []digest.Story) error
	Archive
}

// Archive is the stories that became articles.
type Archive interface {
	// Stories gives them by their articles' IDs.
	Stories(ctx context.Context) (map[string]digest.Story, error)
	// Decide records what became of one, and of all that became the same article.
	Decide(ctx context.Context, st digest.Story) error
}

// Desk is where the articles lie.
type Desk interface {
	// Lay puts an article on the desk under its ID and gives the fingerprint of its file.
	// The error is intake.ErrTaken if another file has the name.
	Lay(ctx context.Context, a digest.Article) (digest.Fingerprint, error)
	// Rewrite writes an article anew whose file is still the one with this fingerprint. It
	// is intake.ErrTaken if it is not: an editor changed it.
	Rewrite(ctx context.Context, a digest.Article, was digest.Fingerprint) (digest.Fingerprint, error)
	// TakeBack spikes an article whose file is still the one with this fingerprint, with
	// the same errors.
	TakeBack(ctx context.Context, id string, was digest.Fingerprint) error
	// Lies gives the fingerprint of an article's file, or digest.ErrNotFound.
	Lies(ctx context.Context, id string) (digest.Fingerprint, error)
}

// Report is what a look at a feed came to.
type Report struct {
	Feed string
	// Same says that nothing has changed since the last look.
	Same bool
	// New, Changed, Passed and Spiked count stories: laid on the desk, written anew, passed
	// over, and taken off by an editor.
	New, Changed, Passed, Spiked int
	// Kept counts stories that changed at their source after an editor changed them: the
	// editor's stays.
	Kept int
	// Updates counts updates of printed stories that were laid on the desk.
	Updates int
	// Unread counts stories whose page could not be read. They are looked at again.
	Unread int
}

// wholeFetch is how long a round may take, with all of its feeds and their pages.
const wholeFetch = 5 * time.Minute

// ErrLeft says that a round's time was over before a feed had answered. It comes first in
// the next one.
var ErrLeft = errors.New("it was not asked: the other feeds took all of the time, and it comes first the next time")

// Fetch asks one feed, and brings what is new there to the desk. What fails is recorded as
// the feed's state, and nothing on the desk is touched. One feed's trouble is no other's.
func (g *Gatherer) Fetch(ctx context.Context, f Feed) (Report, error) {
	asking, cancel := context.WithTimeoutCause(ctx, wholeFetch, ErrLeft)
	defer cancel()
	return g.fetch(ctx, asking, f)
}

// fetch is Fetch. What is asked for over the network has the time of asking, and what came
// is recorded whatever became of that.
func (g *Gatherer) fetch(ctx, asking context.Context, f Feed) (Report, error) {
	state, err := g.Book.Feed(ctx, f.URL)
	if err != nil {
		return Report{}, err
	}
	report := Report{Feed: f.URL}
	first := state.Good.IsZero()
	now := g.Now()
	state.Checked = now
	get := polite{Getter: g.Get(f), hosts: &g.hosts, pause: g.Pause}
	got, err := get.Get(asking, fetch.Request{URL: f.URL, Accept: accepts, ETag: state.ETag, Modified: state.Modified})
	if err != nil && asking.Err() != nil && ctx.Err() == nil {
		return report, ErrLeft
	}
	if err != nil {
		return report, g.failed(ctx, state, err)
	}
	report.Same = got.Same
	var stories []digest.Story
	if !got.Same {
		parsed, err := parse(got)
		got.Body = nil
		if err != nil {
			return report, g.failed(ctx, state, err)
		}
		state.Title, state.Format = parsed.Title, parsed.Format
		rest := g.rest(ctx, within{get, asking}, got, &parsed, state)
		if rest != nil && state.Failures >= patience {
			g.Log.Warn("a feed's further pages are not read", "feed", fetch.Logged(f.URL), "err", rest)
			rest = nil
		}
		parsed.Items = apart(parsed.Items)
		get.pages = true
		l := look{g, f, within{get, asking}, parsed, first, now, &report, new([]digest.Story)}
		if stories, err = l.stories(ctx); err != nil {
			return report, g.failed(ctx, state, err)
		}
		if rest != nil {
			// What came is taken, and all of it is asked for again.
			state.ETag, state.Modified = "", ""
			return report, g.failed(ctx, state, rest, stories...)
		}
	}
	// What could not be read, or laid on the desk, must not be "not modified" the next time.
	state.ETag, state.Modified = got.ETag, got.Modified
	if report.Unread > 0 {
		// The feed is to be read whole the next time.
		state.ETag, state.Modified = "", ""
	}
	if state.Failures > 0 {
		g.Log.Info("feed answers again", "feed", fetch.Logged(f.URL), "failures", state.Failures)
	}
	state.Good, state.Failures, state.Error = now, 0, ""
	state.Next = g.next(now, max(every, got.Fresh, got.After))
	return report, g.Book.Record(ctx, state, stories)
}

// failed records that a feed did not answer as it should, with the stories that came all the
// same, and gives the error. It is
// logged once, until it is another or over.
func (g *Gatherer) failed(ctx context.Context, state digest.FeedState, why error, stories ...digest.Story) error {
	if ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled) {
		return why // we are to stop: that says nothing of the feed
	}
	state.Failures++
	if state.Error != why.Error() {
		g.Log.Warn("feed not read", "feed", fetch.Logged(state.URL), "err", why)
	}
	state.Error = why.Error()
	var status *fetch.StatusError
	after := min(every<<min(state.Failures-1, 8), longest)
	if errors.As(why, &status) {
		after = max(after, status.After)
	}
	state.Next = g.next(g.Now(), after)
	durable, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	return errors.Join(why, g.Book.Record(durable, state, stories))
}

const (
	// every is how often a feed is asked, longest how long one that fails is left alone.
	every, longest = 10 * time.Minute, 6 * time.Hour
)

// next is when a feed is asked again: up to a tenth later than it may be.
func (g *Gatherer) next(now time.Time, after time.Duration) time.Time {
	if g.Jitter != nil {
		after += g.Jitter(after / 10)
	}
	return now.Add(after)
}
