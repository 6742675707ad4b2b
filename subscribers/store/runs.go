package store

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
)

// Begin implements publish.Runs: a run of an opened edition begins, and open or
// sending it is sending afterwards. Where the last five began in vain, it becomes
// paused as a crash loop instead. A paused edition stays as it is, and a crash loop
// keeps when this was. The record says which; an edition in another state is an error.
func (s *Book) Begin(ctx context.Context, number uint32, now time.Time) (digest.Tallied, error) {
	t, err := s.begin(ctx, number, now)
	if err != nil {
		return digest.Tallied{}, fmt.Errorf("begin edition with ledger number %d: %w", number, err)
	}
	return t, nil
}

func (s *Book) begin(ctx context.Context, number uint32, now time.Time) (digest.Tallied, error) {
	// To count a million rows takes a while, and nobody must wait to write for it. No
	// run is under way that could change the sums meanwhile.
	all, err := s.tallied(ctx, byNumber, number)
	if err != nil {
		return digest.Tallied{}, err
	}
	if len(all) == 0 {
		return digest.Tallied{}, digest.ErrNotFound
	}
	t := all[0]
	var joined []int64
	entered := 0
	// A pause is no run: who joins until it is over is taken in then.
	first := t.Ahead() && t.State != digest.Paused
	if first {
		if joined, err = s.joined(ctx, t.ID, number); err != nil {
			return digest.Tallied{}, err
		}
	}
	err = s.write.whole(ctx, countRun)
	if err == nil {
		err = s.noteSent(ctx)
	}
	if err == nil {
		// A run that could not even be noted has not begun, and has not died.
		err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
			// It may have been paused meanwhile: then it is no first run.
			paused, err := has(ctx, c, `SELECT 1 FROM editions WHERE number = $1 AND state = 'paused'`, number)
			if err == nil && first && !paused {
				entered, err = s.thaw(ctx, c, t.Record, joined, now)
			}
			if err != nil {
				return err
			}
			return start(ctx, c, number, t.Tally, now)
		})
	}
	if err != nil {
		return digest.Tallied{}, err
	}
	t.Tally.Opened += entered
	t.Tally.Pending += entered
	begun := s.read.QueryRow(context.WithoutCancel(ctx), `SELECT `+record+` FROM editions e`+byNumber, number)
	t.Record, err = scanRecord(begun.Scan)
	return t, err
}

// start writes down that a run begins or, where digest.Starts says so, that no more
// do.
func start(ctx context.Context, c conn, number uint32, t digest.Tally, now time.Time) error {
	var state digest.State
	var before digest.Starts
	var pause digest.Pause
	var waits string
	err := c.QueryRow(ctx, `SELECT state, pause, reason, starts, ended FROM editions WHERE number = $1`, number).
		Scan(&state, &pause, &waits, &before.Count, &before.Ended)
	switch {
	case err != nil:
		return missing(err)
	case pause == digest.PausedCrashLoop:
		// It is probed, or was to be delivered. Should that crash too, the next probe is
		// counted from now.
		_, err = c.Exec(ctx, `UPDATE editions SET run_at = $1 WHERE number = $2`, now.Unix(), number)
		return err
	case state == digest.Paused:
		return nil
	case state != digest.Open && state != digest.Sending:
		return fmt.Errorf("it is %s", state)
	}
	outlived, err := isOutlived(ctx, c, number)
	if err != nil {
		return err
	}
	begun, ok := before.Next(t, waits != "", outlived)
	if !ok {
		_, err = c.Exec(ctx, `UPDATE editions SET state = 'paused', pause = $1, reason = $1, run_at = $2
			WHERE number = $3`, digest.PausedCrashLoop, now.Unix(), number)
		return err
	}
	_, err = c.Exec(ctx, `UPDATE editions SET state = 'sending', reason = '', starts = $1, ended = $2, run_at = $3
		WHERE number = $4`, begun.Count, begun.Ended, now.Unix(), number)
	return err
}

// Waits implements publish.Runs: it keeps why a sending edition waits.
func (s *Book) Waits(ctx context.Context, number uint32, reason string) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `UPDATE editions SET reason = $1 WHERE number = $2 AND state = 'sending'`, reason, number)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep why edition with ledger number %d waits: %w", number, err)
	}
	return nil
}

// Rest implements publish.Runs: a run has come to an orderly end, whatever the
// edition's state is then. Begin counts anew.
func (s *Book) Rest(ctx context.Context, number uint32, now time.Time) error {
	s.isNoted()
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		err := oneRow(c.Exec(ctx, `UPDATE editions SET starts = 0, run_at = $1 WHERE number = $2`, now.Unix(), number))
		if err != nil {
			return err
		}
		return countRun(ctx, c)
	})
	if err == nil {
		err = s.noteSent(ctx)
	}
	if err != nil {
		return fmt.Errorf("rest edition with ledger number %d: %w", number, err)
	}
	return nil
}

// noteEvery is how often a run that sends is noted.
const noteEvery = time.Second

// goesOn notes that a run is sending, now and then: a backup that was made in its middle,
// and put back after it died, has forgotten whom it sent to since. What was sent stands
// even if that can't be noted, and the next message tries again.
func (s *core) goesOn(ctx context.Context, at time.Time) {
	if last, due := s.noteIsDue(at); due {
		s.note(ctx, last)
	}
}

// goesOnBeside is goesOn, and does not wait for it: the next message need not either. Who
// ends a run waits, and who closes the file.
func (s *core) goesOnBeside(ctx context.Context, at time.Time) {
	if !s.noting.TryLock() {
		return
	}
	last, due := s.noteIsDue(at)
	if !due {
		s.noting.Unlock()
		return
	}
	// A probe ends with its one message: what it sent is noted all the same.
	ctx = context.WithoutCancel(ctx)
	go func() {
		defer s.noting.Unlock()
		s.note(ctx, last)
	}()
}

// isNoted waits until nothing is being noted beside what is sent.
func (s *core) isNoted() {
	s.noting.Lock()
	defer s.noting.Unlock()
}

// noteIsDue says whether the caller is to note that a run is sending, and when it was last.
func (s *core) noteIsDue(at time.Time) (last int64, due bool) {
	last = s.noted.Load()
	since := at.UnixNano() - last
	return last, (since <= -int64(noteEvery) || since >= int64(noteEvery)) && s.noted.CompareAndSwap(last, at.UnixNano())
}

// note notes it. Last is when it was before, should that fail.
func (s *core) note(ctx context.Context, last int64) {
	if s.write.whole(ctx, countRun) != nil || s.noteSent(ctx) != nil {
		s.noted.Store(last)
	}
}

func countRun(ctx context.Context, c conn) error {
	_, err := c.Exec(ctx, `UPDATE numbers SET runs = runs + 1`)
	return err
}
