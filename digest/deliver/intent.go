package deliver

import (
	"context"
	"time"

	"vesper/digest"
)

// word says that something is through, to the one who waits for it. It is used for one
// thing after another, so that a message needs none of its own.
type word struct {
	c chan struct{}
	// heard says that it was said. It belongs to the one who waits.
	heard bool
}

func newWord() word { return word{c: make(chan struct{}, 1)} }

func (w *word) say() { w.c <- struct{}{} }

// wait waits for the word. It may be called again.
func (w *word) wait() {
	if !w.heard {
		<-w.c
		w.heard = true
	}
}

// isHere says whether there is nothing to wait for.
func (w *word) isHere() bool {
	select {
	case <-w.c:
		w.heard = true
	default:
	}
	return w.heard
}

// intent is an intent on its way into the ledger.
type intent struct {
	row digest.Delivery
	now time.Time
	// looked has a value when the ledger has decided, or can't: taken says whether the
	// row is to be sent. asked says that it has, to the goroutine that records.
	looked       chan struct{}
	taken, asked bool
	// decided is the method decide.
	decided func(taken bool)
	// recorded is said when the ledger is through with it; err is its error.
	recorded word
	err      error
	// number is the message's in the order.
	order  *order
	number int64
	// ahead says that it was taken while another message was under way.
	ahead bool
}

// newIntent gives an intent for the latest message of the order.
func (s *stream) newIntent(row digest.Delivery, now time.Time) *intent {
	var i *intent
	if n := len(s.free); n > 0 {
		i = s.free[n-1]
		s.free = s.free[:n-1]
	} else {
		i = &intent{looked: make(chan struct{}, 1), recorded: newWord()}
		i.decided = i.decide
	}
	i.row, i.now, i.order, i.number = row, now, s.order, s.order.latest
	i.taken, i.asked, i.ahead, i.err, i.recorded.heard = false, false, false, nil, false
	return i
}

// reuse takes back an intent that is recorded and that nobody looks at any more.
func (s *stream) reuse(i *intent) { s.free = append(s.free, i) }

// record has the ledger record the intent.
func (i *intent) record(ctx context.Context, ledger Ledger) {
	_, i.err = ledger.Intend(ctx, i.row, i.now, i.decided)
	if !i.asked {
		i.looked <- struct{}{}
	}
	i.recorded.say()
}

// decide takes what the ledger has decided.
func (i *intent) decide(taken bool) {
	i.taken, i.asked = taken, true
	i.looked <- struct{}{}
}

// behind is an outcome that is recorded while the next message begins. A stream has one
// at a time.
type behind struct {
	row        digest.Delivery
	settlement digest.Settlement
	order      *order
	number     int64
	// placed has a value when the outcome has its place in the ledger's line, or gets
	// none. first says that it is not yet, to the goroutine that records.
	placed chan struct{}
	first  bool
	// inTurn is the method place.
	inTurn func()
	// recorded is said when the outcome is recorded, or can't be.
	recorded word
}

// place says that the outcome has its place.
func (b *behind) place() {
	if b.first {
		b.first = false
		b.placed <- struct{}{}
	}
}

// recordBehind has what was sent recorded while the next message begins, in the same
// commit as its intent. Nobody else decides by it, and the next dot waits for it.
func (s *stream) recordBehind(row digest.Delivery, settlement digest.Settlement, of *intent) {
	b := s.behind
	if b == nil {
		b = &behind{placed: make(chan struct{}, 1), recorded: newWord()}
		b.inTurn = b.place
		s.behind = b
	}
	b.row, b.settlement, b.order, b.number = row, settlement, of.order, of.number
	b.first, b.recorded.heard = true, false
	go b.record(s)
	<-b.placed
}

func (b *behind) record(s *stream) {
	s.record(b.row, b.settlement, b.order, b.number, b.inTurn)
	b.place()
	s.pass.policy.underWay.Add(-1)
	b.recorded.say()
}

// catchUp waits until the last outcome is recorded, or can't be.
func (s *stream) catchUp() {
	if s.behind != nil {
		s.behind.recorded.wait()
	}
}
