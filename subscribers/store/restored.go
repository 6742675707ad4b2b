package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// readied makes a copy of a backup beside the database at path, and brings the copy to
// where it can be put in its place.
func readied(ctx context.Context, path, backup string, how Restoring) (made string, done Restored, err error) {
	if made, err = copied(ctx, path, backup); err != nil {
		return "", done, err
	}
	done, err = ready(ctx, path, made, how)
	for _, end := range append([]string{".lock"}, ends...) {
		os.Remove(made + end)
	}
	if err != nil {
		os.Remove(made)
		return "", done, err
	}
	return made, done, nil
}

// ready does on the copy of a backup what has to be done before it is used.
func ready(ctx context.Context, path, made string, how Restoring) (done Restored, err error) {
	was := newest()
	s, err := Open(ctx, made, Options{Now: how.Now, Elsewhere: true, Upgraded: func(from, _ int, before string) {
		was = from
		os.Remove(before)
	}})
	if err != nil {
		return done, err
	}
	r := &restoring{core: s.core, how: how, now: how.Now(), older: was < withDepartures}
	done, err = r.restore(ctx, path)
	return done, errors.Join(err, s.Close(), foldedIn(ctx, made))
}

// foldedIn brings the log of a closed database into it.
func foldedIn(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite3", dsn(path, asking))
	if err != nil {
		return err
	}
	return errors.Join(fold(ctx, plainly{db}), db.Close())
}

// restoring is a copy of a backup that is brought to where it can be used.
type restoring struct {
	*core
	how Restoring
	now time.Time
	// older says that the backup is of a version that recorded no departures.
	older bool
}

func (r *restoring) restore(ctx context.Context, path string) (done Restored, err error) {
	plain := r.how.MadeAt.IsZero()
	if done.MadeAt = r.how.MadeAt; plain {
		if done.MadeAt, err = r.latest(ctx); err != nil {
			return done, err
		}
	}
	if err := r.replay(ctx, &done); err != nil {
		return done, fmt.Errorf("replay the departures since the backup: %w", err)
	}
	m, err := readMark(path)
	if err != nil && !errors.Is(err, errDamaged) {
		return done, err
	}
	runs, number, err := r.counters(ctx)
	if err != nil {
		return done, err
	}
	// The mark of this host may show that nothing was sent since.
	current := m.database == r.name() && m.runs <= runs && m.number <= number
	if done.Held = !plain || !current; !done.Held {
		return done, nil
	}
	if !current {
		if err := r.rest(ctx, &done, m.database != r.name()); err != nil {
			return done, fmt.Errorf("keep old editions from being sent: %w", err)
		}
	}
	return done, r.write.whole(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `INSERT INTO restores (made_at, known_to, restored_at) VALUES ($1, $2, $3)`,
			done.MadeAt.Unix(), done.KnownTo.Unix(), r.now.Unix())
		return err
	})
}

// latest gives the last time that stands in a backup.
func (r *restoring) latest(ctx context.Context) (time.Time, error) {
	var at sql.NullInt64
	err := r.read.QueryRow(ctx, `SELECT max(at) FROM (SELECT max(at) AS at FROM departures WHERE $1 = 0
		UNION ALL SELECT max(run_at) FROM editions UNION ALL SELECT max(opened_at) FROM editions
		UNION ALL SELECT max(created_at) FROM subscribers UNION ALL SELECT max(created_at) FROM keys) AS latest`,
		asNumber(r.older)).Scan(&at)
	if last := instant(at); last.Before(r.now) {
		return last, err
	}
	return r.now, err
}

// replay replays the journals.
func (r *restoring) replay(ctx context.Context, done *Restored) error {
	done.KnownTo = done.MadeAt
	if r.how.Journals == nil {
		return nil
	}
	h, err := r.how.Journals(r.journalKey())
	if err != nil {
		return err
	}
	done.Journals, done.Damaged = h.Read, h.Damaged
	var own []subscribers.Departure
	if !r.older {
		if own, err = r.departures(ctx, r.read, 0, math.MaxInt32); err != nil {
			return err
		}
	}
	all, last := r.after(h, own, done)
	if r.older && len(all) > 0 {
		err := r.write.whole(ctx, func(ctx context.Context, c conn) error {
			_, err := c.Exec(ctx, `DELETE FROM departures`)
			return err
		})
		if err != nil {
			return err
		}
		if first := all[0]; first.Kind == subscribers.Begun && first.At.After(done.MadeAt) {
			done.Begun = first.At
		}
	}
	if done.KnownTo.After(r.now) && r.now.After(done.MadeAt) {
		done.KnownTo = r.now
	}
	done.Replayed, err = r.replayed(ctx, all, last, r.now)
	return err
}

// after gives the departures that the journals have after the last one of a database, which it
// gives too. Where the history is another one from some departure on, all are taken that the
// database does not know: it went on without them.
func (r *restoring) after(h subscribers.History, own []subscribers.Departure, done *Restored,
) (all []subscribers.Departure, last int64) {
	if len(own) > 0 {
		last = own[len(own)-1].ID
	}
	fits := true
	for i, d := range h.Departures {
		at, known := slices.BinarySearchFunc(own, d.ID, func(d subscribers.Departure, id int64) int {
			return cmp.Compare(d.ID, id)
		})
		switch {
		case i > 0 && h.Departures[i-1].ID == d.ID, known && !d.Same(own[at]):
			fits = false
		case d.ID > last:
			all = append(all, d)
		}
	}
	if fits {
		done.KnownTo, done.Gap = gap(all, last, h, done.MadeAt)
		return all, last
	}
	done.Gap = true
	return unknown(h, own, last), last
}

// unknown gives the departures of a history that a database does not have, numbered after its
// last one. Who returned did so in another history than this one.
func unknown(h subscribers.History, own []subscribers.Departure, last int64) (all []subscribers.Departure) {
	has := map[string]bool{}
	name := func(d subscribers.Departure) string { return fmt.Sprint(d.Kind, d.At.Unix(), d.Hash, d.Until) }
	for _, d := range own {
		has[name(d)] = true
	}
	for _, d := range h.Departures {
		if d.Kind != subscribers.Begun && d.Kind != subscribers.Returned && !has[name(d)] {
			d.ID = last + int64(len(all)) + 1
			all = append(all, d)
		}
	}
	return all
}

// Waits is a backup that was put in the database's place and that nobody has accepted.
type Waits struct {
	// MadeAt is the time whose state it has; who left is known up to KnownTo.
	MadeAt, KnownTo, RestoredAt time.Time
}

// Waits gives the restored backup that waits to be accepted; false if none does.
func (s *File) Waits(ctx context.Context) (Waits, bool, error) { return s.waits(ctx) }

func (s *core) waits(ctx context.Context) (Waits, bool, error) {
	var made, known, restored sql.NullInt64
	err := s.read.QueryRow(ctx, `SELECT made_at, known_to, restored_at FROM restores WHERE accepted_at IS NULL
		ORDER BY id DESC LIMIT 1`).Scan(&made, &known, &restored)
	if errors.Is(err, sql.ErrNoRows) {
		return Waits{}, false, nil
	}
	if err != nil {
		return Waits{}, false, fmt.Errorf("look whether the database was restored: %w", err)
	}
	return Waits{instant(made), instant(known), instant(restored)}, true, nil
}

// unaccepted gives digest.ErrRestored while a restored backup waits to be accepted.
func (s *core) unaccepted(ctx context.Context) error {
	w, waits, err := s.waits(ctx)
	if err != nil || !waits {
		return err
	}
	return fmt.Errorf("%w: it has the state of %s, and who left after %s is not known to it", digest.ErrRestored,
		w.MadeAt.Format(time.RFC3339), w.KnownTo.Format(time.RFC3339))
}
