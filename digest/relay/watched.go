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
	// conn is the connection. held is an envelope that was handed out and is to be sent
	// over it next, nil for none.
	conn *conn
	held *digest.Envelope
	// odd is one that was handed out ahead and needs another relay, nil for none.
	odd *digest.Envelope
	// answered says that the relay answered for a reader over this connection.
	answered bool
	// excused says that the connection ended for a reader who is known to end some.
	excused bool
	// better is the seat to go on with, if the stream was ended for it.
	better *seat
}

// Next implements digest.Stream.
func (w *watched) Next(soft context.Context) (digest.Envelope, bool) {
	for {
		if w.held != nil {
			e := *w.held
			w.held = nil
			return e, true
		}
		if w.odd != nil {
			e := *w.odd
			w.odd = nil
			w.around(soft, e)
			continue
		}
		if soft.Err() != nil || w.better != nil {
			return digest.Envelope{}, false
		}
		if w.better = w.pool.preferred(w.ctx, w.at); w.better != nil {
			return digest.Envelope{}, false
		}
		e, ok := w.Stream.Next(soft)
		if !ok || w.takes(e) {
			return e, ok
		}
		w.around(soft, e)
	}
}

// Ahead implements digest.Stream.
func (w *watched) Ahead(soft context.Context) (digest.Envelope, bool) {
	if w.held != nil || w.odd != nil || w.better != nil || soft.Err() != nil {
		return digest.Envelope{}, false
	}
	if w.better = w.pool.preferred(w.ctx, w.at); w.better != nil {
		return digest.Envelope{}, false
	}
	e, ok := w.Stream.Ahead(soft)
	if ok && !w.takes(e) {
		w.odd, ok = &e, false
	}
	return e, ok
}

// giveBack settles what was handed out ahead and has no connection any more.
func (w *watched) giveBack(ctx context.Context) {
	if w.odd == nil {
		return
	}
	e := *w.odd
	w.odd = nil
	w.Stream.Settle(context.WithoutCancel(ctx), e, digest.Outcome{
		Class: digest.Session, Reply: "the connection ended with the message before", Blameless: true,
	})
}

// Settle implements digest.Stream.
func (w *watched) Settle(ctx context.Context, e digest.Envelope, o digest.Outcome) {
	switch {
	case e.Control != nil:
		w.pool.controlled(ctx, w, o.Class)
	case answers(o):
		w.pool.answered(ctx, w, o.Class)
	}
	if lacks(o) && w.pool.otherwise(w.at.route, e) {
		o = elsewhere(o)
	}
	w.excused = e.Alone && o.Ended.Recipient
	w.Stream.Settle(ctx, e, o)
}

// lacks says whether the relay only lacks what an envelope needs.
func lacks(o digest.Outcome) bool {
	return o.Code == 0 && (o.Class == digest.Permanent || o.Class == digest.Refused)
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
