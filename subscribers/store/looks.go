package store

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
)

// enterLooks records what an edition decided about the articles on the desk. The
// edition of a row is the first one with its verdict.
func enterLooks(ctx context.Context, c conn, number uint32, o digest.Opening) error {
	for _, l := range o.Looks {
		if _, err := c.Exec(ctx, `INSERT INTO looks (slot, article_id, edition, verdict, published_at, text)
			VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (slot, article_id) DO UPDATE SET
				edition = CASE WHEN looks.verdict = excluded.verdict THEN looks.edition ELSE excluded.edition END,
				verdict = excluded.verdict, published_at = excluded.published_at, text = excluded.text`,
			o.Edition.ID.Slot, l.ArticleID, number, l.Verdict, l.Published.Unix(), l.Text[:]); err != nil {
			return fmt.Errorf("its look at article %s: %w", l.ArticleID, err)
		}
	}
	return nil
}

// enterPassed records what a day without an edition passes over.
func enterPassed(ctx context.Context, c conn, id digest.ID, passed []digest.Look) error {
	if err := unpass(ctx, c, id); err != nil {
		return err
	}
	for _, l := range passed {
		_, err := c.Exec(ctx, `INSERT INTO passed_over (date, slot, sequence, article_id, published_at, text)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (slot, article_id) DO UPDATE SET date = excluded.date,
				sequence = excluded.sequence, published_at = excluded.published_at, text = excluded.text`,
			append(keyOf(id), l.ArticleID, l.Published.Unix(), l.Text[:])...)
		if err != nil {
			return fmt.Errorf("that it passes article %s over: %w", l.ArticleID, err)
		}
	}
	return nil
}

// unpass takes back what a day passed over: it has an edition after all, or another reason.
func unpass(ctx context.Context, c conn, id digest.ID) error {
	_, err := c.Exec(ctx, `DELETE FROM passed_over`+byID, keyOf(id)...)
	return err
}

// Looked implements publish.Looks.
func (s *Book) Looked(ctx context.Context, slot string) (map[string]digest.Look, error) {
	looked := map[string]digest.Look{}
	// That it was printed counts first, and then that it was passed over.
	rows, err := s.read.Query(ctx, `SELECT l.article_id, l.verdict, l.published_at, l.text, e.date, e.slot, e.sequence
		FROM looks l JOIN editions e ON e.number = l.edition WHERE l.slot = $1 OR l.verdict = 'printed'
		UNION ALL SELECT article_id, 'passed over', published_at, text, date, slot, sequence
		FROM passed_over WHERE slot = $1`, slot)
	err = each(rows, err, func(scan scanner) error {
		var l digest.Look
		var published int64
		var text []byte
		id, err := scanID(func(rest ...any) error {
			return scan(append([]any{&l.ArticleID, &l.Verdict, &published, &text}, rest...)...)
		})
		if err != nil {
			return err
		}
		l.Edition, l.Published = id, time.Unix(published, 0).UTC()
		copy(l.Text[:], text)
		before := looked[l.ArticleID].Verdict
		if before == "" || l.Verdict == digest.VerdictPrinted || l.Verdict == digest.VerdictPassed &&
			before != digest.VerdictPrinted {
			looked[l.ArticleID] = l
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what slot %s looked at: %w", slot, err)
	}
	return looked, nil
}
