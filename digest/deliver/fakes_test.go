package deliver_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
)

// server is a relay that gives each reader the outcomes of a script, one a try;
// the last repeats. Without one it accepts. It keeps what the real one must:
// no outcome before the intent.
type server struct {
	mu       sync.Mutex
	scripts  map[int64][]digest.Outcome
	accepted map[int64]int
	tried    map[int64][]time.Time
	// order is who was tried, one after another, and alone who had the line alone.
	order []int64
	alone map[int64]bool
	// down, if set, says how a connection fails before it takes anything.
	down func() digest.Outcome
	// perMessage is how long a message takes.
	perMessage time.Duration
	dials      int
	// refusesControls says that nobody is taken at RCPT; controls counts them.
	refusesControls bool
	controls        int
	// places, if set, has one value for each connection that there may be, and closes is
	// after how many refusals for good one ends; 0 for never. Another follows in the same
	// call of Work, once there is a place.
	places chan struct{}
	closes int
	// overlaps says that the next message begins before the dot of the one before; ahead
	// counts how often it did.
	overlaps bool
	ahead    int
	// onMessage is called with each message, before its intent is waited for.
	onMessage func(subscriber int64)
	// onEnvelope is called with each envelope.
	onEnvelope func(digest.Envelope)
	// onDot is called when a dot is to go out.
	onDot func(subscriber int64)
	// onGiveUp is called when an intent was waited for in vain.
	onGiveUp func(error)
}

func newServer() *server {
	return &server{
		scripts: map[int64][]digest.Outcome{}, accepted: map[int64]int{}, tried: map[int64][]time.Time{},
		alone: map[int64]bool{},
	}
}

// Rest implements deliver.Relay: there is no other one.
func (v *server) Rest(string, digest.Outcome) bool { return false }

func (v *server) Work(ctx context.Context, s digest.Stream) digest.Outcome {
	for {
		end, again := v.connect(ctx, s)
		if !again {
			return end
		}
	}
}

// connect works over one connection. Again says that another is to go on.
func (v *server) connect(ctx context.Context, s digest.Stream) (end digest.Outcome, again bool) {
	if v.places != nil {
		select {
		case v.places <- struct{}{}:
		case <-s.Done():
			return digest.Outcome{}, false
		}
		defer func() { <-v.places }()
	}
	v.mu.Lock()
	v.dials++
	line := int64(v.dials)
	v.mu.Unlock()
	// Each connection has a context of its own.
	ctx, over := context.WithCancel(ctx)
	defer over()
	if v.down != nil {
		if o := v.down(); o.Class != "" {
			return o, false
		}
	}
	refused := 0
	var follower *digest.Envelope
	defer func() {
		if follower != nil {
			s.Settle(ctx, *follower, digest.Outcome{Class: digest.Session, Blameless: true, Relay: "one", Line: line})
		}
	}()
	for {
		var e digest.Envelope
		if follower != nil {
			e, follower = *follower, nil
		} else if next, ok := s.Next(ctx); ok {
			e = next
		} else {
			return digest.Outcome{}, false
		}
		if e.Control != nil {
			s.Settle(ctx, e, v.control(line))
			continue
		}
		if v.onEnvelope != nil {
			v.onEnvelope(e)
		}
		if v.onMessage != nil {
			v.onMessage(e.Delivery.Key)
		}
		if v.overlaps && !e.Alone {
			if next, ok := s.Ahead(ctx); ok {
				follower = &next
				v.mu.Lock()
				v.ahead++
				v.mu.Unlock()
			}
		}
		if err := s.Intended(ctx, e); err != nil {
			if v.onGiveUp != nil {
				v.onGiveUp(err)
			}
			o := digest.Outcome{Class: digest.Local, Reply: err.Error()}
			if errors.Is(err, digest.ErrStopped) {
				o = digest.Outcome{Class: digest.Session, Reply: err.Error(), Blameless: true}
			}
			s.Settle(ctx, e, o)
			return digest.Outcome{Class: digest.Session, Reply: "dropped before the dot"}, false
		}
		if v.onDot != nil {
			v.onDot(e.Delivery.Key)
		}
		o := v.answer(e.Delivery.Key, e.Alone)
		o.Line = line
		if o.Relay == "" {
			o.Relay = "one"
		}
		if v.perMessage > 0 {
			select {
			case <-time.After(v.perMessage):
			case <-ctx.Done():
				o = digest.Outcome{Class: digest.InDoubt}
			}
		}
		s.Settle(ctx, e, o)
		switch o.Class {
		case digest.Session, digest.Account, digest.InDoubt, digest.Pace:
			if o.Class == digest.InDoubt {
				o.Class = digest.Session
			}
			return o, false
		case digest.Permanent:
			if refused++; refused == v.closes {
				return digest.Outcome{}, true
			}
		}
	}
}

func (v *server) control(line int64) digest.Outcome {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.controls++
	o := digest.Outcome{Class: digest.Accepted, Code: 250}
	if v.refusesControls {
		o = digest.Outcome{Class: digest.Permanent, Code: 550}
	}
	o.Relay, o.Line = "one", line
	return o
}

func (v *server) answer(id int64, alone bool) digest.Outcome {
	v.mu.Lock()
	defer v.mu.Unlock()
	o := digest.Outcome{Class: digest.Accepted, Code: 250, Relay: "one"}
	if script := v.scripts[id]; len(script) > 0 {
		o = script[min(len(v.tried[id]), len(script)-1)]
	}
	v.order, v.alone[id] = append(v.order, id), alone
	v.tried[id] = append(v.tried[id], time.Now())
	if o.Class == digest.Accepted {
		v.accepted[id]++
	}
	return o
}

// composer makes copies ahead of the connections, or is quick, and each connection makes its
// own.
type composer struct {
	bad   map[int64]bool
	quick bool
}

func (c composer) Quick() bool { return c.quick }

func (c composer) Compose(d digest.Delivery) (digest.Envelope, error) {
	if c.bad[d.Key] {
		return digest.Envelope{}, errors.New("no such variant")
	}
	return digest.Envelope{}, nil
}

func deliverer() *deliver.Deliverer {
	return &deliver.Deliverer{GiveUpAfter: 6 * time.Hour, Now: time.Now, Jitter: func() float64 { return 0.5 }}
}

// over gives a run over a ledger that goes to a server.
func over(t *testing.T, l *ledger, v *server) deliver.Run {
	return deliver.Run{
		Ledger: l, Relay: v, Composer: composer{quick: true}, Range: everybody, Connections: 4,
		Until: 24 * time.Hour, Messages: 1, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Row: "subscriber",
	}
}

var everybody = digest.Whole()
