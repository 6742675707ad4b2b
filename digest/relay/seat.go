package relay

import (
	"context"
	"slices"

	"vesper/digest"
)

// sender is who sends over a pool, the letters or one edition, while it does.
type sender struct {
	number  uint32
	letters bool
	// calls counts its calls of Work; of these, waiting wait for a seat.
	calls, waiting int
}

// seat is the right to have a connection to one relay. It is taken before the
// connection is opened, and given back when that is over.
type seat struct {
	route  *route
	sender *sender
	// open says that the connection is open by now. closed is the route's number of
	// closed connections when the seat was taken.
	open   bool
	closed int
	// probe says that the connection is to find out if the relay is back.
	probe bool
	// soft ends when the connection is to begin nothing more: the seat is wanted
	// by another, or is given back.
	soft context.Context
	// end ends soft. leaving says that another wants the seat.
	end     context.CancelFunc
	leaving bool
}

// enter counts a call of Work, and gives each route's number of failures so far:
// those that come later are news to the call that begins here.
func (p *Pool) enter(s *Share) (*sender, []int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.start()
	me := p.letters
	if !s.letters {
		i, found := slices.BinarySearchFunc(p.editions, s.number, func(e *sender, number uint32) int {
			return int(int64(number) - int64(e.number))
		})
		if !found {
			p.editions = slices.Insert(p.editions, i, &sender{number: s.number})
		}
		me = p.editions[i]
	}
	me.calls++
	seen := make([]int, len(p.routes))
	for i, r := range p.routes {
		seen[i] = r.failures
	}
	return me, seen
}

// start makes the routes at the first use. The caller holds mu.
func (p *Pool) start() {
	if p.routes != nil {
		return
	}
	p.changed, p.letters = make(chan struct{}), &sender{letters: true}
	for _, r := range p.Relays {
		p.routes = append(p.routes, newRoute(r))
	}
}

// exit counts the end of a call of Work. An edition without any is forgotten.
func (p *Pool) exit(me *sender) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if me.calls--; me.calls == 0 && !me.letters {
		p.editions = slices.DeleteFunc(p.editions, func(e *sender) bool { return e == me })
	}
}

// take gives a seat on r, in which a connection lives till ctx ends. The caller
// holds mu.
func (p *Pool) take(ctx context.Context, r *route, me *sender) *seat {
	at := &seat{route: r, sender: me, probe: r.down(), closed: r.closed}
	at.soft, at.end = context.WithCancel(ctx)
	r.probing = r.probing || r.down()
	r.seats = append(r.seats, at)
	return at
}

// giveBack frees the seat. The caller holds mu.
func (p *Pool) giveBack(at *seat) {
	at.end()
	at.route.seats = slices.DeleteFunc(at.route.seats, func(other *seat) bool { return other == at })
}

// admit waits for a seat. It gives none, and the outcome of the work, if there is
// nothing to wait for.
func (p *Pool) admit(ctx context.Context, me *sender, s digest.Stream, seen []int) (*seat, digest.Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	me.waiting++
	defer func() { me.waiting-- }()
	for !isDone(s) {
		r, wait := p.choose(me, seen)
		switch {
		case r != nil:
			return p.take(ctx, r, me), digest.Outcome{}
		case !wait:
			return nil, p.silence()
		}
		p.makeRoom()
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-changed:
		case <-s.Done():
		case <-ctx.Done():
		}
		p.mu.Lock()
		if ctx.Err() != nil {
			p.tell()
			return nil, digest.Outcome{Class: digest.Session, Reply: "stopped while waiting for a connection"}
		}
	}
	// What was kept for this call is free for the others.
	p.tell()
	return nil, digest.Outcome{}
}

// choose gives the route to open a connection on now, or says whether there is
// one to wait for. The caller holds mu.
func (p *Pool) choose(me *sender, seen []int) (_ *route, wait bool) {
	now := p.now()
	for _, r := range p.routes {
		switch {
		case !r.down() && p.mayOpen(r, me, 0), r.due(now):
			return r, false
		case !r.down():
			return nil, true
		}
	}
	// All are down. Who calls waits between its calls, so each may try every
	// relay once; those that refuse us only when there is no other.
	refused := p.refusedByAll()
	for i, r := range p.routes {
		switch {
		case r.failures > seen[i], r.fault.Class == digest.Account && !refused:
		case r.probing:
			wait = true
		default:
			return r, false
		}
	}
	return nil, wait
}

// preferred gives a seat on a relay before at's that is up, or is to be tried, by
// now; nil if there is none.
func (p *Pool) preferred(ctx context.Context, at *seat) *seat {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, before := range p.routes {
		switch {
		case before == at.route:
			return nil
		case !before.down() && p.mayOpen(before, at.sender, 1), before.due(p.now()):
			return p.take(ctx, before, at.sender)
		}
	}
	return nil
}

// refusedByAll says whether every relay is down because it refuses us.
func (p *Pool) refusedByAll() bool {
	for _, r := range p.routes {
		if r.fault.Class != digest.Account {
			return false
		}
	}
	return true
}

// silence is the outcome when every relay is down.
func (p *Pool) silence() digest.Outcome {
	out := p.routes[0].fault
	if !p.refusedByAll() {
		out.Class = digest.Session
	}
	return p.named(p.routes[0], out)
}
