package breaker

import (
	"maps"
	"slices"

	"vesper/digest"
)

// Do is what a worker does next.
type Do int

const (
	// Plain takes a row under no suspicion.
	Plain Do = iota
	// Again asks a suspect again.
	Again
	// Control asks for readers that the relay took lately, and mails nobody.
	Control
	// Wait waits for what the others come to.
	Wait
	// Leave ends the connection, and goes on over another one.
	Leave
	// End ends the work.
	End
)

// Turn is what a worker does next, and with what. For Plain, Again and Control it has
// something in hand from now on.
type Turn struct {
	Do Do
	// Row is the suspect to ask again.
	Row digest.Delivery
	// To are the envelopes, without messages, of a control.
	To []digest.Envelope
	// Avoid, if set, says of which domains rows are to be taken last.
	Avoid func(row digest.Delivery) bool
	// Skip, if set, says which rows are not to be taken at all.
	Skip func(row digest.Delivery) bool
}

// Turn says what a worker does next. More says that there are rows under no suspicion,
// or may be.
func (b *Breaker) Turn(n int, more bool) Turn {
	w := b.worker(n)
	t := b.turn(n, w, more)
	switch t.Do {
	case Plain, Control:
		w.inHand = true
	case Again:
		s := b.suspects[t.Row.Key]
		w.inHand, s.inHand, s.again = true, true, false
	case Leave:
		w.leaves = false
		b.drop(w)
	case End:
		b.Exit(n)
	}
	return t
}

func (b *Breaker) turn(n int, w *worker, more bool) Turn {
	switch {
	case w.benched && b.others(n):
		return Turn{Do: End}
	case w.leaves, w.line != nil && w.line.relay.resting && !w.line.good:
		return Turn{Do: Leave}
	case w.line != nil && w.line.bad():
		if t, ok := b.control(w); ok && !b.known(n, w.line) {
			return t
		}
		w.line.relay.flawed = w.line.relay.flawed || !w.line.run[0].atRecipient()
		if w.bad++; (w.bad >= twice || w.line.relay.flawed) && b.others(n) {
			w.benched = true
			return Turn{Do: End}
		}
		return Turn{Do: Leave}
	case w.line != nil && w.line.elsewhere():
		return Turn{Do: Leave}
	}
	alone := b.alone()
	if alone && (b.busy(n) || w.line == nil && b.served(n)) {
		return Turn{Do: Wait}
	}
	if t, ok := b.control(w); ok && alone && w.line.relay.run >= few {
		return t
	}
	if s := b.besides(n, w); s != nil && !alone {
		return Turn{Do: Again, Row: s.Row}
	}
	if more {
		if t, ok := b.first(n, w, b.wary()); ok {
			return t
		}
	}
	if more && (!alone || b.slow()) {
		if t, ok := b.clear(n, w); ok {
			return t
		}
	}
	if more {
		t := Turn{Do: Plain}
		if slices.ContainsFunc(slices.Collect(maps.Values(b.messages)), func(m *message) bool { return m.held }) {
			t.Skip = b.holds
		}
		if alone {
			t.Avoid = b.suspected
		}
		return t
	}
	return b.end(n, w)
}

// bad says whether a connection refuses while others to the same relay take.
func (l *line) bad() bool {
	enough := worn
	if l.relay.flawed && !l.took {
		enough = 1
	}
	first := 0
	for _, s := range l.run {
		if s.refused == 1 {
			first++
		}
	}
	return first >= enough && l.relay.taken > l.taken
}

// alone says whether one connection is to go on alone.
func (b *Breaker) alone() bool {
	if b.slow() {
		return true
	}
	for _, r := range b.relays {
		if r.resting {
			continue
		}
		if r.run >= few {
			return true
		}
		for _, n := range r.dots {
			if n >= few {
				return true
			}
		}
	}
	return false
}

// slow says whether the first messages are still to be taken.
func (b *Breaker) slow() bool { return (b.Slowly || b.recalled >= few) && b.taken < Trusted }

// busy says whether another worker has something in hand, and others whether there is
// another one at all.
func (b *Breaker) busy(n int) bool {
	for m, w := range b.workers {
		if m != n && w.inHand {
			return true
		}
	}
	return false
}

func (b *Breaker) others(n int) bool {
	for m, w := range b.workers {
		if m != n && !w.benched {
			return true
		}
	}
	return false
}

// control gives a control for what the worker's connection has refused at RCPT, unless
// it was asked since or there is nobody to ask for.
func (b *Breaker) control(w *worker) (Turn, bool) {
	l := w.line
	if l == nil || l.controlled || len(b.askable(l.relay)) == 0 || !slices.ContainsFunc(l.run, (*suspect).atRecipient) {
		return Turn{}, false
	}
	return Turn{Do: Control, To: slices.Clone(b.askable(l.relay))}, true
}

// askable are the readers whom a control asks a relay for.
func (b *Breaker) askable(r *relay) []digest.Envelope {
	if len(r.lately) > 0 {
		return r.lately
	}
	return b.Known
}

// besides gives a suspect to be asked again between other messages: one worker asks,
// over a connection that takes others.
func (b *Breaker) besides(n int, w *worker) *suspect {
	if len(b.suspects) == 0 || w.line == nil || !w.line.good || len(w.line.run) >= w.line.relay.patience(beside) {
		return nil
	}
	for m, other := range b.workers {
		if m != n && other.line != nil && slices.ContainsFunc(other.line.run, (*suspect).twice) {
			return nil
		}
	}
	return b.next(func(s *suspect) bool {
		// Of a message that nobody has got it is the message.
		return s.refused < tries && (s.kind != digest.OfMessage || b.message(s.Row.Variant).taken)
	})
}

// next gives the suspect that has waited longest to be asked again.
func (b *Breaker) next(which func(*suspect) bool) *suspect {
	var first *suspect
	for _, s := range b.suspects {
		waits := s.again && !s.inHand && !s.parked && (s.kind != digest.OfMessage || !b.holds(s.Row))
		if waits && which(s) && (first == nil || s.seq < first.seq) {
			first = s
		}
	}
	return first
}

// suspected says whether a row's domain is that of a suspect.
func (b *Breaker) suspected(row digest.Delivery) bool {
	for _, s := range b.suspects {
		if domain(s.Row) == domain(row) {
			return true
		}
	}
	return false
}
