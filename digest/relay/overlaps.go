package relay

import (
	"sync"
	"time"
)

const (
	// provingOverlaps is how many messages must be overlapped over one connection before
	// the others begin with that.
	provingOverlaps = 100
	// overlapEnds is how many connections in a row may end where messages are overlapped,
	// until that is taken for the reason.
	overlapEnds = 2
	// overlapStall is how long a relay may say nothing behind a dot, if it answered within
	// prompt just before.
	overlapStall = 10 * time.Second
	prompt       = time.Second
)

// overlaps is how a relay bears commands behind a final dot, over all its connections.
// RFC 2920 allows them, but servers and firewalls may lose what comes there. One
// connection tries first.
type overlaps struct {
	mu sync.Mutex
	// first is the number of the connection that tries, 0 for none; done counts how often
	// it went well.
	first int64
	done  int
	// ends counts the connections in a row that ended there. never says that no more are
	// overlapped.
	ends  int
	never bool
}

// may says whether the connection of this number may overlap its next message.
func (o *overlaps) may(number int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.never || o.done >= provingOverlaps {
		return !o.never
	}
	if o.first == 0 {
		o.first = number
	}
	return o.first == number
}

// untried says that it has never gone well so far.
func (o *overlaps) untried() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.done == 0
}

// well notes that the relay answered all commands behind a dot.
func (o *overlaps) well() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done, o.ends = min(o.done+1, provingOverlaps), 0
}

// badly notes that it did not: it said nothing more, or the connection ended. It says if
// it is news that messages are not overlapped any more.
func (o *overlaps) badly(stalled bool) (news bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ends++; o.never || !stalled && o.ends < overlapEnds {
		return false
	}
	o.never = true
	return true
}

// over notes that a connection has ended: another one may try.
func (o *overlaps) over(number int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.first == number {
		o.first = 0
	}
}
