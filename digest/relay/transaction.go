package relay

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"time"

	"vesper/digest"
)

// chunk is how many octets of a message the relay must take within the time-out for
// the body.
const chunk = 16 << 10

// result is what a transaction came to, for the envelope and for the connection.
type result struct {
	outcome digest.Outcome
	then    next
	// end is how the connection ended, where that is not the outcome itself: a
	// reader can be refused for good just before the line breaks.
	end digest.Outcome
}

// ending gives how the connection ended. What was said of one message only does
// not end a connection, so there it was the session.
func (res result) ending() digest.Outcome {
	if res.end.Class != "" {
		return res.end
	}
	switch res.outcome.Class {
	case digest.Session, digest.Pace, digest.Account, digest.Local:
		return res.outcome
	}
	end := res.outcome
	end.Class = digest.Session
	return end
}

// work sends what s has over this connection and closes it. When soft ends it
// begins nothing more; what is under way is given up only when ctx ends.
func (c *conn) work(ctx, soft context.Context, s digest.Stream) ending {
	defer c.cut()
	soft, over := context.WithCancel(soft)
	defer over()
	c.wanted = soft
	recording := context.WithoutCancel(ctx)
	defer c.relay.overlaps.over(c.number)
	defer c.forsake(recording, s, "the connection ended with the message before")
	for {
		c.missed(recording, s)
		begun := c.follower != nil && c.follower.sent > 0
		if !begun && (c.relay.habits.full(c.sofar.carried, c.sofar.trial) || c.spent()) {
			c.quit()
			return ending{again: true}
		}
		e, turn, over, ok := c.envelope(ctx, soft, s)
		switch {
		case over.Class != "":
			return c.ending(ctx, result{outcome: over})
		case !ok:
			c.quit()
			return ending{}
		}
		res := c.transact(ctx, soft, s, e, turn)
		if res.then == cut {
			// The transaction is over. To record that may take long, and the relay
			// need not wait for it.
			c.cut()
		}
		var end ending
		if res.then == leave || res.then == cut {
			end = c.ending(ctx, res)
		}
		if e.Control == nil {
			c.answered(res.outcome)
		}
		// What the relay said is true whether or not we are being stopped.
		s.Settle(recording, e, end.blame(res.outcome))
		switch {
		case res.then == reset && !c.spent():
			c.errors.resets++
			if out := c.ask(ctx, phaseReset, "RSET"); out.Class != "" {
				return c.ending(ctx, result{outcome: out})
			}
		case res.then == leave:
			if c.follower == nil || c.follower.sent == 0 {
				c.quit()
			}
			return end
		case res.then == cut:
			return end
		}
	}
}

// transact takes one envelope as far as it goes, or asks a control.
func (c *conn) transact(ctx, soft context.Context, s digest.Stream, e digest.Envelope, turn permit) result {
	c.sofar.alone, c.sofar.others = e.Alone, e.Others
	var res result
	if e.Control != nil {
		c.pacer.giveBack(turn)
		res = c.control(ctx, e.Control)
	} else {
		c.bind(e.Until)
		defer c.unbind()
		res = c.send(ctx, soft, s, e, turn)
	}
	res.outcome = c.facts(res.outcome)
	return res
}

// envelope gives the next envelope, and the permit to send it. The rate is waited
// for first: from the moment that an envelope is handed out its intent is being
// recorded, and its time runs. Over says how the relay ended the connection
// meanwhile, if it did: then there is none.
func (c *conn) envelope(
	ctx, soft context.Context, s digest.Stream,
) (e digest.Envelope, turn permit, over digest.Outcome, ok bool) {
	if f := c.follower; f != nil {
		return f.envelope, f.turn, digest.Outcome{}, f.sent > 0 || soft.Err() == nil
	}
	if turn, ok = c.pacer.take(soft, s.Done(), c.letters); !ok {
		return e, turn, over, false
	}
	if over = c.over(ctx); over.Class == "" {
		e, ok = s.Next(soft)
	}
	if over.Class != "" || !ok {
		c.pacer.giveBack(turn)
	}
	return e, turn, over, ok
}

// send takes one envelope through a transaction.
func (c *conn) send(ctx, soft context.Context, s digest.Stream, e digest.Envelope, turn permit) result {
	f := c.follower
	c.follower = nil
	var w wired
	if f != nil && f.sent > 0 {
		w = f.wired
		if res := c.followed(ctx, f); res.outcome.Class != "" {
			return res
		}
	} else {
		var res result
		if w, res = c.start(ctx, soft, e, turn); res.outcome.Class != "" {
			return res
		}
	}
	c.follower = c.ahead(soft, s, e)
	if err := c.body(w); err != nil {
		return result{outcome: c.broken(ctx, phaseBody, err), then: cut}
	}
	switch err := s.Intended(ctx, e); {
	case err == nil:
	case ctx.Err() != nil:
		return result{outcome: broken(ctx, phaseBody, ctx.Err()), then: cut}
	case c.left() <= 0:
		return result{outcome: c.broken(ctx, phaseBody, os.ErrDeadlineExceeded), then: cut}
	case errors.Is(err, digest.ErrStopped):
		back := digest.Outcome{Class: digest.Session, Reply: err.Error(), Blameless: true}
		return result{outcome: back, end: digest.Outcome{Class: digest.Local, Reply: err.Error()}, then: cut}
	default:
		reply := oneLine(fmt.Sprintf("intent: %v", err))
		return result{outcome: digest.Outcome{Class: digest.Local, Reply: reply}, then: cut}
	}
	out, then := c.dot(ctx)
	return result{outcome: out, then: then}
}

// start takes an envelope up to the point where the relay asks for its message, which it
// gives. The result's outcome has no class then.
func (c *conn) start(ctx, soft context.Context, e digest.Envelope, turn permit) (wired, result) {
	w, err := wireForm(e, &c.changed)
	if err != nil {
		c.pacer.giveBack(turn)
		return w, result{outcome: digest.Outcome{Class: digest.Local, Reply: err.Error()}}
	}
	opening, refused := c.opening(e, w.needs)
	if refused.Class != "" {
		c.pacer.giveBack(turn)
		return w, result{outcome: refused}
	}
	if c.pacer.stale(turn) && !c.renew(soft) {
		return w, result{outcome: digest.Outcome{
			Class: digest.Session, Reply: "its time was over before MAIL", Blameless: true,
		}}
	}
	return w, c.begin(ctx, opening, e.Alone)
}

// standing is how long an intent may wait for the rate: its reader may leave.
const standing = time.Second

// renew waits for another permit in place of one that was held for too long: the
// stream had us wait for the envelope, and others may have waited as long.
func (c *conn) renew(soft context.Context) bool {
	soon, cancel := context.WithTimeout(soft, standing)
	defer cancel()
	_, ok := c.pacer.take(soon, nil, c.letters)
	return ok
}

// body writes a message but for its final dot: in one write, where the connection takes
// it. Within each time-out the relay must take a chunk.
func (c *conn) body(w wired) error {
	c.sofar.at = phaseBody
	data := w.octets
	if len(w.pieces) > 0 {
		if tcp := c.plainTCP(); tcp != nil {
			return c.bodyInPieces(tcp, w.pieces)
		}
		c.changed = c.changed[:0]
		for _, piece := range w.pieces {
			c.changed = append(c.changed, piece...)
		}
		data = c.changed
	}
	for most := c.mostAtOnce(); len(data) > 0; {
		if err := c.deadline(c.limits.Body); err != nil {
			return err
		}
		n, err := c.line.Write(data[:min(most, len(data))])
		if err != nil && (n < chunk || !errors.Is(err, os.ErrDeadlineExceeded)) {
			return err
		}
		data = data[n:]
	}
	return nil
}

// bodyInPieces is body where the system takes many pieces in one write.
func (c *conn) bodyInPieces(tcp *net.TCPConn, pieces [][]byte) error {
	c.pieces = append(c.pieces[:0], pieces...)
	for c.unsent = net.Buffers(c.pieces); len(c.unsent) > 0; {
		if err := c.deadline(c.limits.Body); err != nil {
			return err
		}
		n, err := c.unsent.WriteTo(tcp)
		if err != nil && (n < chunk || !errors.Is(err, os.ErrDeadlineExceeded)) {
			return err
		}
	}
	return nil
}

// plainTCP gives the TCP connection where that is what is spoken over, else nil.
func (c *conn) plainTCP() *net.TCPConn {
	if w, ok := c.line.(*wire); ok {
		tcp, _ := w.Conn.(*net.TCPConn)
		return tcp
	}
	return nil
}

// mostAtOnce is how much of a message one write may have. After a write that ran out of
// time TLS can't go on.
func (c *conn) mostAtOnce() int {
	if _, ok := c.line.(*wire); ok {
		return math.MaxInt
	}
	return chunk
}
