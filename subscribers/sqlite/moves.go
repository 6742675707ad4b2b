package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

const selectMove = `SELECT address, asked_at, asked_from, by_whom, moved_at, former, undone_at FROM moves`

func scanMove(scan scanner) (m subscribers.Move, err error) {
	var to, former string
	var asked, moved, undone sql.NullInt64
	err = scan(&to, &asked, &m.From, &m.By, &moved, &former, &undone)
	m.AskedAt, m.MovedAt, m.UndoneAt = instant(asked), instant(moved), instant(undone)
	m.To, _ = subscribers.ParseAddress(to)
	m.Former, _ = subscribers.ParseAddress(former)
	return m, err
}

// Moves gives a reader's wishes for another address, the oldest first.
func (s *List) Moves(ctx context.Context, subscriber int64) ([]subscribers.Move, error) {
	all, err := moves(ctx, s.read, subscriber)
	if err != nil {
		return nil, fmt.Errorf("read a reader's moves: %w", err)
	}
	return all, nil
}

func moves(ctx context.Context, c conn, subscriber int64) (all []subscribers.Move, err error) {
	rows, err := c.Query(ctx, selectMove+` WHERE subscriber = $1 ORDER BY asked_at`, subscriber)
	err = each(rows, err, func(scan scanner) error {
		m, err := scanMove(scan)
		all = append(all, m)
		return err
	})
	return all, err
}

// AskMove enters a reader's wish for another address, and posts the letter that asks there.
// The caller has asked the rule [subscribers.Facts.MayMove]; if it says no by now, or the
// reader has asked in this second already, the error is subscribers.ErrMeanwhile.
func (s *List) AskMove(ctx context.Context, publicID uint64, m subscribers.Move, letter digest.Letter) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		is, to, err := s.movers(ctx, c, publicID, m.To)
		if err != nil {
			return err
		}
		before, err := moves(ctx, c, is.ID)
		if err != nil {
			return err
		}
		if !is.MayMove(to, before, m.By != "", m.AskedAt) {
			return subscribers.ErrMeanwhile
		}
		n, err := c.Exec(ctx, `INSERT INTO moves (subscriber, asked_at, asked_from, by_whom, address, address_key)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
			is.ID, m.AskedAt.Unix(), m.From, m.By, m.To.String(), m.To.Key())
		if err != nil || n == 0 {
			return cmp.Or(err, subscribers.ErrMeanwhile)
		}
		// It is about no reader in the outbox: what comes back of it says nothing of this one.
		_, err = post(ctx, c, letter, nil, m.AskedAt)
		return err
	})
	if err != nil {
		return fmt.Errorf("ask for another address: %w", err)
	}
	return nil
}

// movers gives what is known of a reader and of an address; subscribers.ErrMeanwhile for nobody.
func (s *core) movers(
	ctx context.Context, c conn, publicID uint64, a subscribers.Address,
) (is, to subscribers.Facts, err error) {
	is, _, err = s.factsOf(ctx, c, publicID)
	if errors.Is(err, digest.ErrNotFound) {
		return is, to, subscribers.ErrMeanwhile
	}
	if err == nil {
		to, err = s.facts(ctx, c, a)
	}
	return is, to, err
}

// Move has a reader's editions go to the address of their wish from now on, and posts the
// letter that tells the former one. Where the new address is on the list already, it stays
// there alone, and the reader's own row leaves. By the rule [subscribers.Facts.Moves]: if it
// says no by now, or the letter goes elsewhere, the error is subscribers.ErrMeanwhile.
func (s *List) Move(ctx context.Context, publicID uint64, asked time.Time, from string, letter digest.Letter,
	now time.Time,
) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		is, key, err := s.factsOf(ctx, c, publicID)
		if errors.Is(err, digest.ErrNotFound) {
			return subscribers.ErrMeanwhile
		}
		if err != nil {
			return err
		}
		m, err := scanMove(c.QueryRow(ctx, selectMove+` WHERE subscriber = $1 AND asked_at = $2`,
			is.ID, asked.Unix()).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return subscribers.ErrMeanwhile
		}
		if err != nil {
			return err
		}
		to, err := s.facts(ctx, c, m.To)
		if err != nil {
			return err
		}
		if !is.Moves(m, to, now) {
			return subscribers.ErrMeanwhile
		}
		if err := differs(is, letter); err != nil {
			return err
		}
		if to.ID != 0 {
			return s.merge(ctx, c, is, key, to, from, now)
		}
		if err := move(ctx, c, is, key, m, now); err != nil {
			return err
		}
		_, err = post(ctx, c, letter, nil, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("move a reader: %w", err)
	}
	return nil
}

// merge leaves one of two rows of the same person.
func (s *core) merge(
	ctx context.Context, c conn, is subscribers.Facts, key string, to subscribers.Facts, from string, now time.Time,
) error {
	if to.Status == subscribers.Unconfirmed {
		change, ok := to.Confirm(from, now)
		if !ok {
			return subscribers.ErrMeanwhile
		}
		if err := s.apply(ctx, c, to.Address.Key(), change, now); err != nil {
			return err
		}
	}
	return s.apply(ctx, c, key, is.Leave(now), now)
}

// move writes the new address, and what takes it back. What comes back of mail to the former
// one does not count any more.
func move(ctx context.Context, c conn, is subscribers.Facts, key string, m subscribers.Move, now time.Time) error {
	if err := readdress(ctx, c, is.ID, m.To, now); err != nil {
		return err
	}
	_, err := c.Exec(ctx, `UPDATE moves SET moved_at = $1, former = $2, former_key = $3
		WHERE subscriber = $4 AND asked_at = $5`, now.Unix(), is.Address.String(), key, is.ID, m.AskedAt.Unix())
	return err
}

func readdress(ctx context.Context, c conn, id int64, a subscribers.Address, now time.Time) error {
	return oneRow(c.Exec(ctx, `UPDATE subscribers SET address = $1, address_key = $2, lifted_at = $3 WHERE id = $4`,
		a.String(), a.Key(), now.Unix(), id))
}

// MoveBack takes back that a reader's editions go to another address since a time, and all
// moves that came after it, by the rule [subscribers.Facts.MovesBack]. It says whether it does.
func (s *List) MoveBack(ctx context.Context, publicID uint64, moved, now time.Time) (bool, error) {
	back := false
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		is, _, err := s.factsOf(ctx, c, publicID)
		if errors.Is(err, digest.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		m, err := scanMove(c.QueryRow(ctx, selectMove+` WHERE subscriber = $1 AND moved_at = $2 ORDER BY asked_at LIMIT 1`,
			is.ID, moved.Unix()).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		former, err := s.facts(ctx, c, m.Former)
		if err != nil || !is.MovesBack(m, former, now) {
			return err
		}
		back = true
		if err := readdress(ctx, c, is.ID, m.Former, now); err != nil {
			return err
		}
		// Who has the link of a later one must not bring it about again.
		if _, err := c.Exec(ctx, `DELETE FROM moves WHERE subscriber = $1 AND asked_at > $2`,
			is.ID, m.AskedAt.Unix()); err != nil {
			return err
		}
		_, err = c.Exec(ctx, `UPDATE moves SET undone_at = $1 WHERE subscriber = $2 AND asked_at = $3`,
			now.Unix(), is.ID, m.AskedAt.Unix())
		return err
	})
	if err != nil {
		return false, fmt.Errorf("take a move back: %w", err)
	}
	return back, nil
}

// forgetMoves deletes the wishes that nothing can come of any more. Whose word it was that a
// reader has this address, if it was an admin's, is kept with the reader.
func forgetMoves(ctx context.Context, c conn, now time.Time) error {
	_, err := c.Exec(ctx, `DELETE FROM moves WHERE moved_at IS NULL AND asked_at < $1
		OR moved_at < $2 AND undone_at IS NULL AND by_whom = '' OR undone_at < $3`,
		now.Add(-subscribers.MoveWithin).Unix(), now.Add(-subscribers.UndoMoveWithin).Unix(),
		now.Add(-subscribers.KeepConfirmations).Unix())
	return err
}
