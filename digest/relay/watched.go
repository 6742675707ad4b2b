package relay

import (
	"context"

	"vesper/digest"
)

// watched is a stream over one connection of a pool. It ends between two
// messages when the connection is to give way, or when there is a seat on a relay
// that is preferred: no message under way is given up for either.
type watched struct {
	digest.Stream
	pool *Pool
	// ctx is what a better seat lives in.
	ctx context.Context
	at  *seat
	// answered says that the relay answered for a reader over this connection.
	answered bool
	// excused says that the connection ended for a reader who is known to end some.
	excused bool
	// better is the seat to go on with, if the stream was ended for it.
	better *seat
}

// Next implements digest.Stream.
func (w *watched) Next(soft context.Context) (digest.Envelope, bool) {
	if soft.Err() != nil {
		return digest.Envelope{}, false
	}
	if w.better = w.pool.preferred(w.ctx, w.at); w.better != nil {
		return digest.Envelope{}, false
	}
	return w.Stream.Next(soft)
}

// Settle implements digest.Stream.
func (w *watched) Settle(ctx context.Context, e digest.Envelope, o digest.Outcome) {
	if answers(o) && e.Control == nil {
		w.pool.answered(ctx, w, o.Class)
	}
	w.excused = e.Alone && o.Ended.Recipient
	w.Stream.Settle(ctx, e, o)
}

// answers says whether o shows that the relay decides on readers: its own word
// on one, or a final dot that it asked for. An outcome without a code says
// nothing of that: it was found here, from the reply to EHLO.
func answers(o digest.Outcome) bool {
	switch o.Class {
	case digest.Accepted, digest.Transient, digest.Permanent, digest.Refused:
		return o.Code != 0
	}
	return o.Class == digest.InDoubt
}
