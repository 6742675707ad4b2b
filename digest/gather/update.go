package gather

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/digest/intake"
)

// Past is what editions have printed of stories.
type Past interface {
	// PrintedAs gives an article as each edition printed it; none if none did.
	PrintedAs(ctx context.Context, article string) ([]digest.Article, error)
	// Updates gives the updates of an article.
	Updates(ctx context.Context, article string) ([]digest.Story, error)
}

// UpdateID is the ID of the n-th update of an article, counted from 1.
func UpdateID(article string, n int) string {
	if n == 1 {
		return article + "-updated"
	}
	return fmt.Sprintf("%s-updated-%d", article, n)
}

// update is the one of a printed story that no edition has printed yet: there is one at a
// time, so that an edition has one at most.
type update struct {
	// id is its name, empty if there may be none any more.
	id string
	// story is what is known of it; its article is empty as long as there is none.
	story digest.Story
	// printed are all Quick Looks that were printed of the story.
	printed []string
}

// nextUpdate gives the update of a story that comes next.
func (l look) nextUpdate(ctx context.Context, article string, printed []digest.Article) (update, error) {
	u := update{printed: looksOf(printed)}
	known, err := l.Past.Updates(ctx, article)
	if err != nil {
		return u, err
	}
	for n := 1; n <= digest.MostUpdates; n++ {
		id := UpdateID(article, n)
		before, err := l.Past.PrintedAs(ctx, id)
		if err != nil {
			return u, err
		}
		if len(before) > 0 {
			u.printed = append(u.printed, looksOf(before)...)
			continue
		}
		u.id = id
		for _, st := range known {
			if st.Article == id {
				u.story = st
			}
		}
		break
	}
	return u, nil
}

func looksOf(articles []digest.Article) []string {
	var looks []string
	for _, a := range articles {
		looks = append(looks, a.QuickLooks...)
	}
	return looks
}

// refile does what is to be done about a change of a story that was printed. One that was
// not is written anew, and that is all; so is one that an editor changed, which is the
// newsroom's own. The publisher's time of its last change is before.
func (l look) refile(ctx context.Context, st *digest.Story, s Story, before time.Time) error {
	if l.Past == nil || st.State != digest.StoryOnDesk || st.Mended != "" || s.Left != "" {
		return nil
	}
	printed, err := l.Past.PrintedAs(ctx, st.Article)
	if err != nil || len(printed) == 0 {
		return err
	}
	// Another feed has the same story in other words.
	if !l.feed.Carry || printed[len(printed)-1].Feed != s.Article.Feed {
		st.Refiled = digest.RefiledIgnored
		return nil
	}
	u, err := l.nextUpdate(ctx, st.Article, printed)
	if err != nil {
		return err
	}
	a := intake.Clean(s.Article)
	a.QuickLooks = digest.NewLooks(a.QuickLooks, u.printed)
	if len(a.QuickLooks) == 0 || a.Headline == "" {
		st.Refiled = digest.RefiledNothingNew
		return l.dropUpdate(ctx, u)
	}
	if u.id == "" {
		st.Refiled = digest.RefiledEnough
		return nil
	}
	a.ID, a.Updates = u.id, st.Article
	return l.carry(ctx, st, u.story, a, updatedAt(s.Updated, before, st.Published, l.now))
}

// carry puts an update on the desk, or writes the one that lies there anew.
func (l look) carry(ctx context.Context, st *digest.Story, of digest.Story, a digest.Article, at time.Time) error {
	switch of.State {
	case digest.StorySpiked, digest.StoryWithdrawn:
		st.Refiled = digest.RefiledSpiked
		return nil
	case digest.StoryOnDesk:
		var err error
		if a.Published, err = l.comesAgain(ctx, of, a, at); err != nil {
			return err
		}
		was := of.File
		if err := l.change(ctx, &of, Story{Article: a}); err != nil {
			return err
		}
		if of.File != was {
			of.Published = a.Published
		}
	default:
		a.Published = at
		print, err := l.Desk.Lay(ctx, a)
		if err != nil && !errors.Is(err, intake.ErrTaken) {
			return err
		}
		// Where the name is taken, it was laid before a crash, or an editor wrote it.
		if of.Article == "" {
			of = digest.Story{Feed: st.Feed, GUID: st.GUID + "\n" + a.ID, Article: a.ID, Updates: a.Updates, Seen: l.now}
		} else if of.Reason != digest.StoryWanted {
			of.Reason = ""
		}
		of.Headline, of.State, of.Published, of.File = a.Headline, digest.StoryOnDesk, at, print
		of.Item, of.API = st.Item, st.API
		l.report.Updates++
		l.Log.Info("what is new of a printed story is on the desk", "article", a.ID, "updates", a.Updates,
			"quick_looks", len(a.QuickLooks))
	}
	if st.Refiled = digest.RefiledCarried; of.State == digest.StorySpiked {
		st.Refiled = digest.RefiledSpiked
	}
	of.Updated = st.Updated
	*l.updates = append(*l.updates, of)
	return nil
}

// comesAgain gives the time of an update that lies on the desk: its own or, where editions
// had no room for it and there are more new Quick Looks by now, that of these.
func (l look) comesAgain(ctx context.Context, of digest.Story, a digest.Article, at time.Time) (time.Time, error) {
	since, err := l.Since(ctx)
	if err != nil || !of.Published.Before(since) {
		return of.Published, err
	}
	// What can't be read an editor changed, or deleted: it is not written anew.
	was, err := l.Shelf.Article(ctx, of.Article)
	if err == nil && len(digest.NewLooks(a.QuickLooks, was.QuickLooks)) > 0 {
		return at, nil
	}
	return of.Published, nil
}

// updateStillThere notices that an editor took the update of a story off the desk.
func (l look) updateStillThere(ctx context.Context, st digest.Story) error {
	known, err := l.Past.Updates(ctx, st.Article)
	if err != nil {
		return err
	}
	for _, of := range known {
		if of.State != digest.StoryOnDesk {
			continue
		}
		_, err := l.Desk.Lies(ctx, of.Article)
		if errors.Is(err, digest.ErrNotFound) {
			l.spike(&of)
			*l.updates = append(*l.updates, of)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// dropUpdate takes back an update of which nothing is new any more.
func (l look) dropUpdate(ctx context.Context, u update) error {
	return l.takeUpdate(ctx, u.story, digest.StoryPassed, "nothing in it is new any more", digest.MendedChanged)
}

// lockUpdate takes back the update of a story that asks for a password now.
func (l look) lockUpdate(ctx context.Context, st digest.Story) error {
	if l.Past == nil {
		return nil
	}
	known, err := l.Past.Updates(ctx, st.Article)
	for _, of := range known {
		if err == nil {
			err = l.takeUpdate(ctx, of, digest.StoryWithdrawn, withdrawnAtSource, digest.MendedWithdrawn)
		}
	}
	return err
}

// takeUpdate takes an update off the desk. One that an editor changed stays.
func (l look) takeUpdate(ctx context.Context, of digest.Story, state digest.StoryState, why string,
	mended digest.StoryMended,
) error {
	if of.Article == "" || of.State != digest.StoryOnDesk || of.Reason == digest.StoryWanted {
		return nil
	}
	switch err := l.Desk.TakeBack(ctx, of.Article, of.File); {
	case errors.Is(err, digest.ErrNotFound):
		l.spike(&of)
	case errors.Is(err, intake.ErrTaken):
		of.Mended = mended
	case err != nil:
		return err
	default:
		of.State, of.Reason = state, why
		l.Log.Info("an update was taken off the desk", "article", of.Article, "reason", why)
	}
	*l.updates = append(*l.updates, of)
	return nil
}

// updatedAt is the time of an update: what its publisher says, if that is later than before
// and than the story, else when it was seen. It is never later than now.
func updatedAt(says, before, published, now time.Time) time.Time {
	if !says.After(before) || !says.After(published) || says.After(now) {
		says = now
	}
	return says.UTC().Truncate(time.Second)
}
