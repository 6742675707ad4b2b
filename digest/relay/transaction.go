package relay

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
)

// chunk is how many octets of a message are written at once: what the relay
// must take within the time-out for the body.
const chunk = 16 << 10

// verdict is what became of an envelope, and of the connection with it.
type verdict struct {
	outcome digest.Outcome
	then    next
	// end is how the connection ended, where that is not the outcome itself: a
	// reader can be refused for good just before the line breaks.
	end digest.Outcome
}

// ending gives how the connection ended. What was said of one message only does
// not end a connection, so there it was the session.
func (v verdict) ending() digest.Outcome {
	if v.end.Class != "" {
		return v.end
	}
	switch v.outcome.Class {
	case digest.Session, digest.Pace, digest.Account, digest.Local:
		return v.outcome
	}
	end := v.outcome
	end.Class = digest.Session
	return end
}

// work sends what s has over this connection and closes it. The outcome is
// Local if an intent could not be recorded, which the relay has no part in.
func (c *conn) work(ctx context.Context, s digest.Stream) digest.Outcome {
	defer c.cut()
	for {
		e, ok := s.Next(ctx)
		if !ok {
			c.quit()
			return digest.Outcome{}
		}
		v := c.send(ctx, s, e)
		// What the relay said is true whether or not we are being stopped.
		s.Settle(context.WithoutCancel(ctx), e, v.outcome)
		switch v.then {
		case reset:
			if out := c.ask(ctx, phaseReset, "RSET"); out.Class != "" {
				return out
			}
		case leave:
			c.quit()
			return v.ending()
		case cut:
			return v.ending()
		}
	}
}

// send takes one envelope through a transaction.
func (c *conn) send(ctx context.Context, s digest.Stream, e digest.Envelope) verdict {
	data, err := wireForm(e)
	if err != nil {
		return verdict{outcome: digest.Outcome{Class: digest.Local, Reply: err.Error()}}
	}
	parameters, refused := c.parameters(e)
	if refused.Class != "" {
		return verdict{outcome: refused}
	}
	if err := c.pace(ctx); err != nil {
		return verdict{outcome: broken(ctx, phaseMail, err), then: cut}
	}
	if v := c.begin(ctx, e, parameters); v.outcome.Class != "" {
		return v
	}
	if err := c.body(data); err != nil {
		return verdict{outcome: broken(ctx, phaseBody, err), then: cut}
	}
	// Where ctx has ended, dot says so and sends nothing.
	if err := s.Intended(ctx, e); err != nil && ctx.Err() == nil {
		return verdict{outcome: digest.Outcome{Class: digest.Local, Reply: oneLine(fmt.Sprintf("intent: %v", err))}, then: cut}
	}
	out, then := c.dot(ctx)
	return verdict{outcome: out, then: then}
}

// body writes a message but for its final dot.
func (c *conn) body(data []byte) error {
	for len(data) > 0 {
		if err := c.wire.SetDeadline(time.Now().Add(c.wait.Body)); err != nil {
			return err
		}
		n := min(chunk, len(data))
		if _, err := c.text().W.Write(data[:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return c.text().W.Flush()
}

// dot ends the message and reads what became of it.
func (c *conn) dot(ctx context.Context) (digest.Outcome, next) {
	if err := ctx.Err(); err != nil {
		return broken(ctx, phaseBody, err), cut
	}
	// A reply that came before the dot must not be taken for the one after it.
	if r, err := c.unasked(); err != nil || r.code != 0 {
		if err != nil {
			return broken(ctx, phaseBody, err), cut
		}
		return r.outcome(digest.Session), cut
	}
	// The dot is a write of its own: if it fails, its last octets were not
	// handed over, and no dot has arrived.
	if err := c.write(c.wait.Dot, ".\r\n"); err != nil {
		return broken(ctx, phaseBody, err), cut
	}
	// From here to the reply the relay may have taken the message.
	r, err := readReply(c.text().R)
	if err != nil {
		return broken(ctx, phaseDot, err), cut
	}
	switch class := classify(phaseDot, r.code); class {
	case digest.Accepted, digest.Transient, digest.Refused:
		return r.outcome(class), goOn
	default:
		return r.outcome(class), after(class)
	}
}
