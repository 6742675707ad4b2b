package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"vesper/digest"
)

// Printed implements publish.Past.
func (s *Book) Printed(ctx context.Context) (map[string]digest.ID, error) {
	printed := map[string]digest.ID{}
	rows, err := s.read.Query(ctx, `SELECT a.article_id, e.date, e.slot, e.sequence
		FROM edition_articles a JOIN editions e ON e.number = a.edition ORDER BY a.article_id, a.edition DESC`)
	err = each(rows, err, func(scan scanner) error {
		var article string
		id, err := scanID(func(rest ...any) error { return scan(append([]any{&article}, rest...)...) })
		printed[article] = id
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what was printed: %w", err)
	}
	return printed, nil
}

func scanID(scan scanner) (digest.ID, error) {
	var id digest.ID
	var date string
	err := scan(&date, &id.Slot, &id.Sequence)
	if err != nil {
		return id, err
	}
	id.Date, err = digest.ParseDate(date)
	return id, err
}

// Messages implements publish.Past.
func (s *Book) Messages(ctx context.Context, number uint32) ([]digest.Message, error) {
	messages, err := s.messages(ctx, number)
	if err == nil && len(messages) == 0 {
		err = digest.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read the messages of edition with ledger number %d: %w", number, err)
	}
	return messages, nil
}

func (s *core) messages(ctx context.Context, number uint32) ([]digest.Message, error) {
	var messages []digest.Message
	rows, err := s.read.Query(ctx, `SELECT variant, subject, bytes FROM edition_messages
		WHERE edition = $1 ORDER BY variant`, number)
	err = each(rows, err, func(scan scanner) error {
		var m digest.Message
		err := scan(&m.Variant, &m.Subject, &m.Bytes)
		messages = append(messages, m)
		return err
	})
	return messages, err
}

// appeared says, in SQL, whether an edition e was there for readers. One that was opened
// ahead of its time is from its first run on.
const appeared = `e.number IS NOT NULL AND (e.due_at IS NULL AND e.state <> 'cancelled' OR e.run_at IS NOT NULL)`

// notAgain keeps to the last edition of a day and slot among those that appeared, in SQL.
var notAgain = ` AND NOT EXISTS (SELECT 1 FROM editions l WHERE l.date = e.date AND l.slot = e.slot
	AND l.sequence > e.sequence AND ` + appearedAs("l") + `)`

// Archive gives the editions that were printed last, at most n of them, the newest
// first. Of one that was corrected it gives the last correction, in the edition's place.
func (s *Book) Archive(ctx context.Context, n int) ([]digest.Printed, error) {
	var all []digest.Printed
	rows, err := s.read.Query(ctx, `SELECT coalesce(e.paper_number, 0), e.title, m.subject,
			coalesce(f.due_at, f.opened_at), CASE WHEN e.sequence > 1 THEN e.opened_at END, e.date, e.slot, e.sequence
		FROM editions e JOIN edition_messages m ON m.edition = e.number AND m.variant = $1
			JOIN editions f ON f.date = e.date AND f.slot = e.slot AND f.sequence = 1
		WHERE `+appeared+notAgain+` ORDER BY f.number DESC LIMIT $2`, digest.Designed, n)
	err = each(rows, err, func(scan scanner) error {
		var p digest.Printed
		var at, corrected sql.NullInt64
		id, err := scanID(func(rest ...any) error {
			return scan(append([]any{&p.PaperNumber, &p.Title, &p.Subject, &at, &corrected}, rest...)...)
		})
		p.ID, p.At, p.CorrectedAt = id, instant(at), instant(corrected)
		all = append(all, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the archive: %w", err)
	}
	return all, nil
}

// WebView gives an opened edition as the web page that was made with it, or
// digest.ErrNotFound. One that was cancelled before its sending began has none: it did not
// appear, and another paper has its number.
func (s *Book) WebView(ctx context.Context, id digest.ID) ([]byte, error) {
	var page []byte
	err := s.read.QueryRow(ctx, `SELECT v.bytes FROM web_views v JOIN editions e ON e.number = v.edition
			AND (e.state <> 'cancelled' OR e.run_at IS NOT NULL)`+byID,
		keyOf(id)...).Scan(&page)
	if err != nil {
		return nil, fmt.Errorf("read the web view of edition %s: %w", id, missing(err))
	}
	return page, nil
}

// Edition gives an opened edition as it was printed, or digest.ErrNotFound. When
// the next one arrives is not known any more.
func (s *Book) Edition(ctx context.Context, id digest.ID) (digest.Edition, error) {
	e := digest.Edition{ID: id}
	var from, to, opened sql.NullInt64
	err := s.read.QueryRow(ctx, `SELECT number, coalesce(paper_number, 0), title, window_from, cut_off, correction,
			opened_at FROM editions`+byID+` AND number IS NOT NULL`, keyOf(id)...).
		Scan(&e.Number, &e.PaperNumber, &e.Title, &from, &to, &e.Correction.Note, &opened)
	if err != nil {
		return digest.Edition{}, fmt.Errorf("read edition %s: %w", id, missing(err))
	}
	e.Window = digest.Window{From: instant(from), To: instant(to)}
	if id.Sequence > 1 {
		e.Correction.At = instant(opened)
	}
	e.Articles, err = s.PrintedArticles(ctx, e.Number)
	return e, err
}

// PrintedArticles gives what the edition with this number printed, in print
// order.
func (s *Book) PrintedArticles(ctx context.Context, number uint32) ([]digest.Article, error) {
	var articles []digest.Article
	rows, err := s.read.Query(ctx, `SELECT body FROM edition_articles WHERE edition = $1 ORDER BY position`, number)
	err = each(rows, err, func(scan scanner) error {
		a, err := scanArticle(scan)
		articles = append(articles, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the articles of edition with ledger number %d: %w", number, err)
	}
	return articles, nil
}

// PrintedArticle gives one article of an opened edition as it was printed, or
// digest.ErrNotFound.
func (s *Book) PrintedArticle(ctx context.Context, id digest.ID, articleID string) (digest.Article, error) {
	a, err := scanArticle(s.read.QueryRow(ctx, `SELECT a.body
		FROM edition_articles a JOIN editions e ON e.number = a.edition`+byID+` AND a.article_id = $4`,
		append(keyOf(id), articleID)...).Scan)
	if err != nil {
		return digest.Article{}, fmt.Errorf("read article %s of edition %s: %w", articleID, id, missing(err))
	}
	return a, nil
}

func scanArticle(scan scanner) (digest.Article, error) {
	var body []byte
	if err := scan(&body); err != nil {
		return digest.Article{}, err
	}
	var a digest.Article
	err := json.Unmarshal(body, &a)
	return a, err
}
