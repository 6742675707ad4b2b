package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// Confirm makes the reader with this public ID active by their own word, given from an
// IP address, and posts their welcome. The caller has read the facts, the rule
// [subscribers.Facts.Confirm] has said yes, and the letter is written.
//
// The transaction asks the same rule once more. If it says no by now, or if the letter
// goes to another address, nothing changes and the error is subscribers.ErrMeanwhile.
func (s *List) Confirm(ctx context.Context, publicID uint64, from string, welcome digest.Letter, now time.Time) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		is, key, err := s.factsOf(ctx, c, publicID)
		if errors.Is(err, digest.ErrNotFound) {
			return subscribers.ErrMeanwhile
		}
		if err != nil {
			return err
		}
		change, ok := is.Confirm(from, now)
		if !ok {
			return subscribers.ErrMeanwhile
		}
		if err := differs(is, welcome); err != nil {
			return err
		}
		if err := s.apply(ctx, c, key, change, now); err != nil {
			return err
		}
		_, err = post(ctx, c, welcome, is.ID, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("confirm a reader: %w", err)
	}
	return nil
}

// Expire forgets who came by the sign-up page or a file to be asked, was asked to confirm before an instant
// and has not, and gives how many they were. Their rows go, and their letters with
// them. A row that came otherwise stays and loses only its letter. What is kept for the
// limits of letters names nobody.
func (s *List) Expire(ctx context.Context, before time.Time) (int, error) {
	n := 0
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		n = 0
		silent, err := unanswered(ctx, c, before)
		if err != nil {
			return err
		}
		for _, r := range silent {
			if err := lapse(ctx, c, r); err != nil {
				return err
			}
			if r.Provenance.Lapses() {
				n++
			}
		}
		if _, err := c.Exec(ctx, `UPDATE confirmations SET asked_from = '' WHERE sent_at < $1 AND asked_from <> ''`,
			before.Unix()); err != nil {
			return err
		}
		_, err = c.Exec(ctx, `DELETE FROM confirmations WHERE sent_at < $1 AND once = 0`,
			before.Add(subscribers.ConfirmWithin-subscribers.KeepConfirmations).Unix())
		if err != nil {
			return err
		}
		now := before.Add(subscribers.ConfirmWithin)
		return cmp.Or(forgetSignUps(ctx, c, now), forgetMoves(ctx, c, now))
	})
	if err != nil {
		return 0, fmt.Errorf("forget who did not confirm: %w", err)
	}
	return n, nil
}

// unanswered gives the ID and the source of each reader who was asked before an
// instant and has not confirmed. If their letter is on the wire, it waits for that.
func unanswered(ctx context.Context, c conn, before time.Time) ([]subscribers.Subscriber, error) {
	var all []subscribers.Subscriber
	rows, err := c.Query(ctx, `SELECT id, source FROM subscribers WHERE status = 'unconfirmed' AND invited_at < $1
		AND NOT EXISTS (SELECT 1 FROM letters l WHERE l.subscriber = subscribers.id AND l.step = 'attempting')`,
		before.Unix())
	err = each(rows, err, func(scan scanner) error {
		var r subscribers.Subscriber
		err := scan(&r.ID, &r.Provenance.Source)
		all = append(all, r)
		return err
	})
	return all, err
}

// lapse ends the waiting for a reader's answer.
func lapse(ctx context.Context, c conn, r subscribers.Subscriber) error {
	letters, row := `DELETE FROM letters WHERE subscriber = $1 AND kind = 'confirmation'`,
		`UPDATE subscribers SET invited_at = NULL WHERE id = $1`
	if r.Provenance.Lapses() {
		letters, row = `DELETE FROM letters WHERE subscriber = $1`, `DELETE FROM subscribers WHERE id = $1`
	}
	if _, err := c.Exec(ctx, letters, r.ID); err != nil {
		return err
	}
	_, err := c.Exec(ctx, row, r.ID)
	return err
}
