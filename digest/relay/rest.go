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
		r.allowance = newAllowance(r.part())
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

// The waits before a relay is tried again that refuses what others may take: they
// double.
const (
	firstRefused = 5 * time.Minute
	lastRefused  = time.Hour
)

// leaveAlone marks a relay as down that refuses us, for twice as long as the last time,
// and ends its connections between two messages. The caller holds mu.
func (p *Pool) leaveAlone(ctx context.Context, r *route, why digest.Outcome) {
	r.rests = min(max(firstRefused, 2*r.rests), lastRefused)
	r.fault, r.refusing, r.probing, r.retryAt = why, true, false, p.now().Add(r.rests)
	r.failures++
	for _, at := range r.seats {
		at.end()
	}
	p.logFall(ctx, r, r.rests)
	p.tell()
}

// Rest leaves the relay of this name alone, which refuses us although nobody said so at
// MAIL: for 5 minutes, then twice as long each time it refuses the one message that it
// is tried with, and never more than an hour. It is back when it takes that. Rest says
// whether there is another relay that does not refuse us.
func (s *Share) Rest(name string, why digest.Outcome) (another bool) {
	p := s.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	why.Class = digest.Account
	for _, r := range p.routes {
		if r.relay.address() == name && !r.refusing {
			p.leaveAlone(context.Background(), r, why)
		}
		another = another || r.fault.Class != digest.Account
	}
	return another
}

// logFall says that r is down, and how long nothing goes over it. Where no
// other is up that can't be said, since callers may try it any time.
func (p *Pool) logFall(ctx context.Context, r *route, rest time.Duration) {
	line := p.log().With("relay", r.relay.address(), r.fault.Attr(), "detail", r.fault.Reason())
	if slices.ContainsFunc(p.routes, func(other *route) bool { return !other.down() }) {
		line.WarnContext(ctx, "relay is not used for a while", "seconds", rest.Seconds())
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
