package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"vesper/subscribers"
)

// skipOwed takes a reader off every edition under way, skipThose the readers of a
// JSON array. The key of the ledger begins with the edition, so the editions are
// named.
const (
	skipOwed  = skip + `= ?`
	skipThose = skip + `IN (SELECT value FROM json_each(?))`

	skip = `UPDATE deliveries SET step = 'skipped', reason = ?, at = ?
		WHERE edition IN (SELECT number FROM editions WHERE state IN ('open', 'sending', 'paused'))
			AND step = 'pending' AND subscriber `
)

// byTheReader is why a row is unsubscribed.
const byTheReader = "by the reader"

// Unsubscribe takes the reader with this public ID off the list by the reader's
// own word: what is pending is skipped in the same transaction, and no import
// brings the address back. It says whether that changed anything; once more is as
// good as once.
func (s *List) Unsubscribe(ctx context.Context, publicID uint64, now time.Time) (bool, error) {
	changed := false
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		var id int64
		var address string
		var status subscribers.Status
		err := c.QueryRow(ctx, `SELECT id, address_key, status FROM subscribers WHERE public_id = ?`, int64(publicID)).
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
func (s *List) Remove(ctx context.Context, a subscribers.Address, now time.Time) (bool, error) {
	n, err := s.RemoveAll(ctx, func(yield func(subscribers.Address) bool) { yield(a) }, now)
	return n > 0, err
}

// RemoveAll removes many addresses as Remove does, a few thousand a transaction,
// and gives how many rows there were. What it counted before an error is gone;
// doing it all again is harmless.
func (s *List) RemoveAll(ctx context.Context, all iter.Seq[subscribers.Address], now time.Time) (int, error) {
	total := 0
	var waiting []subscribers.Address
	flush := func() error {
		if len(waiting) == 0 {
			return nil
		}
		n := 0
		err := s.write.whole(ctx, func(ctx context.Context, c conn) (err error) {
			n, err = removeChunk(ctx, c, waiting, now)
			return err
		})
		if err != nil {
			return fmt.Errorf("remove subscribers: %w", err)
		}
		total, waiting = total+n, waiting[:0]
		return nil
	}
	for a := range all {
		if waiting = append(waiting, a); len(waiting) < chunk {
			continue
		}
		if err := flush(); err != nil {
			return total, err
		}
	}
	return total, flush()
}

// removeChunk looks at the letters that wait once for all of its addresses.
func removeChunk(ctx context.Context, c conn, all []subscribers.Address, now time.Time) (int, error) {
	var ids []int64
	var mailboxes []string
	for _, a := range all {
		var id int64
		err := c.QueryRow(ctx, `DELETE FROM subscribers WHERE address_key = ? RETURNING id`, a.Key()).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return 0, err
		}
		ids, mailboxes = append(ids, id), append(mailboxes, a.Mailbox())
	}
	those, err := json.Marshal(ids)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	theirs, err := json.Marshal(mailboxes)
	if err != nil {
		return 0, err
	}
	if _, err = c.Exec(ctx, skipThose, "erased", now.Unix(), string(those)); err != nil {
		return 0, err
	}
	_, err = c.Exec(ctx, `UPDATE letters SET step = 'skipped', reason = 'erased', at = ?1, `+forget+`
		WHERE step = 'pending' AND (subscriber IN (SELECT value FROM json_each(?2))
			OR lower(address) IN (SELECT lower(value) FROM json_each(?3)))`, now.Unix(), string(those), string(theirs))
	return len(ids), err
}
