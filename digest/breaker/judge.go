package breaker

import (
	"slices"
	"time"

	"vesper/digest"
)

// took notes that a connection took a message.
func (b *Breaker) took(l *line, e digest.Envelope, now time.Time) []Suspect {
	r := l.relay
	if r.resting {
		r.resting, b.Slowly = false, true
		b.taken = 0
	}
	b.taken++
	r.taken++
	r.hour.count(now)
	m := b.message(e.Delivery.Variant)
	m.taken, m.refusedIn = true, 0
	r.condemned = 0
	if len(r.lately) == witnesses {
		r.lately = slices.Delete(r.lately, 0, 1)
	}
	r.lately = append(r.lately, digest.Envelope{From: e.From, To: e.To})
	fail := b.prove(l, func(s *suspect) (proves, calm bool) {
		v := s.Row.Variant
		return atRecipient(s.Outcome) || v == e.Delivery.Variant, r.calm(s)
	})
	r.run, l.good, l.took = 0, true, true
	delete(r.dots, e.Delivery.Variant)
	return fail
}

// calm says whether so few were refused in a row that each may be a reader's own.
func (r *relay) calm(s *suspect) bool {
	if atRecipient(s.Outcome) {
		return r.run < few
	}
	return r.dots[s.Row.Variant] < few
}

// prove goes through what a connection refused since it last took somebody. It gives
// those whose refusals were their own: of the others, those for which the proof is one
// are to be asked again. What speaks of us must be proven in two passes, since a relay's
// mood may come twice within minutes.
func (b *Breaker) prove(l *line, of func(s *suspect) (proves, calm bool)) (fail []Suspect) {
	var left []*suspect
	for _, s := range l.run {
		proves, calm := of(s)
		switch {
		case !proves:
			left = append(left, s)
		case calm && s.own() && s.kind == digest.OfOurs && !s.old:
			s.again, s.parked = true, true
		case calm && s.own():
			delete(b.suspects, s.Row.Key)
			fail = append(fail, s.Suspect)
		default:
			s.askAgain()
		}
	}
	l.run, l.taken = left, l.relay.taken
	return fail
}

// own says whether a refusal is the row's own, as others were taken right after it over
// the same connection. What speaks of us must have been said twice, and what speaks of
// the message, for which there is no control, three times or in two passes; the last time
// between others that were taken. A quota is nobody's own.
func (s *suspect) own() bool {
	switch {
	case ofQuota(s.Outcome):
		return false
	case s.kind == digest.OfAddress:
		return true
	case s.kind == digest.OfMessage && !s.old:
		return s.refused >= 3 && s.before
	}
	return s.refused >= 2 && s.before
}

// refused notes that a connection refused a row for good.
func (b *Breaker) refused(l *line, row digest.Delivery, o digest.Outcome) Judgement {
	s := b.suspects[row.Key]
	if s == nil {
		s = &suspect{}
		b.keep(row.Key, s)
	}
	b.seq++
	s.kind = KindOf(o)
	// The ledger has it as a suspect by now.
	row.Suspect = s.kind
	s.Suspect = Suspect{row, o}
	s.again, s.before, s.seq = false, l.good, b.seq
	s.refused++
	r := l.relay
	if len(l.run) == 0 {
		l.taken = r.taken
	}
	l.run, l.controlled = append(l.run, s), false
	if atRecipient(o) {
		r.run++
	} else {
		r.dots[row.Variant]++
		b.message(row.Variant).refusedIn = b.pass
	}
	if r.resting {
		return Judgement{Suspect: s.kind}
	}
	suspects, quotas := 0, 0
	for _, other := range b.suspects {
		if other.Outcome.Relay != o.Relay || other.parked {
			continue
		}
		if suspects++; ofQuota(other.Outcome) {
			quotas++
		}
	}
	run, dots := r.run, 0
	// Those of an earlier run count too, as long as nobody was taken since.
	if b.taken == 0 && !b.Slowly {
		run += b.recalled
	}
	for variant, n := range r.dots {
		if dots += n; !b.message(variant).taken {
			dots += b.message(variant).recalled
		}
	}
	switch {
	case run >= most, quotas >= few, suspects >= atOnce:
		return b.rests(s)
	case dots >= mostDots:
		// Readers of another message don't wait for this one.
		for variant := range r.dots {
			b.message(variant).held = true
		}
		if b.heldAll() {
			return b.rests(s)
		}
		clear(r.dots)
	}
	return Judgement{Suspect: s.kind}
}

// heldAll says whether all messages are refused.
func (b *Breaker) heldAll() bool {
	held := 0
	for _, m := range b.messages {
		if m.held {
			held++
		}
	}
	return held >= b.Messages
}

// holds says whether a row's message is refused.
func (b *Breaker) holds(row digest.Delivery) bool {
	m := b.messages[row.Variant]
	return m != nil && m.held
}

func (b *Breaker) keep(key int64, s *suspect) {
	if b.suspects == nil {
		b.suspects = map[int64]*suspect{}
	}
	b.suspects[key] = s
}

// rests lets the relay rest that has refused s just now.
func (b *Breaker) rests(s *suspect) Judgement {
	j := b.rest(s.Outcome)
	j.Suspect = s.kind
	return j
}

// rest lets the relay rest that has said o.
func (b *Breaker) rest(o digest.Outcome) Judgement {
	name := o.Relay
	r := b.relay(name)
	r.resting, r.run, r.condemned = true, 0, 0
	clear(r.dots)
	for _, l := range r.lines {
		l.run, l.good = nil, false
	}
	for _, other := range b.suspects {
		// Another relay may be asked for them, each once more.
		if other.Outcome.Relay == name {
			other.again, other.asked = true, 0
		}
	}
	return Judgement{Rest: name, Why: o, Hop: atRecipient(o) || ofQuota(o)}
}
