package publish

import (
	"context"
	"sync"
	"time"

	"vesper/digest"
)

// relay takes everything, unless told otherwise.
type relay struct {
	mu   sync.Mutex
	sent []digest.Envelope
	// at is when each was taken.
	at []time.Time
	// end ends each connection before it takes anything; answer is what every
	// message gets, if it is not accepted.
	end, answer digest.Outcome
	// answers are for the first messages, before answer.
	answers []digest.Outcome
	dials   int
	// perMessage is how long a message takes. It ends with the hard context.
	perMessage time.Duration
	// working is how many connections there are, most how many there were at once.
	working, most int
}

// Rest implements deliver.Relay: there is no other one.
func (v *relay) Rest(string, digest.Outcome) bool { return false }

func (v *relay) Work(ctx context.Context, s digest.Stream) digest.Outcome {
	v.mu.Lock()
	v.dials++
	line := int64(v.dials)
	v.working++
	v.most = max(v.most, v.working)
	end := v.end
	v.mu.Unlock()
	defer func() {
		v.mu.Lock()
		v.working--
		v.mu.Unlock()
	}()
	for end.Class == "" {
		e, ok := s.Next(ctx)
		if !ok {
			return digest.Outcome{}
		}
		if e.Control != nil {
			s.Settle(ctx, e, digest.Outcome{Class: digest.Local})
			continue
		}
		if err := s.Intended(ctx, e); err != nil {
			s.Settle(ctx, e, digest.Outcome{Class: digest.Local})
			continue
		}
		answer := v.take(ctx, e)
		answer.Relay, answer.Line = "relay.example:25", line
		s.Settle(ctx, e, answer)
		if answer.Class == digest.Account {
			return answer
		}
	}
	return end
}

func (v *relay) take(ctx context.Context, e digest.Envelope) digest.Outcome {
	if v.perMessage > 0 {
		timer := time.NewTimer(v.perMessage)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return digest.Outcome{Class: digest.InDoubt}
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sent, v.at = append(v.sent, e), append(v.at, time.Now())
	if len(v.answers) > 0 {
		answer := v.answers[0]
		v.answers = v.answers[1:]
		return answer
	}
	if v.answer.Class != "" {
		return v.answer
	}
	return digest.Outcome{Class: digest.Accepted, Code: 250}
}

// set changes how the relay behaves, while it may be at work.
func (v *relay) set(change func(*relay)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change(v)
}

// count is how many messages it has taken.
func (v *relay) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.sent)
}

// dialled is how many connections were made, atOnce how many there were at once.
func (v *relay) dialled() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.dials
}

func (v *relay) atOnce() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.most
}

// shareOf is a relay that is looked up at each connection.
type shareOf func() *relay

func (s shareOf) Rest(name string, why digest.Outcome) bool { return s().Rest(name, why) }

func (s shareOf) Work(ctx context.Context, stream digest.Stream) digest.Outcome {
	return s().Work(ctx, stream)
}

func (v *evening) relayOf(number uint32) *relay {
	if own := v.relays[number]; own != nil {
		return own
	}
	return v.relay
}
