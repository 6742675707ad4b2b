package gather

import (
	"context"
	"errors"
	"time"

	"vesper/digest"
	"vesper/digest/intake"
)

// Shelf is a desk from which files can be taken.
type Shelf interface {
	// Names gives the IDs of the articles on the desk.
	Names(ctx context.Context) ([]string, error)
	// Remove takes an article off the desk whose file is still the one with this
	// fingerprint. It is intake.ErrTaken if it is not, and digest.ErrNotFound if it is gone.
	Remove(ctx context.Context, id string, was digest.Fingerprint) error
	// Article reads an article.
	Article(ctx context.Context, id string) (digest.Article, error)
}

// keepTick is how often it is looked for old articles.
const keepTick = time.Hour

// PutAway removes the files of those stories that are old, and gives how many. It takes
// those alone that are still as they were written here: what people made or changed stays.
// What is put away stays known, so that no feed brings it back.
func (g *Gatherer) PutAway(ctx context.Context) (int, error) {
	if g.Old == nil {
		return 0, nil
	}
	old, err := g.Old(ctx)
	if err != nil || old.IsZero() {
		return 0, err
	}
	names, err := g.Shelf.Names(ctx)
	if err != nil {
		return 0, err
	}
	stories, err := g.Book.Stories(ctx)
	if err != nil {
		return 0, err
	}
	away := 0
	for _, id := range names {
		st, ok := stories[id]
		if !ok || !putsAway(st, old) {
			continue
		}
		if is, err := g.Desk.Lies(ctx, id); err != nil || is != st.File {
			continue // an editor's, or gone
		}
		if a, err := g.Shelf.Article(ctx, id); err != nil || !a.Time().Before(old) {
			continue // its embargo has ended of late, or is to end: its edition is to come
		}
		// It is recorded first: a file that is missed is taken for an editor's word.
		if st.State == digest.StoryOnDesk {
			st.State, st.Reason = digest.StoryPutAway, "old: put away by [desk] keep"
			if err := g.Book.Decide(ctx, st); err != nil {
				return away, err
			}
		}
		switch err := g.Shelf.Remove(ctx, id, st.File); {
		case errors.Is(err, intake.ErrTaken):
			// An editor saved it just now.
			st.State, st.Reason = digest.StoryOnDesk, ""
			if err := g.Book.Decide(ctx, st); err != nil {
				return away, err
			}
		case errors.Is(err, digest.ErrNotFound):
		case err != nil:
			return away, err
		default:
			away++
		}
	}
	if away > 0 {
		g.Log.Info("old articles put away", "articles", away, "published_before", old.Format(time.RFC3339))
	}
	return away, nil
}

// putsAway says whether a story is old: published and first seen before a time, and not
// wanted by an editor.
func putsAway(st digest.Story, old time.Time) bool {
	return (st.State == digest.StoryOnDesk || st.State == digest.StoryPutAway) && st.Reason != digest.StoryWanted &&
		st.Published.Before(old) && st.Seen.Before(old)
}
