package store

import (
	"cmp"
	"context"
	"sync"
)

// door is open while the writer has nothing to do or waits for company: whoever comes then
// does his statement himself, and nobody has to be woken for it. Only the commit is the
// writer's.
type door struct {
	mu sync.Mutex
	// open says that a guest may use the connection, which it does with mu held. party is
	// whose transaction has begun, nil if none has.
	open  bool
	party *party
	// guests are those who have joined, and broken says that the transaction is undone.
	guests []guest
	broken error
}

// guest is a message whose intent or outcome was written in the transaction of others.
type guest struct {
	queue *queue
	key   int64
	// intends says that it is the intent.
	intends bool
	// err is how the statement ended; done hears how the whole did.
	err  error
	done func(err error)
}

// failed says which message an error is of. Until here it is SQLite's own, so that who hears
// why the transaction of others is undone hears of no message but his.
func (g guest) failed(err error) error {
	switch {
	case err == nil:
		return nil
	case g.intends:
		return g.queue.failed("intend", g.key, err)
	}
	return g.queue.failed("settle", g.key, err)
}

// unlock opens the door, to a party if there is one.
func (d *door) unlock(p *party) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open, d.party = true, p
}

// lock shuts it, and gives the party whose transaction has begun.
func (d *door) lock() *party {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open = false
	return d.party
}

// enter gives the party that a guest joins, nil if there is none now. Who stands in line
// goes first. What follows is the guest's statement, and then sit.
func (w *writer) enter() *party {
	w.door.mu.Lock()
	if w.open && w.broken == nil && w.requests.none() {
		if w.party == nil {
			w.party = w.receive()
		}
		if p := w.party; p != nil && p.many < together {
			return p
		}
	}
	w.door.mu.Unlock()
	return nil
}

// receive begins a transaction for a guest. It gives none where that does not go well: the
// writer will see to it.
func (w *writer) receive() *party {
	if _, err := w.conn.Exec(context.Background(), beginSQL); err != nil {
		return nil
	}
	if w.there() != nil {
		w.rollback()
		return nil
	}
	w.requests.wake()
	return &party{writer: w}
}

// sit counts a guest who has done his statement, and lets the next one in.
func (p *party) sit(g guest) {
	defer p.door.mu.Unlock()
	p.guests = append(p.guests, g)
	if g.err != nil && p.rolledBack() {
		p.broken = g.err
	}
	p.joins(g.intends, !g.intends)
	if p.broken != nil || p.complete() {
		p.requests.wake()
	}
}

// leave tells all guests how the transaction ended. The door is shut.
func (d *door) leave(err error) {
	for _, g := range d.guests {
		if err != nil && g.intends {
			g.queue.writer.hands.end(g.queue.inHand(g.key))
		}
		g.done(g.failed(cmp.Or(err, g.err)))
	}
	clear(d.guests)
	d.guests, d.broken = d.guests[:0], nil
}
