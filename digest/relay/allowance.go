package relay

import (
	"math"
	"time"
)

// How the number of connections grows again. Up to what the relay is known to take
// it grows soon. One more is tried only after so many connections that a refusal
// among them is less than one in a hundred, or after a long while. That while
// doubles each time the relay refuses again.
const (
	runAccepted = 50
	runTime     = 5 * time.Second
	runDials    = 200
	firstHold   = 30 * time.Minute
	lastHold    = 8 * time.Hour
)

// allowance is how many connections a relay may have at once: one fewer when it
// says that there are too many, one more after a run of successes.
type allowance struct {
	// allowed is at least 1 and at most most.
	allowed, most int
	// accepted counts messages since the number last changed. That was at changed.
	accepted int
	changed  time.Time
	// ceiling is how many the relay took when it last refused one more, at
	// refusedAt; 0 means that it never did. dials counts connections since.
	ceiling, dials int
	refusedAt      time.Time
	hold           time.Duration
}

// newAllowance starts with most connections; 0 means any number.
func newAllowance(most int) allowance {
	if most == 0 {
		most = math.MaxInt
	}
	return allowance{allowed: most, most: most}
}

// lower allows no more than others: the connections that go on without the one
// that the relay turned away. It says whether that is fewer than before. At the
// door, before anything was sent, they are the ceiling too.
func (a *allowance) lower(others int, now time.Time, door bool) bool {
	fewer := max(1, others)
	if door {
		probed := a.ceiling != 0 && a.allowed > a.ceiling
		if a.hold = max(firstHold, a.hold); probed {
			a.hold = min(2*a.hold, lastHold)
		}
		a.ceiling, a.dials, a.refusedAt = fewer, 0, now
	}
	a.accepted, a.changed = 0, now
	if fewer >= a.allowed {
		return false
	}
	a.allowed = fewer
	return true
}

// dialled counts a connection that came to be as the n-th.
func (a *allowance) dialled(n int) {
	a.dials++
	if a.ceiling != 0 && n > a.ceiling {
		a.ceiling, a.hold = n, firstHold
	}
}

// raise counts a message and says whether one connection more is allowed now.
// None is while fewer than allowed are in use: open, or kept free for letters.
func (a *allowance) raise(inUse int, now time.Time) bool {
	a.accepted++
	if a.allowed == a.most || inUse < a.allowed || a.accepted < runAccepted || now.Sub(a.changed) < runTime {
		return false
	}
	if a.ceiling != 0 && a.allowed >= a.ceiling && a.dials < runDials && now.Sub(a.refusedAt) < a.hold {
		return false
	}
	a.allowed++
	a.accepted, a.changed = 0, now
	return true
}
