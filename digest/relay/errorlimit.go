package relay

import (
	"regexp"
	"strings"
	"sync"
	"time"

	"vesper/digest"
)

// An error is a reply of 4xx or 5xx. Servers close a connection that has had too
// many, and some answer each more slowly than the last. So a connection is left in
// time, with QUIT, and another goes on.
const (
	// usualErrors is how many a relay bears on one connection as long as nothing
	// else is known: after ten, Postfix sleeps before each reply, and Exim, which
	// counts RSET, closes.
	usualErrors = 10
	// slowRefusal is how long the refusal of a recipient may take. Courier's take
	// 8, 16, 32 s … on one connection.
	slowRefusal = 3 * time.Second
	// calm is after how many messages that were taken since the last refusal DATA
	// is sent ahead of the reply to RCPT again. It saves one way to the relay and
	// back for each message, but costs a second error where RCPT is refused.
	calm = 1000
)

// errorLimit is what is known of how many errors a relay bears on one connection.
// All connections to the relay share it.
type errorLimit struct {
	mu sync.Mutex
	// learned is how many it has been seen to bear, 0 if nothing has been seen.
	learned int
	// wary says that DATA waits for the reply to RCPT; taken counts the messages
	// taken since a recipient was last refused.
	wary  bool
	taken int
}

// most is after how many errors a connection is to be left.
func (l *errorLimit) most() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.learned == 0 {
		return usualErrors
	}
	return l.learned
}

// learn notes that a connection may have no more than n errors.
func (l *errorLimit) learn(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n = max(1, n); l.learned == 0 || n < l.learned {
		l.learned = n
	}
}

// greeted learns from the greeting of a relay that names its program. chasquid
// has a 421 in place of the third error on a connection.
func (l *errorLimit) greeted(greeting string) {
	if strings.Contains(strings.ToLower(greeting), "chasquid") {
		l.learn(2)
	}
}

// answered notes whether the relay has taken a message or refused a recipient.
func (l *errorLimit) answered(refused bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if refused {
		l.wary, l.taken = true, 0
		return
	}
	l.taken++
	l.wary = l.wary && l.taken < calm
}

// ahead says whether DATA may be sent before the reply to RCPT is there.
func (l *errorLimit) ahead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.wary
}

// errorsSoFar is what a connection has had of errors.
type errorsSoFar struct {
	// count is how many replies were errors.
	count int
	// resets is how many RSET were sent: Exim counts these.
	resets int
	// refused says that a recipient was refused. From then on a relay that is slow
	// or closes may do it for that, and not for the recipient that is under way.
	refused bool
	// slow says that a refusal took long, tooMany that the relay said that these
	// were too many.
	slow, tooMany bool
}

// class says what the reply means to a command of this phase, sent at asked. It
// counts errors. "Too many errors" is no word on what is under way: it ends the
// session.
func (c *conn) class(p phase, r reply, asked time.Time) digest.Class {
	class := classify(p, r.code)
	if r.code < 400 {
		return class
	}
	if c.errors.count > 0 && saysTooMany(p, r) {
		borne := c.errors.count
		if p != phaseRcpt && p != phaseData {
			// What is answered so was no error itself: the last one was too many.
			borne--
		}
		c.errors.tooMany = true
		c.relay.errorLimit.learn(borne)
		return digest.Session
	}
	c.errors.count++
	if p == phaseRcpt && (class == digest.Transient || class == digest.Permanent) {
		c.errors.refused = true
		c.errors.slow = c.errors.slow || c.now().Sub(asked) > slowRefusal
		c.relay.errorLimit.answered(true)
	}
	return class
}

// spent says whether the connection has had as many errors as the relay bears, or
// would be answered ever more slowly.
func (c *conn) spent() bool {
	return c.errors.slow || c.errors.tooMany || max(c.errors.count, c.errors.resets) >= c.relay.errorLimit.most()
}

var tooMany = regexp.MustCompile(`(?i)\btoo many (\S+ ){0,4}(errors?|commands?|failures)\b|` +
	`\btoo many (bad|invalid|unknown|unrecogni[sz]ed|rejected|refused|failed|wrong|non-?existent)\b|` +
	`\berror (limit|count)\b|\berrors? (\S+ )?exceeded\b`)

// saysTooMany says whether a relay has had enough of the errors before. Most say
// 421 wherever they are. Exim answers MAIL and RSET with "554 Too many nonmail
// commands", others RCPT with a 4xx or 5xx that has nothing to do with the
// recipient.
func saysTooMany(p phase, r reply) bool {
	switch {
	case r.code == 421, p == phaseMail, p == phaseRcpt, p == phaseReset:
		return tooMany.MatchString(r.text)
	}
	return false
}
