package store

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
)

// DoubtSilent settles as unknown what of an edition is in the hands of processes that the other machines have heard
// nothing of for so long, or that have left, and gives how much that was. It is for an edition that is to end or to
// be corrected: nothing of it is sent again then, so that nobody has to wait until their leases are over. A process
// that was stopped and wakes may still send what it had in hand, and what it says of it afterwards changes nothing.
// Of a file nothing is in such hands.
func (s *Book) DoubtSilent(ctx context.Context, number uint32, silent time.Duration, now time.Time) (n int, err error) {
	if s.server == nil {
		return 0, nil
	}
	q := newLedger(s.core, number, 0).queue
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		doubted, err := c.Exec(ctx, `UPDATE `+q.rows()+` SET step = 'unknown', reply = $1, code = 0, enhanced = '',
				queue_id = '', quotes = 0, at = $2, deaths = deaths + 1, `+unowned+`
			WHERE step = 'attempting' AND owner <> $3 AND owner NOT IN (SELECT m.owner FROM machines m
				WHERE m.beat > now() - make_interval(secs => $4))`+q.within(5),
			q.with(cutShort, now.Unix(), s.owner, silent.Seconds())...)
		if n = int(doubted); err != nil || n == 0 {
			return err
		}
		if err := onlyStopped(ctx, c, number); err != nil {
			return err
		}
		_, err = c.Exec(ctx, `UPDATE editions SET recovered = recovered + $1 WHERE number = $2`, doubted, number)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("doubt what silent machines have of edition with ledger number %d: %w", number, err)
	}
	return n, nil
}

// onlyStopped refuses an edition that somebody lets go on.
func onlyStopped(ctx context.Context, c conn, number uint32) error {
	is, err := has(ctx, c, `SELECT 1 FROM editions WHERE number = $1 AND state = 'paused'`, number)
	if err == nil && !is {
		err = digest.ErrRunning
	}
	return err
}
