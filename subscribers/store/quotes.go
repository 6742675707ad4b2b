package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"vesper/digest"
	"vesper/subscribers"
)

// quote is a row of the ledger in which a relay may have quoted an address.
type quote struct {
	edition        uint32
	subscriber     int64
	step           digest.Step
	reply, queueID string
}

// selectQuote goes on with where the rows d are from.
const selectQuote = `SELECT d.edition, d.subscriber, d.step, d.reply, d.queue_id FROM `

func scanQuote(scan scanner) (quote, error) {
	var q quote
	err := scan(&q.edition, &q.subscriber, &q.step, &q.reply, &q.queueID)
	return q, err
}

// everyReply is where rows that quote somebody may be, ownRows those of the reader
// who has an address now. Rows that quote others than their reader have an index.
const (
	everyReply = `deliveries d WHERE (d.reply LIKE '%@%' OR d.queue_id LIKE '%@%')`
	ownRows    = `editions e JOIN deliveries d ON d.edition = +e.number
		WHERE d.subscriber = (SELECT s.id FROM subscribers s WHERE s.address_key = $1)`
)

// resembling gives a pattern that every text fits in which an address is, and few
// others do: mentioning decides. Databases know no more than ASCII's small letters.
func resembling(a subscribers.Address) string {
	local, _, _ := strings.Cut(a.Key(), "@")
	if strings.ContainsFunc(local, func(r rune) bool { return r > unicode.MaxASCII }) {
		return "%"
	}
	return "%" + local + "%"
}

// quoting finds the rows in which an address is quoted.
func (s *core) quoting(ctx context.Context, from string, a subscribers.Address, args ...any) ([]quote, error) {
	var all []quote
	mentioned := mentioning(a)
	args = append(args, resembling(a))
	rows, err := s.read.Query(ctx, selectQuote+from+
		fmt.Sprintf(` AND lower(d.reply || ' ' || d.queue_id) LIKE $%d`, len(args)), args...)
	err = each(rows, err, func(scan scanner) error {
		q, err := scanQuote(scan)
		if mentioned(q.reply + " " + q.queueID) {
			all = append(all, q)
		}
		return err
	})
	return all, err
}

// Quotes finds where an address is quoted, besides what Receipts and LettersTo give
// of a subscriber; 0 is none. It is quick however many editions there were: what was
// sent quotes nobody. Only what was sent before the database's version 4 may, and is
// found by Erase alone, which reads everything.
func (s *List) Quotes(ctx context.Context, a subscribers.Address, subscriber int64) (digest.Quotes, error) {
	q, err := s.quotes(ctx, a, subscriber)
	if err != nil {
		return q, fmt.Errorf("look where an address is quoted: %w", err)
	}
	return q, nil
}

func (s *List) quotes(ctx context.Context, a subscribers.Address, subscriber int64) (digest.Quotes, error) {
	var q digest.Quotes
	found, err := s.quoting(ctx, `deliveries d WHERE d.quotes = 2`, a)
	if err != nil {
		return q, err
	}
	own, err := s.quoting(ctx, ownRows, a, a.Key())
	if err != nil {
		return q, err
	}
	for _, one := range inOrder(append(found, own...)) {
		if one.subscriber == subscriber {
			continue
		}
		r, err := scanReceipt(s.read.QueryRow(ctx, receipts+rowOf(s.read)+` WHERE e.number = $2`,
			one.subscriber, one.edition).Scan)
		if err != nil {
			return q, err
		}
		q.Receipts = append(q.Receipts, r)
	}
	if q.Letters, err = s.quotingLetters(ctx, a, subscriber); err != nil {
		return q, err
	}
	records, err := (&Book{s.core}).Records(ctx)
	for _, r := range records {
		if mentions(r.Reason, a) {
			q.Paused = append(q.Paused, r)
		}
	}
	return q, err
}

// inOrder gives each row once, by edition and subscriber.
func inOrder(rows []quote) []quote {
	slices.SortFunc(rows, func(a, b quote) int {
		return cmp.Or(cmp.Compare(a.edition, b.edition), cmp.Compare(a.subscriber, b.subscriber))
	})
	return slices.Compact(rows)
}

// quotingLetters looks at the letters that have an address still, and at those
// whose replies quote somebody.
func (s *core) quotingLetters(
	ctx context.Context, a subscribers.Address, subscriber int64,
) ([]digest.PostedLetter, error) {
	var all []digest.PostedLetter
	mentioned := mentioning(a)
	rows, err := s.read.Query(ctx, selectLetter+`, address, queue_id, coalesce(subscriber, 0) FROM letters
		WHERE (address <> '' OR quotes > 0) ORDER BY id`)
	err = each(rows, err, func(scan scanner) error {
		var address, queueID string
		var about int64
		l, err := scanLetter(scan, &address, &queueID, &about)
		own := subscriber != 0 && about == subscriber
		if !own && (isTo(address, a) || mentioned(l.Reply+" "+queueID)) {
			all = append(all, l)
		}
		return err
	})
	return all, err
}
