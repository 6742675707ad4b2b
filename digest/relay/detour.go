package relay

import (
	"context"

	"vesper/digest"
)

// detour is the stream of a connection to another relay, which takes what the relay of a
// watched stream can't, as its reply to EHLO tells: a message of this size, an address
// that needs SMTPUTF8. It goes on as long as the next envelope needs it too.
type detour struct {
	watched
	from *watched
	// first is the envelope that it was begun for, nil once that is handed out.
	first *digest.Envelope
}

// Next implements digest.Stream.
func (d *detour) Next(soft context.Context) (digest.Envelope, bool) {
	if d.first != nil {
		e := *d.first
		d.first = nil
		return e, true
	}
	if soft.Err() != nil {
		return digest.Envelope{}, false
	}
	e, ok := d.from.Stream.Next(soft)
	if ok && d.from.takes(e) {
		d.from.held, ok = &e, false
	}
	return e, ok
}

// Ahead implements digest.Stream: it gives none.
func (d *detour) Ahead(context.Context) (digest.Envelope, bool) { return digest.Envelope{}, false }

// Done implements digest.Stream. What is in hand is sent although nothing comes after it.
func (d *detour) Done() <-chan struct{} {
	if d.first != nil {
		return nil
	}
	return d.watched.Done()
}

// around sends an envelope over another relay that can take it. Where none is up, or all
// its connections are in use, the envelope is deferred.
func (w *watched) around(ctx context.Context, e digest.Envelope) {
	p := w.pool
	if at := p.takeOther(w, e); at != nil {
		c, f := at.route.relay.open(w.ctx, at.soft)
		if f.outcome.Class != "" {
			p.refused(at.soft, at, f)
		} else {
			p.opened(w.ctx, at)
			c.letters = at.sender.letters
			d := &detour{watched{Stream: w.Stream, pool: p, ctx: w.ctx, at: at, conn: c}, w, &e}
			p.closed(w.ctx, &d.watched, c.work(w.ctx, at.soft, d))
			if d.first == nil {
				return
			}
		}
	}
	_, lacks := w.conn.parameters(nil, e, needsOf(e))
	w.Stream.Settle(context.WithoutCancel(ctx), e, elsewhere(lacks))
}

// takeOther gives a seat on another relay that is up and can take the envelope, if one is
// free.
func (p *Pool) takeOther(w *watched, e digest.Envelope) *seat {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.routes {
		if r != w.at.route && !r.down() && r.open() < r.allowed && r.relay.able(e) {
			return p.take(w.ctx, r, w.at.sender)
		}
	}
	return nil
}

// otherwise says whether another relay may be able to take the envelope, down or not.
func (p *Pool) otherwise(than *route, e digest.Envelope) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.routes {
		if r != than && r.relay.able(e) {
			return true
		}
	}
	return false
}

// elsewhere makes what one relay lacks a deferral, since another may take the envelope.
func elsewhere(o digest.Outcome) digest.Outcome {
	o.Class = digest.Transient
	o.Reply += "; another relay may"
	return o
}

// able says whether the relay can take an envelope, as far as its latest reply to EHLO
// tells.
func (r *Relay) able(e digest.Envelope) bool {
	latest := r.latest.Load()
	return latest == nil || (&conn{offers: *latest}).takes(e)
}

// takes says whether the relay offers what an envelope needs.
func (c *conn) takes(e digest.Envelope) bool {
	_, refused := c.parameters(nil, e, needsOf(e))
	return refused.Class != digest.Permanent && refused.Class != digest.Refused
}

// takes says whether the relay of this connection can take an envelope, or no other one
// can either.
func (w *watched) takes(e digest.Envelope) bool {
	return e.Control != nil || len(w.pool.Relays) < 2 || w.conn.takes(e) || !w.pool.otherwise(w.at.route, e)
}
