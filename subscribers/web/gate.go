package web

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// The most sign-ups an hour, from one network and in all. The form mails whatever
// address is typed into it. Without a limit, people could flood others' mailboxes
// with it.
const (
	perNetwork = 5
	inAll      = 200
	window     = time.Hour
)

// gate counts the sign-ups of the past hour. It remembers only those that it let
// pass, so never more than inAll.
type gate struct {
	mu     sync.Mutex
	passed []passage
	alarm  time.Time
}

type passage struct {
	at   time.Time
	from netip.Prefix
}

// pass says whether another sign-up may pass. Alarm is true, once an hour, when
// there are too many in all.
func (g *gate) pass(from netip.Prefix, now time.Time) (ok, alarm bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.passed = slices.DeleteFunc(g.passed, func(p passage) bool { return now.Sub(p.at) >= window })
	same := 0
	for _, p := range g.passed {
		if p.from == from {
			same++
		}
	}
	switch {
	case same >= perNetwork:
		return false, false
	case len(g.passed) >= inAll:
		alarm = now.Sub(g.alarm) >= window
		if alarm {
			g.alarm = now
		}
		return false, alarm
	}
	g.passed = append(g.passed, passage{now, from})
	return true, false
}
