package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"
)

// What a key is for.
const (
	forLinks        = "link"
	forMessageIDs   = "message-id"
	forSuppressions = "suppression"
)

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

// SecretOf gives a secret for one use, which is none of the database's own. All processes that have
// the database have the same one, and so they do after it was moved.
func (f *File) SecretOf(use string) []byte {
	h := hmac.New(sha256.New, f.message.Secret)
	h.Write([]byte("vesper secret of " + use))
	return h.Sum(nil)
}

// hidden gives the name of an address in the suppressions.
func (s *core) hidden(addressKey string) []byte {
	h := hmac.New(sha256.New, s.hide.Secret)
	h.Write([]byte(addressKey))
	return h.Sum(nil)
}
