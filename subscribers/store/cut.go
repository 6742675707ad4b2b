package store

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
)

// cutShort is what is kept of an attempt that nobody saw the end of, and deadly of one
// that may have been such an end.
const (
	cutShort = "the attempt was cut short; it may have arrived"
	deadly   = "the program ended each time while it was being sent; it may have arrived"
)

// cut settles what was under way in a process that is gone, and gives how much of that
// may have been sent. What this very process left under way was in no death.
func (q *queue) cut(ctx context.Context, c conn, s digest.Sweeping, free []any) (int, error) {
	args := q.with(append([]any{cutShort}, free...)...)
	toUnknown := fmt.Sprintf(` AND doubts + 1 >= %d`, digest.MostDoubts)
	if s.Hold {
		toUnknown = ``
	}
	// What was not the first of its connection was never sent: it is as it was before.
	_, err := c.Exec(ctx, `UPDATE `+q.rows()+` SET step = 'pending', at = $1, `+unowned+q.changed(q.underWay(1))+
		` AND `+q.another(`other.ordinal < `+q.table+`.ordinal`), q.with(free...)...)
	if err != nil {
		return 0, err
	}
	var died int64
	if !s.Hold {
		died, err = c.Exec(ctx, q.cutSQL(q.forget+`suspect = '', `, digest.Failed, 0)+
			fmt.Sprintf(` AND owner <> $3 AND deaths + 1 >= %d`, digest.MostDeaths),
			q.with(append([]any{deadly}, free...)...)...)
		if err == nil && died > 0 {
			err = q.rest(ctx, c, s.Now)
		}
		if err != nil {
			return 0, err
		}
	}
	unknown, err := c.Exec(ctx, q.cutSQL(q.forget, digest.Unknown, 0)+toUnknown, args...)
	if err != nil {
		return 0, err
	}
	// What goes back to pending may arrive twice, and that is one doubt more.
	again, err := c.Exec(ctx, q.cutSQL(back, digest.Pending, 1), args...)
	return int(died + unknown + again), err
}

// unowned is how a row is nobody's any more, in SQL.
const unowned = `owner = '', lease_until = NULL, connection = 0, ordinal = 0`

// back is how a row goes back to pending, in SQL: behind the others, if its process
// died, and under suspicion and later if that could be for the row.
var back = fmt.Sprintf(`suspect = CASE WHEN owner <> $3 AND deaths + 1 >= %[1]d AND suspect = '' THEN '%[2]s'
			ELSE suspect END,
		due_at = CASE WHEN owner = $3 THEN due_at WHEN deaths + 1 >= %[1]d THEN $2 + %[3]d ELSE $2 END, `,
	digest.MostDeaths-1, digest.OfConnection, int64(digest.DeathRest/time.Second))

// cutSQL settles what was under way so, with so many doubts more. Its parameters are the
// reply and those of underWay.
func (q *queue) cutSQL(more string, to digest.Step, doubts int) string {
	return `UPDATE ` + q.rows() + fmt.Sprintf(` SET step = '%s', doubts = doubts + %d`, to, doubts) + `,
		reply = $1, code = 0, enhanced = '', queue_id = '', quotes = 0, at = $2,
		deaths = CASE WHEN owner = $3 THEN deaths ELSE deaths + 1 END, ` + more + unowned + q.changed(q.underWay(2))
}

// rest puts off what may be as deadly as what has just failed.
func (q *queue) rest(ctx context.Context, c conn, now time.Time) error {
	_, err := c.Exec(ctx, `UPDATE `+q.rows()+` SET due_at = $1 WHERE step = 'pending' AND due_at < $1
		AND deaths >= `+fmt.Sprint(digest.MostDeaths-1)+q.within(2), q.with(now.Add(digest.DeathRest).Unix())...)
	return err
}
