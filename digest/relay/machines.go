package relay

import "time"

// Among has so many machines share what the relays allow: each has its part of their rates and of
// their connections, one of these at least. It may be called at any time; connections that are too
// many are given up between two messages.
func (p *Pool) Among(machines int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.start()
	for _, r := range p.routes {
		r.machines = machines
		r.relay.pacing().among(r.relay.Rate, machines)
		r.shareOf(r.part(), p.now())
		p.giveUp(r)
	}
	p.tell()
}

// part is how many connections this machine may have to a relay; 0 is any number.
func (r *route) part() int {
	if r.relay.Connections == 0 || r.machines == 0 {
		return r.relay.Connections
	}
	return max(1, r.relay.Connections/r.machines)
}

// giveUp has editions give up the connections to r that are too many, the oldest first. The caller
// holds mu.
func (p *Pool) giveUp(r *route) {
	many := 0
	for _, at := range r.seats {
		if !at.leaving {
			many++
		}
	}
	for i := len(p.editions) - 1; i >= 0; i-- {
		_, staying := r.held(p.editions[i])
		for ; staying > 0 && many > r.allowed; staying, many = staying-1, many-1 {
			r.giveWay(p.editions[i])
		}
	}
}

// shareOf allows so many connections at most from now on, or more than before. What the relay was
// found to take stays known.
func (a *allowance) shareOf(most int, now time.Time) {
	to := newAllowance(most)
	if to.most == a.most {
		return
	}
	switch {
	case a.allowed < a.most:
		to.allowed = min(a.allowed, to.most)
	case a.ceiling != 0:
		to.allowed = min(a.ceiling, to.most)
	}
	a.allowed, a.most, a.accepted, a.changed = to.allowed, to.most, 0, now
}

// among has so many machines share a rate.
func (p *pacer) among(perSecond float64, machines int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.every = newPacer(perSecond/float64(machines), p.now).every
	if latest := p.now().Add(p.every); p.next.After(latest) {
		p.next = latest
	}
	p.serve()
}
