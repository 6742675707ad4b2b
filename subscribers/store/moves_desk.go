package store

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// MoveAtOnce has a reader's editions go to another address by an admin's word, without asking
// there, keeps whose word it was, and posts the letter that tells the former one. By the rule
// [subscribers.Facts.MayAsk] and MayGo, and never to the address of another row: if that says no by
// now, or the letter goes elsewhere, the error is subscribers.ErrMeanwhile.
func (s *List) MoveAtOnce(ctx context.Context, publicID uint64, m subscribers.Move, letter digest.Letter,
	now time.Time,
) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		is, to, err := s.movers(ctx, c, publicID, m.To)
		if err != nil {
			return err
		}
		if to.ID != 0 || !is.MayAsk(nil, true, now) || !is.MayGo(to, true, now) {
			return subscribers.ErrMeanwhile
		}
		if err := differs(is, letter); err != nil {
			return err
		}
		n, err := c.Exec(ctx, `INSERT INTO moves (subscriber, asked_at, asked_from, by_whom, address, address_key)
			VALUES ($1, $2, '', $3, $4, $5) ON CONFLICT DO NOTHING`,
			is.ID, m.AskedAt.Unix(), m.By, m.To.String(), m.To.Key())
		if err != nil || n == 0 {
			return cmp.Or(err, subscribers.ErrMeanwhile)
		}
		if err := s.move(ctx, c, is, is.Address.Key(), m, to, now); err != nil {
			return err
		}
		_, err = post(ctx, c, letter, nil, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("move a reader by an admin's word: %w", err)
	}
	return nil
}
