package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
)

// Sweep implements deliver.Ledger. It looks before it writes, so that sweeping
// costs the writer nothing when nothing has changed. And it looks at no more than
// it must: at what is under way, at the readers who are next in line, and at how old
// rows are once one can be too old. What is pending may be a million rows.
func (q *queue) Sweep(ctx context.Context, s digest.Sweeping) (digest.Swept, error) {
	var swept digest.Swept
	err := q.awaits(ctx, func() error {
		err := q.enterOwn(ctx)
		if err == nil {
			err = q.takeOver(ctx, s, &swept)
		}
		if err == nil {
			err = q.skip(ctx, s)
		}
		if err == nil {
			err = q.expire(ctx, s, &swept)
		}
		if err == nil {
			swept.Next, err = q.next(ctx, s.Range)
		}
		return err
	})
	if err != nil {
		return swept, fmt.Errorf("sweep %s: %w", q.name, err)
	}
	return swept, nil
}

// underWay is the condition of what is under way and may be taken over. Its
// parameters are numbered from n: the time, this process's name, whether it has the
// lock, and a range. The plus before the edition is as that of inRange. The rows of one
// connection go together, when all their leases have run out.
func (q *queue) underWay(n int) string {
	now := q.onServer(fmt.Sprintf(`$%d`, n))
	leased := q.another(`other.lease_until > ` + now)
	return fmt.Sprintf(`step = 'attempting' AND (lease_until <= %s AND NOT %s OR owner = $%d OR $%d = 1)`,
		now, leased, n+1, n+2) + q.inRange(n+3, n+4) + strings.Replace(q.within(n+5), `edition`, `+edition`, 1)
}

// another says whether such another row is under way over the connection of a row, in
// SQL.
func (q *queue) another(such string) string {
	where := `%[1]s.connection > 0 AND other.connection = %[1]s.connection AND other.owner = %[1]s.owner`
	if len(q.edition) > 0 {
		where += ` AND +other.edition = %[1]s.edition`
	}
	return fmt.Sprintf(`EXISTS (SELECT 1 FROM %[2]s other WHERE other.step = 'attempting' AND `+where+` AND `+such+`)`,
		q.table, q.volume)
}

// takesOver says that whatever is under way was left by a process that is gone: this one
// has the lock. On a server others may go on, each until its leases end.
func (s *core) takesOver() bool { return s.server == nil && s.locked.Load() }

// takeOver settles what was under way in a process that is gone, or has stopped
// past its lease: whoever has the lock is the only one who delivers, and what this
// process itself has under way was left by an earlier pass.
func (q *queue) takeOver(ctx context.Context, s digest.Sweeping, swept *digest.Swept) error {
	free := []any{s.Now.Unix(), q.owner, asNumber(q.takesOver()), s.Range.Low, s.Range.High}
	left, err := has(ctx, q.read, `SELECT 1 FROM `+q.found(q.table)+` WHERE `+q.underWay(1), q.with(free...)...)
	if err != nil || !left {
		return err
	}
	return q.write.whole(ctx, func(ctx context.Context, c conn) error {
		swept.Recovered, err = q.cut(ctx, c, s, free)
		if err != nil || swept.Recovered == 0 || len(q.edition) == 0 {
			return err
		}
		_, err = c.Exec(ctx, `UPDATE editions SET recovered = recovered + $1 WHERE number = $2`,
			q.with(swept.Recovered)...)
		return err
	})
}

// looked is the number of rows whose readers one sweep looks up. Owed and Intend
// leave out readers who are not active, so that those behind it are not sent to
// either. A later sweep comes to them, when the rows before them are sent.
const looked = 10_000

// skip settles the first rows that are due and whose readers are not active. Readers
// who leave are taken off at once, so that this finds only what slipped through.
func (q *queue) skip(ctx context.Context, s digest.Sweeping) error {
	if q.status == "" {
		return nil
	}
	where, args := q.due(``, s.Range, s.Now, nil)
	var slipped []int64
	rows, err := q.read.Query(ctx, `SELECT soon.`+q.key+`
		FROM (SELECT `+q.key+` FROM `+q.found(q.table)+` WHERE `+where+fmt.Sprintf(` LIMIT %d) soon`, looked)+`
		LEFT JOIN subscribers s ON s.id = soon.`+q.key+` WHERE coalesce(s.status, '') <> 'active'`, args...)
	err = each(rows, err, func(scan scanner) error {
		var id int64
		err := scan(&id)
		slipped = append(slipped, id)
		return err
	})
	if err != nil || len(slipped) == 0 {
		return err
	}
	return q.write.whole(ctx, func(ctx context.Context, c conn) error {
		for _, id := range slipped {
			if err := q.withdraw(ctx, c, id, s.Now); err != nil {
				return err
			}
		}
		return nil
	})
}

// expire settles the rows that were not begun in time. Those whose readers are not
// active, or have paused, are skipped; those that the relay refused for good fail with
// what it said.
func (q *queue) expire(ctx context.Context, s digest.Sweeping, swept *digest.Swept) error {
	tooOld := s.TooOld.Unix()
	if s.TooOld.IsZero() {
		return nil
	}
	may, err := q.mayExpire(ctx, q.read, tooOld)
	if err != nil || !may {
		return err
	}
	if err := q.enterOld(ctx, tooOld); err != nil {
		return err
	}
	old := func(n int) string {
		return fmt.Sprintf(`step = 'pending' AND %s <= $%d`, q.patient, n) + q.inRange(n+1, n+2) + q.within(n+3)
	}
	args := q.with(tooOld, s.Range.Low, s.Range.High)
	found, err := has(ctx, q.read, `SELECT 1 FROM `+q.found(q.table)+` WHERE `+old(1), args...)
	if err != nil || !found {
		return err
	}
	return q.write.whole(ctx, func(ctx context.Context, c conn) error {
		if q.status != "" {
			_, err := c.Exec(ctx, `UPDATE `+q.rows()+` SET step = 'skipped', reason = `+q.status+`, at = $1`+
				q.changed(old(2))+` AND `+q.status+` <> 'active'`, append([]any{s.Now.Unix()}, args...)...)
			if err != nil {
				return err
			}
		}
		_, err := c.Exec(ctx, `UPDATE `+q.rows()+` SET `+q.forget+`step = 'failed', at = $1`+q.changed(old(2))+refusedLane,
			append([]any{s.Now.Unix()}, args...)...)
		if err != nil {
			return err
		}
		// What the relay said of a row is kept behind it.
		n, err := c.Exec(ctx, `UPDATE `+q.rows()+` SET `+q.forget+`step = 'expired',
				reply = CASE WHEN reply = '' THEN $1 ELSE $1 || ': ' || reply END, at = $2`+q.changed(old(3)),
			append([]any{q.old, s.Now.Unix()}, args...)...)
		swept.TooOld = int(n)
		return err
	})
}

// mayExpire says whether any row can be too old: while the edition was opened not long
// ago, no row needs to be looked at.
func (q *queue) mayExpire(ctx context.Context, c conn, tooOld int64) (bool, error) {
	if len(q.edition) == 0 {
		return true, nil
	}
	return has(ctx, c, `SELECT 1 FROM editions WHERE opened_at <= $1 AND number = $2`, q.with(tooOld)...)
}

// next tells when the next pending row is due; the zero time means that none is
// pending.
func (q *queue) next(ctx context.Context, r digest.Range) (time.Time, error) {
	// In this order: a chunk that is entered meanwhile is seen twice, and not never.
	waits, err := q.waitingNext(ctx, r)
	if err != nil {
		return waits, err
	}
	var due sql.NullInt64
	err = q.read.QueryRow(ctx, `SELECT min(due_at) FROM `+q.found(q.table)+`
		WHERE step = 'pending'`+q.inRange(1, 2)+q.within(3), q.with(r.Low, r.High)...).Scan(&due)
	next := instant(due)
	if next.IsZero() || !waits.IsZero() && waits.Before(next) {
		next = waits
	}
	return next, err
}
