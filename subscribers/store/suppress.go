package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"vesper/subscribers"
)

// Suppressions gives what stands against an address, the oldest first. They
// outlive the reader's row.
func (s *List) Suppressions(ctx context.Context, a subscribers.Address) ([]subscribers.Suppression, error) {
	var all []subscribers.Suppression
	rows, err := s.read.Query(ctx, `SELECT reason, created_at FROM suppressions WHERE address_hash = $1
		ORDER BY created_at, reason`, s.hidden(a.Key()))
	err = each(rows, err, func(scan scanner) error {
		var one subscribers.Suppression
		var since sql.NullInt64
		err := scan(&one.Reason, &since)
		one.Since = instant(since)
		all = append(all, one)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look up suppressions: %w", err)
	}
	return all, nil
}

// Suppress keeps an address from being mailed, for one of subscribers.Reasons. The
// address may be on the list or not. What is pending for it is skipped in the same
// transaction. It says whether that changed anything.
func (s *List) Suppress(ctx context.Context, a subscribers.Address, reason string, now time.Time) (bool, error) {
	n, err := s.SuppressAll(ctx, []subscribers.Address{a}, reason, now)
	return n > 0, err
}

// SuppressAll does what Suppress does for many addresses, a few thousand in a
// transaction. It gives for how many that changed anything. It makes way for a process that
// sends.
func (s *List) SuppressAll(ctx context.Context, all []subscribers.Address, reason string, now time.Time) (int, error) {
	if err := subscribers.CheckReason(reason); err != nil {
		return 0, err
	}
	var way giveWay
	changed, err := s.turns(ctx, &way, all,
		func(ctx context.Context, c conn, some []subscribers.Address, over func() bool) (n, took int, err error) {
			return s.suppressChunk(ctx, c, some, reason, over, now)
		}, nil)
	if err != nil {
		return changed, fmt.Errorf("suppress addresses: %w", err)
	}
	return changed, nil
}

// suppressChunk suppresses the first of some addresses, until it is over. It gives for how
// many that changed anything, and how many it took.
func (s *core) suppressChunk(
	ctx context.Context, c conn, all []subscribers.Address, reason string, over func() bool, now time.Time,
) (n, took int, err error) {
	for _, a := range all {
		if took > 0 && over() {
			break
		}
		did, err := s.suppress(ctx, c, a, reason, now)
		if err != nil {
			return 0, 0, err
		}
		took++
		n += asNumber(did)
	}
	return n, took, nil
}

func (s *core) suppress(ctx context.Context, c conn, a subscribers.Address, reason string, now time.Time,
) (bool, error) {
	is, err := s.facts(ctx, c, a)
	if err != nil {
		return false, err
	}
	change := is.Suppress(reason, now)
	return change.Changed, s.apply(ctx, c, a.Key(), change, now)
}

// Unsuppress lifts what an admin may lift, manual suppressions and hard bounces, and
// says whether there was any. A reader who had confirmed is active then. If the reader
// has left or complained, the error is subscribers.Barred: only their own new
// confirmation lifts that.
func (s *List) Unsuppress(ctx context.Context, a subscribers.Address, now time.Time) (changed bool, err error) {
	var stands []string
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		is, err := s.facts(ctx, c, a)
		if err != nil {
			return err
		}
		change := is.Lift()
		changed, stands = change.Changed, change.After.Suppressions
		if err := s.apply(ctx, c, a.Key(), change, now); err != nil || !changed {
			return err
		}
		return s.startAnew(ctx, c, is.ID, "the reader was put back by the admin", now)
	})
	if err == nil && len(stands) > 0 {
		err = subscribers.Barred{Reason: subscribers.Gravest(stands)}
	}
	if err != nil {
		return changed, fmt.Errorf("lift a suppression: %w", err)
	}
	return changed, nil
}

// startAnew keeps why what came back of a reader before does not count any more, and nothing is
// held: an admin put them back, or they have another address.
func (s *core) startAnew(ctx context.Context, c conn, id int64, why string, now time.Time) error {
	if _, err := c.Exec(ctx, `UPDATE subscribers SET lifted_at = $1 WHERE id = $2`, now.Unix(), id); err != nil {
		return err
	}
	_, err := c.Exec(ctx, `UPDATE reports SET state = 'discarded', decided_at = $1, why = $2
		WHERE subscriber = $3 AND state = 'held'`, now.Unix(), why, id)
	return err
}

// reasons gives what stands against an address, the gravest first.
func (s *core) reasons(ctx context.Context, q conn, addressKey string) ([]string, error) {
	var all []string
	rows, err := q.Query(ctx, `SELECT reason FROM suppressions WHERE address_hash = $1`, s.hidden(addressKey))
	err = each(rows, err, func(scan scanner) error {
		var one string
		err := scan(&one)
		all = append(all, one)
		return err
	})
	return subscribers.ByGravity(all), err
}

// bar enters a reason against an address that has no row any more, and says whether it
// is new. Links on their way do nothing any more.
func (s *core) bar(ctx context.Context, c conn, addressKey, reason string, now time.Time) (bool, error) {
	isNew, err := s.enterReason(ctx, c, addressKey, reason, now)
	if err != nil || !isNew {
		return false, err
	}
	return true, s.void(ctx, c, addressKey, now)
}

// enterReason keeps that a reason stands against an address, and says whether that is new.
func (s *core) enterReason(ctx context.Context, c conn, addressKey, reason string, since time.Time) (bool, error) {
	return s.enterReasonOf(ctx, c, s.hidden(addressKey), reason, since)
}

// enterReasonOf does so for an address that is known by its HMAC alone.
func (s *core) enterReasonOf(ctx context.Context, c conn, hash []byte, reason string, since time.Time) (bool, error) {
	n, err := c.Exec(ctx, `INSERT INTO suppressions (address_hash, reason, created_at) VALUES ($1, $2, $3)
		ON CONFLICT DO NOTHING`, hash, reason, since.Unix())
	if err == nil && n > 0 {
		err = s.depart(ctx, c, subscribers.DepartureKind(reason), hash, since, "")
	}
	return n > 0, err
}
