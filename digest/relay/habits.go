package relay

import (
	"sync"
	"sync/atomic"
	"time"
)

// habits are what a relay has shown of itself, over all its connections: how many
// messages a session carries, and whether it takes commands that are sent together.
type habits struct {
	mu sync.Mutex
	// most is how many messages a session carries; 0 means any number.
	most int
	// last is after how many messages the relay ended the latest session that it
	// ended, and alike how many in a row ended after as many.
	last, alike int
	// learned is when most was last seen to hold, sessions how many were begun
	// since. After a while one is let go on, to see whether it still does.
	learned  time.Time
	sessions int
	hold     time.Duration
	// silent counts the pipelined starts in a row without an answer; answered says
	// that there was one with all its answers. apart says that commands are sent one
	// by one.
	silent          int
	answered, apart bool
	// plain says that the relay is known to be slow to greet, and not to wait for
	// TLS.
	plain atomic.Bool
}

const (
	// alikeAtMail is how many sessions in a row must end after as many messages at
	// MAIL, so that this is the relay's limit; alikeLater is for an end at RCPT or
	// DATA, for which a reader's address could be the reason.
	alikeAtMail = 2
	alikeLater  = 3
	// idle is how long a connection without any message must have had nothing to do,
	// so that its end is no trouble.
	idle = 5 * time.Second
	// silentStarts is how many pipelined starts without an answer are enough.
	silentStarts = 2
	// firstStart is how long a pipelined start is waited for before there was one
	// that the relay answered.
	firstStart = 10 * time.Second
)

// begin counts a session. It says whether this one is let go on beyond the limit.
func (h *habits) begin(now time.Time) (trial bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sessions++
	if h.most == 0 || h.sessions < runDials && now.Sub(h.learned) < h.hold {
		return false
	}
	h.sessions, h.learned = 0, now
	return true
}

// full says whether a session that has carried so many messages is to end. One
// that was let go on shows that the limit is no more.
func (h *habits) full(carried int, trial bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if trial && carried > h.most {
		h.most, h.alike, h.hold = 0, 0, 0
	}
	return h.most > 0 && carried >= h.most && !trial
}

// fills says whether a session that will have carried so many messages is to end then.
func (h *habits) fills(carried int, trial bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.most > 0 && carried >= h.most && !trial
}

// ended notes that the relay ended a session after so many messages. It says if
// that is a limit by now, and if that is news.
func (h *habits) ended(carried int, p phase, now time.Time) (limit, news bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.alike++; carried != h.last {
		h.last, h.alike = carried, 1
	}
	enough := alikeLater
	if p == phaseMail {
		enough = alikeAtMail
	}
	if h.alike >= enough {
		news = h.most != carried
		if h.hold = min(2*h.hold, lastHold); news {
			h.hold = firstHold
		}
		h.most, h.learned, h.sessions = carried, now, 0
	}
	return h.most > 0 && carried >= h.most, news
}

// together says whether commands may be sent together.
func (h *habits) together() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.apart
}

// patience is how long to wait for a reply to commands that were sent together, of
// the limit of its phase.
func (h *habits) patience(limit time.Duration) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.answered {
		return limit
	}
	return min(limit, firstStart)
}

// replied notes that all of a pipelined start was answered.
func (h *habits) replied() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.silent, h.answered = 0, true
}

// silence notes that a pipelined start was not answered. It says if it is known
// now that the relay loses what is sent together, and if that is news.
func (h *habits) silence() (apart, news bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.silent++; h.silent >= silentStarts && !h.apart {
		h.apart, news = true, true
	}
	return h.apart, news
}
