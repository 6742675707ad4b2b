package relay

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"vesper/digest"
)

// session is what has become of a connection so far.
type session struct {
	// carried is how many envelopes the relay has answered. It was last heard of at
	// heard.
	carried int
	heard   time.Time
	// trial says that the session goes on beyond the relay's limit of messages.
	trial bool
	// at is the latest phase of a transaction that the relay let go on up to there;
	// unasked says that the connection was over before MAIL was sent.
	at      phase
	unasked bool
	// looked is when the relay was found to have said nothing, zero if that was asked for
	// once more since.
	looked time.Time
	// together says that the commands of the transaction were sent in one write, alone
	// that its reader is under suspicion.
	together, alone bool
	// following says that the commands were sent behind the dot of the message before and
	// are not answered yet. prompt says that the relay answered at once before.
	following, prompt bool
	// late says that a message that was begun ahead has missed its turn at the rate.
	late bool
	// others is closed when others wait for the connection.
	others <-chan struct{}
	// silent says that a reply did not come in time, stopped that we broke off.
	silent, stopped bool
	// hungUp says that the relay closed the connection, lost that it may have lost
	// what was sent together.
	hungUp, lost bool
}

// ending is how the work over a connection ended.
type ending struct {
	outcome digest.Outcome
	// again says that another connection is to go on at once: the relay has had
	// enough of this one, and is well. Or an intent could not be recorded, in which
	// the relay had no part.
	again bool
}

// blame gives what the outcome of the envelope in hand is with this ending.
func (e ending) blame(o digest.Outcome) digest.Outcome {
	switch o.Class {
	case digest.Session, digest.Account, digest.Pace:
		if e.again {
			o.Class, o.Blameless = digest.Session, true
		}
	}
	return o
}

// ending says how a connection ends with this result. That a session is over after
// some messages, or without any after a while, is no trouble. Where the relay
// refuses us for another reason, the first message over the next connection shows
// it.
func (c *conn) ending(ctx context.Context, res result) ending {
	s := c.sofar
	out := c.relay.accused(res.ending(), s.at)
	switch {
	case out.Class == digest.Local:
		return ending{outcome: out, again: true}
	case c.errors.tooMany:
		return ending{again: true}
	case ctx.Err() != nil:
	case s.following && out.Code == 0 && s.hungUp && c.relay.overlaps.untried():
		// It may not bear this: it need not be how many messages it takes.
		return ending{again: true}
	case s.lost, s.unasked && c.now().Sub(s.heard) >= idle:
		return ending{again: true}
	case s.carried > 0 && !answers(res.outcome) && (out.Code != 0 || s.hungUp):
		return c.enough(out)
	}
	return ending{outcome: out}
}

// enough is the ending where the relay may have had enough messages.
func (c *conn) enough(out digest.Outcome) ending {
	s := c.sofar
	switch s.at {
	case phaseMail, phaseRcpt, phaseData:
	default:
		return ending{outcome: out}
	}
	limit, news := c.relay.habits.ended(s.carried, s.at, c.now())
	if news {
		c.relay.log().Info("relay closes a connection after some messages: we close it before that",
			"relay", c.relay.address(), "messages", s.carried)
	}
	switch {
	case limit:
		return ending{again: true}
	case s.at == phaseMail && out.Class != digest.Pace:
		out.Class = digest.Session
		return ending{outcome: out, again: true}
	}
	return ending{outcome: out}
}

// answered counts an envelope that the relay has answered.
func (c *conn) answered(o digest.Outcome) {
	if answers(o) {
		c.sofar.carried++
		c.sofar.heard = c.now()
		c.relay.voice.spoke(c)
	}
}

// fresh is how long a look at the relay's silence holds for one more question: the next
// message is mostly at hand, and to look again is a system call.
const fresh = time.Millisecond

// over says how the relay ended the connection while nothing was asked of it, if
// it did.
func (c *conn) over(ctx context.Context) digest.Outcome {
	c.sofar.at, c.sofar.together, c.sofar.following = phaseMail, false, false
	now, looked := c.now(), c.sofar.looked
	c.sofar.looked = time.Time{}
	if !looked.IsZero() && now.Sub(looked) < fresh {
		return digest.Outcome{}
	}
	r, err := c.quiet()
	if err == nil && r.code == 0 {
		c.sofar.looked = now
		return digest.Outcome{}
	}
	c.sofar.unasked = true
	if err != nil {
		return c.broken(ctx, phaseMail, err)
	}
	return r.outcome(c.class(phaseMail, r, c.now()))
}

// unanswered notes that a command that was sent with others has no reply. Where it
// was not waited for as long as it might take, that is no fault of the relay.
func (c *conn) unanswered(ctx context.Context, err error, early bool) {
	if ctx.Err() != nil || c.left() <= 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
	apart, news := c.relay.habits.silence()
	c.sofar.lost = apart || early
	if news {
		c.relay.log().Warn("relay loses pipelined commands: they are sent one by one now",
			"relay", c.relay.address())
	}
}

// hungUp says whether the relay closed the connection.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
