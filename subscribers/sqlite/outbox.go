package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
)

// Post puts a letter into the outbox, due at now, and gives its ID.
func (s *Outbox) Post(ctx context.Context, l digest.Letter, now time.Time) (int64, error) {
	var id int64
	err := s.write.one(ctx, func(ctx context.Context, c conn) (err error) {
		id, err = post(ctx, c, l, nil, now)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("post a %s letter: %w", l.Kind, err)
	}
	return id, nil
}

// post enters a letter about a subscriber, or about none if that is nil.
func post(ctx context.Context, c conn, l digest.Letter, subscriber any, now time.Time) (int64, error) {
	var id int64
	err := c.QueryRow(ctx, `INSERT INTO letters (kind, address, return_path, bytes, step,
			due_at, first_due_at, at, created_at, subscriber)
		VALUES (?1, ?2, ?3, ?4, 'pending', ?5, ?5, ?5, ?5, ?6) RETURNING id`,
		l.Kind, l.Address, l.ReturnPath, l.Bytes, now.Unix(), subscriber).Scan(&id)
	return id, err
}

// Letter gives where a letter stands and what the relay said of it last, or
// digest.ErrNotFound.
func (s *Outbox) Letter(ctx context.Context, id int64) (step digest.Step, reply string, err error) {
	err = s.read.QueryRow(ctx, `SELECT step, reply FROM letters WHERE id = ?`, id).Scan(&step, &reply)
	if err != nil {
		return "", "", fmt.Errorf("read letter %d: %w", id, missing(err))
	}
	return step, reply, nil
}

// Outbox is the letters, worked by the same rules as an edition's deliveries: it
// implements deliver.Ledger and deliver.Composer. The edition of its ranges and
// deliveries is 0, and the subscriber is the letter's ID.
type Outbox struct{ *core }

// forget is what happens to a letter at its end.
const forget = `address = '', return_path = '', bytes = x''`

// Sweep implements deliver.Ledger. Letters don't ask for a reader's standing: a
// goodbye goes to one who has left.
func (o *Outbox) Sweep(ctx context.Context, r digest.Range, now, gaveUp time.Time) (time.Time, error) {
	next, err := o.sweep(ctx, r, now, gaveUp)
	if err != nil {
		return time.Time{}, fmt.Errorf("sweep the outbox: %w", err)
	}
	return next, nil
}

func (o *Outbox) sweep(ctx context.Context, r digest.Range, now, gaveUp time.Time) (time.Time, error) {
	var due, first sql.NullInt64
	look := func() error {
		return o.core.read.QueryRow(ctx, `SELECT min(due_at), min(first_due_at) FROM letters
			WHERE id BETWEEN ? AND ? AND step = 'pending'`, r.Low, r.High).Scan(&due, &first)
	}
	if err := look(); err != nil || !first.Valid || first.Int64 > gaveUp.Unix() {
		return instant(due), err
	}
	err := o.core.write.one(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `UPDATE letters SET step = 'expired', at = ?, `+forget+`
			WHERE id BETWEEN ? AND ? AND step = 'pending' AND first_due_at <= ?`, now.Unix(), r.Low, r.High, gaveUp.Unix())
		return err
	})
	if err != nil {
		return time.Time{}, err
	}
	err = look()
	return instant(due), err
}

// Owed implements deliver.Ledger. The variant is the letter's kind; there are no
// tokens, since the letter is written.
func (o *Outbox) Owed(ctx context.Context, r digest.Range, now time.Time, after int64, limit int) ([]digest.Delivery, error) {
	var owed []digest.Delivery
	rows, err := o.core.read.Query(ctx, `SELECT id, kind, address, first_due_at, attempts FROM letters
		WHERE id BETWEEN max(?, ?) AND ? AND step = 'pending' AND due_at <= ? ORDER BY id LIMIT ?`,
		r.Low, after+1, r.High, now.Unix(), limit)
	err = each(rows, err, func(scan scanner) error {
		var d digest.Delivery
		var firstDue sql.NullInt64
		err := scan(&d.Key, &d.Variant, &d.Address, &firstDue, &d.Attempts)
		d.FirstDue = instant(firstDue)
		owed = append(owed, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("which letters are owed: %w", err)
	}
	return owed, nil
}

// Compose implements deliver.Composer with the letter as it was posted. A letter
// at its end is digest.ErrNotFound.
func (o *Outbox) Compose(d digest.Delivery) (digest.Envelope, error) {
	e := digest.Envelope{Delivery: d}
	err := o.core.read.QueryRow(context.Background(), `SELECT return_path, address, bytes FROM letters
		WHERE id = ? AND step IN ('pending', 'attempting')`, d.Key).Scan(&e.From, &e.To, &e.Data)
	if err != nil {
		return digest.Envelope{}, fmt.Errorf("compose letter %d: %w", d.Key, missing(err))
	}
	return e, nil
}

// Intend implements deliver.Ledger. A letter that is not pending any more gives
// false.
func (o *Outbox) Intend(ctx context.Context, d digest.Delivery, now time.Time) (bool, error) {
	var n int64
	err := o.core.write.one(ctx, func(ctx context.Context, c conn) (err error) {
		n, err = c.Exec(ctx, `UPDATE letters SET step = 'attempting', owner = ?, lease_until = ?, at = ?
			WHERE id = ? AND step = 'pending'`, o.owner, now.Add(o.lease).Unix(), now.Unix(), d.Key)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("intend letter %d: %w", d.Key, err)
	}
	return n == 1, nil
}

// Settle implements deliver.Ledger. Relays like to quote the recipient: the
// address is taken out of what is kept.
func (o *Outbox) Settle(ctx context.Context, d digest.Delivery, t digest.Settlement) error {
	var due any
	end := ``
	switch t.Step {
	case digest.Pending:
		due = seconds(t.Due)
	case digest.Sent, digest.Failed, digest.Expired, digest.Unknown:
		end = forget + `, `
	default:
		return fmt.Errorf("settle letter %d: an attempt does not end as %q", d.Key, t.Step)
	}
	reply := t.Outcome.Reply
	if d.Address != "" {
		reply = strings.ReplaceAll(reply, d.Address, "…")
	}
	err := o.core.write.one(ctx, func(ctx context.Context, c conn) error {
		err := oneRow(c.Exec(ctx, `UPDATE letters SET `+end+`
				step = ?, due_at = coalesce(?, due_at), attempts = attempts + ?, doubts = doubts + ?,
				code = ?, enhanced = ?, reply = ?, queue_id = ?, owner = '', lease_until = NULL, at = ?
			WHERE id = ? AND step IN ('attempting', 'pending')`, t.Step, due, t.Counted, t.Doubted,
			t.Outcome.Code, plain(t.Outcome.Enhanced), plain(reply), plain(t.Outcome.QueueID), t.At.Unix(), d.Key))
		if errors.Is(err, digest.ErrNotFound) {
			// An erased letter has no outcome any more, and that is none's fault.
			var erased bool
			if askErr := c.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM letters WHERE id = ? AND reply = ?)`,
				d.Key, erasedOnTheWay).Scan(&erased); askErr != nil || erased {
				return askErr
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("settle letter %d: %w", d.Key, err)
	}
	return nil
}
