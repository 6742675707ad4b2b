// Package breaker judges refusals for good: whether they are a reader's, or a relay
// refuses us, or the message.
//
// A row that is refused is a suspect, and nothing else yet. It fails when the very
// connection that refused it goes on to take others: then it was not the relay, nor one
// of several servers behind its name. A refusal that speaks of us must be shown to be the
// reader's twice, minutes apart. Where many are refused in a row they are asked
// again, two at a time, between messages that are taken. A relay that shows neither
// rests. Breaker does no I/O and asks no clock, and it knows nothing of ledgers.
package breaker

import (
	"strings"
	"time"

	"vesper/digest"
)

const (
	// few refusals in a row are readers' own, as far as one can know. From here on one
	// connection goes on alone.
	few = 5
	// most is how many in a row at RCPT end with the rest of the relay: the list of a
	// house that closed may begin with thirty. mostDots is how many do of a message.
	most, mostDots = 32, 12
	// sober is after how many refusals on one connection, which took nobody, another is
	// tried.
	sober = 8
	// atOnce is how many suspects of a relay there may be.
	atOnce = 50
	// beside is how many suspects are asked again in a row between other messages, and
	// atEnd how many in a row when those are out.
	beside, atEnd = 2, few - 1
	// worn is how many refusals in a row end a connection while others take, and twice
	// how many such connections in a row end a worker.
	worn, twice = 2, 2
	// condemning is how many connections in a row must refuse a control, and flawed how
	// many to a relay some of whose servers take messages.
	condemning, flawed = 2, 5
	// tries is how often a suspect is asked between other messages.
	tries = 4
	// often is how often in a pass one is asked whose refusal is not proven: a server may
	// close each connection that refused two.
	often = 12
	// crowd is how many suspects that wait are asked again at once.
	crowd = 20
	// enough is how many controls may be refused until new connections are not tried any
	// more while another one takes messages.
	enough = 3
	// Trusted is how many messages a relay that refused us must take before several
	// connections go on.
	Trusted = 5
	// witnesses is how many readers a control asks for.
	witnesses = 3
)

// Breaker is what relays answered lately to the rows of one ledger. The zero Breaker is
// ready to use. It is not safe for several goroutines at once.
type Breaker struct {
	// Slowly says that the first messages go over one connection: a relay that refused
	// us takes a message again.
	Slowly bool
	// Messages is how many different messages there are: the variants of an edition.
	Messages int
	// Served says that somebody of this ledger was taken in an earlier run.
	Served bool
	// Known are a few readers who were taken before, for controls at a relay that has
	// taken nobody yet.
	Known []digest.Envelope

	suspects map[int64]*suspect
	relays   map[string]*relay
	workers  map[int]*worker
	// last is the worker that asks the suspects when nobody else is left, or while they
	// are many and are to be cleared; 0 for none.
	last     int
	clearing bool
	// ending says that nobody else is left in this pass over the ledger.
	ending bool
	// taken counts what was accepted, recalled the suspects that the ledger had before,
	// pass how often all suspects were asked.
	taken, recalled, pass, seq int
	// messages are what became of each message.
	messages map[string]*message
}

// relay is what one relay answered lately.
type relay struct {
	// run counts the refusals at RCPT since it last took a reader, dots those of each
	// message since it last took that.
	run  int
	dots map[string]int
	// taken counts what it accepted, hour what of this within the hour.
	taken int
	hour  hour
	// lately are readers that it took, the latest last.
	lately []digest.Envelope
	// bears is after how many refusals in a row a control is asked, since connections end
	// soon after; 0 for the usual number.
	bears int
	// unsaid counts controls that came to nothing, refused those that were refused, and
	// condemned connections in a row on which they were.
	unsaid, refused, condemned int
	// flawed says that some of its connections refuse what others take.
	flawed, resting bool
	lines           map[int64]*line
}

// message is one of several that the ledger's rows get.
type message struct {
	// taken says that it was, recalled counts its suspects from before, and refusedIn is
	// the pass in which it was refused last and not taken since.
	taken     bool
	recalled  int
	refusedIn int
	// held says that it is refused, and given out no more.
	held bool
}

func (b *Breaker) message(variant string) *message {
	if b.messages == nil {
		b.messages = map[string]*message{}
	}
	if b.messages[variant] == nil {
		b.messages[variant] = &message{}
	}
	return b.messages[variant]
}

// line is one connection to a relay.
type line struct {
	relay  *relay
	number int64
	// good says that it has taken somebody, be it for a control; took that it took a
	// message.
	good, took bool
	// run are the suspects that it refused since it last took somebody; taken is what
	// the relay had taken elsewhere when that began.
	run   []*suspect
	taken int
	// controlled says that a control was asked since the last refusal.
	controlled bool
}

func (b *Breaker) relay(name string) *relay {
	if b.relays == nil {
		b.relays = map[string]*relay{}
	}
	if b.relays[name] == nil {
		b.relays[name] = &relay{dots: map[string]int{}, lines: map[int64]*line{}}
	}
	return b.relays[name]
}

func (r *relay) line(number int64) *line {
	if r.lines[number] == nil {
		r.lines[number] = &line{relay: r, number: number, taken: r.taken}
	}
	return r.lines[number]
}

// Judgement is what follows from an answer.
type Judgement struct {
	// Suspect is what the row that was answered for is suspected of; empty if nothing.
	Suspect digest.Suspect
	// Fail are the suspects whose refusals were their own.
	Fail []Suspect
	// Rest names a relay that is to be left alone, empty if none. Why is what it said,
	// and Hop says that another relay may take what it refused.
	Rest string
	Why  digest.Outcome
	Hop  bool
}

// Answer takes what became of an envelope in a worker's hand.
func (b *Breaker) Answer(n int, e digest.Envelope, o digest.Outcome, now time.Time) Judgement {
	w, key := b.worker(n), e.Delivery.Key
	w.inHand, w.ahead = w.ahead, false
	s := b.suspects[key]
	if s != nil {
		s.inHand = false
	}
	switch {
	case o.Class == digest.Accepted:
		delete(b.suspects, key)
		l := b.over(w, o)
		w.bad = 0
		return Judgement{Fail: b.took(l, e, now)}
	case Refuses(o):
		return b.refused(b.over(w, o), e.Delivery, o)
	case o.Class == digest.Session || o.Class == digest.Account || o.Class == digest.Pace:
		// It says nothing of the row, which stays what it was.
		if s != nil {
			s.again = true
			return Judgement{Suspect: s.kind}
		}
	default:
		// It is deferred, in doubt or could not be sent: other rules are for that.
		delete(b.suspects, key)
	}
	return Judgement{}
}

// Suspects is how many rows are under suspicion.
func (b *Breaker) Suspects() int { return len(b.suspects) }

// Recall makes a row a suspect that the ledger has as one.
func (b *Breaker) Recall(row digest.Delivery) {
	if b.suspects[row.Key] != nil {
		return
	}
	b.seq++
	if row.Suspect == digest.OfMessage {
		b.message(row.Variant).recalled++
	} else {
		b.recalled++
	}
	s := &suspect{kind: row.Suspect, again: true, old: true, refused: 1, seq: b.seq}
	s.Row = row
	b.keep(row.Key, s)
}

// patience is after how many refusals in a row a control is asked, of so many at most.
func (r *relay) patience(most int) int {
	if r.bears == 0 {
		return most
	}
	return min(r.bears, most)
}

// domain gives the domain of a row's address.
func domain(row digest.Delivery) string {
	return strings.ToLower(row.Address[strings.LastIndexByte(row.Address, '@')+1:])
}
