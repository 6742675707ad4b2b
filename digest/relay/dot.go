package relay

import (
	"context"
	"errors"
	"os"
	"time"

	"vesper/digest"
)

// dot ends the message and reads what became of it.
func (c *conn) dot(ctx context.Context) (digest.Outcome, next) {
	if err := ctx.Err(); err != nil {
		return broken(ctx, phaseBody, err), cut
	}
	commands := c.prepare()
	// A reply that came before the dot must not be taken for the one after it.
	if r, err := c.unasked(); err != nil || r.code != 0 {
		if err != nil {
			return c.broken(ctx, phaseBody, err), cut
		}
		return r.outcome(digest.Session), cut
	}
	// This is the last moment to notice that the process was stopped for a while:
	// the row may be another's by now.
	if c.left() <= 0 {
		return c.broken(ctx, phaseBody, os.ErrDeadlineExceeded), cut
	}
	limit := c.bounds.reply
	c.unbind()
	// The dot begins a write of its own: if its last octets were not handed over, no dot
	// has arrived.
	asked := c.now()
	if sent, err := c.writeDot(limit, commands); err != nil {
		return broken(ctx, map[bool]phase{false: phaseBody, true: phaseDot}[sent], err), cut
	}
	// From here to the reply the relay may have taken the message.
	r, err := c.answer()
	c.answeredDot(asked, err)
	if err != nil {
		return broken(ctx, phaseDot, err), cut
	}
	switch class := c.class(phaseDot, r, c.now()); class {
	case digest.Accepted:
		c.relay.errorLimit.answered(false)
		return r.outcome(class), goOn
	case digest.Transient, digest.Refused:
		return r.outcome(class), goOn
	default:
		return r.outcome(class), after(class)
	}
}

// answer reads the reply to the dot. If the process was stopped meanwhile, the
// time-out is over when it goes on, although the reply is here: it counts.
func (c *conn) answer() (reply, error) {
	if _, err := c.in.Peek(1); errors.Is(err, os.ErrDeadlineExceeded) {
		if r, lookErr := c.unasked(); lookErr != nil || r.code != 0 {
			return r, lookErr
		}
		return reply{}, err
	}
	return readReply(c.in)
}

// dotLine is the end of a message.
const dotLine = ".\r\n"

// writeDot sends the dot, with what follows it in the same write. Sent says that all of
// the dot may have gone out.
func (c *conn) writeDot(limit time.Duration, commands []byte) (sent bool, err error) {
	if err := c.deadline(limit); err != nil {
		return false, err
	}
	c.ends = append(append(c.ends[:0], dotLine...), commands...)
	n, err := c.line.Write(c.ends)
	return err == nil || n >= len(dotLine), err
}

// answeredDot notes how soon a dot was answered. A relay that answers at once and then,
// with commands behind a dot, takes long, may have lost them.
func (c *conn) answeredDot(asked time.Time, err error) {
	took := c.now().Sub(asked)
	if f := c.follower; f != nil && f.sent > 0 && c.sofar.prompt &&
		(took >= overlapStall || errors.Is(err, os.ErrDeadlineExceeded)) {
		c.badly(true, false)
	}
	c.sofar.prompt = err == nil && took <= prompt
}
