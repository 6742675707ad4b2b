package relay

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"vesper/digest"
)

// bounds are the times by which a transaction ends, whatever the relay does. An
// envelope's Until lies a while before the lease of its row runs out: from then
// on another process may send the message. So no dot may be sent later, and none
// whose reply could come later.
//
// The reply to the dot gets the limit of its phase, and no more than three
// quarters of the transaction's whole time. By the defaults the whole is 14
// minutes, of which the reply has 10 and all before the dot has 4. A lease of 20
// seconds, as tests have it, shares its time out alike.
//
// The zero bounds bound nothing.
type bounds struct {
	// dotBy is when the dot must be on its way. Nothing before it may take longer.
	dotBy time.Time
	// reply is how long the reply to the dot may take.
	reply time.Duration
}

// bind sets the bounds of a transaction that begins now.
func (c *conn) bind(until time.Time) {
	if until.IsZero() {
		c.bounds = bounds{reply: c.limits.Dot}
		return
	}
	reply := min(c.limits.Dot, span(c.now(), until)*3/4)
	c.bounds = bounds{dotBy: until.Add(-reply), reply: reply}
}

// unbind ends the bounds: what follows is no part of a transaction, or comes
// after its dot.
func (c *conn) unbind() { c.bounds = bounds{} }

// left is how much time there is before the dot must be on its way. It is not
// positive when that time has come.
func (c *conn) left() time.Duration {
	if c.bounds.dotBy.IsZero() {
		return math.MaxInt64
	}
	return span(c.now(), c.bounds.dotBy)
}

// span is the time from now to then by the monotonic clock or by the wall clock,
// whichever says less. The monotonic clock stands still while the machine is
// suspended, and the wall clock can be set back.
func span(now, then time.Time) time.Duration {
	return min(then.Sub(now), then.Round(0).Sub(now.Round(0)))
}

// deadline lets what is done next on the wire take so long, and no longer than
// the bounds allow.
func (c *conn) deadline(limit time.Duration) error {
	return c.wire.SetDeadline(time.Now().Add(min(limit, c.left())))
}

// broken says what it means that no reply came, and if that is because the
// transaction has used up its time.
func (c *conn) broken(ctx context.Context, p phase, err error) digest.Outcome {
	c.sofar.stopped, c.sofar.silent = ctx.Err() != nil, errors.Is(err, os.ErrDeadlineExceeded)
	if ctx.Err() == nil && c.left() <= 0 {
		return digest.Outcome{Class: digest.Session, Reply: fmt.Sprintf("the time for this message ran out at %s", p)}
	}
	c.sofar.hungUp = hungUp(err)
	return broken(ctx, p, err)
}
