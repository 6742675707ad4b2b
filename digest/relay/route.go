package relay

import (
	"context"
	"time"

	"vesper/digest"
)

// The waits before a relay that is down is tried again: they double.
const (
	firstRest = 5 * time.Second
	lastRest  = 5 * time.Minute
)

// route is what a pool knows of one relay. The pool's mutex guards it.
type route struct {
	relay *Relay
	// open counts the connections, those that are being opened included; of
	// these, established are open.
	open, established int
	allowance
	// fault is why it is down; without a class it is up.
	fault digest.Outcome
	// again is when it may be tried, probing that one connection tries it.
	again   time.Time
	probing bool
	// failures counts since ever, barren since it was last up.
	failures, barren int
}

func newRoute(r *Relay) *route {
	return &route{relay: r, allowance: newAllowance(r.Connections)}
}

func (r *route) down() bool { return r.fault.Class != "" }

// due says whether one connection should try if the relay is back.
func (r *route) due(now time.Time) bool {
	return r.down() && !r.probing && !now.Before(r.again)
}

// opened notes that a connection came to be.
func (p *Pool) opened(ctx context.Context, r *route) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r.established++
	r.dialled(r.established)
	if r.down() {
		p.log().InfoContext(ctx, "relay is back", "relay", r.relay.address())
		r.fault, r.probing, r.barren = digest.Outcome{}, false, 0
	}
	p.tell()
}

// refused notes that a connection did not come to be. If others of ours are
// there and the relay would not have one more, there are too many; else it is
// down.
func (p *Pool) refused(ctx context.Context, at turn, f fault) {
	r := at.route
	p.mu.Lock()
	defer p.mu.Unlock()
	others := r.established
	if f.outcome.Code == 421 {
		// Those that are only being opened count too: they may be before us.
		others = r.open - 1
	}
	r.open--
	defer p.tell()
	switch {
	case ctx.Err() != nil:
		// We were stopped, which says nothing of the relay. Another may try.
		r.probing = r.probing && !at.probe
	case f.full && others > 0 && !r.down():
		if r.lower(others, p.now(), true) {
			p.log().InfoContext(ctx, "relay takes fewer connections", "relay", r.relay.address(), "connections", r.allowed)
		}
	default:
		p.fell(ctx, at, f.outcome)
	}
}

// closed notes that a connection is over, and how it ended.
func (p *Pool) closed(ctx context.Context, r *route, end digest.Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if end.Code == 421 && r.lower(r.open-1, p.now(), false) {
		p.log().InfoContext(ctx, "relay takes fewer connections", "relay", r.relay.address(), "connections", r.allowed)
	}
	r.open--
	r.established--
	if end.Class == digest.Account && !r.down() {
		p.fell(ctx, turn{route: r}, end)
	}
	p.tell()
}

// accepted notes that a message was.
func (p *Pool) accepted(ctx context.Context, r *route) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.raise(r.open, p.now()) {
		p.log().InfoContext(ctx, "relay takes another connection", "relay", r.relay.address(), "connections", r.allowed)
		p.tell()
	}
}

// fell marks r as down and leaves it alone for a while. Several connections that
// fail together are one failure.
func (p *Pool) fell(ctx context.Context, at turn, why digest.Outcome) {
	r := at.route
	r.failures++
	if r.down() && !at.probe {
		return
	}
	if r.established == 0 {
		// What it refused as it went down says nothing of how many it takes.
		r.allowance = newAllowance(r.relay.Connections)
	}
	r.barren++
	rest := p.rest(r.barren)
	if why.Class == digest.Account {
		// Who keeps knocking with a wrong password is locked out.
		rest = p.rest(longest)
	}
	r.fault, r.again, r.probing = why, p.now().Add(rest), false
	text := why.Reply
	if why.Code != 0 {
		// Relays quote addresses in their replies; without a code it is our own.
		text = ""
	}
	p.log().WarnContext(ctx, "relay is left alone", "relay", r.relay.address(), "class", why.Class, "code", why.Code, "why", text, "for", rest)
}

// longest is a number of failures in a row that gives the longest rest.
const longest = 8

// rest gives how long a relay is left alone after its n-th failure in a row, n
// from 1, 20 % more or less.
func (p *Pool) rest(n int) time.Duration {
	d := lastRest
	if n < longest {
		d = min(firstRest<<(n-1), lastRest)
	}
	if p.Jitter == nil {
		return d
	}
	return time.Duration(float64(d) * (0.8 + 0.4*p.Jitter()))
}
