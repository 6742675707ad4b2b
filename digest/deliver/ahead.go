package deliver

import (
	"context"

	"vesper/digest"
	"vesper/digest/breaker"
)

// Ahead implements digest.Stream: the next row that lies ready, if nobody is under
// suspicion. Its intent is put behind the outcome of the message before the one in hand,
// so that both become durable together.
func (s *stream) Ahead(ctx context.Context) (digest.Envelope, bool) {
	for !s.alone && !s.pass.Probe && s.soft.Err() == nil && ctx.Err() == nil && s.pass.judge.ahead(s.number) {
		c, ok := s.pick(breaker.Turn{Do: breaker.Plain})
		if ok {
			s.pass.complete(&c)
		}
		now := s.pass.policy.Now()
		switch {
		case !ok:
			s.pass.judge.behind(s.number)
			return digest.Envelope{}, false
		case c.err != nil || s.pass.policy.seen.charged(c.row.Address, now):
			// It needs more than its turn, which Next sees to.
			s.putBack(c)
			s.pass.judge.behind(s.number)
			return digest.Envelope{}, false
		case s.pass.tooOld(c.row) || !s.intend(c.row, now):
			s.drop(c.row)
			continue
		}
		s.intents[c.row.Key].ahead = true
		s.pass.handed.Add(1)
		c.envelope.Until = until(now, c.row.Lease)
		s.handed++
		return c.envelope, true
	}
	return digest.Envelope{}, false
}

// putBack has an envelope picked again as the first.
func (l *lane) putBack(c composed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.aside = append([]composed{c}, l.aside...)
}
