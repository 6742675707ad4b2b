package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// Unsubscribe takes the reader with this public ID off the list by their own word. What
// is pending is skipped in the same transaction, and no import brings the address back.
// It says whether that changed anything. Twice is as good as once, and for nobody it
// does nothing.
func (s *List) Unsubscribe(ctx context.Context, publicID uint64, now time.Time) (bool, error) {
	changed := false
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		is, key, err := s.factsOf(ctx, c, publicID)
		if errors.Is(err, digest.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		change := is.Leave(now)
		changed = change.Changed
		return s.apply(ctx, c, key, change, now)
	})
	if err != nil {
		return false, fmt.Errorf("unsubscribe a reader: %w", err)
	}
	return changed, nil
}

// Leave does what Unsubscribe does, and posts a goodbye in the same transaction if there is
// one. A goodbye is written for an active reader: if this one is none by now, or has another
// address, nothing changes and the error is subscribers.ErrMeanwhile.
func (s *List) Leave(ctx context.Context, publicID uint64, goodbye *digest.Letter, now time.Time) (bool, error) {
	if goodbye == nil {
		return s.Unsubscribe(ctx, publicID, now)
	}
	changed := false
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		is, key, err := s.factsOf(ctx, c, publicID)
		if errors.Is(err, digest.ErrNotFound) || err == nil && !is.OwedGoodbye() {
			return subscribers.ErrMeanwhile
		}
		if err != nil {
			return err
		}
		if err := differs(is, *goodbye); err != nil {
			return err
		}
		change := is.Leave(now)
		changed = change.Changed
		if err := s.apply(ctx, c, key, change, now); err != nil {
			return err
		}
		_, err = post(ctx, c, *goodbye, nil, now)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("unsubscribe a reader: %w", err)
	}
	return changed, nil
}

// Remove deletes the row of an address and says whether there was one. In the same
// transaction, pending deliveries and letters to this address are skipped. The ledger
// keeps its rows, so that editions go on adding up. If the reader had left, an import
// still does not bring them back.
//
// A goodbye, if it is not nil, is posted in the same transaction. It is written for an
// active reader. If there is none at this address by now, nothing changes and the error
// is subscribers.ErrMeanwhile.
func (s *List) Remove(ctx context.Context, a subscribers.Address, goodbye *digest.Letter, now time.Time,
) (bool, error) {
	n := 0
	err := s.write.whole(ctx, func(ctx context.Context, c conn) (err error) {
		if goodbye == nil {
			n, _, err = s.removeChunk(ctx, c, []subscribers.Address{a}, toTheEnd, now)
			return err
		}
		is, err := s.facts(ctx, c, a)
		if err != nil {
			return err
		}
		if !is.OwedGoodbye() {
			return subscribers.ErrMeanwhile
		}
		if err := differs(is, *goodbye); err != nil {
			return err
		}
		if n, _, err = s.removeChunk(ctx, c, []subscribers.Address{a}, toTheEnd, now); err != nil {
			return err
		}
		_, err = post(ctx, c, *goodbye, nil, now)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("remove a subscriber: %w", err)
	}
	return n > 0, nil
}

// RemoveAll does what Remove does for many addresses, without goodbyes, a few thousand
// in a transaction. It gives how many rows there were. After an error, those that it
// counted are gone. To do it all once more is harmless. It makes way for a process that
// sends.
func (s *List) RemoveAll(ctx context.Context, all iter.Seq[subscribers.Address], now time.Time) (int, error) {
	var way giveWay
	var waiting []subscribers.Address
	total := 0
	flush := func() error {
		n, err := s.turns(ctx, &way, waiting,
			func(ctx context.Context, c conn, some []subscribers.Address, over func() bool) (n, took int, err error) {
				return s.removeChunk(ctx, c, some, over, now)
			})
		total, waiting = total+n, waiting[:0]
		if err != nil {
			return fmt.Errorf("remove subscribers: %w", err)
		}
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
	err := flush()
	return total, err
}

// erased is why something is skipped whose reader is gone.
const erased = "erased"

// removeChunk removes the first of some addresses, until it is over. It gives how many rows
// there were, and how many addresses it took. It looks up once for all of them which
// editions are under way and which letters wait.
func (s *core) removeChunk(
	ctx context.Context, c conn, all []subscribers.Address, over func() bool, now time.Time,
) (n, took int, err error) {
	editions, err := unfinished(ctx, c)
	if err != nil {
		return 0, 0, err
	}
	gone, mailboxes := map[int64]bool{}, map[string]bool{}
	for _, a := range all {
		if took > 0 && over() {
			break
		}
		took++
		var id int64
		err := c.QueryRow(ctx, `SELECT id FROM subscribers WHERE address_key = $1`, a.Key()).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return 0, 0, err
		}
		if _, err := c.Exec(ctx, `DELETE FROM subscribers WHERE id = $1`, id); err != nil {
			return 0, 0, err
		}
		if err := skipDeliveries(ctx, c, editions, id, erased, now); err != nil {
			return 0, 0, err
		}
		if err := s.depart(ctx, c, subscribers.Removed, s.hidden(a.Key()), now, ""); err != nil {
			return 0, 0, err
		}
		gone[id], mailboxes[strings.ToLower(a.Mailbox())] = true, true
	}
	if len(gone) == 0 {
		return 0, took, nil
	}
	return len(gone), took, skipLettersOf(ctx, c, gone, mailboxes, now)
}

// skipWaiting skips what is pending for a reader, but not a goodbye.
func skipWaiting(ctx context.Context, c conn, id int64, status subscribers.Status, now time.Time) error {
	editions, err := unfinished(ctx, c)
	if err != nil {
		return err
	}
	if err := skipDeliveries(ctx, c, editions, id, string(status), now); err != nil {
		return err
	}
	return skipLetters(ctx, c, `subscriber = $3 AND kind <> 'goodbye'`, id, string(status), now)
}

// unfinished gives the numbers of the editions that may have pending deliveries. The key
// of the ledger begins with the edition, so a reader's row is looked up in each.
func unfinished(ctx context.Context, c conn) ([]uint32, error) {
	var all []uint32
	rows, err := c.Query(ctx, `SELECT number FROM editions WHERE state IN ('open', 'sending', 'paused')`)
	err = each(rows, err, func(scan scanner) error {
		var number uint32
		err := scan(&number)
		all = append(all, number)
		return err
	})
	return all, err
}

// skipDeliveries takes a reader off these editions.
func skipDeliveries(ctx context.Context, c conn, editions []uint32, id int64, reason string, now time.Time) error {
	for _, number := range editions {
		if _, err := c.Exec(ctx, `UPDATE deliveries SET step = 'skipped', reason = $1, at = $2
			WHERE edition = $3 AND subscriber = $4 AND step = 'pending'`, reason, now.Unix(), number, id); err != nil {
			return err
		}
	}
	return nil
}

// skipLetters skips the waiting letters that meet a condition. The condition has the
// third parameter in it.
func skipLetters(ctx context.Context, c conn, where string, id int64, reason string, now time.Time) error {
	_, err := c.Exec(ctx, `UPDATE letters SET step = 'skipped', reason = $1, at = $2, `+forget+`
		WHERE step = 'pending' AND `+where, reason, now.Unix(), id)
	return err
}

// skipLettersOf skips the waiting letters that are about these readers or go to these
// mailboxes. The mailboxes are in lower case.
func skipLettersOf(ctx context.Context, c conn, readers map[int64]bool, mailboxes map[string]bool, now time.Time,
) error {
	var letters []int64
	rows, err := c.Query(ctx, `SELECT id, address, coalesce(subscriber, 0) FROM letters WHERE step = 'pending'`)
	if err = each(rows, err, func(scan scanner) error {
		var id, about int64
		var address string
		err := scan(&id, &address, &about)
		if readers[about] || mailboxes[strings.ToLower(address)] {
			letters = append(letters, id)
		}
		return err
	}); err != nil {
		return err
	}
	for _, id := range letters {
		if err := skipLetters(ctx, c, `id = $3`, id, erased, now); err != nil {
			return err
		}
	}
	return nil
}
