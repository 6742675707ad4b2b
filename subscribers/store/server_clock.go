package store

import (
	"context"
	"fmt"
	"time"
)

// Of several machines each has a clock of its own, and a lease that one of them has written is read
// by the others. So leases end by the server's clock, alone of all times: a machine adds to them how
// far that one is ahead of its own, which it looks at as it opens the database and with each beat.

// clocksAgree is how far two clocks may differ that are taken for the same: what is asked needs its
// time too.
const clocksAgree = 2 * time.Second

// readSkew asks for the server's clock.
func (s *core) readSkew(ctx context.Context) error {
	began := s.server.machine()
	var clock int64
	err := s.read.QueryRow(ctx, `SELECT CAST(1000 * extract(epoch FROM clock_timestamp()) AS BIGINT)`).Scan(&clock)
	if err != nil {
		return fmt.Errorf("ask for the server's clock: %w", err)
	}
	s.setSkew(time.UnixMilli(clock), began)
	return nil
}

// setSkew notes what the server's clock showed when it was asked then.
func (s *core) setSkew(clock, asked time.Time) {
	ahead := clock.Sub(asked.Add(s.server.machine().Sub(asked) / 2))
	if ahead.Abs() < clocksAgree {
		ahead = 0
	}
	s.skew.Store(int64(ahead.Round(time.Second) / time.Second))
}

// Ahead gives how far the server's clock is ahead of this machine's, as it was when it was last asked; 0 for a file.
func (s *File) Ahead() time.Duration { return time.Duration(s.skew.Load()) * time.Second }

// onServer gives a time of this machine's clock by the server's, and onMachine one of the
// server's by this machine's, both in SQL.
func (s *core) onServer(at string) string  { return s.moved(at, s.skew.Load()) }
func (s *core) onMachine(at string) string { return s.moved(at, -s.skew.Load()) }

func (s *core) moved(at string, seconds int64) string {
	if seconds == 0 {
		return at
	}
	return fmt.Sprintf(`(%s + (%d))`, at, seconds)
}
