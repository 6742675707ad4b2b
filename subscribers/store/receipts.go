package store

import (
	"context"
	"database/sql"
	"fmt"

	"vesper/digest"
)

// receipts looks a reader up in the ledger of each edition, by the primary key:
// rowOf comes behind it.
const receipts = `SELECT e.date, e.slot, e.sequence, d.step, d.reason, d.code, d.enhanced, d.reply, d.queue_id,
		d.variant, d.attempts, d.doubts, CASE d.step WHEN 'pending' THEN d.due_at END, d.at
	FROM editions e`

func scanReceipt(scan scanner) (digest.Receipt, error) {
	var r digest.Receipt
	var due, at sql.NullInt64
	id, err := scanID(func(rest ...any) error {
		return scan(append(rest, &r.Step, &r.Reason, &r.Code, &r.Enhanced, &r.Reply, &r.QueueID,
			&r.Variant, &r.Attempts, &r.Doubts, &due, &at)...)
	})
	r.Edition, r.Due, r.At = id, instant(due), instant(at)
	return r, err
}

// Receipts gives what became of every edition that a subscriber was entered for,
// newest first.
func (s *Book) Receipts(ctx context.Context, subscriber int64) ([]digest.Receipt, error) {
	var all []digest.Receipt
	rows, err := s.read.Query(ctx, receipts+rowOf(s.read)+` ORDER BY e.number DESC`, subscriber)
	err = each(rows, err, func(scan scanner) error {
		r, err := scanReceipt(scan)
		all = append(all, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the deliveries of subscriber %d: %w", subscriber, err)
	}
	return all, nil
}

// Receipt gives what became of one edition for a subscriber, or digest.ErrNotFound
// where the edition was not opened or the subscriber not entered for it.
func (s *Book) Receipt(ctx context.Context, id digest.ID, subscriber int64) (digest.Receipt, error) {
	r, err := scanReceipt(s.read.QueryRow(ctx, receipts+rowOf(s.read)+`
		WHERE e.date = $2 AND e.slot = $3 AND e.sequence = $4`,
		append([]any{subscriber}, keyOf(id)...)...).Scan)
	if err != nil {
		err = missing(err)
		return r, fmt.Errorf("read the delivery of edition %s to subscriber %d: %w", id, subscriber, err)
	}
	return r, nil
}

// Failures gives up to limit deliveries of an edition that failed, expired, are
// unknown, or were deferred or refused, in the order of their subscribers.
func (s *Book) Failures(ctx context.Context, number uint32, limit int) ([]digest.Failure, error) {
	var failures []digest.Failure
	rows, err := s.read.Query(ctx, `SELECT d.subscriber, coalesce(s.address, ''), d.step,
			CASE d.step WHEN 'pending' THEN d.due_at END, d.code, d.enhanced, d.reply, d.at, d.suspect
		FROM deliveries d LEFT JOIN subscribers s ON s.id = d.subscriber
		WHERE d.edition = $1 AND (d.step IN ('failed', 'expired', 'unknown')
			OR d.step = 'pending' AND (d.attempts > 0 OR d.suspect IN ('address', 'ours', 'message')))
		ORDER BY d.subscriber LIMIT $2`, number, limit)
	err = each(rows, err, func(scan scanner) error {
		var f digest.Failure
		var due, at sql.NullInt64
		err := scan(&f.Subscriber, &f.Address, &f.Step, &due, &f.Code, &f.Enhanced, &f.Reply, &at, &f.Suspect)
		f.Due, f.At = instant(due), instant(at)
		failures = append(failures, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the failures of edition with ledger number %d: %w", number, err)
	}
	return failures, nil
}

// domain is what follows the @ of a reader's address, in words that SQLite and
// PostgreSQL share. rtrim takes all other signs from the end, so that the part up to
// the @ is left.
const domain = `substr(s.address_key, length(rtrim(s.address_key, replace(s.address_key, '@', ''))) + 1)`

// ByDomain gives an edition's sums by the domains of its readers' mailboxes,
// those with most recipients first.
func (s *Book) ByDomain(ctx context.Context, number uint32) ([]digest.DomainTally, error) {
	var tallies []digest.DomainTally
	rows, err := s.read.Query(ctx, `SELECT coalesce(`+domain+`, '') AS domain, count(*) AS opened, `+counted+`
		FROM `+everyRow(s.read)+` d LEFT JOIN subscribers s ON s.id = d.subscriber
		WHERE d.edition = $1 GROUP BY domain ORDER BY opened DESC, domain`, number)
	err = each(rows, err, func(scan scanner) error {
		var d digest.DomainTally
		err := scan(append([]any{&d.Domain}, into(&d.Tally)...)...)
		tallies = append(tallies, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count edition with ledger number %d by domain: %w", number, err)
	}
	return tallies, nil
}
