package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"vesper/digest"
)

// sums counts deliveries by step, in the order of digest.Tally.
const sums = `count(*) FILTER (WHERE d.step = 'sent'), count(*) FILTER (WHERE d.step = 'failed'),
		count(*) FILTER (WHERE d.step = 'expired'), count(*) FILTER (WHERE d.step = 'skipped'),
		count(*) FILTER (WHERE d.step = 'unknown'), count(*) FILTER (WHERE d.step = 'pending'),
		count(*) FILTER (WHERE d.step = 'attempting'), coalesce(sum(d.doubts), 0)`

// records reads editions with their sums in one statement, and so at one moment.
const records = `SELECT e.date, e.slot, e.sequence, coalesce(e.number, 0), e.title, e.state, e.reason,
		e.cut_off, e.opened_at, e.done_at, e.opened, ` + sums + `
	FROM editions e LEFT JOIN deliveries d ON d.edition = e.number`

// one finds an edition by its ID.
const one = ` WHERE date = ? AND slot = ? AND sequence = ?`

// Tallied gives an edition with its sums, or digest.ErrNotFound.
func (s *Book) Tallied(ctx context.Context, id digest.ID) (digest.Tallied, error) {
	rows, err := s.records(ctx, one+` GROUP BY e.id`, id.Date.String(), id.Slot, id.Sequence)
	if err != nil {
		return digest.Tallied{}, fmt.Errorf("read edition %s: %w", id, err)
	}
	if len(rows) == 0 {
		return digest.Tallied{}, fmt.Errorf("edition %s: %w", id, digest.ErrNotFound)
	}
	return rows[0], nil
}

// Records gives every edition, and every recorded day without one, newest first.
func (s *Book) Records(ctx context.Context) ([]digest.Tallied, error) {
	rows, err := s.records(ctx, ` GROUP BY e.id ORDER BY e.date DESC, coalesce(e.opened_at, e.entered_at) DESC, e.id DESC`)
	if err != nil {
		return nil, fmt.Errorf("read the editions: %w", err)
	}
	return rows, nil
}

// Unfinished implements publish.Book.
func (s *Book) Unfinished(ctx context.Context) ([]digest.Tallied, error) {
	rows, err := s.records(ctx, ` WHERE e.state IN ('open', 'sending') GROUP BY e.id ORDER BY e.number`)
	if err != nil {
		return nil, fmt.Errorf("read the unfinished editions: %w", err)
	}
	return rows, nil
}

// Paused gives the editions that are paused, oldest first.
func (s *Book) Paused(ctx context.Context) ([]digest.Tallied, error) {
	rows, err := s.records(ctx, ` WHERE e.state = 'paused' GROUP BY e.id ORDER BY e.number`)
	if err != nil {
		return nil, fmt.Errorf("read the paused editions: %w", err)
	}
	return rows, nil
}

func (s *core) records(ctx context.Context, rest string, args ...any) ([]digest.Tallied, error) {
	var found []digest.Tallied
	rows, err := s.read.Query(ctx, records+rest, args...)
	err = each(rows, err, func(scan scanner) error {
		var r digest.Tallied
		var date string
		var cutOff, opened, done sql.NullInt64
		t := &r.Tally
		err := scan(&date, &r.ID.Slot, &r.ID.Sequence, &r.Number, &r.Title, &r.State, &r.Reason,
			&cutOff, &opened, &done, &t.Opened, &t.Sent, &t.Failed, &t.Expired, &t.Skipped,
			&t.Unknown, &t.Pending, &t.Attempting, &t.PossibleDuplicates)
		if err != nil {
			return err
		}
		r.CutOff, r.OpenedAt, r.DoneAt = instant(cutOff), instant(opened), instant(done)
		r.ID.Date, err = digest.ParseDate(date)
		found = append(found, r)
		return err
	})
	return found, err
}

// History implements publish.Past.
func (s *Book) History(ctx context.Context, slot string) (digest.History, error) {
	h, err := s.history(ctx, slot)
	if err != nil {
		return digest.History{}, fmt.Errorf("read the past of slot %s: %w", slot, err)
	}
	return h, nil
}

func (s *core) history(ctx context.Context, slot string) (digest.History, error) {
	h := digest.History{Days: map[digest.Date]bool{}}
	var since, cutOff sql.NullInt64
	var date sql.NullString
	err := s.read.QueryRow(ctx, `SELECT since FROM slots WHERE name = ?`, slot).Scan(&since)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return h, err
	}
	err = s.read.QueryRow(ctx, `SELECT date, cut_off FROM editions WHERE slot = ? AND number IS NOT NULL
		ORDER BY date DESC, sequence DESC LIMIT 1`, slot).Scan(&date, &cutOff)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return h, err
	}
	h.Since, h.CutOff = instant(since), instant(cutOff)
	if date.Valid {
		if h.Date, err = digest.ParseDate(date.String); err != nil {
			return h, err
		}
	}
	rows, err := s.read.Query(ctx, `SELECT date FROM editions WHERE slot = ?`, slot)
	err = each(rows, err, func(scan scanner) error {
		var date string
		if err := scan(&date); err != nil {
			return err
		}
		day, err := digest.ParseDate(date)
		h.Days[day] = true
		return err
	})
	return h, err
}

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
	var messages []digest.Message
	rows, err := s.read.Query(ctx, `SELECT variant, subject, bytes FROM edition_messages WHERE edition = ? ORDER BY variant`, number)
	err = each(rows, err, func(scan scanner) error {
		var m digest.Message
		err := scan(&m.Variant, &m.Subject, &m.Bytes)
		messages = append(messages, m)
		return err
	})
	if err == nil && len(messages) == 0 {
		err = digest.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read the messages of edition %d: %w", number, err)
	}
	return messages, nil
}

// Archive gives the editions that were opened last, at most n of them, the newest
// first.
func (s *Book) Archive(ctx context.Context, n int) ([]digest.Printed, error) {
	var all []digest.Printed
	rows, err := s.read.Query(ctx, `SELECT e.title, m.subject, e.date, e.slot, e.sequence
		FROM editions e JOIN edition_messages m ON m.edition = e.number AND m.variant = ?
		WHERE e.number IS NOT NULL ORDER BY e.number DESC LIMIT ?`, digest.Designed, n)
	err = each(rows, err, func(scan scanner) error {
		var p digest.Printed
		id, err := scanID(func(rest ...any) error { return scan(append([]any{&p.Title, &p.Subject}, rest...)...) })
		p.ID = id
		all = append(all, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the archive: %w", err)
	}
	return all, nil
}

// WebView gives an opened edition as the web page that was made with it, or
// digest.ErrNotFound.
func (s *Book) WebView(ctx context.Context, id digest.ID) ([]byte, error) {
	var page []byte
	err := s.read.QueryRow(ctx, `SELECT web_view FROM editions`+one+` AND number IS NOT NULL`,
		id.Date.String(), id.Slot, id.Sequence).Scan(&page)
	if err != nil {
		return nil, fmt.Errorf("read the web view of edition %s: %w", id, missing(err))
	}
	return page, nil
}

// Edition gives an opened edition as it was printed, or digest.ErrNotFound. When
// the next one arrives is not known any more.
func (s *Book) Edition(ctx context.Context, id digest.ID) (digest.Edition, error) {
	e := digest.Edition{ID: id}
	var from, to sql.NullInt64
	err := s.read.QueryRow(ctx, `SELECT number, title, window_from, cut_off FROM editions`+one+` AND number IS NOT NULL`,
		id.Date.String(), id.Slot, id.Sequence).Scan(&e.Number, &e.Title, &from, &to)
	if err != nil {
		return digest.Edition{}, fmt.Errorf("read edition %s: %w", id, missing(err))
	}
	e.Window = digest.Window{From: instant(from), To: instant(to)}
	e.Articles, err = s.PrintedArticles(ctx, e.Number)
	return e, err
}

// PrintedArticles gives what the edition with this number printed, in print
// order.
func (s *Book) PrintedArticles(ctx context.Context, number uint32) ([]digest.Article, error) {
	var articles []digest.Article
	rows, err := s.read.Query(ctx, `SELECT body FROM edition_articles WHERE edition = ? ORDER BY position`, number)
	err = each(rows, err, func(scan scanner) error {
		a, err := scanArticle(scan)
		articles = append(articles, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the articles of edition %d: %w", number, err)
	}
	return articles, nil
}

// PrintedArticle gives one article of an opened edition as it was printed, or
// digest.ErrNotFound.
func (s *Book) PrintedArticle(ctx context.Context, id digest.ID, articleID string) (digest.Article, error) {
	a, err := scanArticle(s.read.QueryRow(ctx, `SELECT a.body FROM edition_articles a JOIN editions e ON e.number = a.edition`+
		one+` AND a.article_id = ?`, id.Date.String(), id.Slot, id.Sequence, articleID).Scan)
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

// missing gives digest.ErrNotFound for a row that is not there.
func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return digest.ErrNotFound
	}
	return err
}
