package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vesper/digest"
)

// heardOf is the condition of a machine whose process is there, in SQL, and alive that of one that lives. They go
// by the server's clock, as the beats do: machines' own clocks differ.
const (
	heardOf = `beat > now() - interval '6 seconds'`
	alive   = heardOf + ` AND state <> 'drained'`
)

// Beat says that this machine lives, and gives what it hears. Once the tables have moved on to a form that its
// program may not work on, the error is digest.ErrNewer.
func (s *File) Beat(ctx context.Context, b digest.Beat) (h digest.Heard, err error) {
	var clock int64
	var form tables
	var program string
	began := s.server.machine()
	err = s.server.pool.QueryRow(ctx, `WITH mine AS (
			INSERT INTO machines (owner, host, place, role, sees, ahead, unfit, unfit_at, alike, knows)
			VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $7 <> '' THEN now() END, $8, $9)
			ON CONFLICT (owner) DO UPDATE SET beat = now(), sees = $5, ahead = $6, unfit = $7,
				unfit_at = CASE WHEN $7 <> '' THEN coalesce(machines.unfit_at, now()) END, alike = $8,
				state = CASE WHEN $10 AND machines.state = 'draining' THEN 'drained' ELSE machines.state END
			RETURNING state),
		others AS (SELECT role, state, sees, ahead, unfit FROM machines WHERE owner <> $1 AND `+alive+`)
		SELECT mine.state <> '', CAST(1000 * extract(epoch FROM now()) AS BIGINT),
			(SELECT count(*) FROM others) + CASE WHEN mine.state = 'drained' THEN 0 ELSE 1 END,
			(SELECT count(*) FROM others WHERE role = 'serve' AND state = '' AND sees),
			(SELECT count(*) FROM others WHERE role = 'serve' AND state = '' AND sees AND unfit = ''),
			(SELECT count(*) FROM others WHERE abs(ahead) <= $11), form.version, works_with,
			coalesce((SELECT version FROM program), '') FROM mine, form`,
		s.owner, hostname(), s.path, b.Role, !b.Unseeing, s.skew.Load(), b.Unfit, string(b.Alike),
		s.server.known, b.Drained, int64(digest.ClocksDiffer/time.Second)).
		Scan(&h.Draining, &clock, &h.Machines, &h.Others, &h.Fit, &h.Timely, &form.version, &form.worksWith, &program)
	if err != nil {
		return h, fmt.Errorf("tell the other machines that this one lives: %w", unreached(err))
	}
	h.Machines, h.Clock = max(1, h.Machines), time.UnixMilli(clock)
	s.setSkew(h.Clock, began)
	h.Newer = newerThan(s.server.known, form.version, program)
	if err := form.mayBeUsed(s.server.known, ": "+program); err != nil {
		s.server.outdated.Store(true)
		return h, err
	}
	return h, nil
}

// isOutlived says whether another service of the house lives since before the last run of an edition
// began. All of them work on it: what ended the run of one has not ended the others.
func isOutlived(ctx context.Context, c conn, number uint32) (bool, error) {
	if !isServer(c) {
		return false, nil
	}
	return has(ctx, c, `SELECT 1 FROM machines m JOIN editions e ON e.number = $1 WHERE m.role = 'serve'
		AND m.state = '' AND m.unfit = '' AND m.beat > now() - interval '6 seconds'
		AND extract(epoch FROM m.since) < e.run_at`, number)
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
		silent := m.Draining && m.Silent < drainsSilent
		return m.Host != host || m.Place != s.path || m.Role != "serve" || !m.Alive && !m.Drained && !silent
	}), err
}

// drainsSilent is how long a service that was told to leave off, and is not heard of, may be there yet:
// it may be stopped, or the way to the database broken.
const drainsSilent = 10 * time.Minute

// Machines gives the machines that were heard of within a day, those that live first.
func (s *File) Machines(ctx context.Context) (all []digest.Machine, err error) {
	if s.server == nil {
		return nil, nil
	}
	rows, err := s.read.Query(ctx, `SELECT owner, host, place, role, state = 'draining', state = 'drained', NOT sees,
			`+alive+`,
			CAST(extract(epoch FROM since) AS BIGINT), CAST(extract(epoch FROM beat) AS BIGINT),
			(SELECT count(*) FROM chunks WHERE worker = owner AND next_at IS NOT NULL),
			CAST(extract(epoch FROM now() - beat) AS BIGINT), ahead, unfit,
			CAST(coalesce(extract(epoch FROM now() - unfit_at), 0) AS BIGINT), alike,
			knows < (SELECT version FROM form)
		FROM machines WHERE beat > now() - interval '1 day' ORDER BY beat < now() - interval '6 seconds', since, owner`)
	err = each(rows, err, func(scan scanner) error {
		var m digest.Machine
		alike := ""
		var since, beat, silent, ahead, unfit int64
		err := scan(&m.Owner, &m.Host, &m.Place, &m.Role, &m.Draining, &m.Drained, &m.Unseeing, &m.Alive, &since, &beat,
			&m.Chunks, &silent, &ahead, &m.Unfit, &unfit, &alike, &m.Older)
		m.Since, m.Beat = time.Unix(since, 0), time.Unix(beat, 0)
		m.Silent, m.Ahead = time.Duration(silent)*time.Second, time.Duration(ahead)*time.Second
		m.Alike, m.UnfitFor = digest.Alike(alike), time.Duration(unfit)*time.Second
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
