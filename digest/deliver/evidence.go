package deliver

import (
	"slices"
	"sync"
	"time"

	"vesper/digest"
)

// remembered is how long an address that broke a connection is known for it, in other
// ledgers too.
const remembered = time.Hour

// evidence is what relays did lately. It is a memory and no more: what counts stands
// in the ledgers. The zero evidence is ready to use.
type evidence struct {
	mu sync.Mutex
	// answers are the latest of each relay, to different addresses.
	answers map[string][]answer
	// charges are connections that ended, by the address whose RCPT was on the wire.
	charges map[string]*charge
}

// answer is when an address was last answered for.
type answer struct {
	address string
	at      time.Time
}

// charge is that a connection ended while a row was on the wire.
type charge struct {
	outcome digest.Outcome
	at      time.Time
	// alone says that the row was under suspicion before.
	alone bool
	// others are the addresses that the relay answered for within the time.
	others map[string]bool
}

// proven says whether enough others had an answer.
func (c *charge) proven() bool { return len(c.others) >= witnesses }

// judge takes what became of a row. It gives whose fault it was if that is an end of
// the connection.
func (e *evidence) judge(row digest.Delivery, o digest.Outcome, now time.Time) verdict {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch o.Class {
	case digest.Session:
		if blames(o) {
			return e.charge(row, o, now).verdict(o)
		}
	case digest.Accepted, digest.Transient, digest.Permanent, digest.Refused:
		if o.Code != 0 {
			e.answered(row.Address, o.Relay, now)
		}
	}
	return nobody
}

// charge keeps that a row's connection ended, and looks around. The caller holds mu.
func (e *evidence) charge(row digest.Delivery, o digest.Outcome, now time.Time) scene {
	c := &charge{outcome: o, at: now, alone: row.Suspect == digest.OfConnection, others: map[string]bool{}}
	for _, a := range e.answers[o.Relay] {
		if a.address != row.Address && now.Sub(a.at) <= within {
			c.others[a.address] = true
		}
	}
	broken := 0
	for address, other := range e.charges {
		age := now.Sub(other.at)
		switch {
		case age > remembered, age > within && !other.proven():
			delete(e.charges, address)
		case address != row.Address && !other.alone && age <= within && other.outcome.Relay == o.Relay:
			broken++
		}
	}
	if e.charges == nil {
		e.charges = map[string]*charge{}
	}
	e.charges[row.Address] = c
	return scene{alone: c.alone, answered: len(c.others), broken: broken}
}

// answered keeps that a relay answered for an address, and clears that address. The
// caller holds mu.
func (e *evidence) answered(address, relay string, now time.Time) {
	delete(e.charges, address)
	for _, c := range e.charges {
		if c.outcome.Relay == relay && now.Sub(c.at) <= within && !c.proven() {
			c.others[address] = true
		}
	}
	latest := slices.DeleteFunc(e.answers[relay], func(a answer) bool { return a.address == address })
	// One of them may be the charged reader's own.
	if len(latest) > witnesses {
		latest = slices.Delete(latest, 0, len(latest)-witnesses)
	}
	if e.answers == nil {
		e.answers = map[string][]answer{}
	}
	e.answers[relay] = append(latest, answer{address, now})
}

// charged says whether an address ended a connection before, for itself or not.
func (e *evidence) charged(address string, now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.charges[address]
	return c != nil && now.Sub(c.at) <= remembered
}

// suspect gives how an address ended a connection, if enough others had answers around
// that. Some may have come after it.
func (e *evidence) suspect(address string, now time.Time) (digest.Outcome, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.charges[address]
	if c == nil || !c.proven() || now.Sub(c.at) > remembered {
		return digest.Outcome{}, false
	}
	return c.outcome, true
}
