package relay

import (
	"context"

	"vesper/digest"
)

// watched is a stream over one connection of a pool. It ends when there is a
// turn on a relay that is preferred, so that no message under way is given up
// for it.
type watched struct {
	digest.Stream
	pool *Pool
	at   turn
	// answered says that the relay answered for a reader over this connection.
	answered bool
	// turn is where to go on, if the stream was ended so.
	turn turn
}

// Next implements digest.Stream.
func (w *watched) Next(ctx context.Context) (digest.Envelope, bool) {
	if w.turn = w.pool.preferred(w.at.route); w.turn.route != nil {
		return digest.Envelope{}, false
	}
	return w.Stream.Next(ctx)
}

// Settle implements digest.Stream.
func (w *watched) Settle(ctx context.Context, e digest.Envelope, o digest.Outcome) {
	if answers(o) {
		w.pool.answered(ctx, w, o.Class == digest.Accepted)
	}
	w.Stream.Settle(ctx, e, o)
}

// answers says whether o shows that the relay decides on readers: its own word
// on one, or a final dot that it asked for. What a class without a code says was
// found here, from the reply to EHLO.
func answers(o digest.Outcome) bool {
	switch o.Class {
	case digest.Accepted, digest.Transient, digest.Permanent, digest.Refused:
		return o.Code != 0
	}
	return o.Class == digest.InDoubt
}

// preferred gives a turn on a relay before r that is up, or is to be tried, by
// now; without one it gives none.
func (p *Pool) preferred(r *route) turn {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, before := range p.routes {
		switch {
		case before == r:
			return turn{}
		case !before.down() && before.open < before.allowed, before.due(p.now()):
			return p.take(before)
		}
	}
	return turn{}
}
