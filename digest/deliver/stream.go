package deliver

import (
	"context"
	"errors"
	"time"

	"vesper/digest"
)

// ledgerRetry is the wait before an outcome that could not be recorded is tried
// again.
const ledgerRetry = time.Second

// errSlow says that the ledger took longer than the message has.
var errSlow = errors.New("the ledger did not record it in time")

// stream hands one connection its envelopes. It implements digest.Stream, whose
// page draws how its calls follow each other.
type stream struct {
	pass *pass
	*lane
	// number is the stream's among those of the pass, from 1. ended says that it is to
	// begin nothing more.
	number int
	ended  bool
	// soft ends when nothing new is to be begun.
	soft context.Context
	// hard ends when what is on the wire is given up too.
	hard    context.Context
	intents map[int64]*intent
	// free has the intents that are over, to be used again.
	free []*intent
	// order numbers what is sent, for the ledger.
	order *order
	// behind is the outcome of the message before, nil if there was none.
	behind *behind
	// blamed says that the connection ended for one row, unproven that it perhaps did.
	blamed, unproven bool
	// enough ends the look for others that wait, nil if there is none.
	enough context.CancelFunc
	// handed counts the envelopes given out.
	handed int
	// timer is for the messages' time, and used for one after the other.
	timer *time.Timer
}

// Next gives the next envelope whose row the ledger lets be sent. The intent
// becomes durable while the connection speaks MAIL, RCPT and DATA.
func (s *stream) Next(ctx context.Context) (digest.Envelope, bool) {
	for {
		c, ok := s.fetch(ctx)
		switch {
		case !ok:
			return digest.Envelope{}, false
		case c.envelope.Control != nil:
			return c.envelope, true
		case s.pass.tooOld(c.row):
			s.drop(c.row)
			continue
		}
		// The lease is counted from the moment that the intent is given. The time of
		// the message is counted from the same one, or it could outlast the lease.
		now := s.pass.policy.Now()
		if !s.intend(c.row, now) {
			s.drop(c.row)
			continue
		}
		s.pass.handed.Add(1)
		s.pass.complete(&c)
		if c.err == nil {
			c.envelope.Until = until(now, c.row.Lease)
			c.envelope.Alone = s.alone
			if s.alone || s.pass.policy.seen.charged(c.row.Address, now) {
				look, enough := context.WithCancel(s.hard)
				c.envelope.Others, s.enough = s.pass.others(look, s.lane), enough
			}
			s.handed++
			return c.envelope, true
		}
		s.pass.Log.Error("can't compose a message", s.pass.Row, c.row.Key, "err", c.err)
		s.Settle(s.soft, digest.Envelope{Delivery: c.row}, digest.Outcome{Class: digest.Local, Reply: c.err.Error()})
	}
}

// until is when the message of a row whose lease begins now ends hard: a minute
// before the lease does, or a fifteenth of it where the lease is shorter than the
// usual quarter of an hour. Without a lease there is no such end.
func until(now time.Time, lease time.Duration) time.Time {
	if lease <= 0 {
		return time.Time{}
	}
	return now.Add(lease - min(time.Minute, lease/15))
}

// intend begins to record that row is about to be sent, and says whether it is to
// be: not the row of a reader who has left. It waits for the ledger's look, and no
// longer than something may be begun.
func (s *stream) intend(row digest.Delivery, now time.Time) bool {
	if s.order == nil || s.order.lost.Load() != 0 {
		s.order = &order{connection: s.pass.policy.connections.Add(1)}
	}
	s.order.latest++
	row.Connection, row.Ordinal = s.order.connection, s.order.latest
	i := s.newIntent(row)
	s.pass.Ledger.IntendInTurn(s.soft, i.row, now, i.hasLooked, i.isDurable)
	i.looked.wait()
	if i.taken {
		s.intents[row.Key] = i
		s.pass.policy.underWay.Add(1)
		return true
	}
	defer s.reuse(i)
	i.recorded.wait()
	stopped := s.soft.Err() != nil && errors.Is(i.err, context.Canceled)
	if i.err != nil && !stopped {
		s.unintended(row, i)
	}
	return false
}

// Done implements digest.Stream. As long as anybody is under suspicion, there may be
// more to begin than what lies ready.
func (s *stream) Done() <-chan struct{} {
	if !s.alone && s.pass.judge.suspects() {
		return s.soft.Done()
	}
	return s.over
}

// Intended waits for the intent that Next set going, and for the outcome of the message
// before: at most one message of a connection is in doubt. It waits no longer than the
// message has time.
func (s *stream) Intended(ctx context.Context, e digest.Envelope) error {
	i := s.intents[e.Delivery.Key]
	if s.behind != nil {
		if err := s.await(ctx, &s.behind.recorded, e.Until); err != nil {
			return err
		}
	}
	if err := s.await(ctx, &i.recorded, e.Until); err != nil {
		return err
	}
	switch {
	case i.err != nil:
		return i.err
	case i.order.holdsBack(i.number):
		return errLost
	case i.ahead && s.pass.halted.Load():
		// It was taken before somebody stopped the edition: one message may go after that.
		return digest.ErrStopped
	}
	return nil
}

// await waits until something is recorded, until its message has no more time, or
// until ctx ends.
func (s *stream) await(ctx context.Context, recorded *word, until time.Time) error {
	if recorded.isHere() {
		return nil
	}
	var late <-chan time.Time
	if !until.IsZero() {
		left := until.Sub(s.pass.policy.Now())
		if s.timer == nil {
			s.timer = time.NewTimer(left)
		} else {
			s.timer.Reset(left)
		}
		defer s.timer.Stop()
		late = s.timer.C
	}
	select {
	case <-recorded.c:
		recorded.heard = true
		return nil
	case <-late:
		return errSlow
	case <-ctx.Done():
		return ctx.Err()
	}
}
