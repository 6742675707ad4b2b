package sqlite

import (
	"context"
	"time"

	"vesper/subscribers"
)

// Erase forgets an address everywhere. It says whether anything was known of it.
func (s *Store) Erase(ctx context.Context, a subscribers.Address, now time.Time) (found bool, err error) {
	return s.Remove(ctx, a, now)
}
