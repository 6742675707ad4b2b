package store

import (
	"context"
	"errors"
	"fmt"

	"vesper/digest"
)

// Where somebody has accepted a database that was put back, the counter of runs goes on above all that any machine
// can have seen, so that none of them holds it. That is the time by PostgreSQL's clock, by runsASecond, which is more
// than are ever noted in one: whatever is put back, a later word is above an earlier one. So the counter must not run
// ahead of the time. Where it does, since that clock was wrong, it goes on by beyond.
const (
	beyond      = 1_000_000_000
	runsASecond = 1000
)

// word gives where the counter of runs goes on, if a database is accepted on a machine that has seen so much.
func (s *core) word(m mark) int64 {
	now := (s.now().Unix() + s.skew.Load()) * runsASecond
	if now > m.runs {
		return now
	}
	return m.runs + beyond
}

// remade gives, in SQL, the number that the tables have now.
const remade = `CAST(CAST(CAST('origin' AS regclass) AS oid) AS BIGINT)`

// original gives digest.ErrBehind for a database on a server that another machine holds, or whose
// tables were put back: a machine that has seen nothing yet would send from it otherwise.
func (s *core) original(ctx context.Context) error {
	if s.server == nil {
		return nil
	}
	var same bool
	var held string
	var runs int64
	err := s.read.QueryRow(ctx, `SELECT made_as = `+remade+`, held, runs FROM origin, numbers`).Scan(&same, &held, &runs)
	switch {
	case err != nil:
		return fmt.Errorf("look whether the database is the one that was sent from: %w", err)
	case held != "":
		return fmt.Errorf("%w: %s", digest.ErrBehind, held)
	case same:
		return nil
	case runs > 0:
		return fmt.Errorf("%w: its tables were put back, as pg_restore does", digest.ErrBehind)
	}
	// Nothing was ever sent: it does not matter where it comes from.
	return s.write.one(ctx, isOriginal)
}

// isOriginal has a database on a server count as the one to send from.
func isOriginal(ctx context.Context, c conn) error {
	_, err := c.Exec(ctx, `UPDATE origin SET made_as = `+remade+`, held = ''`)
	return err
}

// holds gives digest.ErrBehind, and has all machines hold the database, also those that have seen
// nothing yet: that one of them has seen more is enough, as m says, unless it was accepted meanwhile. The counters
// are what it has seen from then on: whoever accepts the database goes on above that, and may have seen nothing.
func (s *core) holds(ctx context.Context, m mark, seen, knows string) error {
	behind := fmt.Errorf("%w: %s here, and %s", digest.ErrBehind, seen, knows)
	if s.server == nil {
		return behind
	}
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `UPDATE origin SET held = $1
			WHERE held = '' AND EXISTS (SELECT 1 FROM numbers WHERE runs < $2 OR last < $3)`,
			fmt.Sprintf("%s on %s, and %s", seen, hostname(), knows), m.runs, m.number)
		if err != nil {
			return err
		}
		_, err = c.Exec(ctx, `UPDATE numbers SET runs = greatest(runs, $1), last = greatest(last, $2)
			WHERE (runs < $1 OR last < $2) AND EXISTS (SELECT 1 FROM origin WHERE held <> '')`, m.runs, m.number)
		return err
	})
	if err != nil {
		err = fmt.Errorf("tell the other machines: %w", err)
	}
	return errors.Join(behind, err)
}
