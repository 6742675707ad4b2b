package relay

import (
	"context"
	"strings"
	"time"

	"vesper/digest"
)

// step is a command before the message, and the phase that its reply is of.
type step struct {
	phase phase
	// line is the command with its end.
	line []byte
}

// opening gives the commands before a message. The outcome has a class if this relay
// can't take e. The commands are good until the next call.
func (c *conn) opening(e digest.Envelope, n needs) ([3]step, digest.Outcome) {
	b := append(append(append(c.commands[:0], "MAIL FROM:<"...), e.From...), '>')
	b, refused := c.parameters(b, e, n)
	b = append(b, "\r\n"...)
	mail := len(b)
	b = append(append(append(b, "RCPT TO:<"...), e.To...), ">\r\n"...)
	rcpt := len(b)
	b = append(b, "DATA\r\n"...)
	c.commands = b
	return [3]step{{phaseMail, b[:mail]}, {phaseRcpt, b[mail:rcpt]}, {phaseData, b[rcpt:]}}, refused
}

// begin takes an envelope up to the point where the relay asks for the message. The
// result's outcome has no class if it does; else the transaction is over.
//
// With PIPELINING the commands go together. But DATA behind a refused RCPT is a
// second error, so it waits where recipients are refused.
func (c *conn) begin(ctx context.Context, opening [3]step, alone bool) result {
	steps := opening[:]
	if end := c.over(ctx); end.Class != "" {
		return result{outcome: end, then: cut}
	}
	if c.relay.pipelines() && c.offers.has("PIPELINING") && !alone && c.relay.habits.together() {
		n := c.atOnce(len(steps))
		if res := c.together(ctx, steps[:n]); res.outcome.Class != "" {
			return res
		}
		steps = steps[n:]
	}
	return c.askAll(ctx, steps)
}

// atOnce is how many of so many commands, of which DATA is the last, go together.
func (c *conn) atOnce(all int) int {
	if c.errors.count+2 > c.relay.errorLimit.most() || !c.relay.errorLimit.ahead() {
		return all - 1
	}
	return all
}

// askAll sends commands one by one.
func (c *conn) askAll(ctx context.Context, steps []step) result {
	for _, s := range steps {
		if out := c.ask(ctx, s.phase, strings.TrimSuffix(string(s.line), "\r\n")); out.Class != "" {
			return result{outcome: out, then: after(out.Class)}
		}
	}
	return result{}
}

// together sends the steps in one write and reads their replies in order (RFC
// 2920 3.1). The first that does not mean go on is the envelope's outcome; the
// rest only tell whether the connection can be used again.
func (c *conn) together(ctx context.Context, steps []step) result {
	asked := c.now()
	if err := c.writeTogether(c.limits.Mail, steps); err != nil {
		return result{outcome: c.broken(ctx, phaseMail, err), then: cut}
	}
	c.sofar.together = true
	res := c.replies(ctx, steps, asked, c.relay.habits.patience)
	if res.then != cut {
		c.relay.habits.replied()
		c.sofar.prompt = c.now().Sub(asked) <= prompt
	}
	return res
}

// replies reads the replies to steps that were sent at that time. Patience is how long to
// wait for one, of its limit.
func (c *conn) replies(
	ctx context.Context, steps []step, asked time.Time, patience func(limit time.Duration) time.Duration,
) result {
	var res result
	recipient, wanted := false, false
	for i, s := range steps {
		if res.outcome.Class == "" {
			c.sofar.at = s.phase
		}
		if (i > 0 || c.sofar.following) && c.in.Buffered() == 0 {
			// The rest of the replies may be held back until these, or the one to the dot
			// before, are acknowledged.
			c.wire.acknowledge()
		}
		limit := c.limit(s.phase)
		most := patience(limit)
		r, err := c.read(most)
		if err != nil {
			if !c.sofar.following {
				c.unanswered(ctx, err, most < limit)
			}
			return res.brokenBy(c.broken(ctx, s.phase, err))
		}
		class := c.class(s.phase, r, asked)
		switch {
		case class == digest.Session:
			return res.brokenBy(r.outcome(class))
		case i == 0 && c.sofar.following && outOfStep(r):
			c.badly(false, true)
			return res.brokenBy(r.outcome(digest.Session))
		case res.outcome.Class == "" && class != "":
			res = result{outcome: r.outcome(class), then: after(class)}
		}
		recipient = recipient || s.phase == phaseRcpt && class == ""
		wanted = s.phase == phaseData && class == ""
	}
	if res.outcome.Class != "" && wanted {
		return c.nothing(ctx, res, recipient)
	}
	return res
}

// writeTogether sends the steps in one write.
func (c *conn) writeTogether(limit time.Duration, steps []step) error {
	if err := c.deadline(limit); err != nil {
		return err
	}
	for _, s := range steps {
		if _, err := c.out.Write(s.line); err != nil {
			return err
		}
	}
	return c.out.Flush()
}

// nothing ends a message that the relay asks for although it has refused the
// sender or the recipient. Where there is no recipient a lone dot ends it, to be
// answered with a refusal (RFC 2920 3.1): the transaction is over then, and needs
// no RSET. Where there is one, an empty message might reach it, so the connection
// is broken off.
func (c *conn) nothing(ctx context.Context, res result, recipient bool) result {
	if recipient {
		return res.brokenBy(digest.Outcome{
			Class: digest.Session, Reply: "the relay asks for a message whose sender it has refused",
		})
	}
	if err := c.write(c.limits.Data, ".\r\n"); err != nil {
		return res.brokenBy(c.broken(ctx, phaseData, err))
	}
	r, err := readReply(c.in)
	if err != nil {
		return res.brokenBy(c.broken(ctx, phaseData, err))
	}
	c.class(phaseData, r, c.now())
	if rank := r.code / 100; r.code == 421 || rank != 4 && rank != 5 {
		return res.brokenBy(r.outcome(digest.Session))
	}
	if res.then == reset {
		res.then = goOn
	}
	return res
}

// brokenBy gives the result when the connection came to this end. What the relay
// had said of the envelope before stands. If it was about us, it is also why the
// connection ended: a relay that refuses our account may hang up at once.
func (res result) brokenBy(end digest.Outcome) result {
	switch res.outcome.Class {
	case "":
		return result{outcome: end, then: cut}
	case digest.Account, digest.Pace:
		return result{outcome: res.outcome, then: cut}
	}
	return result{outcome: res.outcome, then: cut, end: end}
}
