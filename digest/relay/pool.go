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
// there are to each. It may be used from many goroutines; its fields are not to
// be changed after the first use.
//
// The next relay takes over when one is down, and gives way when it is back. One
// that opens connections but answers for no reader over several in a row is
// down too. A relay that limits connections is sent through no more than it takes.
//
// What a relay can't take, as its reply to EHLO tells, and another can, goes over that
// one: a large message, an address that needs SMTPUTF8. Where that is down, it waits.
//
// Letters and editions share the connections to a relay: see [Pool.Letters] and
// [Pool.Edition].
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
	// letters and editions are who sends at present; the newest edition is first.
	letters  *sender
	editions []*sender
	// changed is closed, and replaced, when who waits should look again.
	changed chan struct{}
}

// Validate looks at the fields without touching the network. What is wrong with
// a relay is a [*Flaw] in the error's chain.
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
