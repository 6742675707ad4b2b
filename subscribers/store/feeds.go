package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// Feeds is where stories come from: the feeds' states, and the stories that they had.
type Feeds struct{ *core }

// Feed gives what is known of a feed. One that was never asked has its address alone.
func (s *Feeds) Feed(ctx context.Context, url string) (digest.FeedState, error) {
	f := digest.FeedState{URL: url}
	var checked, good, next sql.NullInt64
	err := s.read.QueryRow(ctx, `SELECT title, format, etag, modified, checked_at, good_at, next_at, failures, error,
			(SELECT count(*) FROM stories s WHERE s.feed = f.url AND s.updates = '')
		FROM feeds f WHERE f.url = $1`, url).
		Scan(&f.Title, &f.Format, &f.ETag, &f.Modified, &checked, &good, &next, &f.Failures, &f.Error, &f.Stories)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return f, fmt.Errorf("read the state of a feed: %w", err)
	}
	f.Checked, f.Good, f.Next = instant(checked), instant(good), instant(next)
	return f, nil
}

// story are the columns of a story.
const story = `feed, guid, url, article_id, headline, state, reason, seen_at, published_at, updated_at, item, file,
	api, mended, updates, refiled`

// Known gives the story that a feed has under a GUID or, if it has none, the first one that
// it had under the same canonical address, else that any feed had. The error is digest.ErrNotFound if nobody
// had it.
func (s *Feeds) Known(ctx context.Context, feed, guid, url string) (digest.Story, error) {
	st, err := scanStory(s.read.QueryRow(ctx, `SELECT `+story+` FROM stories WHERE feed = $1 AND guid = $2`,
		feed, guid).Scan)
	if errors.Is(err, sql.ErrNoRows) && url != "" {
		st, err = scanStory(s.read.QueryRow(ctx, `SELECT `+story+` FROM stories WHERE url = $1
			ORDER BY feed = $2 DESC, seen_at, feed, guid LIMIT 1`, url, feed).Scan)
	}
	if err != nil {
		return st, fmt.Errorf("look for a story: %w", missing(err))
	}
	return st, nil
}

// Stories gives what is known of the stories that became articles, by the articles' IDs.
// Of several that became the same article it is the one that was seen first.
func (s *Feeds) Stories(ctx context.Context) (map[string]digest.Story, error) {
	all := map[string]digest.Story{}
	rows, err := s.read.Query(ctx, `SELECT `+story+` FROM stories WHERE article_id <> '' ORDER BY seen_at, feed, guid`)
	err = each(rows, err, func(scan scanner) error {
		st, err := scanStory(scan)
		if _, there := all[st.Article]; !there {
			all[st.Article] = st
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the stories: %w", err)
	}
	return all, nil
}

// Updates gives the updates of an article, each with the story that it is a part of.
func (s *Feeds) Updates(ctx context.Context, article string) ([]digest.Story, error) {
	var all []digest.Story
	rows, err := s.read.Query(ctx, `SELECT `+story+` FROM stories WHERE updates = $1 AND updates <> ''
		ORDER BY seen_at, feed, guid`, article)
	err = each(rows, err, func(scan scanner) error {
		st, err := scanStory(scan)
		all = append(all, st)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the updates of article %s: %w", article, err)
	}
	return all, nil
}

// PrintedAs gives an article as each edition printed it, the first one first; none if none
// did.
func (s *Feeds) PrintedAs(ctx context.Context, article string) ([]digest.Article, error) {
	var all []digest.Article
	rows, err := s.read.Query(ctx, `SELECT body FROM edition_articles WHERE article_id = $1 ORDER BY edition`, article)
	err = each(rows, err, func(scan scanner) error {
		a, err := scanArticle(scan)
		all = append(all, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read article %s as it was printed: %w", article, err)
	}
	return all, nil
}

// Record stores how a feed answered and what became of its stories, all or nothing.
func (s *Feeds) Record(ctx context.Context, f digest.FeedState, stories []digest.Story) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if _, err := c.Exec(ctx, `INSERT INTO feeds
				(url, title, format, etag, modified, checked_at, good_at, next_at, failures, error)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (url) DO UPDATE SET title = excluded.title, format = excluded.format, etag = excluded.etag,
				modified = excluded.modified, checked_at = excluded.checked_at, good_at = excluded.good_at,
				next_at = excluded.next_at, failures = excluded.failures, error = excluded.error`,
			f.URL, f.Title, f.Format, f.ETag, f.Modified, seconds(f.Checked), seconds(f.Good), seconds(f.Next),
			f.Failures, f.Error); err != nil {
			return err
		}
		for _, st := range stories {
			if err := enterStory(ctx, c, st); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("record a look at a feed: %w", err)
	}
	return nil
}

// Decide records what became of a story, by a word or because its publisher took it back.
// It holds for the same article in every feed.
func (s *Feeds) Decide(ctx context.Context, st digest.Story) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if err := enterStory(ctx, c, st); err != nil || st.Article == "" {
			return err
		}
		_, err := c.Exec(ctx, `UPDATE stories SET state = $1, reason = $2, mended = $3 WHERE article_id = $4
			AND article_id <> ''`, st.State, st.Reason, st.Mended, st.Article)
		return err
	})
	if err != nil {
		return fmt.Errorf("record a story: %w", err)
	}
	return nil
}

// enterStory stores a story. When it was first seen stays.
func enterStory(ctx context.Context, c conn, st digest.Story) error {
	if st.Formerly != "" && st.Formerly != st.GUID {
		if _, err := c.Exec(ctx, `DELETE FROM stories WHERE feed = $1 AND guid = $2`, st.Feed, st.Formerly); err != nil {
			return err
		}
	}
	_, err := c.Exec(ctx, `INSERT INTO stories (`+story+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
			$12, $13, $14, $15, $16)
		ON CONFLICT (feed, guid) DO UPDATE SET url = excluded.url, article_id = excluded.article_id,
			headline = excluded.headline, state = excluded.state, reason = excluded.reason, published_at = excluded.published_at,
			updated_at = excluded.updated_at, item = excluded.item, file = excluded.file,
			api = excluded.api, mended = excluded.mended, updates = excluded.updates, refiled = excluded.refiled`,
		st.Feed, st.GUID, st.URL, st.Article, st.Headline, st.State, st.Reason, st.Seen.Unix(), st.Published.Unix(),
		seconds(st.Updated), st.Item[:], st.File[:], st.API, st.Mended, st.Updates, st.Refiled)
	return err
}

func scanStory(scan scanner) (st digest.Story, err error) {
	var seen, published int64
	var updated sql.NullInt64
	var item, file []byte
	err = scan(&st.Feed, &st.GUID, &st.URL, &st.Article, &st.Headline, &st.State, &st.Reason, &seen, &published, &updated,
		&item, &file, &st.API, &st.Mended, &st.Updates, &st.Refiled)
	if err != nil {
		return digest.Story{}, err
	}
	st.Seen, st.Published, st.Updated = time.Unix(seen, 0).UTC(), time.Unix(published, 0).UTC(), instant(updated)
	copy(st.Item[:], item)
	copy(st.File[:], file)
	return st, nil
}
