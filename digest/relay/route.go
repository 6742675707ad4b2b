package relay

import (
	"context"
	"time"

	"vesper/digest"
)

// tolerated is how many connections in a row may end without an answer for any
// reader before a relay is down: a single one can break for reasons of its own.
const tolerated = 3

// route is what a pool knows of one relay. The pool's mutex guards it.
type route struct {
	relay *Relay
	// seats are those of the connections, those that are being opened included; of
	// these, established are open. closed counts those that were, since ever.
	seats               []*seat
	established, closed int
	allowance
	// machines is how many share the relay; 0: there is only this one.
	machines int
	// fault is why it is down; without a class it is up.
	fault digest.Outcome
	// mute counts the connections in a row that ended as Session or Pace and had
	// no answer for any reader.
	mute int
	// retryAt is when it may be tried, probing that one connection tries it.
	retryAt time.Time
	probing bool
	// failures counts all that there ever were, barren those since it was last up.
	// Of these, several that came together count as one.
	failures, barren int
	// refusing says that it is down because it refuses what others take, and rests how
	// long it was left alone for that the last time. Only a message that it takes ends
	// this.
	refusing bool
	rests    time.Duration
}

func newRoute(r *Relay) *route {
	return &route{relay: r, allowance: newAllowance(r.Connections)}
}

func (r *route) down() bool { return r.fault.Class != "" }

// due says whether one connection should try if the relay is back.
func (r *route) due(now time.Time) bool {
	return r.down() && !r.probing && !now.Before(r.retryAt)
}

// opened notes that the connection of a seat came to be. A relay that took
// connections and answered for nobody is not back before it answers.
func (p *Pool) opened(ctx context.Context, at *seat) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := at.route
	if at.open = true; at.leaving {
		at.end()
	}
	r.established++
	r.dialled(r.established)
	if r.down() && r.mute < tolerated && !r.refusing {
		p.back(ctx, r)
	}
	at.probe = at.probe && r.down()
	p.tell()
}

// back marks r as up. The caller holds mu.
func (p *Pool) back(ctx context.Context, r *route) {
	p.log().InfoContext(ctx, "relay is back", "relay", r.relay.address())
	r.fault, r.probing, r.barren, r.retryAt = digest.Outcome{}, false, 0, time.Time{}
	r.refusing, r.rests = false, 0
}

// refused notes that the connection of a seat did not come to be, and frees the
// seat. If others of ours are there and the relay would not have one more, there
// are too many; else it is down.
func (p *Pool) refused(ctx context.Context, at *seat, f fault) {
	r := at.route
	p.mu.Lock()
	defer p.mu.Unlock()
	others := r.established
	if f.outcome.Code == 421 {
		// Those that are only being opened count too: they may be before us.
		others = r.open() - 1
	}
	// Those that have left since the dial began were there when it was refused.
	others += r.closed - at.closed
	stopped := ctx.Err() != nil
	p.giveBack(at)
	defer p.tell()
	switch {
	case stopped:
		// We were stopped, which says nothing of the relay. Another may try.
		r.probing = r.probing && !at.probe
	case f.full && others > 0 && !r.down():
		if r.lower(others, p.now(), true) {
			p.log().InfoContext(ctx, "relay takes fewer connections", "relay", r.relay.address(), "connections",
				r.allowed)
		}
	default:
		p.fell(ctx, at, f.outcome)
	}
}

// closed notes that a connection is over and how it ended, and frees its seat. It
// says whether the relay is down now. A relay that answers for nobody is taken
// for down only where there is another.
func (p *Pool) closed(ctx context.Context, w *watched, how ending) (down bool) {
	end := how.outcome
	p.mu.Lock()
	defer p.mu.Unlock()
	r := w.at.route
	if end.Code == 421 && !w.excused && r.lower(r.open()-1, p.now(), false) {
		p.log().InfoContext(ctx, "relay takes fewer connections", "relay", r.relay.address(), "connections", r.allowed)
	}
	p.giveBack(w.at)
	r.established--
	r.closed++
	failed := !how.again && !w.excused && (end.Class == digest.Session || end.Class == digest.Pace)
	mute := failed && !w.answered && len(p.Relays) > 1 && ctx.Err() == nil
	if mute {
		r.mute++
	}
	switch {
	case end.Class == digest.Account, mute && r.mute >= tolerated:
		p.fell(ctx, w.at, end)
	case w.at.probe:
		// It has not found out. Another may try.
		r.probing = false
	}
	p.tell()
	return r.down()
}

// answered notes that the relay answered for a reader, and what. One that refused us
// is not back before it takes a message.
func (p *Pool) answered(ctx context.Context, w *watched, what digest.Class) {
	accepted := what == digest.Accepted
	p.mu.Lock()
	defer p.mu.Unlock()
	r := w.at.route
	r.mute, w.answered = 0, true
	switch {
	case r.refusing && !accepted:
		p.refusesStill(ctx, w, what)
		return
	case r.down() && (w.at.probe || r.refusing):
		p.back(ctx, r)
		p.tell()
	}
	w.at.probe = false
	if accepted && r.raise(p.inUse(r), p.now()) {
		p.log().InfoContext(ctx, "relay takes another connection", "relay", r.relay.address(), "connections",
			r.allowed)
		p.tell()
	}
}

// controlled notes what a relay answered to a control. One that refused us is not back
// for it, since no message was taken.
func (p *Pool) controlled(ctx context.Context, w *watched, what digest.Class) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.at.route.refusing {
		p.refusesStill(ctx, w, what)
	}
}

// refusesStill leaves a relay alone for longer that refused us, and does so over the
// connection that finds out. The caller holds mu.
func (p *Pool) refusesStill(ctx context.Context, w *watched, what digest.Class) {
	if w.at.probe && (what == digest.Permanent || what == digest.Refused) {
		p.leaveAlone(ctx, w.at.route, w.at.route.fault)
	}
}
