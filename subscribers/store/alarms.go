package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// Alarms is what somebody has to look at, and what is still to be told of it.
type Alarms struct{ *core }

// keepAlarms is for how long an alarm is kept that is over, and sameDay within which time
// one that comes again counts as flapping.
const (
	keepAlarms = 30 * 24 * time.Hour
	sameDay    = 24 * time.Hour
)

const alarmColumns = `a.ref, a.kind, a.about, a.edition, a.reason, a.hint, a.began_at, a.well_at, a.over_at, a.again`

func scanAlarm(scan scanner, rest ...any) (digest.RaisedAlarm, error) {
	var a digest.RaisedAlarm
	var began, well, over sql.NullInt64
	err := scan(append([]any{
		&a.Ref, &a.Kind, &a.About, &a.Edition, &a.Reason, &a.Hint, &began, &well, &over, &a.Again,
	}, rest...)...)
	a.Began, a.Well, a.Over = instant(began), instant(well), instant(over)
	return a, err
}

// On gives the alarms that are on, the oldest first.
func (s *Alarms) On(ctx context.Context) ([]digest.RaisedAlarm, error) {
	var all []digest.RaisedAlarm
	rows, err := s.read.Query(ctx, `SELECT `+alarmColumns+` FROM alarms a WHERE a.over_at IS NULL
		ORDER BY a.began_at, a.kind, a.about`)
	err = each(rows, err, func(scan scanner) error {
		a, err := scanAlarm(scan)
		all = append(all, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the alarms: %w", err)
	}
	return all, nil
}

// Begin enters an alarm that begins, and that each of the ways is to be told so. One that
// was on for another edition is over, and they are to be told that first.
func (s *Alarms) Begin(ctx context.Context, a digest.RaisedAlarm, ways []string) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if err := c.QueryRow(ctx, `SELECT count(*) FROM alarms WHERE kind = $1 AND about = $2 AND over_at > $3`,
			a.Kind, a.About, a.Began.Add(-sameDay).Unix()).Scan(&a.Again); err != nil {
			return err
		}
		if err := endFormer(ctx, c, a, ways); err != nil {
			return err
		}
		if _, err := c.Exec(ctx, `INSERT INTO alarms (ref, kind, about, edition, reason, hint, began_at, again)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, a.Ref, a.Kind, a.About, a.Edition, a.Reason, a.Hint,
			a.Began.Unix(), a.Again); err != nil {
			return err
		}
		if err := owe(ctx, c, a.Ref, false, ways, a.Began); err != nil {
			return err
		}
		_, err := c.Exec(ctx, `DELETE FROM alarms WHERE over_at < $1
			AND NOT EXISTS (SELECT 1 FROM alarm_words w WHERE w.alarm = alarms.ref)`, a.Began.Add(-keepAlarms).Unix())
		return err
	})
	if err != nil {
		return fmt.Errorf("record an alarm: %w", err)
	}
	return nil
}

// endFormer ends the alarm that is on for another edition. It was not well, even if it is
// told that it is over: whoever keeps a list of what is on has it in the new one's place.
func endFormer(ctx context.Context, c conn, a digest.RaisedAlarm, ways []string) error {
	var former string
	err := c.QueryRow(ctx, `SELECT ref FROM alarms WHERE kind = $1 AND about = $2 AND over_at IS NULL`, a.Kind, a.About).
		Scan(&former)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := c.Exec(ctx, `UPDATE alarms SET over_at = $1, well_at = NULL WHERE ref = $2`,
		a.Began.Unix(), former); err != nil {
		return err
	}
	return owe(ctx, c, former, true, ways, a.Began)
}

// owe enters what is to be told.
func owe(ctx context.Context, c conn, ref string, ends bool, ways []string, due time.Time) error {
	for _, way := range ways {
		if _, err := c.Exec(ctx, `INSERT INTO alarm_words (alarm, ends, way, attempts, due_at)
			VALUES ($1, $2, $3, 0, $4)`, ref, asNumber(ends), way, due.Unix()); err != nil {
			return err
		}
	}
	return nil
}

// Keep keeps an alarm's reason as it is now, and since when it is well; the zero time says
// that it is not.
func (s *Alarms) Keep(ctx context.Context, ref, reason string, well time.Time) error {
	err := s.write.one(ctx, func(ctx context.Context, c conn) error {
		return oneRow(c.Exec(ctx, `UPDATE alarms SET reason = $1, well_at = $2 WHERE ref = $3 AND over_at IS NULL`,
			reason, seconds(well), ref))
	})
	if err != nil {
		return fmt.Errorf("record an alarm: %w", err)
	}
	return nil
}

// End enters that an alarm is over, and that each of the ways is to be told so.
func (s *Alarms) End(ctx context.Context, ref string, ways []string, now time.Time) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if err := oneRow(c.Exec(ctx, `UPDATE alarms SET over_at = $1 WHERE ref = $2 AND over_at IS NULL`,
			now.Unix(), ref)); err != nil {
			return err
		}
		return owe(ctx, c, ref, true, ways, now)
	})
	if err != nil {
		return fmt.Errorf("record that an alarm is over: %w", err)
	}
	return nil
}

// Owed gives what is to be told by a way, the oldest first: that an alarm is over, once
// its beginning was told or given up.
func (s *Alarms) Owed(ctx context.Context, way string) ([]digest.AlarmWord, error) {
	var all []digest.AlarmWord
	rows, err := s.read.Query(ctx, `SELECT `+alarmColumns+`, w.ends = 1, w.attempts, w.due_at
		FROM alarm_words w JOIN alarms a ON a.ref = w.alarm
		WHERE w.way = $1 AND (w.ends = 0 OR NOT EXISTS
			(SELECT 1 FROM alarm_words b WHERE b.alarm = w.alarm AND b.way = w.way AND b.ends = 0))
		ORDER BY a.began_at, a.ref`, way)
	err = each(rows, err, func(scan scanner) error {
		w := digest.AlarmWord{Way: way}
		var due sql.NullInt64
		var err error
		w.RaisedAlarm, err = scanAlarm(scan, &w.Ends, &w.Attempts, &due)
		w.Due = instant(due)
		all = append(all, w)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read which alarms are to be told: %w", err)
	}
	return all, nil
}

// Told removes what was told, or given up.
func (s *Alarms) Told(ctx context.Context, w digest.AlarmWord) error {
	err := s.write.one(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `DELETE FROM alarm_words WHERE alarm = $1 AND ends = $2 AND way = $3`,
			w.Ref, asNumber(w.Ends), w.Way)
		return err
	})
	if err != nil {
		return fmt.Errorf("record that an alarm was told: %w", err)
	}
	return nil
}

// Later keeps that something could not be told, how often it was tried and when it is next.
func (s *Alarms) Later(ctx context.Context, w digest.AlarmWord) error {
	err := s.write.one(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `UPDATE alarm_words SET attempts = $1, due_at = $2
			WHERE alarm = $3 AND ends = $4 AND way = $5`, w.Attempts, w.Due.Unix(), w.Ref, asNumber(w.Ends), w.Way)
		return err
	})
	if err != nil {
		return fmt.Errorf("record that an alarm could not be told: %w", err)
	}
	return nil
}

// Beaten gives when the last evening of a slot was finished or decided for which the
// heartbeat was fetched; the zero time for none.
func (s *Alarms) Beaten(ctx context.Context, slot string) (time.Time, error) {
	var at sql.NullInt64
	err := s.read.QueryRow(ctx, `SELECT at FROM heartbeats WHERE slot = $1`, slot).Scan(&at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("read for which evening the heartbeat was fetched: %w", err)
	}
	return instant(at), nil
}

// Beat keeps that the heartbeat was fetched for an evening, which was finished or decided
// at a time.
func (s *Alarms) Beat(ctx context.Context, id digest.ID, at time.Time) error {
	err := s.write.one(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `INSERT INTO heartbeats (slot, edition, at) VALUES ($1, $2, $3)
			ON CONFLICT (slot) DO UPDATE SET edition = excluded.edition, at = excluded.at`,
			id.Slot, id.String(), at.Unix())
		return err
	})
	if err != nil {
		return fmt.Errorf("record that the heartbeat was fetched: %w", err)
	}
	return nil
}
