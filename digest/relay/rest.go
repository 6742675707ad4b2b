package relay

import (
	"context"
	"slices"
	"time"

	"vesper/digest"
)

// The waits before a relay that is down is tried again: they double.
const (
	firstRest = 5 * time.Second
	lastRest  = 5 * time.Minute
)

// fell marks the relay of a seat as down and leaves it alone for a while. Several
// connections that fail together are one failure. The caller holds mu.
func (p *Pool) fell(ctx context.Context, at *seat, why digest.Outcome) {
	r, now := at.route, p.now()
	r.failures++
	if r.down() && !at.probe {
		return
	}
	if r.established == 0 {
		// What it refused as it went down says nothing of how many it takes.
		r.allowance = newAllowance(r.relay.Connections)
	}
	// With every relay down, each caller tries on its own. Those that come while
	// it rests anyway neither count nor lengthen the rest.
	rest := r.retryAt.Sub(now)
	news := rest <= 0
	if news {
		r.barren++
		rest = p.rest(r.barren)
	}
	if why.Class == digest.Account && (news || r.fault.Class != digest.Account) {
		// Who keeps knocking with a wrong password is locked out.
		news, rest = true, p.rest(longest)
	}
	r.fault, r.retryAt, r.probing = why, now.Add(rest), false
	if news {
		p.logFall(ctx, r, rest)
	}
}

// logFall says that r is down, and how long nothing goes over it. Where no
// other is up that can't be said, since callers may try it any time.
func (p *Pool) logFall(ctx context.Context, r *route, rest time.Duration) {
	line := p.log().With("relay", r.relay.address(), "class", r.fault.Class, "code", r.fault.Code, "why",
		r.fault.Reason())
	if slices.ContainsFunc(p.routes, func(other *route) bool { return !other.down() }) {
		line.WarnContext(ctx, "relay is left alone", "for", rest)
		return
	}
	line.WarnContext(ctx, "relay is down")
}

// longest is a number of failures in a row that gives the longest rest.
const longest = 8

// rest gives how long a relay is left alone after its n-th failure in a row, n
// from 1: 20 % more or less, and never more than the last.
func (p *Pool) rest(n int) time.Duration {
	d := lastRest
	if n < longest {
		d = min(firstRest<<(n-1), lastRest)
	}
	if p.Jitter == nil {
		return d
	}
	// The longest rests are spread below the last. If they were cut off at it, they
	// would all be alike.
	return time.Duration(min(float64(d), float64(lastRest)/1.2) * (0.8 + 0.4*p.Jitter()))
}
