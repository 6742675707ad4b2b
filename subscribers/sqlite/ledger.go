package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// Ledger is the deliveries of one edition. It implements deliver.Ledger; a row's
// key is its subscriber.
type Ledger struct {
	*queue
	number uint32
}

func newLedger(c *core, number uint32) *Ledger {
	q := &queue{
		core: c, name: fmt.Sprintf("edition %d", number), row: "subscriber",
		table: "deliveries", key: "subscriber", edition: []any{number},
		// A reader whose row is gone was erased.
		standing: `coalesce((SELECT s.status FROM subscribers s WHERE s.id = deliveries.subscriber), 'erased')`,
		patient:  `coalesce(resumed_at, first_due_at)`,
	}
	return &Ledger{q.ready(), number}
}

// signing is what an edition gives each of its deliveries.
type signing struct {
	// link is the key that the edition was opened with.
	link    key
	resumed time.Time
}

// Owed implements deliver.Ledger. Rows of readers who are not active are left to
// Sweep. An edition that is not there is digest.ErrNotFound.
func (l *Ledger) Owed(ctx context.Context, r digest.Range, now time.Time, after *digest.Delivery, limit int) ([]digest.Delivery, error) {
	all, err := l.owed(ctx, r, now, after, limit)
	if err != nil {
		return nil, fmt.Errorf("who is owed %s: %w", l.name, err)
	}
	return all, nil
}

func (l *Ledger) owed(ctx context.Context, r digest.Range, now time.Time, after *digest.Delivery, limit int) ([]digest.Delivery, error) {
	var by signing
	var resumed sql.NullInt64
	err := l.read.QueryRow(ctx, `SELECT k.id, k.secret, e.resumed_at FROM editions e JOIN keys k ON k.id = e.link_key
		WHERE e.number = $1`, l.number).Scan(&by.link.ID, &by.link.Secret, &resumed)
	if err != nil {
		return nil, missing(err)
	}
	by.resumed = instant(resumed)
	where, args := l.due(r, now, after)
	var all []digest.Delivery
	rows, err := l.read.Query(ctx, `SELECT d.subscriber, d.variant, d.due_at, d.first_due_at, d.resumed_at, d.attempts,
			s.address, s.address_key, s.confirmed_at, s.public_id
		FROM deliveries d JOIN subscribers s ON s.id = d.subscriber
		WHERE `+where+` AND s.status = 'active' ORDER BY d.due_at, d.subscriber LIMIT $7`, append(args, limit)...)
	err = each(rows, err, func(scan scanner) error {
		d, err := l.scanDelivery(scan, by)
		all = append(all, d)
		return err
	})
	return all, err
}

func (l *Ledger) scanDelivery(scan scanner, by signing) (digest.Delivery, error) {
	d := digest.Delivery{Lease: l.lease}
	var due, firstDue, resumed, confirmed sql.NullInt64
	var given, normal string
	var public int64
	if err := scan(&d.Key, &d.Variant, &due, &firstDue, &resumed, &d.Attempts, &given, &normal, &confirmed, &public); err != nil {
		return d, err
	}
	// An address that the grammar has come to refuse is tried in the form that it
	// is compared by: the relay decides, and nobody else waits for it.
	d.Address = normal
	if a, err := subscribers.ParseAddress(given); err == nil {
		d.Address = a.Mailbox()
	}
	d.Due, d.FirstDue, d.Resumed, d.Since = instant(due), instant(firstDue), instant(resumed), instant(confirmed)
	if by.resumed.After(d.Resumed) {
		d.Resumed = by.resumed
	}
	d.MessageID = l.message.MessageID(l.number, d.Key)
	d.Unsubscribe = by.link.Link(subscribers.ToUnsubscribe, uint64(public), time.Time{})
	d.Preferences = by.link.Link(subscribers.ToPrefer, uint64(public), time.Time{})
	d.ReturnPath = by.link.ReturnPath(uint64(public), l.number)
	return d, nil
}
