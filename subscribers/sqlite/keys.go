package sqlite

import (
	"context"
	"fmt"
	"time"

	"vesper/subscribers"
)

// Keyring gives every key that link and return-path tokens were ever signed
// with.
func (s *List) Keyring(ctx context.Context) (subscribers.Keyring, error) {
	ring := subscribers.Keyring{}
	rows, err := s.read.Query(ctx, `SELECT id, secret FROM keys WHERE purpose = $1`, forLinks)
	err = each(rows, err, func(scan scanner) error {
		var k key
		if err := scan(&k.ID, &k.Secret); err != nil {
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

// maxKeys is how many a token's byte can tell apart.
const maxKeys = 255
