package store

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

const selectMove = `SELECT address, asked_at, asked_from, by_whom, moved_at, moved_from, former, undone_at FROM moves`

func scanMove(scan scanner) (m subscribers.Move, err error) {
	var to, former string
	var asked, moved, undone sql.NullInt64
	err = scan(&to, &asked, &m.From, &m.By, &moved, &m.ConfirmedFrom, &former, &undone)
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

// AskMove enters a reader's wish for another address, and posts the letter that asks there; nil
// where none may be mailed, which counts as a wish all the same. The caller has asked the rules
// [subscribers.Facts.MayAsk] and [subscribers.Facts.MayGo]; if they say otherwise by now, or the
// reader has asked in this second already, the error is subscribers.ErrMeanwhile.
func (s *List) AskMove(ctx context.Context, publicID uint64, m subscribers.Move, letter *digest.Letter) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		is, to, err := s.movers(ctx, c, publicID, m.To)
		if err != nil {
			return err
		}
		before, err := moves(ctx, c, is.ID)
		if err != nil {
			return err
		}
		byDesk := m.By != ""
		if !is.MayAsk(before, byDesk, m.AskedAt) || is.MayGo(to, byDesk, m.AskedAt) != (letter != nil) {
			return subscribers.ErrMeanwhile
		}
		n, err := c.Exec(ctx, `INSERT INTO moves (subscriber, asked_at, asked_from, by_whom, address, address_key)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
			is.ID, m.AskedAt.Unix(), m.From, m.By, m.To.String(), m.To.Key())
		if err != nil || n == 0 {
			return cmp.Or(err, subscribers.ErrMeanwhile)
		}
		if letter == nil {
			return nil
		}
		if err := s.countAsking(ctx, c, m, to); err != nil {
			return err
		}
		// It is about no reader in the outbox: what comes back of it says nothing of this one.
		_, err = post(ctx, c, *letter, nil, m.AskedAt)
		return err
	})
	if err != nil {
		return fmt.Errorf("ask for another address: %w", err)
	}
	return nil
}

// countAsking has the letter count among those that ask a mailbox to confirm. No link of theirs
// works by it.
func (s *core) countAsking(ctx context.Context, c conn, m subscribers.Move, to subscribers.Facts) error {
	sent := subscribers.Change{After: to, Sent: subscribers.Confirmation{SentAt: m.AskedAt, AskedFrom: m.From}}
	if err := s.applyWords(ctx, c, m.To.Key(), sent, m.AskedAt); err != nil {
		return err
	}
	_, err := c.Exec(ctx, `UPDATE confirmations SET used_at = $1 WHERE address_hash = $2 AND sent_at = $1`,
		m.AskedAt.Unix(), s.hidden(m.To.Key()))
	return err
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
// letter that tells the former one. Where a reader has that address already, it stays theirs
// alone, and the other row leaves; a sign-up that waits there gives way. By the rule
// [subscribers.Facts.Moves]: if it says no by now, or the letter goes elsewhere, the error is
// subscribers.ErrMeanwhile.
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
		m.ConfirmedFrom = from
		if err := s.move(ctx, c, is, key, m, to, now); err != nil {
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

// move writes that a reader has another address, and what takes it back. Each move has a second
// of its own, by which its way back is known.
func (s *core) move(
	ctx context.Context, c conn, is subscribers.Facts, key string, m subscribers.Move, to subscribers.Facts, now time.Time,
) error {
	taken, err := has(ctx, c, `SELECT 1 FROM moves WHERE subscriber = $1 AND moved_at = $2`, is.ID, now.Unix())
	if err != nil || taken {
		return cmp.Or(err, subscribers.ErrMeanwhile)
	}
	if to.Status == subscribers.Active {
		err = s.apply(ctx, c, key, is.Leave(now), now)
	} else {
		err = s.readdress(ctx, c, is.ID, key, m.To, to, now)
	}
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, `UPDATE moves SET moved_at = $1, moved_from = $2, former = $3, former_key = $4
		WHERE subscriber = $5 AND asked_at = $6`,
		now.Unix(), m.ConfirmedFrom, is.Address.String(), key, is.ID, m.AskedAt.Unix())
	if err == nil {
		_, err = c.Exec(ctx, `UPDATE confirmations SET answered = 1 WHERE address_hash = $1`, s.hidden(m.To.Key()))
	}
	return err
}

// readdress gives a reader another address, where at most a sign-up waits. What came back of
// mail to the one before does not count any more, and nothing is held of it. A database that is
// put back must not mail that one: whoever has another address by then may have left there.
func (s *core) readdress(
	ctx context.Context, c conn, id int64, before string, a subscribers.Address, there subscribers.Facts, now time.Time,
) error {
	if there.ID != 0 {
		err := skipLetters(ctx, c, `subscriber = $3`, there.ID, erased, now)
		if err == nil {
			_, err = c.Exec(ctx, `DELETE FROM subscribers WHERE id = $1`, there.ID)
		}
		if err != nil {
			return err
		}
	}
	if err := oneRow(c.Exec(ctx, `UPDATE subscribers SET address = $1, address_key = $2 WHERE id = $3`,
		a.String(), a.Key(), id)); err != nil {
		return err
	}
	if err := s.startAnew(ctx, c, id, "the reader has another address", now); err != nil {
		return err
	}
	if err := s.depart(ctx, c, subscribers.Removed, s.hidden(before), now, ""); err != nil {
		return err
	}
	return s.comeBack(ctx, c, a.Key(), now)
}

// MoveBack takes back that a reader's editions go to another address since a time, and all
// moves that came after it, by the rule [subscribers.Facts.MovesBack]. It says whether it does.
func (s *List) MoveBack(ctx context.Context, publicID uint64, moved, now time.Time) (bool, error) {
	back := false
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		is, key, err := s.factsOf(ctx, c, publicID)
		if errors.Is(err, digest.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		m, err := scanMove(c.QueryRow(ctx, selectMove+` WHERE subscriber = $1 AND moved_at = $2`,
			is.ID, moved.Unix()).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if !m.UndoneAt.IsZero() && is.Address.Key() == m.Former.Key() {
			back = true // twice is as good as once
			return nil
		}
		if !is.MovesBack(m, now) {
			return nil
		}
		back = true
		if err := s.goBack(ctx, c, is, key, m, now); err != nil {
			return err
		}
		// Who has the link of another one must not bring it about, or back.
		if _, err := c.Exec(ctx, `DELETE FROM moves WHERE subscriber = $1 AND asked_at <> $2
			AND (moved_at IS NULL OR moved_at >= $3)`, is.ID, m.AskedAt.Unix(), moved.Unix()); err != nil {
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

// goBack gives a reader the former address, also if they were taken off the list at the other
// one. Where the former is on the list again, or must not be mailed, nothing goes to the other
// one any more.
func (s *core) goBack(
	ctx context.Context, c conn, is subscribers.Facts, key string, m subscribers.Move, now time.Time,
) error {
	former, err := s.facts(ctx, c, m.Former)
	if err != nil {
		return err
	}
	own := former.ID == is.ID
	if !own && !former.Vacant() {
		return s.apply(ctx, c, key, is.Leave(now), now)
	}
	if is.Status != subscribers.Active {
		change, _ := is.Return(is.Left, is.Left)
		if err := s.apply(ctx, c, key, change, now); err != nil {
			return err
		}
	}
	if own {
		return nil
	}
	return s.readdress(ctx, c, is.ID, key, m.Former, former, now)
}

// forgetMoves deletes the wishes that nothing can come of any more, and of the others the
// former address once nothing can be taken back.
func forgetMoves(ctx context.Context, c conn, now time.Time) error {
	_, err := c.Exec(ctx, `DELETE FROM moves WHERE moved_at IS NULL AND asked_at < $1 OR undone_at < $2`,
		now.Add(-subscribers.MoveWithin).Unix(), now.Add(-subscribers.KeepConfirmations).Unix())
	if err == nil {
		_, err = c.Exec(ctx, `UPDATE moves SET former = '', former_key = ''
			WHERE moved_at < $1 AND undone_at IS NULL AND former <> ''`, now.Add(-subscribers.UndoMoveWithin).Unix())
	}
	return err
}
