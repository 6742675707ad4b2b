package store

import (
	"runtime"
	"sync"
	"time"
)

// together is how many writes share a commit at most: enough to make the fsync
// cheap, few enough that nobody waits long for others' statements.
const together = 256

// company is how long a commit waits for the messages that are under way. They begin
// to be sent meanwhile: their intents are waited for only before the dot. Where others came
// in that time it waits as long again, so often at most.
const (
	company = time.Millisecond
	again   = 3
)

// party is the requests that share a commit: those that wait already, and those of the
// connections that have a message under way, if many come soon. A commit costs more than
// the statements in it.
type party struct {
	*writer
	// first is the request that the transaction was begun for, nil if a guest began it.
	first *request
	// many counts the requests so far, and intents those of them that begin a message.
	// between counts the connections that ended a message and have not begun the next.
	many, intents, between int
	yielded                bool
	// waited counts the waits for company, and seen is how many there were at the last.
	waited, seen int
}

// joins counts a request: one that begins a message, one whose connection goes on, or
// another.
func (p *party) joins(intends, goesOn bool) {
	p.many++
	switch {
	case goesOn:
		p.between++
	case intends:
		p.intents++
		p.crowd.begins()
		p.between = max(0, p.between-1)
	}
	p.yielded = false
}

// complete says whether nobody is left to wait for.
func (p *party) complete() bool {
	return p.many >= together || p.between == 0 && p.intents >= p.hands.full()
}

// next gives the next request, nil when it is time to commit.
func (p *party) next() *request {
	if r := p.first; r != nil {
		p.first = nil
		p.joins(r.intends, r.goesOn)
		return r
	}
	for p.many < together && p.broken == nil {
		r, blocked := p.requests.take(true)
		switch {
		case r != nil:
			p.joins(r.intends, r.goesOn)
			return r
		case blocked:
			return nil
		case !p.yielded:
			// Who has just settled one message begins the next in a moment.
			p.yielded = true
			p.unlock(p)
			runtime.Gosched()
			p.lock()
			continue
		case p.complete(), p.between == 0 && p.crowd.sparse:
			return nil
		case p.waited == 0:
			p.waitsAgain()
		}
		if p.waits() && !p.waitsAgain() {
			return nil
		}
	}
	return nil
}

// waits waits until somebody is in the line or nobody is left to wait for. Over says that
// the time is. Meanwhile the door is open.
func (p *party) waits() (over bool) {
	p.unlock(p)
	defer p.lock()
	select {
	case <-p.requests.more:
	case <-p.timer.C:
		over = true
	case <-p.quit:
		over, p.waited = true, again+1
	}
	return over
}

// waitsAgain begins the next wait for company, if there is to be one.
func (p *party) waitsAgain() bool {
	if p.many == p.seen || p.waited > again {
		return false
	}
	p.timer.Reset(p.company)
	p.waited, p.seen = p.waited+1, p.many
	return true
}

// crowd is how closely the messages follow each other. Where less than one begins in the
// time of company, waiting delays more than the commits cost: over a long way each message
// waits for its reply, and cores are idle.
type crowd struct {
	begun int
	since time.Time
	// sparse says that they don't: until that is known, company is waited for.
	sparse bool
}

// crowdOf is after how many messages the clock is looked at.
const crowdOf = 64

// begins counts a message.
func (c *crowd) begins() {
	if c.begun++; c.begun > 1 && c.begun <= crowdOf {
		return
	}
	now := time.Now()
	if c.begun > crowdOf {
		c.sparse = now.Sub(c.since) >= crowdOf*company
		c.begun = 1
	}
	c.since = now
}

// hands are the messages that this process has begun and not settled yet, and how many
// connections have any: one may have two.
type hands struct {
	mu   sync.Mutex
	rows map[handful]int64
	// connections counts the rows of each; those of none stand for themselves.
	connections map[int64]int
	single      int
}

// handful is a row of a table.
type handful struct {
	table string
	key   int64
}

func (h *hands) begin(row handful, connection int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rows == nil {
		h.rows, h.connections = map[handful]int64{}, map[int64]int{}
	}
	h.drop(row)
	h.rows[row] = connection
	if connection == 0 {
		h.single++
	} else {
		h.connections[connection]++
	}
}

func (h *hands) end(row handful) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(row)
}

// drop is end for a caller that holds mu.
func (h *hands) drop(row handful) {
	connection, ok := h.rows[row]
	delete(h.rows, row)
	switch {
	case !ok:
	case connection == 0:
		h.single--
	case h.connections[connection] == 1:
		delete(h.connections, connection)
	default:
		h.connections[connection]--
	}
}

// full is over how many connections messages are under way.
func (h *hands) full() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.connections) + h.single
}
