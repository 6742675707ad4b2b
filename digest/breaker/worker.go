package breaker

import "vesper/digest"

// worker is one who works over one connection after another.
type worker struct {
	line *line
	// bad counts its connections in a row that refused while others took.
	bad int
	// inHand says that it has something in hand, leaves that its connection is to end,
	// benched that it is to begin no other.
	inHand, leaves, benched bool
	// ahead says that it has another one in hand behind that.
	ahead bool
}

func (b *Breaker) worker(n int) *worker {
	if b.workers == nil {
		b.workers = map[int]*worker{}
	}
	if b.workers[n] == nil {
		b.workers[n] = &worker{}
	}
	return b.workers[n]
}

// over gives the connection of an answer, and keeps that the worker has it.
func (b *Breaker) over(w *worker, o digest.Outcome) *line {
	l := b.relay(o.Relay).line(o.Line)
	if w.line != l {
		b.left(w)
		w.line = l
	}
	return l
}

// left notes that a worker's connection has ended. If it did before a control was asked
// for what it refused, that is asked again, a few times, with a control sooner: some
// servers close a connection after few refusals.
func (b *Breaker) left(w *worker) {
	if l := w.line; l != nil && len(l.run) > 0 && !l.controlled {
		if n := max(1, len(l.run)-1); n < l.relay.patience(atEnd) {
			l.relay.bears = n
		}
		for _, s := range l.run {
			s.askAgain()
		}
	}
	b.drop(w)
}

// drop ends a worker's connection: what it refused last is to be asked again. If it was
// the one to clear the suspects, any other may go on: it may not get a connection while
// those that wait for it hold theirs.
func (b *Breaker) drop(w *worker) {
	if b.clearing && b.workers[b.last] == w {
		b.last = 0
	}
	if w.line != nil {
		for _, s := range w.line.run {
			s.again = true
		}
		w.line.run = nil
		delete(w.line.relay.lines, w.line.number)
	}
	w.line = nil
}
