package breaker

import (
	"cmp"
	"slices"
	"time"

	"vesper/digest"
)

// clear has one worker ask the suspects again, with controls between, when they are
// many. The others wait meanwhile.
func (b *Breaker) clear(n int, w *worker) (Turn, bool) {
	waiting := 0
	for _, s := range b.suspects {
		if s.again && !s.parked && s.atRecipient() {
			waiting++
		}
	}
	if !b.clearing && waiting >= crowd && w.line != nil && len(b.askable(w.line.relay)) > 0 {
		b.clearing, b.last = true, n
		b.pass++
	}
	switch {
	case !b.clearing:
		return Turn{}, false
	case b.last != 0 && b.last != n, b.busy(n):
		return Turn{Do: Wait}, true
	}
	b.last = n
	t, ok := b.ask(n, w, (*suspect).atRecipient)
	if !ok {
		b.clearing, b.last = false, 0
	}
	return t, ok
}

// end is the turn of a worker when nobody else is left: one of them asks the suspects.
func (b *Breaker) end(n int, w *worker) Turn {
	if len(b.suspects) == 0 || b.last != 0 && b.last != n {
		return Turn{Do: End}
	}
	if b.last == 0 || b.clearing {
		b.last, b.clearing = n, false
	}
	if !b.ending {
		b.ending = true
		b.pass++
	}
	if b.busy(n) {
		return Turn{Do: Wait}
	}
	for m, other := range b.workers {
		if m != n {
			b.drop(other)
		}
	}
	t, _ := b.ask(n, w, func(*suspect) bool { return true })
	return t
}

// ask gives the next suspect to ask, each once, or a control: before the first over a
// connection, and after a few.
func (b *Breaker) ask(n int, w *worker, which func(*suspect) bool) (Turn, bool) {
	s := b.next(func(s *suspect) bool { return s.asked < b.pass && which(s) && !b.oneIsEnough(s) })
	asked := 0
	if w.line != nil {
		asked = len(w.line.run)
	}
	if t, ok := b.control(w); ok && (s == nil || asked > 0 && asked >= w.line.relay.patience(atEnd)) {
		return t, true
	}
	switch {
	case s == nil:
		return Turn{Do: End}, false
	case w.line != nil && !w.line.good && !w.line.controlled && len(b.askable(w.line.relay)) > 0:
		return Turn{Do: Control, To: b.askable(w.line.relay)}, true
	}
	if t, ok := b.first(n, w, s.kind == digest.OfOurs); ok {
		return t, true
	}
	s.asked = b.pass
	return Turn{Do: Again, Row: s.Row}, true
}

// oneIsEnough says whether a suspect's message was refused in this pass already: of those that
// are left from an earlier one a single reader is asked, as long as nobody is taken.
func (b *Breaker) oneIsEnough(s *suspect) bool {
	return s.old && !s.atRecipient() && b.message(s.Row.Variant).refusedIn == b.pass
}

// Release takes back what Turn gave a worker, since it could not be begun.
func (b *Breaker) Release(n int, t Turn) {
	b.worker(n).inHand = false
	if s := b.suspects[t.Row.Key]; t.Do == Again && s != nil {
		s.inHand, s.again = false, true
	}
}

// Leave notes that a worker's connection is over, and Exit that the worker is.
func (b *Breaker) Leave(n int) { b.left(b.worker(n)) }

// Exit notes that a worker ends.
func (b *Breaker) Exit(n int) {
	if w := b.workers[n]; w != nil {
		b.drop(w)
	}
	delete(b.workers, n)
	if b.last == n {
		b.last = 0
	}
}

// Controlled takes the answer to a control: taken if it asked for one of the readers.
// Where a control is refused, another connection tries before the relay rests.
func (b *Breaker) Controlled(n int, o digest.Outcome) Judgement {
	w := b.worker(n)
	w.inHand = false
	switch {
	case o.Class == digest.Accepted:
		l := b.over(w, o)
		l.controlled = true
		l.relay.condemned, w.bad = 0, 0
		fail := b.prove(l, func(s *suspect) (proves, calm bool) { return s.atRecipient(), l.relay.calm(s) })
		l.relay.run, l.good = 0, true
		return Judgement{Fail: fail}
	case Refuses(o):
		l := b.over(w, o)
		l.controlled, w.leaves = true, true
		l.relay.refused++
		if l.relay.taken > l.taken || b.served(n) {
			// The relay takes over others: it is this one, whatever stands behind it.
			l.relay.flawed, w.benched = true, b.others(n)
			return Judgement{}
		}
		if l.relay.condemned++; l.relay.condemned < condemning || l.relay.flawed && l.relay.condemned < flawed {
			return Judgement{}
		}
		if !l.relay.resting {
			return b.rest(o)
		}
	default:
		w.leaves = true
		if r := b.relay(o.Relay); o.Relay != "" {
			if r.unsaid++; r.unsaid >= condemning {
				r.lately, b.Known = nil, nil
			}
		} else if w.line == nil {
			b.Known = nil
		}
	}
	return Judgement{}
}

// latest gives the suspect that a relay refused last.
func (b *Breaker) latest(relay string) (last *suspect) {
	for _, s := range b.suspects {
		if s.Outcome.Relay == relay && (last == nil || s.seq > last.seq) {
			last = s
		}
	}
	return last
}

// Over ends a pass over the ledger. It gives the suspects that are left, those to be
// tried later and those that fail: addresses, where nobody is left to ask and they are
// few. If others are owed later, nobody fails that the relay has not been asked about.
// Where there are too many to be chance, the judgement says which relay is to rest.
func (b *Breaker) Over(now time.Time, owed bool) (later []Suspect, j Judgement) {
	b.ending = false
	left := make([]*suspect, 0, len(b.suspects))
	for _, s := range b.suspects {
		left = append(left, s)
	}
	unproven := 0
	slices.SortFunc(left, func(a, c *suspect) int { return cmp.Compare(a.seq, c.seq) })
	for _, s := range left {
		if b.fails(s, len(left), now, owed) {
			j.Fail = append(j.Fail, s.Suspect)
			delete(b.suspects, s.Row.Key)
			continue
		}
		if !s.parked {
			unproven++
		}
		s.old, s.parked = true, false
		later = append(later, s.Suspect)
	}
	for _, m := range b.messages {
		m.held = false
	}
	nobody := b.Messages > 0 && !b.Served && b.taken == 0 && unproven > 0
	if unproven >= few || nobody {
		if s := b.latest(left[len(left)-1].Outcome.Relay); s != nil && s.Outcome.Relay != "" {
			rest := b.rest(s.Outcome)
			j.Rest, j.Why, j.Hop = rest.Rest, rest.Why, rest.Hop
		}
	}
	return later, j
}

// fails says whether one of n suspects fails although its relay has taken nobody after
// it: there is nobody to ask.
func (b *Breaker) fails(s *suspect, n int, now time.Time, owed bool) bool {
	r := b.relays[s.Outcome.Relay]
	if r == nil || r.resting || s.kind != digest.OfAddress || ofQuota(s.Outcome) {
		return false
	}
	if s.atRecipient() {
		// A control could have told, unless nobody was ever taken.
		return false
	}
	took := r.hour.sum(now)
	return n*10 < took || n < few && took > 0 && !owed
}
