package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"vesper/digest"
)

// Headlines gives what an opened edition printed, in print order.
func (s *Book) Headlines(ctx context.Context, id digest.ID) ([]digest.Found, error) {
	var all []digest.Found
	rows, err := s.read.Query(ctx, `SELECT a.article_id, a.headline FROM editions e
		JOIN edition_articles a ON a.edition = e.number`+byID+` ORDER BY a.position`, keyOf(id)...)
	err = each(rows, err, func(scan scanner) error {
		f := digest.Found{Printed: digest.Printed{ID: id}}
		err := scan(&f.Article, &f.Headline)
		all = append(all, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the headlines of edition %s: %w", id, err)
	}
	return all, nil
}

// errEnough ends a search.
var errEnough = errors.New("enough")

// Search gives the stories whose headlines a query finds, n at most, the newest first. It looks
// at every headline that was printed: those of ten years are read in a moment, from an index,
// and databases do not agree on what is a small letter.
func (s *Book) Search(ctx context.Context, q digest.Query, n int) ([]digest.Found, error) {
	var all []digest.Found
	if len(q) == 0 || n <= 0 {
		return nil, nil
	}
	var numbers []uint32
	rows, err := s.read.Query(ctx, `SELECT a.edition, a.headline, a.article_id FROM edition_articles a
		WHERE a.edition IN (SELECT e.number FROM editions e WHERE `+appeared+notAgain+`)
		ORDER BY a.edition DESC, a.position`)
	err = each(rows, err, func(scan scanner) error {
		var f digest.Found
		var number uint32
		if err := scan(&number, &f.Headline, &f.Article); err != nil || !q.Finds(f.Headline) {
			return err
		}
		all, numbers = append(all, f), append(numbers, number)
		if len(all) == n {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("search the headlines: %w", err)
	}
	for i := range all {
		if all[i].Printed, err = s.printed(ctx, numbers[i]); err != nil {
			return nil, fmt.Errorf("search the headlines: %w", err)
		}
	}
	return all, nil
}

// printed gives an edition of the past, without its subject.
func (s *Book) printed(ctx context.Context, number uint32) (digest.Printed, error) {
	var p digest.Printed
	var corrected sql.NullInt64
	row := s.read.QueryRow(ctx, `SELECT e.title, coalesce(e.paper_number, 0),
			CASE WHEN e.sequence > 1 THEN e.opened_at END, e.date, e.slot, e.sequence
		FROM editions e`+byNumber, number)
	id, err := scanID(func(rest ...any) error {
		return row.Scan(append([]any{&p.Title, &p.PaperNumber, &corrected}, rest...)...)
	})
	p.ID, p.CorrectedAt = id, instant(corrected)
	return p, missing(err)
}
