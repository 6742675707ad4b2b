package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"vesper/digest"
	"vesper/subscribers"
)

// Quotes finds where an address is quoted, by the search that Erase makes, besides
// what Deliveries and LettersTo give of a subscriber; 0 is none. It reads the
// whole ledger.
func (s *List) Quotes(ctx context.Context, a subscribers.Address, subscriber int64) (digest.Quotes, error) {
	var q digest.Quotes
	all, err := s.quotes(ctx, a)
	if err == nil {
		q.Letters, err = s.quotingLetters(ctx, a, subscriber)
	}
	for _, one := range all {
		if err != nil {
			break
		}
		if one.subscriber != subscriber {
			var r digest.Receipt
			r, err = s.receipt(ctx, one)
			q.Receipts = append(q.Receipts, r)
		}
	}
	if err != nil {
		return q, fmt.Errorf("look where an address is quoted: %w", err)
	}
	records, err := (&Book{s.core}).Records(ctx)
	for _, r := range records {
		if mentions(r.Reason, a) {
			q.Paused = append(q.Paused, r.Record)
		}
	}
	return q, err
}

func (s *core) receipt(ctx context.Context, q quote) (digest.Receipt, error) {
	all, err := s.receipts(ctx, ` AND e.number = ?`, q.subscriber, q.edition)
	if err != nil || len(all) == 0 {
		return digest.Receipt{}, err
	}
	return all[0], nil
}

func (s *core) quotingLetters(ctx context.Context, a subscribers.Address, subscriber int64) ([]digest.PostedLetter, error) {
	var all []digest.PostedLetter
	rows, err := s.read.Query(ctx, selectLetter+`, address, queue_id FROM letters
		WHERE coalesce(subscriber, -1) <> ? AND (address <> '' OR instr(reply, '@') > 0 OR instr(queue_id, '@') > 0) ORDER BY id`, subscriber)
	err = each(rows, err, func(scan scanner) error {
		var address, queueID string
		l, err := scanLetter(scan, &address, &queueID)
		if isTo(address, a) || mentions(l.Reply+" "+queueID, a) {
			all = append(all, l)
		}
		return err
	})
	return all, err
}

const selectLetter = `SELECT kind, step, reason, code, enhanced, reply, created_at, at`

func scanLetter(scan scanner, rest ...any) (digest.PostedLetter, error) {
	var l digest.PostedLetter
	var created, at sql.NullInt64
	err := scan(append([]any{&l.Kind, &l.Step, &l.Reason, &l.Code, &l.Enhanced, &l.Reply, &created, &at}, rest...)...)
	l.Created, l.At = instant(created), instant(at)
	return l, err
}
