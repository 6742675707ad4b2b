package deliver

import "vesper/digest"

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
	// looked is said when the ledger has decided, or can't: taken says whether the row is to
	// be sent. asked says that it has.
	looked       word
	taken, asked bool
	// recorded is said when the ledger is through with it; err is its error.
	recorded word
	err      error
	// hasLooked and isDurable are the methods look and record.
	hasLooked func(taken bool)
	isDurable func(err error)
	// number is the message's in the order.
	order  *order
	number int64
	// ahead says that it was taken while another message was under way.
	ahead bool
}

// newIntent gives an intent for the latest message of the order.
func (s *stream) newIntent(row digest.Delivery) *intent {
	var i *intent
	if n := len(s.free); n > 0 {
		i = s.free[n-1]
		s.free = s.free[:n-1]
	} else {
		i = &intent{looked: newWord(), recorded: newWord()}
		i.hasLooked, i.isDurable = i.look, i.record
	}
	i.row, i.order, i.number = row, s.order, s.order.latest
	i.taken, i.asked, i.ahead, i.err = false, false, false, nil
	i.looked.heard, i.recorded.heard = false, false
	return i
}

// reuse takes back an intent that is recorded and that nobody looks at any more.
func (s *stream) reuse(i *intent) { s.free = append(s.free, i) }

// look takes what the ledger has decided.
func (i *intent) look(taken bool) {
	i.taken, i.asked = taken, true
	i.looked.say()
}

// record takes that the intent is durable, or why not.
func (i *intent) record(err error) {
	i.err = err
	if !i.asked {
		i.looked.say()
	}
	i.recorded.say()
}

// behind is an outcome that is recorded while the next message begins. A stream has one
// at a time.
type behind struct {
	stream     *stream
	row        digest.Delivery
	settlement digest.Settlement
	order      *order
	number     int64
	// isDurable is the method record.
	isDurable func(err error)
	// recorded is said when the outcome is recorded, or can't be.
	recorded word
}

// recordBehind has what was sent recorded while the next message begins, in the same
// commit as its intent. Nobody else decides by it, and the next dot waits for it.
func (s *stream) recordBehind(row digest.Delivery, settlement digest.Settlement, of *intent) {
	b := s.behind
	if b == nil {
		b = &behind{stream: s, recorded: newWord()}
		b.isDurable = b.record
		s.behind = b
	}
	b.row, b.settlement, b.order, b.number = row, settlement, of.order, of.number
	b.recorded.heard = false
	s.pass.Ledger.SettleInTurn(s.pass.books, row, settlement, b.isDurable)
}

// record takes how the first try has ended. The ledger does not wait for others.
func (b *behind) record(err error) {
	if err == nil {
		b.isOver()
		return
	}
	go func() {
		b.stream.insist(err, b.row, b.settlement, b.order, b.number)
		b.isOver()
	}()
}

func (b *behind) isOver() {
	b.stream.pass.policy.underWay.Add(-1)
	b.recorded.say()
}

// catchUp waits until the last outcome is recorded, or can't be.
func (s *stream) catchUp() {
	if s.behind != nil {
		s.behind.recorded.wait()
	}
}
