package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// Confirm makes the reader with this public ID active by the reader's own word,
// given from an IP address: whoever is unconfirmed, has left, or has complained.
// It lifts the suppression and posts the welcome that letter writes, with the key
// that signs links now. For nobody, for one who is active and for one who is
// suppressed otherwise it changes nothing. A confirmation brings back a reader
// who has left once: its link lies in a mailbox, and must not undo a leaving that
// came after.
func (s *List) Confirm(ctx context.Context, publicID uint64, from string, now time.Time,
	letter func(subscribers.Key, subscribers.Subscriber) (digest.Letter, error),
) (changed bool, err error) {
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		reader, err := findReader(ctx, c, publicID)
		if errors.Is(err, digest.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		may, err := s.mayConfirm(ctx, c, reader, now)
		if err != nil || !may {
			return err
		}
		if err := s.confirm(ctx, c, reader, from, now); err != nil {
			return err
		}
		if reader, err = findReader(ctx, c, publicID); err != nil {
			return err
		}
		link, err := currentKey(ctx, c, forLinks)
		if err != nil {
			return err
		}
		l, err := letter(link, reader)
		if err != nil {
			return err
		}
		changed = true
		_, err = post(ctx, c, l, reader.ID, now)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("confirm a reader: %w", err)
	}
	return changed, nil
}

func (s *core) mayConfirm(ctx context.Context, c conn, reader subscribers.Subscriber, now time.Time) (bool, error) {
	if reader.Status == subscribers.Active {
		return false, nil
	}
	if barred, err := s.barredByOthers(ctx, c, reader.Address.Key()); err != nil || barred {
		return false, err
	}
	if reader.Status == subscribers.Unconfirmed {
		return true, nil
	}
	var open bool
	err := c.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM confirmations WHERE address_hash = ? AND used_at IS NULL AND sent_at > ?)`,
		s.hidden(reader.Address.Key()), now.Add(-subscribers.ConfirmWithin).Unix()).Scan(&open)
	return open, err
}

// confirm moves the newest asking into the reader's row, where the proof is.
func (s *core) confirm(ctx context.Context, c conn, reader subscribers.Subscriber, from string, now time.Time) error {
	hash := s.hidden(reader.Address.Key())
	if _, err := c.Exec(ctx, `DELETE FROM suppressions WHERE address_hash = ?`, hash); err != nil {
		return err
	}
	consent := reader.Consent
	var sent sql.NullInt64
	err := c.QueryRow(ctx, `SELECT sent_at, asked_from FROM confirmations WHERE address_hash = ? AND used_at IS NULL
		AND sent_at > ? ORDER BY sent_at DESC LIMIT 1`, hash, now.Add(-subscribers.ConfirmWithin).Unix()).Scan(&sent, &consent.AskedFrom)
	switch {
	case err == nil:
		consent.AskedAt = instant(sent)
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	if _, err := c.Exec(ctx, `UPDATE confirmations SET used_at = ? WHERE address_hash = ? AND used_at IS NULL`, now.Unix(), hash); err != nil {
		return err
	}
	_, err = c.Exec(ctx, `UPDATE subscribers SET status = 'active', reason = '', confirmed_at = ?1, consent_at = ?1, consent_from = ?2,
		asked_at = ?3, asked_from = ?4, invited_at = NULL, left_at = NULL WHERE id = ?5`,
		now.Unix(), from, seconds(consent.AskedAt), consent.AskedFrom, reader.ID)
	return err
}

// Expire forgets those who signed up, were asked to confirm before an instant and
// have not, and gives how many they were: their rows go, and their letters with
// them. A row that came otherwise is the admin's and stays, whoever asked for it:
// it loses the letter alone. What stays for the limits of SignUp names no address.
func (s *List) Expire(ctx context.Context, before time.Time) (int, error) {
	var n int64
	err := s.write.whole(ctx, func(ctx context.Context, c conn) (err error) {
		// A letter that is on the wire is waited for.
		const silent = `status = 'unconfirmed' AND invited_at < ?1 AND NOT EXISTS (SELECT 1 FROM letters
			WHERE letters.subscriber = subscribers.id AND letters.step = 'attempting')`
		if _, err := c.Exec(ctx, `DELETE FROM letters WHERE subscriber IN (SELECT id FROM subscribers
				WHERE `+silent+` AND (source = ?2 OR letters.kind = 'confirmation'))`, before.Unix(), subscribers.FromSignUp); err != nil {
			return err
		}
		if n, err = c.Exec(ctx, `DELETE FROM subscribers WHERE `+silent+` AND source = ?2`, before.Unix(), subscribers.FromSignUp); err != nil {
			return err
		}
		if _, err := c.Exec(ctx, `UPDATE subscribers SET invited_at = NULL WHERE `+silent, before.Unix()); err != nil {
			return err
		}
		if _, err := c.Exec(ctx, `UPDATE confirmations SET asked_from = '' WHERE sent_at < ? AND asked_from <> ''`, before.Unix()); err != nil {
			return err
		}
		_, err = c.Exec(ctx, `DELETE FROM confirmations WHERE sent_at < ?`, before.Add(subscribers.ConfirmWithin-manyDays).Unix())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget who did not confirm: %w", err)
	}
	return int(n), nil
}
