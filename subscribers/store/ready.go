package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// MakeReady does on a held database what [Restore] does on the copy of a backup, where somebody
// else has put it back: pg_restore, a copy of the file, an admin who takes a former one back.
// Who left since, as the journals have it, is off its list; what was being sent is paused, and
// no slot before now is due. Done again it changes nothing more. [File.Accept] comes after it.
func (s *File) MakeReady(ctx context.Context, how Restoring) (done Restored, err error) {
	m, err := readMark(s.path)
	if err != nil && !errors.Is(err, errDamaged) {
		return done, err
	}
	if m.database != "" && m.database != s.name() {
		// Of another one the journals here know nothing.
		how.Journals = nil
	}
	r := &restoring{core: s.core, how: how, now: how.Now()}
	var at sql.NullInt64
	err = r.read.QueryRow(ctx, `SELECT max(at) FROM (SELECT max(run_at) AS at FROM editions
		UNION ALL SELECT max(opened_at) FROM editions) AS latest`).Scan(&at)
	if err != nil {
		return done, fmt.Errorf("look until when it was sent from: %w", err)
	}
	done.MadeAt, done.Held = instant(at), true
	if err := r.replay(ctx, &done); err != nil {
		return done, fmt.Errorf("replay the departures since: %w", err)
	}
	// Another machine may have used more numbers than this one has seen, and so may another place.
	more := s.server != nil || errors.Is(s.movedAway(ctx), digest.ErrMoved)
	if err := r.rest(ctx, &done, more); err != nil {
		return done, fmt.Errorf("keep old editions from being sent: %w", err)
	}
	return done, nil
}

// apart is how far the numbers of editions go on above the last one of the backup, where
// nobody knows how many there were since: a number that was used must not come again.
const apart = 1000

// rest makes sure that nothing old is sent: what was being sent stays paused until somebody
// decides, and no slot before now is due.
func (r *restoring) rest(ctx context.Context, done *Restored, elsewhere bool) error {
	book := &Book{r.core}
	under, err := book.Unfinished(ctx)
	if err != nil {
		return err
	}
	reason := "restored from a backup: who has it by now is not known"
	if !done.MadeAt.IsZero() {
		reason = fmt.Sprintf("restored from a backup of %s: who has it by now is not known",
			done.MadeAt.Format(time.RFC3339))
	}
	for _, one := range under {
		done.Paused = append(done.Paused, one.ID)
		if err := book.Pause(ctx, one.Number, digest.PausedDesk, reason, r.now); err != nil {
			return err
		}
	}
	return r.write.whole(ctx, func(ctx context.Context, c conn) error {
		if _, err := c.Exec(ctx, `UPDATE slots SET since = $1 WHERE since < $1`, r.now.Unix()); err != nil {
			return err
		}
		if !elsewhere {
			return nil
		}
		_, err := c.Exec(ctx, `UPDATE numbers SET last = last + $1 WHERE last > 0`, apart)
		return err
	})
}
