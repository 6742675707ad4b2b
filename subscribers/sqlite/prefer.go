package sqlite

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// Prefer keeps what the reader with this public ID chooses. It holds from the next
// edition on: what is in the ledger already stays as it is. For nobody it does nothing.
func (s *List) Prefer(ctx context.Context, publicID uint64, p subscribers.Preferences) error {
	if err := checkPreferences(p); err != nil {
		return fmt.Errorf("a reader's preferences: %w", err)
	}
	err := s.write.one(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `UPDATE subscribers SET evenings = $1, slots = $2, variant = $3, timezone = $4,
				paused_until = $5 WHERE public_id = $6`,
			p.Evenings.Whole(), join(p.Slots), p.Variant, p.Timezone, p.PausedUntil, int64(publicID))
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a reader's preferences: %w", err)
	}
	return nil
}

func checkPreferences(p subscribers.Preferences) error {
	if p.Variant != digest.Designed && p.Variant != digest.Plain {
		return fmt.Errorf("there is no variant %q", p.Variant)
	}
	if _, err := time.LoadLocation(p.Timezone); err != nil || p.Timezone == "Local" {
		return fmt.Errorf("there is no time zone %q", p.Timezone)
	}
	return p.Check()
}
