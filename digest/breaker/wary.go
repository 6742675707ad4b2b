package breaker

import "slices"

// first gives what a worker does whose connection has said nothing yet, if it is to be
// wary: it asks a control, so that nobody else is suspected, and so that it is known what
// it says to others before a suspect is asked. One asks after another, and where some were refused, and others take
// messages, they are left the work.
func (b *Breaker) first(n int, w *worker, wary bool) (Turn, bool) {
	if w.line != nil || !wary {
		return Turn{}, false
	}
	to, most, refused := b.Known, 0, 0
	for _, r := range b.relays {
		if len(r.lately) > 0 && r.taken > most {
			to, most = r.lately, r.taken
		}
		refused += r.refused
	}
	switch {
	case len(to) == 0:
		return Turn{}, false
	case refused >= enough && b.served(n):
		return Turn{Do: End}, true
	case b.asking(n):
		return Turn{Do: Wait}, true
	}
	return Turn{Do: Control, To: slices.Clone(to)}, true
}

// known says whether a connection that took nobody need not be asked about: others to
// that relay were refused, and one takes messages.
func (b *Breaker) known(n int, l *line) bool {
	return !l.good && l.relay.refused >= enough && b.served(n)
}

// asking says whether another worker asks the first control of its connection.
func (b *Breaker) asking(n int) bool {
	for m, w := range b.workers {
		if m != n && w.inHand && w.line == nil {
			return true
		}
	}
	return false
}

// wary says whether a relay refused us before, or some of its servers do.
func (b *Breaker) wary() bool {
	for _, r := range b.relays {
		if r.flawed {
			return true
		}
	}
	return b.Slowly || b.recalled > 0
}

// served says whether another worker's connection takes messages, to which one that is
// not known to can be left the work.
func (b *Breaker) served(n int) bool {
	for m, w := range b.workers {
		if m != n && !w.benched && !w.leaves && w.line != nil && w.line.good && !w.line.bad() {
			return true
		}
	}
	return false
}

// elsewhere says whether another connection is to be tried, which may lead to another
// server behind the name: this one took no message.
func (l *line) elsewhere() bool {
	dots := 0
	for _, s := range l.run {
		if !s.atRecipient() {
			dots++
		}
	}
	return !l.good && len(l.run) >= sober || dots >= worn && !l.took
}
