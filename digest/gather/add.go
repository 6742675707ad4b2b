package gather

import (
	"cmp"
	"context"
	"errors"

	"vesper/digest"
	"vesper/digest/intake"
	"vesper/digest/intake/feed"
	"vesper/digest/intake/fetch"
)

// ByHand stands for the feed of stories that somebody added by their address.
const ByHand = "by hand"

// ErrIsFeed says that a feed lies at an address, and no story.
var ErrIsFeed = errors.New("this is a feed, and no story")

// Add puts the story of a web page on the desk, and says whether it is new there. A story
// that is known keeps the state that it has; one whose file an editor deleted is spiked.
func (g *Gatherer) Add(ctx context.Context, get Getter, address string) (digest.Story, bool, error) {
	known, err := g.Book.Known(ctx, ByHand, address, Canonical(address))
	if err == nil && known.State == digest.StoryOnDesk {
		if _, lies := g.Desk.Lies(ctx, known.Article); errors.Is(lies, digest.ErrNotFound) {
			known.State, known.Reason = digest.StorySpiked, takenOff
			return known, false, g.Book.Decide(ctx, known)
		}
	}
	if !errors.Is(err, digest.ErrNotFound) {
		return known, false, err
	}
	return g.add(ctx, get, address, digest.Story{})
}

// AddAgain brings a story back that was added by its address and whose file is gone, under
// the ID that it had.
func (g *Gatherer) AddAgain(ctx context.Context, get Getter, st digest.Story) error {
	_, _, err := g.add(ctx, get, st.GUID, st)
	return err
}

// add reads a story's page and lays it on the desk.
func (g *Gatherer) add(ctx context.Context, get Getter, address string, was digest.Story) (digest.Story, bool, error) {
	got, err := get.Get(ctx, fetch.Request{URL: address, Accept: "text/html, */*;q=0.1"})
	if err != nil {
		return digest.Story{}, false, err
	}
	if _, err := parse(got); err == nil {
		return digest.Story{}, false, ErrIsFeed
	}
	read, err := readPage(got)
	if err != nil {
		return digest.Story{}, false, err
	}
	now := g.Now()
	it := feed.Item{
		GUID: address, URL: got.URL.String(), Title: read.Title, Summary: read.Summary, Published: read.Published,
	}
	it.URL = canonicalOf(it.URL, read.Canonical)
	it.Locked = feed.Locked(string(got.Body))
	if read.Author != "" {
		it.Authors = []string{read.Author}
	}
	dated := it
	if dated.Published.IsZero() {
		dated.Published = was.Published // a page without a date is of the day when it was first added
	}
	s := g.Publication.StoryOf(feed.Feed{Title: read.Site, Language: read.Language}, Feed{}, dated, read.Lines, now)
	if s.Left != "" {
		return digest.Story{}, false, errors.New(s.Left)
	}
	s.Article.Feed = hostOf(it.URL)
	a := Named(s)
	a.ID = cmp.Or(was.Article, a.ID)
	print, err := g.Desk.Lay(ctx, a)
	if err != nil && !errors.Is(err, intake.ErrTaken) {
		return digest.Story{}, false, err
	}
	st := digest.Story{
		Feed: ByHand, GUID: address, URL: Canonical(it.URL), Article: a.ID, Headline: a.Headline, State: digest.StoryOnDesk,
		Seen: cmp.Or(was.Seen, now), Published: s.Article.Published, Item: fingerprint(it), File: print,
	}
	if was.Article != "" {
		st.Reason = digest.StoryWanted
	}
	return st, err == nil, g.Book.Decide(ctx, st)
}
