package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vesper/subscribers"
)

// skipOwed takes a reader off every edition under way. The key of the ledger
// begins with the edition, so the editions are named.
const skipOwed = `UPDATE deliveries SET step = 'skipped', reason = ?, at = ?
	WHERE edition IN (SELECT number FROM editions WHERE state IN ('open', 'sending', 'paused'))
		AND subscriber = ? AND step = 'pending'`

// byTheReader is why a row is unsubscribed.
const byTheReader = "by the reader"

// Unsubscribe takes the reader with this public ID off the list by the reader's
// own word: what is pending is skipped in the same transaction, and no import
// brings the address back. It says whether that changed anything; once more is as
// good as once.
func (s *Store) Unsubscribe(ctx context.Context, publicID uint64, now time.Time) (bool, error) {
	changed := false
	err := s.write.whole(ctx, func(ctx context.Context, c *sql.Conn) error {
		var id int64
		var address string
		var status subscribers.Status
		err := c.QueryRowContext(ctx, `SELECT id, address_key, status FROM subscribers WHERE public_id = ?`, int64(publicID)).
			Scan(&id, &address, &status)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		// Who is suppressed leaves too: an admin who lifts the suppression must not
		// bring back a reader who has left.
		if changed, err = s.bar(ctx, c, address, subscribers.ByReader, now); err != nil {
			return err
		}
		if gone(status) {
			return s.again(ctx, c, address, subscribers.Unsubscribed, now)
		}
		changed = true
		return take(ctx, c, id, subscribers.Unsubscribed, byTheReader, now)
	})
	if err != nil {
		return false, fmt.Errorf("unsubscribe a reader: %w", err)
	}
	return changed, nil
}

// Remove deletes the row of an address and says whether there was one. What is
// pending is skipped in the same transaction; the ledger keeps its rows, so that
// editions go on adding up, and letters that wait for this address are skipped.
// Who had left is still not brought back by an import.
func (s *Store) Remove(ctx context.Context, a subscribers.Address, now time.Time) (bool, error) {
	found := true
	err := s.write.whole(ctx, func(ctx context.Context, c *sql.Conn) error {
		var id int64
		err := c.QueryRowContext(ctx, `DELETE FROM subscribers WHERE address_key = ? RETURNING id`, a.Key()).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			found = false
			return nil
		}
		if err != nil {
			return err
		}
		if _, err = c.ExecContext(ctx, skipOwed, "erased", now.Unix(), id); err != nil {
			return err
		}
		_, err = c.ExecContext(ctx, `UPDATE letters SET step = 'skipped', reason = 'erased', at = ?1, `+forget+`
			WHERE step = 'pending' AND (subscriber = ?2 OR lower(address) = lower(?3))`, now.Unix(), id, a.Mailbox())
		return err
	})
	if err != nil {
		return false, fmt.Errorf("remove a subscriber: %w", err)
	}
	return found, nil
}
