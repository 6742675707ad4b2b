package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vesper/subscribers"
)

// Keyring gives every key that link and return-path tokens were ever signed
// with.
func (s *List) Keyring(ctx context.Context) (subscribers.Keyring, error) {
	ring := subscribers.Keyring{}
	rows, err := s.read.Query(ctx, `SELECT id, secret, retired_at IS NOT NULL FROM keys WHERE purpose = $1`, forLinks)
	err = each(rows, err, func(scan scanner) error {
		var k key
		if err := scan(&k.ID, &k.Secret, &k.Retired); err != nil {
			return err
		}
		ring[k.ID] = k
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the link keys: %w", err)
	}
	return ring, nil
}

// SigningKey gives the key that signs links now.
func (s *List) SigningKey(ctx context.Context) (subscribers.Key, error) {
	return currentKey(ctx, s.read, forLinks)
}

// Rotate makes a new key that signs links from now on, and gives its ID. Old keys
// go on verifying for ever, and an edition that is open goes on with the key that
// it was opened with.
func (s *List) Rotate(ctx context.Context, now time.Time) (id byte, err error) {
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		var last int
		if err := c.QueryRow(ctx, `SELECT max(id) FROM keys`).Scan(&last); err != nil {
			return err
		}
		if last >= maxKeys {
			return fmt.Errorf("all %d numbers of keys have been given", maxKeys)
		}
		if _, err := c.Exec(ctx, `UPDATE keys SET current = 0 WHERE purpose = $1`, forLinks); err != nil {
			return err
		}
		id = byte(last + 1)
		return makeKey(ctx, c, int(id), forLinks, now)
	})
	if err != nil {
		return 0, fmt.Errorf("rotate the link key: %w", err)
	}
	return id, nil
}

// KeyUse gives what hangs on a key that signs links, or digest.ErrNotFound.
func (s *List) KeyUse(ctx context.Context, id byte, now time.Time) (subscribers.KeyUse, error) {
	u, err := keyUse(ctx, s.read, id, now)
	if err != nil {
		return u, fmt.Errorf("read key %d: %w", id, missing(err))
	}
	return u, nil
}

func keyUse(ctx context.Context, c conn, id byte, now time.Time) (u subscribers.KeyUse, err error) {
	var created int64
	var retired sql.NullInt64
	err = c.QueryRow(ctx, `SELECT current = 1, created_at, retired_at FROM keys
		WHERE id = $1 AND purpose = $2`, id, forLinks).
		Scan(&u.Current, &created, &retired)
	if err != nil {
		return u, err
	}
	u.Retired = instant(retired)
	err = c.QueryRow(ctx, `SELECT CAST(COALESCE(sum(sent), 0) AS BIGINT),
			COALESCE(CAST(min(CASE WHEN state IN ('open', 'sending', 'paused') THEN id END) AS TEXT), '')
		FROM editions WHERE link_key = $1`, id).Scan(&u.Messages, &u.Open)
	if err != nil {
		return u, err
	}
	// A letter is signed by the key that is in use when it is written.
	err = c.QueryRow(ctx, `SELECT count(*) FROM confirmations
		WHERE used_at IS NULL AND sent_at > $1 AND sent_at >= $2
			AND sent_at < (SELECT COALESCE(min(created_at), $3) FROM keys WHERE purpose = $4 AND id > $5)`,
		now.Add(-subscribers.ConfirmWithin).Unix(), created, now.Unix()+1, forLinks, id).Scan(&u.Confirmations)
	return u, err
}

// Retire ends all links that a key has signed, but for those to leave. The key must not
// be in use: neither for new links nor for an edition that is being sent.
func (s *List) Retire(ctx context.Context, id byte, now time.Time) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		u, err := keyUse(ctx, c, id, now)
		switch {
		case err != nil:
			return missing(err)
		case u.Current || u.Open != "":
			return errors.New("the key is in use")
		case !u.Retired.IsZero():
			return nil
		}
		_, err = c.Exec(ctx, `UPDATE keys SET retired_at = $1 WHERE id = $2`, now.Unix(), id)
		return err
	})
	if err != nil {
		return fmt.Errorf("retire key %d: %w", id, err)
	}
	return nil
}

// maxKeys is how many a token's byte can tell apart.
const maxKeys = 255
