package relay

import (
	"context"
	"time"

	"vesper/digest"
)

// follower is the envelope behind the one under way. Its commands may go out together
// with the dot of that.
type follower struct {
	envelope digest.Envelope
	turn     permit
	// wired and steps are its message and its commands, where these were sent: so many of
	// them, 0 for none.
	wired wired
	steps [3]step
	sent  int
}

// ahead takes the envelope that is to follow the one under way, if messages are
// overlapped here and there is one for which nothing is to be waited.
func (c *conn) ahead(soft context.Context, s digest.Stream, e digest.Envelope) *follower {
	r := c.relay
	if r.Pipelining != Overlap || c.letters || e.Alone || e.Others != nil || !c.offers.has("PIPELINING") ||
		!r.habits.together() || c.sofar.late || r.habits.fills(c.sofar.carried+1, c.sofar.trial) || c.spent() || soft.Err() != nil ||
		isDone(s) || !r.overlaps.may(c.number) {
		return nil
	}
	turn, ok := c.pacer.try()
	if !ok {
		return nil
	}
	next, ok := s.Ahead(soft)
	if !ok {
		c.pacer.giveBack(turn)
		return nil
	}
	return &follower{envelope: next, turn: turn}
}

// prepare gives the commands of the follower, to be sent behind the dot: none where there
// is no follower, or it is to wait for its own turn after all.
func (c *conn) prepare() []byte {
	f := c.follower
	if f == nil || c.pacer.stale(f.turn) || c.spent() {
		return nil
	}
	w, err := wireForm(f.envelope, &c.changed)
	if err != nil {
		return nil
	}
	steps, refused := c.opening(f.envelope, w.needs)
	if refused.Class != "" {
		return nil
	}
	f.wired, f.steps, f.sent = w, steps, c.atOnce(len(steps))
	var all []byte
	for _, s := range steps[:f.sent] {
		all = append(all, s.line...)
	}
	return all
}

// followed reads the replies to the commands that were sent behind the dot of the message
// before, and sends the rest of them. What ends the connection here is no fault of the
// envelope's.
func (c *conn) followed(ctx context.Context, f *follower) result {
	c.sofar.at, c.sofar.together, c.sofar.following = phaseMail, true, true
	began := c.now()
	res := c.replies(ctx, f.steps[:f.sent], began, func(limit time.Duration) time.Duration {
		if c.sofar.prompt {
			return min(limit, overlapStall)
		}
		return limit
	})
	if res.then == cut {
		if ctx.Err() == nil && c.left() > 0 && res.ending().Code == 0 {
			stalled := c.sofar.silent && c.sofar.prompt
			c.badly(stalled, stalled)
		}
		return res
	}
	c.relay.overlaps.well()
	c.sofar.prompt = c.now().Sub(began) <= prompt
	if res.outcome.Class == "" {
		res = c.askAll(ctx, f.steps[f.sent:])
	}
	c.sofar.following = res.outcome.Class == digest.Session
	return res
}

// badly notes that the connection ended, or the relay is silent, where messages are
// overlapped. Lost says that it has lost what was sent, and is well.
func (c *conn) badly(stalled, lost bool) {
	c.sofar.lost = c.sofar.lost || lost
	if c.relay.overlaps.badly(stalled) {
		c.relay.log().Warn("relay does not bear overlapped messages", "relay", c.relay.address(),
			"hint", `each message waits for the reply to the one before now; pipelining = "message" ends the trying`)
	}
}

// outOfStep says whether a reply to MAIL behind a dot need not speak of MAIL: to the relay
// it is no command, or not its turn. A relay that means us says so without a dot before.
func outOfStep(r reply) bool { return r.code == 500 || r.code == 502 || r.code == 503 }

// missed gives the follower back whose turn at the rate is over and whose commands are not
// sent. Its reader may have left since the ledger looked, so it needs another look. That
// the rate is faster than this connection is noted: the next one would be late too.
func (c *conn) missed(ctx context.Context, s digest.Stream) {
	if f := c.follower; f != nil && f.sent == 0 && c.pacer.stale(f.turn) {
		c.sofar.late = true
		c.forsake(ctx, s, "its turn at the rate was over before the dot")
	}
}

// forsake gives back the follower, if there is one.
func (c *conn) forsake(ctx context.Context, s digest.Stream, why string) {
	f := c.follower
	if f == nil {
		return
	}
	c.follower = nil
	if f.sent == 0 {
		c.pacer.giveBack(f.turn)
	}
	s.Settle(ctx, f.envelope, digest.Outcome{
		Class: digest.Session, Reply: why, Blameless: true,
		Relay: c.name, Line: c.number,
	})
}
