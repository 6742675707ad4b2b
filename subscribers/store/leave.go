package store

import (
	"context"
	"errors"
	"fmt"
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

// Return takes back that the reader with this public ID left at a certain time, by the rule
// [subscribers.Facts.Return], and says whether it does. What was skipped when they left stays
// so: editions come from the next one on.
func (s *List) Return(ctx context.Context, publicID uint64, left, now time.Time) (bool, error) {
	returned := false
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		is, key, err := s.factsOf(ctx, c, publicID)
		if errors.Is(err, digest.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		change, ok := is.Return(left, now)
		if !ok {
			return nil
		}
		returned = true
		return s.apply(ctx, c, key, change, now)
	})
	if err != nil {
		return false, fmt.Errorf("take a reader back: %w", err)
	}
	return returned, nil
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
		if err := enterReader(ctx, c, number, id); err != nil {
			return err
		}
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
