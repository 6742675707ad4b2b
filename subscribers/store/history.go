package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// History implements publish.Past.
func (s *Book) History(ctx context.Context, slot string, now time.Time) (digest.History, error) {
	h, err := s.history(ctx, slot, now)
	if err != nil {
		return digest.History{}, fmt.Errorf("read the past of slot %s: %w", slot, err)
	}
	return h, nil
}

func (s *core) history(ctx context.Context, slot string, now time.Time) (digest.History, error) {
	h := digest.History{Days: map[digest.Date]digest.State{}}
	var since, cutOff sql.NullInt64
	var former sql.NullString
	var changed sql.NullInt64
	err := s.read.QueryRow(ctx, `SELECT since, changed_at, former FROM slots WHERE name = $1`, slot).
		Scan(&since, &changed, &former)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return h, err
	}
	// A cut-off by hand is the end of the second that goes on.
	err = s.read.QueryRow(ctx, `SELECT cut_off, looks > 0 FROM editions WHERE slot = $1 AND cut_off <= $2
		ORDER BY cut_off DESC, number DESC LIMIT 1`, slot, now.Unix()+1).Scan(&cutOff, &h.Recorded)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return h, err
	}
	h.Since, h.CutOff = instant(since), instant(cutOff)
	if former.Valid {
		h.Changed, h.Former = instant(changed), former.String
	}
	if h.PaperNumber, err = paperNumber(ctx, s.read, ` WHERE slot = $1 AND sequence = 1`, slot); err != nil {
		return h, err
	}
	rows, err := s.read.Query(ctx, `SELECT date, missed_from, state FROM editions
		WHERE slot = $1 AND (number IS NOT NULL OR entered_at <= $2) ORDER BY number IS NOT NULL, id`, slot, now.Unix())
	err = each(rows, err, func(scan scanner) error {
		var last, first string
		var state digest.State
		if err := scan(&last, &first, &state); err != nil {
			return err
		}
		return span(h.Days, first, last, state)
	})
	return h, err
}

// span enters the days from first, or last alone if first is empty. Where two records
// have a day, the one that comes later counts.
func span(days map[digest.Date]digest.State, first, last string, state digest.State) error {
	end, err := digest.ParseDate(last)
	if err != nil {
		return err
	}
	day := end
	if first != "" {
		if day, err = digest.ParseDate(first); err != nil {
			return err
		}
	}
	for ; day.Compare(end) <= 0; day = day.AddDays(1) {
		days[day] = state
	}
	return nil
}

// Latest gives when an edition was last opened, or a run of one last began or ended;
// the zero time if none was.
func (s *Book) Latest(ctx context.Context) (time.Time, error) {
	var opened, run, done sql.NullInt64
	err := s.read.QueryRow(ctx, `SELECT max(opened_at), max(run_at), max(done_at)
		FROM editions WHERE number IS NOT NULL`).Scan(&opened, &run, &done)
	if err != nil {
		return time.Time{}, fmt.Errorf("read when an edition last ran: %w", err)
	}
	at := max(opened.Int64, run.Int64, done.Int64)
	return instant(sql.NullInt64{Int64: at, Valid: opened.Valid}), nil
}

// Forget takes a recorded day back that was not opened. For any other the error is
// digest.ErrExists, and digest.ErrNotFound where there is none.
func (s *Book) Forget(ctx context.Context, id digest.ID) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		var state digest.State
		if err := c.QueryRow(ctx, `SELECT state FROM editions`+byID, keyOf(id)...).Scan(&state); err != nil {
			return missing(err)
		}
		if state.Opened() {
			return digest.ErrExists
		}
		_, err := c.Exec(ctx, `DELETE FROM editions`+byID, keyOf(id)...)
		if err == nil {
			err = unapprove(ctx, c, id)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("forget edition %s: %w", id, err)
	}
	return nil
}

// BeganAt says whether a slot's papers began to count at a number: one has it, and none has
// the number before.
func (s *Book) BeganAt(ctx context.Context, slot string, number uint32) (bool, error) {
	began, err := has(ctx, s.read, `SELECT 1 FROM editions WHERE slot = $1 AND sequence = 1 AND paper_number = $2
		AND NOT EXISTS (SELECT 1 FROM editions WHERE slot = $1 AND sequence = 1 AND paper_number = $3)`,
		slot, number, int64(number)-1)
	if err != nil {
		return false, fmt.Errorf("look where the numbers of slot %s began: %w", slot, err)
	}
	return began, nil
}
