package store

import (
	"context"
	"fmt"
	"time"
)

// Started records that the service runs with these slots at now, each with its timetable as
// publish.Slot gives it. The first time of each slot stays; of the timetables before only
// the last one does. A slot that the service runs without has no days.
func (s *Book) Started(ctx context.Context, timetables map[string]string, now time.Time) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		all, err := slotsBefore(ctx, c)
		if err != nil {
			return err
		}
		for slot, timetable := range timetables {
			all[slot] = timetable
		}
		for slot, timetable := range all {
			if _, err := c.Exec(ctx, `INSERT INTO slots (name, since, timetable) VALUES ($1, $2, $3)
				ON CONFLICT (name) DO UPDATE SET former = slots.timetable, changed_at = excluded.since,
					timetable = excluded.timetable WHERE slots.timetable IS DISTINCT FROM excluded.timetable`,
				slot, now.Unix(), timetable); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("record the slots: %w", err)
	}
	return nil
}

// slotsBefore gives the slots that the service ever ran with, each without days.
func slotsBefore(ctx context.Context, c conn) (map[string]string, error) {
	all := map[string]string{}
	rows, err := c.Query(ctx, `SELECT name FROM slots`)
	err = each(rows, err, func(scan scanner) error {
		var name string
		err := scan(&name)
		all[name] = ""
		return err
	})
	return all, err
}
