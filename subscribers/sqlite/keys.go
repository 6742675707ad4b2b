package sqlite

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"

	"vesper/subscribers"
)

// What a key is for.
const (
	forLinks        = "link"
	forMessageIDs   = "message-id"
	forSuppressions = "suppression"
)

type key = subscribers.Key

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

// makeKey enters a new secret as the one in use for its purpose.
func makeKey(ctx context.Context, c conn, id int, purpose string, now time.Time) error {
	secret := make([]byte, 32)
	rand.Read(secret)
	_, err := c.Exec(ctx, `INSERT INTO keys (id, purpose, secret, created_at, current) VALUES ($1, $2, $3, $4, 1)`,
		id, purpose, secret, now.Unix())
	return err
}

// loadKeys reads the two keys that are never replaced.
func (s *core) loadKeys(ctx context.Context) (err error) {
	if s.message, err = currentKey(ctx, s.read, forMessageIDs); err != nil {
		return err
	}
	s.hide, err = currentKey(ctx, s.read, forSuppressions)
	return err
}

func currentKey(ctx context.Context, q conn, purpose string) (key, error) {
	var k key
	err := q.QueryRow(ctx, `SELECT id, secret FROM keys WHERE purpose = $1 AND current = 1`, purpose).
		Scan(&k.ID, &k.Secret)
	if err != nil {
		return key{}, fmt.Errorf("read the %s key: %w", purpose, err)
	}
	return k, nil
}

// hidden gives the name of an address in the suppressions.
func (s *core) hidden(addressKey string) []byte {
	h := hmac.New(sha256.New, s.hide.Secret)
	h.Write([]byte(addressKey))
	return h.Sum(nil)
}
