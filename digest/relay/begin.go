package relay

import (
	"context"
	"strings"

	"vesper/digest"
)

// step is a command before the message, and the phase that its reply is of.
type step struct {
	phase   phase
	command string
}

// begin takes e up to the point where the relay asks for the message. The
// result's outcome has no class if it does; else the transaction is over.
//
// With PIPELINING the commands go together. But DATA behind a refused RCPT is a
// second error, so it waits where recipients are refused.
func (c *conn) begin(ctx context.Context, e digest.Envelope, parameters string) result {
	steps := []step{
		{phaseMail, "MAIL FROM:<" + e.From + ">" + parameters},
		{phaseRcpt, "RCPT TO:<" + e.To + ">"},
		{phaseData, "DATA"},
	}
	if end := c.over(ctx); end.Class != "" {
		return result{outcome: end, then: cut}
	}
	if c.offers.has("PIPELINING") && !e.Alone && c.relay.habits.together() {
		n := len(steps)
		if c.errors.count+2 > c.relay.errorLimit.most() || !c.relay.errorLimit.ahead() {
			n--
		}
		if res := c.together(ctx, steps[:n]); res.outcome.Class != "" {
			return res
		}
		steps = steps[n:]
	}
	for _, s := range steps {
		if out := c.ask(ctx, s.phase, s.command); out.Class != "" {
			return result{outcome: out, then: after(out.Class)}
		}
	}
	return result{}
}

// together sends the steps in one write and reads their replies in order (RFC
// 2920 3.1). The first that does not mean go on is the envelope's outcome; the
// rest only tell whether the connection can be used again.
func (c *conn) together(ctx context.Context, steps []step) result {
	var all strings.Builder
	for _, s := range steps {
		all.WriteString(s.command + "\r\n")
	}
	asked := c.now()
	if err := c.write(c.limits.Mail, all.String()); err != nil {
		return result{outcome: c.broken(ctx, phaseMail, err), then: cut}
	}
	c.sofar.together = true
	var res result
	recipient, wanted := false, false
	for _, s := range steps {
		if res.outcome.Class == "" {
			c.sofar.at = s.phase
		}
		limit := c.limit(s.phase)
		patience := c.relay.habits.patience(limit)
		r, err := c.read(patience)
		if err != nil {
			c.unanswered(ctx, err, patience < limit)
			return res.brokenBy(c.broken(ctx, s.phase, err))
		}
		class := c.class(s.phase, r, asked)
		switch {
		case class == digest.Session:
			return res.brokenBy(r.outcome(class))
		case res.outcome.Class == "" && class != "":
			res = result{outcome: r.outcome(class), then: after(class)}
		}
		recipient = recipient || s.phase == phaseRcpt && class == ""
		wanted = s.phase == phaseData && class == ""
	}
	c.relay.habits.replied()
	if res.outcome.Class != "" && wanted {
		return c.nothing(ctx, res, recipient)
	}
	return res
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
