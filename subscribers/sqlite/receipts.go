package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"vesper/digest"
)

// Failure is a delivery that did not go well, or not yet.
type Failure struct {
	Subscriber int64
	// Address is as the reader gave it; empty once the reader is gone.
	Address string
	// Step is Failed, Expired, Unknown, or Pending for a deferred one, which is
	// owed again at Due.
	Step digest.Step
	Due  time.Time
	// Code, Enhanced and Reply are the last that the relay said.
	Code            int
	Enhanced, Reply string
	At              time.Time
}

// Failures gives up to limit deliveries of an edition that failed, expired, are
// unknown or were deferred, in the order of their subscribers.
func (s *Store) Failures(ctx context.Context, number uint32, limit int) ([]Failure, error) {
	var failures []Failure
	rows, err := s.read.QueryContext(ctx, `SELECT d.subscriber, coalesce(s.address, ''), d.step,
			CASE d.step WHEN 'pending' THEN d.due_at END, d.code, d.enhanced, d.reply, d.at
		FROM deliveries d LEFT JOIN subscribers s ON s.id = d.subscriber
		WHERE d.edition = ? AND (d.step IN ('failed', 'expired', 'unknown') OR d.step = 'pending' AND d.attempts > 0)
		ORDER BY d.subscriber LIMIT ?`, number, limit)
	err = each(rows, err, func(scan scanner) error {
		var f Failure
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

// Receipt is one line of what a reader was sent.
type Receipt struct {
	Edition digest.ID
	Step    digest.Step
	// Reason says why it was skipped.
	Reason   string
	Code     int
	Enhanced string
	Reply    string
	// QueueID is the name that the relay gave the message.
	QueueID string
	Variant string
	// Attempts counts the replies that deferred it, Doubts the times it was sent
	// again although it may have arrived.
	Attempts, Doubts int
	// Due is when a pending one is owed.
	Due time.Time
	At  time.Time
}

// Deliveries gives what became of every edition that a subscriber was entered
// for, newest first.
func (s *Store) Deliveries(ctx context.Context, subscriber int64) ([]Receipt, error) {
	receipts, err := s.receipts(ctx, ``, subscriber)
	if err != nil {
		return nil, fmt.Errorf("read the deliveries of subscriber %d: %w", subscriber, err)
	}
	return receipts, nil
}

func (s *Store) receipts(ctx context.Context, where string, args ...any) ([]Receipt, error) {
	var receipts []Receipt
	rows, err := s.read.QueryContext(ctx, `SELECT e.date, e.slot, e.sequence, d.step, d.reason, d.code, d.enhanced, d.reply, d.queue_id,
			d.variant, d.attempts, d.doubts, CASE d.step WHEN 'pending' THEN d.due_at END, d.at
		FROM editions e CROSS JOIN deliveries d ON d.edition = e.number AND d.subscriber = ?`+where+`
		ORDER BY e.number DESC`, args...)
	err = each(rows, err, func(scan scanner) error {
		var r Receipt
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

// PostedLetter is what became of a letter to a reader.
type PostedLetter struct {
	Kind     digest.LetterKind
	Step     digest.Step
	Reason   string
	Code     int
	Reply    string
	Created  time.Time
	At       time.Time
	Enhanced string
}

// LettersTo gives what became of the letters to a subscriber, oldest first.
func (s *Store) LettersTo(ctx context.Context, subscriber int64) ([]PostedLetter, error) {
	var all []PostedLetter
	rows, err := s.read.QueryContext(ctx, selectLetter+` FROM letters WHERE subscriber = ? ORDER BY id`, subscriber)
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

// DomainTally is what became of an edition's deliveries at one domain.
type DomainTally struct {
	// Domain is in ASCII; empty for readers who have been erased since.
	Domain string
	Tally  digest.Tally
}

// ByDomain gives an edition's sums by the domains of its readers' mailboxes,
// those with most recipients first.
func (s *Store) ByDomain(ctx context.Context, number uint32) ([]DomainTally, error) {
	var tallies []DomainTally
	rows, err := s.read.QueryContext(ctx, `SELECT coalesce(substr(s.address_key, instr(s.address_key, '@') + 1), '') AS domain,
			count(*) AS opened, `+sums+`
		FROM deliveries d LEFT JOIN subscribers s ON s.id = d.subscriber
		WHERE d.edition = ? GROUP BY domain ORDER BY opened DESC, domain`, number)
	err = each(rows, err, func(scan scanner) error {
		var d DomainTally
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
