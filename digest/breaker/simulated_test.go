package breaker_test

import (
	"slices"
	"time"

	"vesper/digest"
	"vesper/digest/breaker"
)

// connection is one over which a worker works.
type connection struct {
	mta     *mta
	line    int64
	backend int
	left    int
	try     bool
}

// hand is a worker and what it has in hand.
type hand struct {
	n    int
	c    *connection
	turn breaker.Turn
	row  *reader
	busy bool
}

// route gives the relay that a connection goes over now: the first that does not rest.
func (w *world) route() (m *mta, try bool) {
	for _, m := range w.relays {
		switch {
		case m.rests.IsZero():
			return m, false
		case !m.trying && !w.now.Before(m.rests):
			m.trying = true
			return m, true
		}
	}
	return nil, false
}

func (w *world) dial(h *hand) bool {
	m, try := w.route()
	if m == nil {
		return false
	}
	w.lines++
	h.c = &connection{mta: m, line: w.lines, backend: 1 + w.IntN(m.backends), left: 1000, try: try}
	if w.IntN(2) == 0 {
		h.c.left = 1 + w.IntN(100)
	}
	return true
}

// seated is how many have a connection: a relay gives others one only when they end.
func (w *world) seated(hands []*hand) (n int) {
	for _, h := range hands {
		if h.c != nil {
			n++
		}
	}
	return n
}

func (w *world) hang(h *hand) {
	if h.c != nil && h.c.try {
		h.c.mta.trying = false
	}
	h.c = nil
	w.b.Leave(h.n)
}

// round works through what is due. It says whether the edition pauses.
func (w *world) round() (paused bool) {
	var plain, suspects []*reader
	for _, r := range w.readers {
		if r.step == digest.Pending && !r.d.Due.After(w.now) {
			if r.d.Suspect == "" {
				plain = append(plain, r)
			} else {
				suspects = append(suspects, r)
			}
		}
	}
	slices.SortFunc(plain, byDue)
	slices.SortFunc(suspects, byDue)
	for _, r := range suspects {
		w.b.Recall(r.d)
	}
	crash := -1
	if w.IntN(8) == 0 {
		crash = w.IntN(300)
	}
	hands := make([]*hand, w.workers)
	for i := range hands {
		hands[i] = &hand{n: i + 1}
	}
	for step := 0; len(hands) > 0; step++ {
		w.hands = hands
		if step > 200_000 {
			w.problem("a round never ends")
			return false
		}
		w.now = w.now.Add(time.Duration(1+w.IntN(50)) * time.Millisecond)
		if step == crash && w.restarts < 5 {
			// The process is gone. Nothing of what is in hand had reached its dot.
			w.restarts++
			w.b = w.fresh(false)
			for _, m := range w.relays {
				m.rests, m.rest, m.trying = time.Time{}, 0, false
			}
			return false
		}
		i := w.IntN(len(hands))
		h := hands[i]
		if h.busy {
			if w.answerTo(h) {
				return true
			}
			continue
		}
		if h.c == nil && w.seated(hands) == w.seats {
			continue
		}
		if h.c == nil && !w.dial(h) {
			if !slices.ContainsFunc(hands, func(h *hand) bool { return h.busy }) {
				return true
			}
			continue
		}
		if h.c.left == 0 {
			w.hang(h)
			continue
		}
		h.turn = w.b.Turn(h.n, len(plain) > 0)
		switch h.turn.Do {
		case breaker.Plain:
			if h.turn.Skip != nil {
				plain = slices.DeleteFunc(plain, func(r *reader) bool { return h.turn.Skip(r.d) })
				if len(plain) == 0 {
					w.b.Release(h.n, h.turn)
					continue
				}
			}
			at := 0
			if h.turn.Avoid != nil {
				at = max(0, slices.IndexFunc(plain, func(r *reader) bool { return !h.turn.Avoid(r.d) }))
			}
			h.row, h.busy = plain[at], true
			plain = slices.Delete(plain, at, at+1)
		case breaker.Again:
			h.row, h.busy = w.readers[h.turn.Row.Key-1], true
		case breaker.Control:
			h.busy = true
		case breaker.Leave:
			w.hang(h)
		case breaker.End:
			w.hang(h)
			w.b.Exit(h.n)
			hands = slices.Delete(hands, i, i+1)
		}
	}
	owed := slices.ContainsFunc(w.readers, func(r *reader) bool {
		return r.step == digest.Pending && r.d.Due.After(w.now)
	})
	later, j := w.b.Over(w.now, owed)
	w.fail(j.Fail)
	w.later(later)
	return w.rest(j)
}

// answerTo answers for what a hand holds. It says whether the edition pauses.
func (w *world) answerTo(h *hand) bool {
	h.busy = false
	if h.turn.Do == breaker.Control {
		o := w.control(h.c, h.turn.To)
		w.tell("%v worker %d over %d: control %s %d %s", w.now.Sub(w.begun), h.n, o.Line, o.Class, o.Code, o.Enhanced)
		j := w.b.Controlled(h.n, o)
		w.fail(j.Fail)
		if h.c.try && o.Class != digest.Accepted {
			h.c.mta.leave(w.now)
			w.hang(h)
		}
		return w.rest(j)
	}
	o := w.say(h.c, h.row)
	h.c.left--
	w.tell("%v worker %d over %d: row %d (again: %v) %s %d %s, truth %v", w.now.Sub(w.begun), h.n, o.Line, h.row.d.Key,
		h.turn.Do == breaker.Again, o.Class, o.Code, o.Enhanced, h.row.says.Code)
	j := w.b.Answer(h.n, digest.Envelope{Delivery: h.row.d, To: h.row.d.Address}, o, w.now)
	h.row.d.Suspect = j.Suspect
	switch o.Class {
	case digest.Accepted:
		h.row.step = digest.Sent
		if h.c.try {
			h.c.try, h.c.mta.trying = false, false
			h.c.mta.rests, h.c.mta.rest = time.Time{}, 0
		}
	case digest.Transient:
		h.row.d.Due = w.now.Add(5 * time.Minute)
	default:
		if h.c.try {
			h.c.mta.leave(w.now)
			w.hang(h)
		}
	}
	w.fail(j.Fail)
	return w.rest(j)
}

// rest leaves a relay alone if it is to. It says whether the edition pauses.
func (w *world) rest(j breaker.Judgement) bool {
	if j.Rest == "" {
		return false
	}
	w.tell("%v %s rests: %s, hop %v", w.now.Sub(w.begun), j.Rest, j.Why.Reply, j.Hop)
	if !j.Hop {
		return true
	}
	for _, m := range w.relays {
		if m.name == j.Rest {
			m.leave(w.now)
			w.endAll(m)
		}
	}
	if slices.ContainsFunc(w.relays, func(m *mta) bool { return m.rests.IsZero() }) {
		w.hops++
		return false
	}
	return true
}

// endAll ends the connections to a relay, each once it has no message under way.
func (w *world) endAll(m *mta) {
	for _, h := range w.hands {
		if h != nil && h.c != nil && h.c.mta == m {
			h.c.left = 0
		}
	}
}

// leave leaves a relay alone for twice as long as the last time.
func (m *mta) leave(now time.Time) {
	m.rest = min(max(5*time.Minute, 2*m.rest), time.Hour)
	m.rests = now.Add(m.rest)
}

// pause probes with one message at a time until one is taken.
func (w *world) pause() {
	w.pauses++
	if w.taken() >= w.resumed+5 {
		w.wait = 0
	}
	defer func() { w.resumed = w.taken() }()
	for {
		w.wait = min(max(2*w.wait, 5*time.Minute), time.Hour)
		w.now = w.now.Add(w.wait)
		var due []*reader
		for _, r := range w.readers {
			if r.step == digest.Pending {
				due = append(due, r)
			}
		}
		if len(due) == 0 || !w.now.Before(w.until) {
			return
		}
		slices.SortFunc(due, byProbe)
		w.b = w.fresh(false)
		m := w.relays[0]
		w.lines++
		h := &hand{n: 1, c: &connection{mta: m, line: w.lines, backend: 1 + w.IntN(m.backends)}}
		var r *reader
		var o digest.Outcome
		for _, r = range due {
			o = w.say(h.c, r)
			w.tell("%v probe: row %d %s", w.now.Sub(w.begun), r.d.Key, o.Class)
			r.d.Due = w.now
			if o.Class != digest.Transient {
				break
			}
			r.d.Due = w.now.Add(5 * time.Minute)
		}
		j := w.b.Answer(1, digest.Envelope{Delivery: r.d, To: r.d.Address}, o, w.now)
		r.d.Suspect = j.Suspect
		w.fail(j.Fail)
		if o.Class == digest.Accepted {
			r.step = digest.Sent
			for _, m := range w.relays {
				m.rests, m.rest, m.trying = time.Time{}, 0, false
			}
			w.b = w.fresh(true)
			return
		}
	}
}

// taken is how many messages were.
func (w *world) taken() (n int) {
	for _, m := range w.relays {
		n += m.taken
	}
	return n
}

// fresh gives the breaker of a new process, which knows what the ledger does.
func (w *world) fresh(slowly bool) *breaker.Breaker {
	b := &breaker.Breaker{Slowly: slowly, Messages: w.messages}
	for _, r := range w.readers {
		b.Served = b.Served || r.step == digest.Sent
		if r.step == digest.Sent && len(b.Known) < 3 {
			b.Known = append(b.Known, digest.Envelope{To: r.d.Address})
		}
	}
	return b
}
