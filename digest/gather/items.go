package gather

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/digest/intake"
	"vesper/digest/intake/feed"
)

// look is one look at a feed.
type look struct {
	*Gatherer
	feed   Feed
	get    Getter
	of     feed.Feed
	first  bool
	now    time.Time
	report *Report
	// updates are those of printed stories that are to be recorded.
	updates *[]digest.Story
}

// stories brings what is new to the desk, and gives what is to be recorded.
func (l look) stories(ctx context.Context) ([]digest.Story, error) {
	since, err := l.Since(ctx)
	if err != nil {
		return nil, err
	}
	var out []digest.Story
	seen, marks := map[string]bool{}, map[string]bool{}
	for _, it := range l.of.Items {
		guid := guidOf(it)
		if guid == "" || seen[guid] {
			continue
		}
		seen[guid] = true
		// Of two new items of one address the first counts.
		if mark := markOf(l.feed.URL, it); mark != "" && marks[mark] {
			_, err := l.Book.Known(ctx, l.feed.URL, guid, "")
			if errors.Is(err, digest.ErrNotFound) {
				continue
			} else if err != nil {
				return nil, err
			}
		} else {
			marks[mark] = true
		}
		st, changed, err := l.story(ctx, it, guid, since)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", it.Title, err)
		}
		if changed {
			out = append(out, st)
		}
	}
	return append(out, *l.updates...), nil
}

// story does what is to be done about an item, and says whether there is anything to
// record.
func (l look) story(ctx context.Context, it feed.Item, guid string, since time.Time) (digest.Story, bool, error) {
	mark := markOf(l.feed.URL, it)
	known, err := l.Book.Known(ctx, l.feed.URL, guid, mark)
	isNew := errors.Is(err, digest.ErrNotFound)
	if err != nil && !isNew {
		return known, false, err
	}
	if known.Updates != "" {
		return known, false, nil // its feed gave it the name of one of our rows
	}
	print := fingerprint(it, l.feed.patterns()...)
	if !isNew && known.Item == print && known.Feed == l.feed.URL && known.GUID == guid {
		return l.stillThere(ctx, known)
	}
	if !isNew && known.Feed != l.feed.URL {
		// Another feed had it first: it is the same story.
		known.Feed, known.GUID, known.Item, known.Seen = l.feed.URL, guid, print, l.now
		return known, true, nil
	}
	if !isNew && known.GUID != guid && !l.has(known.GUID) {
		known.Formerly = known.GUID // its feed gives it another name: it keeps one row
	}
	s, whole := l.Publication.read(ctx, l.get, l.of, l.feed, it, l.now)
	if !whole {
		// Its page could not be read. It is looked at again.
		print = digest.Fingerprint{}
		l.report.Unread++
	}
	at := mark
	if named := ownAddress(s.Article.URL); named != "" {
		at = named
	}
	if isNew && at != mark {
		// Its page names another address: it may be known by that.
		other, err := l.Book.Known(ctx, l.feed.URL, guid, at)
		if err == nil {
			if other.Feed == l.feed.URL && !l.has(other.GUID) {
				other.Formerly = other.GUID
			}
			other.Feed, other.GUID, other.Item, other.Seen = l.feed.URL, guid, print, l.now
			return other, true, nil
		} else if !errors.Is(err, digest.ErrNotFound) {
			return other, false, err
		}
	}
	if isNew {
		known = digest.Story{Feed: l.feed.URL, URL: at, Seen: l.now, Published: s.Article.Published}
	}
	before := known.Updated
	known.GUID, known.Item, known.Updated, known.API = guid, print, s.Updated, postAt(l.feed.URL, it.Post)
	// What was published once stays of that time, whatever its feed says later.
	s.Article.Published, s.Article.Feed = known.Published, hostOf(l.feed.URL)
	switch {
	case isNew, known.State == digest.StoryPassed:
		err = l.lay(ctx, &known, s, since)
	case known.State == digest.StoryOnDesk && s.Locked && known.Reason != digest.StoryWanted:
		if err = l.lock(ctx, &known); err == nil {
			err = l.lockUpdate(ctx, known)
		}
	case known.State == digest.StoryOnDesk && s.Locked:
	case known.State == digest.StoryOnDesk:
		if err = l.change(ctx, &known, s); err == nil && whole {
			err = l.refile(ctx, &known, s, before)
		}
	}
	return known, true, err
}

// lay puts a story on the desk, or says why not.
func (l look) lay(ctx context.Context, st *digest.Story, s Story, since time.Time) error {
	wanted, again := st.Reason == digest.StoryWanted, st.State == digest.StoryPassed
	if wanted && s.Filtered {
		s.Left = ""
	}
	st.State, st.Reason = digest.StoryPassed, s.Left
	if s.Left == "" && !wanted && (l.first || again) && st.Published.Before(since) {
		st.Reason = "it was published before the window of the edition to come when the feed was first read"
	}
	if st.Reason != "" {
		l.report.Passed++
		return nil
	}
	a := Named(s)
	if a.Headline == "" {
		st.Reason = nothingToSee
		l.report.Passed++
		return nil
	}
	print, err := l.Desk.Lay(ctx, a)
	if err != nil && !errors.Is(err, intake.ErrTaken) {
		return err
	}
	// Where the name is taken, it was laid before a crash and changed by an editor since.
	st.Article, st.Headline, st.State, st.File = a.ID, a.Headline, digest.StoryOnDesk, print
	if wanted {
		st.Reason = digest.StoryWanted
	}
	l.report.New++
	return nil
}

// nothingToSee is why a story is passed over of which no character can be printed.
const nothingToSee = "it has no headline and no text"

// Named gives the article of a story as it lies on the desk: with texts that its file can
// hold, and a name by which it is known whatever becomes of its headline.
func Named(s Story) digest.Article {
	a := intake.Clean(s.Article)
	key := ownAddress(a.URL)
	if key == "" {
		key = a.Feed + "\n" + s.GUID
	}
	a.ID = nameFor(a.Headline, key)
	return a
}

// change writes a story anew that its publisher changed, unless an editor did.
func (l look) change(ctx context.Context, st *digest.Story, s Story) error {
	a := intake.Clean(s.Article)
	if a.ID = st.Article; a.Headline == "" {
		return nil // what was there before stays
	}
	print, err := l.Desk.Rewrite(ctx, a, st.File)
	switch {
	case errors.Is(err, digest.ErrNotFound):
		l.spike(st)
	case errors.Is(err, intake.ErrTaken):
		l.report.Kept++
		if st.Mended == "" {
			st.Mended = digest.MendedChanged
		}
		l.Log.Warn("a story changed at its source after an editor changed it: the editor's stays", "article", st.Article)
	case err != nil:
		return err
	case st.File != print:
		st.File, st.Headline = print, a.Headline
		l.report.Changed++
	}
	return nil
}

// lock takes a story off the desk whose publisher asks for a password by now. One that an
// editor changed stays.
func (l look) lock(ctx context.Context, st *digest.Story) error {
	switch err := l.Desk.TakeBack(ctx, st.Article, st.File); {
	case errors.Is(err, digest.ErrNotFound):
		l.spike(st)
	case errors.Is(err, intake.ErrTaken):
		l.report.Kept++
		st.Mended = digest.MendedWithdrawn
		l.Log.Warn("a story asks for a password at its source after an editor changed it: the editor's stays",
			"article", st.Article)
	case err != nil:
		return err
	default:
		st.State, st.Reason = digest.StoryWithdrawn, withdrawnAtSource
		l.Log.Warn("story withdrawn at its source: it asks for a password", "article", st.Article)
	}
	return nil
}

// stillThere notices that an editor took a story off the desk.
func (l look) stillThere(ctx context.Context, st digest.Story) (digest.Story, bool, error) {
	if st.State != digest.StoryOnDesk {
		return st, false, nil
	}
	_, err := l.Desk.Lies(ctx, st.Article)
	if errors.Is(err, digest.ErrNotFound) {
		l.spike(&st)
		return st, true, nil
	}
	if err != nil || l.Past == nil || st.Refiled != digest.RefiledCarried {
		return st, false, err
	}
	return st, false, l.updateStillThere(ctx, st)
}

// takenOff is the reason of a story whose file an editor deleted.
const takenOff = "its file was taken off the desk"

func (l look) spike(st *digest.Story) {
	st.State, st.Reason = digest.StorySpiked, takenOff
	l.report.Spiked++
	l.Log.Info("story spiked", "article", st.Article, "reason", st.Reason)
}
