package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"vesper/subscribers"
)

// Suppression is why an address must not be mailed, and since when.
type Suppression struct {
	Reason string
	Since  time.Time
}

// Suppressions gives what stands against an address, the oldest first. They
// outlive the reader's row.
func (s *List) Suppressions(ctx context.Context, a subscribers.Address) ([]Suppression, error) {
	var all []Suppression
	rows, err := s.read.Query(ctx, `SELECT reason, created_at FROM suppressions WHERE address_hash = ?
		ORDER BY created_at, reason`, s.hidden(a.Key()))
	err = each(rows, err, func(scan scanner) error {
		var one Suppression
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

// Suppress keeps an address from being mailed for one of the reasons of package
// subscribers, whether or not it is on the list. What is pending for it is
// skipped in the same transaction. It says whether that changed anything.
func (s *List) Suppress(ctx context.Context, a subscribers.Address, reason string, now time.Time) (changed bool, err error) {
	if err := checkReason(reason); err != nil {
		return false, err
	}
	err = s.write.whole(ctx, func(ctx context.Context, c conn) (err error) {
		changed, err = s.suppress(ctx, c, a.Key(), reason, now)
		return errors.Join(err, s.again(ctx, c, a.Key(), subscribers.Suppressed, now))
	})
	if err != nil {
		return false, fmt.Errorf("suppress an address: %w", err)
	}
	return changed, nil
}

// SuppressAll suppresses many addresses for one reason as Suppress does, a few
// thousand a transaction, and gives for how many that changed anything.
func (s *List) SuppressAll(ctx context.Context, all []subscribers.Address, reason string, now time.Time) (int, error) {
	if err := checkReason(reason); err != nil {
		return 0, err
	}
	changed := 0
	for some := range slices.Chunk(all, chunk) {
		n := 0
		err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
			for _, a := range some {
				did, err := s.suppress(ctx, c, a.Key(), reason, now)
				if err = errors.Join(err, s.again(ctx, c, a.Key(), subscribers.Suppressed, now)); err != nil {
					return err
				}
				if did {
					n++
				}
			}
			return nil
		})
		if err != nil {
			return changed, fmt.Errorf("suppress addresses: %w", err)
		}
		changed += n
	}
	return changed, nil
}

func (s *core) suppress(ctx context.Context, c conn, addressKey, reason string, now time.Time) (bool, error) {
	isNew, err := s.bar(ctx, c, addressKey, reason, now)
	if err != nil {
		return false, err
	}
	var id int64
	var status subscribers.Status
	err = c.QueryRow(ctx, `SELECT id, status FROM subscribers WHERE address_key = ?`, addressKey).Scan(&id, &status)
	if errors.Is(err, sql.ErrNoRows) {
		return isNew, nil
	}
	if err != nil || !isNew && gone(status) {
		return false, err
	}
	// The reason that the row names is the gravest, whichever came last.
	if reason, err = s.suppressedFor(ctx, c, addressKey); err != nil {
		return false, err
	}
	return true, take(ctx, c, id, subscribers.Suppressed, reason, now)
}

// gone says whether a reader is off the list already.
func gone(status subscribers.Status) bool {
	return status == subscribers.Unsubscribed || status == subscribers.Suppressed
}

// bar enters a suppression and says whether it is new.
func (s *core) bar(ctx context.Context, c conn, addressKey, reason string, now time.Time) (bool, error) {
	n, err := c.Exec(ctx, `INSERT INTO suppressions (address_hash, reason, created_at) VALUES (?, ?, ?)
		ON CONFLICT DO NOTHING`, s.hidden(addressKey), reason, now.Unix())
	if err != nil || n == 0 {
		return false, err
	}
	return true, s.void(ctx, c, addressKey, now)
}

// void makes confirmations that are on their way count as used: they do not undo
// what comes after them.
func (s *core) void(ctx context.Context, c conn, addressKey string, now time.Time) error {
	_, err := c.Exec(ctx, `UPDATE confirmations SET used_at = ? WHERE address_hash = ? AND used_at IS NULL`,
		now.Unix(), s.hidden(addressKey))
	return err
}

// again is somebody's word against an address that was off the list already, as
// it may be: the row names the gravest reason, and what its reader was sent to
// come back by is void. Of a row that a file repeats there is no such word.
func (s *core) again(ctx context.Context, c conn, addressKey string, status subscribers.Status, now time.Time) error {
	reason, err := s.suppressedFor(ctx, c, addressKey)
	if err != nil {
		return err
	}
	var id int64
	err = c.QueryRow(ctx, `UPDATE subscribers SET reason = CASE status WHEN 'suppressed' THEN ? ELSE reason END
		WHERE address_key = ? RETURNING id`, reason, addressKey).Scan(&id)
	if err == nil {
		err = skipLetters(ctx, c, id, status, now)
	} else if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return errors.Join(err, s.void(ctx, c, addressKey, now))
}

// take moves a reader off the list: what is pending is skipped.
func take(ctx context.Context, c conn, id int64, status subscribers.Status, reason string, now time.Time) error {
	if _, err := c.Exec(ctx, `UPDATE subscribers SET left_at = CASE WHEN status IN ('unsubscribed', 'suppressed')
			THEN coalesce(left_at, ?1) ELSE ?1 END, status = ?2, reason = ?3, invited_at = NULL WHERE id = ?4`,
		now.Unix(), status, reason, id); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, skipOwed, status, now.Unix(), id); err != nil {
		return err
	}
	return skipLetters(ctx, c, id, status, now)
}

// skipLetters skips what waits for a reader, but for a goodbye.
func skipLetters(ctx context.Context, c conn, id int64, status subscribers.Status, now time.Time) error {
	_, err := c.Exec(ctx, `UPDATE letters SET step = 'skipped', reason = ?, at = ?, `+forget+`
		WHERE subscriber = ? AND step = 'pending' AND kind <> 'goodbye'`, status, now.Unix(), id)
	return err
}

// Unsuppress lifts what an admin may lift, a manual suppression and a hard
// bounce, and says whether there was one. A reader who had confirmed is active
// then. Where the reader has left or complained, the error is subscribers.Barred: only
// the reader's own new confirmation lifts that.
func (s *List) Unsuppress(ctx context.Context, a subscribers.Address, now time.Time) (changed bool, err error) {
	var left []string
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		n, err := c.Exec(ctx, `DELETE FROM suppressions WHERE address_hash = ? AND reason IN (?, ?)`,
			s.hidden(a.Key()), subscribers.HardBounce, subscribers.Manual)
		if err != nil {
			return err
		}
		changed = n > 0
		if left, err = s.reasons(ctx, c, a.Key()); err != nil || !changed {
			return err
		}
		status, reason := subscribers.Suppressed, subscribers.Gravest(left)
		if reason == subscribers.ByReader {
			status = subscribers.Unsubscribed
		}
		if reason == "" {
			// Who signed up and has not confirmed still dies, counted from the asking.
			_, err = c.Exec(ctx, `UPDATE subscribers SET reason = '', left_at = NULL,
				status = CASE WHEN confirmed_at IS NULL THEN 'unconfirmed' ELSE 'active' END,
				invited_at = CASE WHEN confirmed_at IS NULL AND source = ? THEN coalesce(asked_at, created_at) END
				WHERE address_key = ? AND status = 'suppressed'`, subscribers.FromSignUp, a.Key())
			return err
		}
		_, err = c.Exec(ctx, `UPDATE subscribers SET status = ?, reason = ? WHERE address_key = ? AND status = 'suppressed'`,
			status, reason, a.Key())
		return err
	})
	if err == nil && len(left) > 0 {
		err = subscribers.Barred{Reason: subscribers.Gravest(left)}
	}
	if err != nil {
		return changed, fmt.Errorf("lift a suppression: %w", err)
	}
	return changed, nil
}

// reasons gives what stands against an address, the gravest first.
func (s *core) reasons(ctx context.Context, q conn, addressKey string) ([]string, error) {
	var all []string
	rows, err := q.Query(ctx, `SELECT reason FROM suppressions WHERE address_hash = ?`, s.hidden(addressKey))
	err = each(rows, err, func(scan scanner) error {
		var one string
		err := scan(&one)
		all = append(all, one)
		return err
	})
	return subscribers.ByGravity(all), err
}

// barredByOthers says whether anything stands against an address that its reader
// can't lift.
func (s *core) barredByOthers(ctx context.Context, q conn, addressKey string) (bool, error) {
	all, err := s.reasons(ctx, q, addressKey)
	return slices.ContainsFunc(all, subscribers.Liftable), err
}

// suppressedFor gives the gravest reason why an address is suppressed, "" if it
// is not.
func (s *core) suppressedFor(ctx context.Context, q conn, addressKey string) (string, error) {
	all, err := s.reasons(ctx, q, addressKey)
	return subscribers.Gravest(all), err
}

// barred gives the place of an address that is not active, with the standing
// Suppressed if anything stands against it. That somebody who left is unconfirmed
// again says only that somebody asked.
func (s *core) barred(ctx context.Context, q conn, addressKey string, is place) (place, error) {
	if is.status != "" && is.status != subscribers.Unconfirmed {
		return is, nil
	}
	reason, err := s.suppressedFor(ctx, q, addressKey)
	if err == nil && reason != "" {
		is.status = subscribers.Suppressed
	}
	return is, err
}
