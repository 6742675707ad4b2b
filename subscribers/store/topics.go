package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Topics are those of Amazon SNS that webhooks have confirmed.
type Topics struct{ *core }

// Topic gives the one of a webhook, "" if there is none.
func (s *Topics) Topic(ctx context.Context, webhook [sha256.Size]byte) (string, error) {
	return topicOf(ctx, s.read, webhook)
}

// Confirm makes a topic the one of a webhook, unless it has another. It gives the one that
// it has.
func (s *Topics) Confirm(ctx context.Context, webhook [sha256.Size]byte, topic string, now time.Time) (is string, err error) {
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if _, err := c.Exec(ctx, `INSERT INTO topics (webhook, topic, confirmed_at) VALUES ($1, $2, $3)
			ON CONFLICT (webhook) DO NOTHING`, webhook[:], topic, now.Unix()); err != nil {
			return fmt.Errorf("keep a topic: %w", err)
		}
		is, err = topicOf(ctx, c, webhook)
		return err
	})
	return is, err
}

func topicOf(ctx context.Context, c conn, webhook [sha256.Size]byte) (topic string, err error) {
	err = c.QueryRow(ctx, `SELECT topic FROM topics WHERE webhook = $1`, webhook[:]).Scan(&topic)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("look for a topic: %w", err)
	}
	return topic, nil
}
