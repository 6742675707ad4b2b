package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vesper/digest"
)

// alive is the condition of a machine that lives, in SQL. It goes by the server's clock, as the
// beats do: machines' own clocks differ.
const alive = `beat > now() - interval '6 seconds' AND state <> 'drained'`

// Beat says that this machine lives, and gives what it hears. drained says that it has left off as it
// was told.
func (s *File) Beat(ctx context.Context, role string, drained bool) (h digest.Heard, err error) {
	var clock int64
	err = s.server.pool.QueryRow(ctx, `WITH mine AS (
			INSERT INTO machines (owner, host, place, role) VALUES ($1, $2, $3, $4)
			ON CONFLICT (owner) DO UPDATE SET beat = now(),
				state = CASE WHEN $5 AND machines.state = 'draining' THEN 'drained' ELSE machines.state END
			RETURNING state)
		SELECT mine.state <> '', CAST(extract(epoch FROM now()) AS BIGINT),
			(SELECT count(*) FROM machines WHERE owner <> $1 AND `+alive+`)
			+ CASE WHEN mine.state = 'drained' THEN 0 ELSE 1 END FROM mine`,
		s.owner, hostname(), s.path, role, drained).Scan(&h.Draining, &clock, &h.Machines)
	if err != nil {
		return h, fmt.Errorf("tell the other machines that this one lives: %w", unreached(err))
	}
	h.Machines, h.Clock = max(1, h.Machines), time.Unix(clock, 0)
	return h, nil
}

// Leave says that this machine lives no more, and forgets those that have not been heard of for a
// day.
func (s *File) Leave(ctx context.Context) error {
	_, err := s.server.pool.Exec(ctx, `DELETE FROM machines WHERE owner = $1 OR beat < now() - interval '1 day'`, s.owner)
	return err
}

// Drain has the services of this machine leave off that keep their files where this process does,
// and gives them as they are now. To ask again is harmless.
func (s *File) Drain(ctx context.Context) ([]digest.Machine, error) {
	host := hostname()
	err := s.write.one(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `UPDATE machines SET state = 'draining' WHERE host = $1 AND place = $2 AND role = 'serve'
			AND state = '' AND beat > now() - interval '15 seconds'`, host, s.path)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("drain this machine: %w", err)
	}
	all, err := s.Machines(ctx)
	return slices.DeleteFunc(all, func(m digest.Machine) bool {
		return m.Host != host || m.Place != s.path || m.Role != "serve" || !m.Alive && !m.Drained
	}), err
}

// Machines gives the machines that were heard of within a day, those that live first.
func (s *File) Machines(ctx context.Context) (all []digest.Machine, err error) {
	if s.server == nil {
		return nil, nil
	}
	rows, err := s.read.Query(ctx, `SELECT owner, host, place, role, state = 'draining', state = 'drained', `+alive+`,
			CAST(extract(epoch FROM since) AS BIGINT), CAST(extract(epoch FROM beat) AS BIGINT),
			(SELECT count(*) FROM chunks WHERE worker = owner AND next_at IS NOT NULL)
		FROM machines WHERE beat > now() - interval '1 day' ORDER BY beat < now() - interval '6 seconds', since, owner`)
	err = each(rows, err, func(scan scanner) error {
		var m digest.Machine
		var since, beat int64
		err := scan(&m.Owner, &m.Host, &m.Place, &m.Role, &m.Draining, &m.Drained, &m.Alive, &since, &beat, &m.Chunks)
		m.Since, m.Beat = time.Unix(since, 0), time.Unix(beat, 0)
		all = append(all, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read which machines there are: %w", err)
	}
	return all, nil
}

// Jobs gives how much there is for the machines to do; nothing where the database is a file.
func (s *File) Jobs(ctx context.Context) (j digest.Jobs, err error) {
	if s.server == nil {
		return j, nil
	}
	err = s.read.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE k.worker <> ''),
			count(*) FILTER (WHERE j.state = 'running'), count(*) FILTER (WHERE j.state = 'available'),
			count(*) FILTER (WHERE j.state IN ('scheduled', 'retryable'))
		FROM chunks k JOIN editions e ON e.number = k.edition LEFT JOIN `+s.server.jobs.table()+` j ON j.id = k.job
		WHERE k.next_at IS NOT NULL AND e.state IN ('open', 'sending', 'paused')`).
		Scan(&j.Open, &j.InHand, &j.Running, &j.Waiting, &j.PutOff)
	if err != nil {
		return j, fmt.Errorf("read what the machines have to do: %w", err)
	}
	return j, nil
}
