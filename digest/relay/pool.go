package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"vesper/digest"
)

// Pool is several relays in the order of preference, and how many connections
// there are to each. It may be used from many goroutines, as many as there may
// be connections; its fields are not to be changed after the first use.
//
// The next relay takes over when one is down, and gives way when it is back. One
// that opens connections but answers for no reader over several in a row is
// down too. A relay that limits connections is sent through no more than it takes.
type Pool struct {
	Relays []*Relay
	// Log takes a line when a relay goes down, comes back or takes fewer
	// connections or more; nil means none.
	Log *slog.Logger
	// Now is the clock; nil means the machine's.
	Now func() time.Time
	// Jitter gives numbers in [0,1) that spread the waits; nil means no spread.
	Jitter func() float64

	mu     sync.Mutex
	routes []*route
	// changed is closed, and replaced, when who waits should look again.
	changed chan struct{}
}

// Validate says what is wrong with the fields, without touching the network.
func (p *Pool) Validate() error {
	if len(p.Relays) == 0 {
		return errors.New("there is no relay")
	}
	for i, r := range p.Relays {
		if err := r.Validate(); err != nil {
			return fmt.Errorf("relay %d: %w", i+1, err)
		}
	}
	return nil
}

// Check opens a connection to each relay as far as a message could be sent. The
// error names every relay that has something in the way, and what.
func (p *Pool) Check(ctx context.Context) error {
	var all []error
	for _, r := range p.Relays {
		all = append(all, r.Check(ctx))
	}
	return errors.Join(all...)
}

// Work is [Relay.Work] over the first relay that is up. It waits while there are
// as many connections to it as it takes, until s is done or ctx ends. When none
// is up it returns Session, or Account if all refuse us, with what the first
// said. Of several relays the reply names the one that it is from.
func (p *Pool) Work(ctx context.Context, s digest.Stream) digest.Outcome {
	if err := p.Validate(); err != nil {
		return digest.Outcome{Class: digest.Account, Reply: err.Error()}
	}
	seen := p.start()
	var at turn
	for {
		if at.route == nil {
			var out digest.Outcome
			if at, out = p.admit(ctx, s, seen); at.route == nil {
				return out
			}
		}
		opening, opened := whileWanted(ctx, s)
		c, fault := at.relay.open(ctx, opening)
		if fault.outcome.Class != "" {
			p.refused(opening, at, fault)
			unwanted := opening.Err() != nil
			opened()
			switch {
			case ctx.Err() != nil:
				return p.named(at.route, fault.outcome)
			case unwanted:
				return digest.Outcome{}
			}
			at = turn{}
			continue
		}
		opened()
		w := &watched{Stream: s, pool: p, at: p.opened(ctx, at)}
		end := c.work(ctx, w)
		down := p.closed(ctx, w, end)
		from := at.route
		at = w.turn
		switch {
		case at.route != nil, end.Class == digest.Local:
			// Another connection is to go on: the stream has more.
		case end.Class != "" && down && len(p.Relays) > 1 && ctx.Err() == nil:
			// The others may take us.
		default:
			return p.named(from, end)
		}
	}
}

// start gives each route's number of failures so far: those that come later are
// news to the call that begins here.
func (p *Pool) start() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.routes == nil {
		p.changed = make(chan struct{})
		for _, r := range p.Relays {
			p.routes = append(p.routes, newRoute(r))
		}
	}
	seen := make([]int, len(p.routes))
	for i, r := range p.routes {
		seen[i] = r.failures
	}
	return seen
}

// turn is the leave to open a connection, which counts as open from then on.
type turn struct {
	*route
	// probe says that it is to find out if the relay is back.
	probe bool
}

// take gives a turn on r. The caller holds mu.
func (p *Pool) take(r *route) turn {
	r.open++
	r.probing = r.probing || r.down()
	return turn{route: r, probe: r.down()}
}

// admit waits for a turn. It gives none, and the outcome of the work, if there
// is nothing to wait for.
func (p *Pool) admit(ctx context.Context, s digest.Stream, seen []int) (turn, digest.Outcome) {
	for {
		p.mu.Lock()
		r, wait := p.choose(seen)
		if r != nil {
			at := p.take(r)
			p.mu.Unlock()
			return at, digest.Outcome{}
		}
		out, changed := p.silence(), p.changed
		p.mu.Unlock()
		if !wait {
			return turn{}, out
		}
		select {
		case <-changed:
		case <-s.Done():
			return turn{}, digest.Outcome{}
		case <-ctx.Done():
			return turn{}, digest.Outcome{Class: digest.Session, Reply: "stopped while waiting for a connection"}
		}
	}
}

// choose gives the route to open a connection on now, or says whether there is
// one to wait for.
func (p *Pool) choose(seen []int) (_ *route, wait bool) {
	now := p.now()
	for _, r := range p.routes {
		switch {
		case !r.down() && r.open < r.allowed, r.due(now):
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

// named puts r before the text of an outcome where it could be another.
func (p *Pool) named(r *route, out digest.Outcome) digest.Outcome {
	if out.Class != "" && len(p.Relays) > 1 {
		out.Reply = r.relay.address() + ": " + out.Reply
	}
	return out
}

// tell wakes who waits. The caller holds mu.
func (p *Pool) tell() {
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Pool) now() time.Time {
	if p.Now == nil {
		return time.Now()
	}
	return p.Now()
}

func (p *Pool) log() *slog.Logger {
	if p.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return p.Log
}
