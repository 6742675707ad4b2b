package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"vesper/digest"
)

// Failures gives up to limit deliveries of an edition that failed, expired, are
// unknown or were deferred, in the order of their subscribers.
func (s *Book) Failures(ctx context.Context, number uint32, limit int) ([]digest.Failure, error) {
	var failures []digest.Failure
	rows, err := s.read.Query(ctx, `SELECT d.subscriber, coalesce(s.address, ''), d.step,
			CASE d.step WHEN 'pending' THEN d.due_at END, d.code, d.enhanced, d.reply, d.at
		FROM deliveries d LEFT JOIN subscribers s ON s.id = d.subscriber
		WHERE d.edition = ? AND (d.step IN ('failed', 'expired', 'unknown') OR d.step = 'pending' AND d.attempts > 0)
		ORDER BY d.subscriber LIMIT ?`, number, limit)
	err = each(rows, err, func(scan scanner) error {
		var f digest.Failure
		var due, at sql.NullInt64
		err := scan(&f.Subscriber, &f.Address, &f.Step, &due, &f.Code, &f.Enhanced, &f.Reply, &at)
		f.Due, f.At = instant(due), instant(at)
		failures = append(failures, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the failures of edition %d: %w", number, err)
	}
	return failures, nil
}

// Deliveries gives what became of every edition that a subscriber was entered
// for, newest first.
func (s *Book) Deliveries(ctx context.Context, subscriber int64) ([]digest.Receipt, error) {
	receipts, err := s.receipts(ctx, ``, subscriber)
	if err != nil {
		return nil, fmt.Errorf("read the deliveries of subscriber %d: %w", subscriber, err)
	}
	return receipts, nil
}

func (s *core) receipts(ctx context.Context, where string, args ...any) ([]digest.Receipt, error) {
	var receipts []digest.Receipt
	rows, err := s.read.Query(ctx, `SELECT e.date, e.slot, e.sequence, d.step, d.reason, d.code, d.enhanced, d.reply, d.queue_id,
			d.variant, d.attempts, d.doubts, CASE d.step WHEN 'pending' THEN d.due_at END, d.at
		FROM editions e CROSS JOIN deliveries d ON d.edition = e.number AND d.subscriber = ?`+where+`
		ORDER BY e.number DESC`, args...)
	err = each(rows, err, func(scan scanner) error {
		var r digest.Receipt
		var due, at sql.NullInt64
		id, err := scanID(func(rest ...any) error {
			return scan(append(rest, &r.Step, &r.Reason, &r.Code, &r.Enhanced, &r.Reply, &r.QueueID,
				&r.Variant, &r.Attempts, &r.Doubts, &due, &at)...)
		})
		r.Edition, r.Due, r.At = id, instant(due), instant(at)
		receipts = append(receipts, r)
		return err
	})
	return receipts, err
}

// LettersTo gives what became of the letters to a subscriber, oldest first.
func (s *Book) LettersTo(ctx context.Context, subscriber int64) ([]digest.PostedLetter, error) {
	var all []digest.PostedLetter
	rows, err := s.read.Query(ctx, selectLetter+` FROM letters WHERE subscriber = ? ORDER BY id`, subscriber)
	err = each(rows, err, func(scan scanner) error {
		l, err := scanLetter(scan)
		all = append(all, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the letters to subscriber %d: %w", subscriber, err)
	}
	return all, nil
}

// ByDomain gives an edition's sums by the domains of its readers' mailboxes,
// those with most recipients first.
func (s *Book) ByDomain(ctx context.Context, number uint32) ([]digest.DomainTally, error) {
	var tallies []digest.DomainTally
	rows, err := s.read.Query(ctx, `SELECT coalesce(substr(s.address_key, instr(s.address_key, '@') + 1), '') AS domain,
			count(*) AS opened, `+sums+`
		FROM deliveries d LEFT JOIN subscribers s ON s.id = d.subscriber
		WHERE d.edition = ? GROUP BY domain ORDER BY opened DESC, domain`, number)
	err = each(rows, err, func(scan scanner) error {
		var d digest.DomainTally
		t := &d.Tally
		err := scan(&d.Domain, &t.Opened, &t.Sent, &t.Failed, &t.Expired, &t.Skipped,
			&t.Unknown, &t.Pending, &t.Attempting, &t.PossibleDuplicates)
		tallies = append(tallies, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count edition %d by domain: %w", number, err)
	}
	return tallies, nil
}
