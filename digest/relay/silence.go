package relay

import (
	"errors"
	"os"
	"sync"
	"time"

	"vesper/digest"
)

// voice is when a relay answered for readers. It tells a relay that is slow, or silent
// for everybody, from one that is silent for one reader.
type voice struct {
	mu sync.Mutex
	// by is the connection of the latest answer, at last; before is when one of the
	// others had its latest.
	by           *conn
	last, before time.Time
	// waiting is how many connections wait for a reply. cuts counts the silences that
	// were not waited out since the latest answer.
	waiting, cuts int
	// slow is when a reply last took longer than a silence may.
	slow time.Time
}

// slowFor is how long a relay is known as slow.
const slowFor = time.Hour

// spoke notes an answer over a connection.
func (v *voice) spoke(c *conn) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.by != c {
		v.by, v.before = c, v.last
	}
	v.last, v.cuts = time.Now(), 0
}

// listen counts a connection that waits for a reply.
func (v *voice) listen() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.waiting++
}

// heard ends the wait that began then. A reply that came after a silence shows that the
// relay is slow.
func (v *voice) heard(began time.Time, silence time.Duration, came bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.waiting--
	if came && time.Since(began) >= silence {
		v.slow = time.Now()
	}
}

// toOthers says whether the relay answered over another connection than c since then.
func (v *voice) toOthers(c *conn, since time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.by == c {
		return v.before.After(since)
	}
	return v.last.After(since)
}

// once says whether a silence that is the only one may be cut short, so that the others
// get their turn. If the relay is silent for the next one too, it is waited for.
func (v *voice) once() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.waiting > 1 || v.cuts > 0 || time.Since(v.slow) < slowFor {
		return false
	}
	v.cuts++
	return true
}

// await waits for the next reply to begin, and leaves the rest of the limit for the
// rest of it. A silence may end the wait earlier, see [conn.tooSilent].
func (c *conn) await(limit time.Duration) (err error) {
	began := time.Now()
	c.relay.voice.listen()
	defer func() { c.relay.voice.heard(began, c.limits.Silence, err == nil) }()
	for {
		waited := time.Since(began)
		if err := c.deadline(min(limit-waited, c.limits.Silence/6)); err != nil {
			return err
		}
		_, err := c.in.Peek(1)
		waited = time.Since(began)
		switch {
		case err == nil && c.hasReply():
			return nil
		case err == nil:
			return c.deadline(max(limit-waited, 0))
		case !errors.Is(err, os.ErrDeadlineExceeded), waited >= limit, c.left() <= 0:
			return err
		case waited >= c.limits.Silence && c.tooSilent(began):
			return err
		}
	}
}

// tooSilent says whether a silence has lasted long enough: the relay answers for others
// meanwhile, or others wait for their turn. Whoever has the line alone is only cut short
// for others. Once recipients were refused here a relay may be slow on purpose.
func (c *conn) tooSilent(began time.Time) bool {
	switch {
	case c.errors.refused:
		return false
	case c.relay.voice.toOthers(c, began):
		return true
	case c.wanted != nil && c.wanted.Err() != nil:
		return true
	}
	select {
	case <-c.sofar.others:
		return true
	default:
		return !c.sofar.alone && c.relay.voice.once()
	}
}

// facts adds to the outcome of an envelope what is known of how the connection ended.
// Commands that were sent together and have no reply at all leave open which of them
// the relay is silent about: RCPT was among them.
func (c *conn) facts(o digest.Outcome) digest.Outcome {
	o.Relay, o.Line = c.name, c.number
	s := c.sofar
	if o.Class == digest.Session && s.following {
		o.Blameless = true
		return c.relay.advised(o)
	}
	if o.Class == digest.Session && !s.stopped {
		o.Ended = digest.Ended{Silent: s.silent, Refused: c.errors.refused}
		switch s.at {
		case phaseMail:
			o.Ended.Recipient = s.together && o.Code == 0
		case phaseRcpt, phaseData:
			o.Ended.Recipient = true
		case phaseBody:
			// The time may have run out for our ledger.
			o.Ended.Recipient = c.left() > 0
		}
	}
	return c.relay.advised(o)
}
