package store

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
	var found []bool
	err := s.write.whole(ctx, func(ctx context.Context, c conn) (err error) {
		if goodbye == nil {
			found, err = s.removeChunk(ctx, c, []subscribers.Address{a}, toTheEnd, now)
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
		if found, err = s.removeChunk(ctx, c, []subscribers.Address{a}, toTheEnd, now); err != nil {
			return err
		}
		_, err = post(ctx, c, *goodbye, nil, now)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("remove a subscriber: %w", err)
	}
	return found[0], nil
}

// RemoveEach does what Remove does for many addresses, without goodbyes, a few thousand in a
// transaction. After each transaction it tells of each of its addresses whether there was a
// row, and ends where that fails. It makes way for a process that sends.
func (s *List) RemoveEach(ctx context.Context, all []subscribers.Address, now time.Time,
	tell func(a subscribers.Address, found bool) error,
) error {
	var way giveWay
	return s.removeEach(ctx, &way, all, now, tell)
}

func (s *core) removeEach(ctx context.Context, way *giveWay, all []subscribers.Address, now time.Time,
	tell func(a subscribers.Address, found bool) error,
) error {
	var found []bool
	_, err := s.turns(ctx, way, all,
		func(ctx context.Context, c conn, some []subscribers.Address, over func() bool) (n, took int, err error) {
			found, err = s.removeChunk(ctx, c, some, over, now)
			return 0, len(found), err
		}, func(some []subscribers.Address) error {
			for i, a := range some {
				if err := tell(a, found[i]); err != nil {
					return err
				}
			}
			return nil
		})
	if err != nil {
		return fmt.Errorf("remove subscribers: %w", err)
	}
	return nil
}

// RemoveAll does what RemoveEach does, and gives how many rows there were. After an error, those that it
// counted are gone. To do it all once more is harmless. It makes way for a process that
// sends.
func (s *List) RemoveAll(ctx context.Context, all iter.Seq[subscribers.Address], now time.Time) (int, error) {
	var way giveWay
	var waiting []subscribers.Address
	total := 0
	flush := func() error {
		err := s.removeEach(ctx, &way, waiting, now, func(_ subscribers.Address, found bool) error {
			if found {
				total++
			}
			return nil
		})
		waiting = waiting[:0]
		return err
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

// removeChunk removes the first of some addresses, until it is over. Of each one that it took
// it gives whether there was a row. It looks up once for all of them which editions are under
// way and which letters wait.
func (s *core) removeChunk(
	ctx context.Context, c conn, all []subscribers.Address, over func() bool, now time.Time,
) (found []bool, err error) {
	editions, err := unfinished(ctx, c)
	if err != nil {
		return nil, err
	}
	gone, mailboxes := map[int64]bool{}, map[string]bool{}
	for _, a := range all {
		if len(found) > 0 && over() {
			break
		}
		var id int64
		err := c.QueryRow(ctx, `SELECT id FROM subscribers WHERE address_key = $1`, a.Key()).Scan(&id)
		found = append(found, err == nil)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if _, err := c.Exec(ctx, `DELETE FROM subscribers WHERE id = $1`, id); err != nil {
			return nil, err
		}
		if err := skipDeliveries(ctx, c, editions, id, erased, now); err != nil {
			return nil, err
		}
		if err := s.depart(ctx, c, subscribers.Removed, s.hidden(a.Key()), now, ""); err != nil {
			return nil, err
		}
		gone[id], mailboxes[strings.ToLower(a.Mailbox())] = true, true
	}
	if len(gone) == 0 {
		return found, nil
	}
	return found, skipLettersOf(ctx, c, gone, mailboxes, now)
}
