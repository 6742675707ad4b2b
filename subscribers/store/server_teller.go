package store

import (
	"context"
	"fmt"
)

// teller is the number of the lock in PostgreSQL of the machine that tells alarms while nobody has
// the right to deliver.
const teller = 0x5673_7072_0004

// Teller takes the right to tell alarms where nobody delivers. taken says whether it got it; then
// release gives it back. So do a broken connection, and the end of this process.
func (s *File) Teller(ctx context.Context) (release func(), taken bool, err error) {
	c, err := s.server.acquire(ctx)
	if err == nil {
		err = c.QueryRow(ctx, `SELECT pg_try_advisory_lock(`+paperLock(teller)+`)`).Scan(&taken)
		if !taken {
			c.Release()
		}
	}
	if err != nil {
		return nil, false, fmt.Errorf("ask who tells alarms: %w", unreached(err))
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTry)
		defer cancel()
		if _, err := c.Exec(ctx, `SELECT pg_advisory_unlock(`+paperLock(teller)+`)`); err != nil {
			c.Conn().Close(ctx) // that gives it back
		}
		c.Release()
	}, taken, nil
}
