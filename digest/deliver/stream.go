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

// errLeft says that the reader left just before the message was sent.
var errLeft = errors.New("the reader is not to be sent to any more")

// stream hands one connection its envelopes. It implements digest.Stream.
type stream struct {
	pass *pass
	// soft ends when nothing new is to be begun.
	soft context.Context
	// hard ends when what is on the wire is given up too.
	hard    context.Context
	intents map[int64]*intent
	// skipped says that an envelope in hand was withdrawn.
	skipped bool
}

// intent is an intent on its way into the ledger.
type intent struct {
	recorded chan struct{}
	// taken is false if the row was skipped instead.
	taken bool
	err   error
}

// Next gives the next envelope that is composed. Its intent is recorded while
// the connection speaks MAIL, RCPT and DATA.
func (s *stream) Next(context.Context) (digest.Envelope, bool) {
	for {
		c, ok := s.next()
		if !ok {
			s.pass.finish()
			return digest.Envelope{}, false
		}
		s.intend(c.row)
		if c.err == nil {
			return c.envelope, true
		}
		s.pass.Log.Error("compose a message", "number", c.row.Edition, "subscriber", c.row.Subscriber, "err", c.err)
		s.Settle(s.soft, digest.Envelope{Delivery: c.row}, digest.Outcome{Class: digest.Local, Reply: c.err.Error()})
	}
}

func (s *stream) next() (composed, bool) {
	if s.soft.Err() != nil {
		return composed{}, false
	}
	select {
	case c, ok := <-s.pass.ready:
		return c, ok
	case <-s.soft.Done():
		return composed{}, false
	}
}

func (s *stream) intend(row digest.Delivery) {
	i := &intent{recorded: make(chan struct{})}
	s.intents[row.Subscriber] = i
	d, ctx := s.pass.Deliverer, context.WithoutCancel(s.soft)
	go func() {
		defer close(i.recorded)
		i.taken, i.err = d.Ledger.Intend(ctx, row, d.Now())
	}()
}

// Done implements digest.Stream.
func (s *stream) Done() <-chan struct{} { return s.pass.over }

// Intended waits for the intent that Next set going.
func (s *stream) Intended(ctx context.Context, e digest.Envelope) error {
	i := s.intents[e.Delivery.Subscriber]
	select {
	case <-i.recorded:
	case <-ctx.Done():
		return ctx.Err()
	}
	if i.err == nil && !i.taken {
		s.skipped = true
		return errLeft
	}
	return i.err
}

// Settle records the outcome, and keeps trying while the ledger can't be
// written: an outcome lost is a message twice.
func (s *stream) Settle(ctx context.Context, e digest.Envelope, o digest.Outcome) {
	row, d := e.Delivery, s.pass.Deliverer
	i := s.intents[row.Subscriber]
	delete(s.intents, row.Subscriber)
	<-i.recorded
	if i.err == nil && !i.taken {
		s.skipped = true
		return
	}
	if i.err != nil {
		s.unintended(ctx, row, i.err)
		return
	}
	settlement := d.settlement(row, o)
	if s.pass.spares(o) {
		settlement = d.settlement(row, digest.Outcome{Class: digest.Session, Code: o.Code, Enhanced: o.Enhanced, Reply: o.Reply})
	}
	s.pass.count(o, settlement)
	if settlement.Step != digest.Sent {
		d.Log.Info("not delivered", "number", row.Edition, "subscriber", row.Subscriber, "class", o.Class, "code", o.Code, "step", settlement.Step)
	}
	durable := context.WithoutCancel(ctx)
	for {
		err := d.Ledger.Settle(durable, row, settlement)
		if err == nil {
			return
		}
		if errors.Is(err, digest.ErrNotFound) {
			d.Log.Error("an outcome came too late", "number", row.Edition, "subscriber", row.Subscriber, "class", o.Class)
			return
		}
		d.Log.Error("record an outcome", "number", row.Edition, "subscriber", row.Subscriber, "err", err)
		if s.hard.Err() != nil {
			return
		}
		wait(s.hard, nil, ledgerRetry)
	}
}

// unintended leaves a row whose intent was not recorded as it was: its message
// was not completed. Should the ledger have taken the intent after all, the row
// is given back, as far as the ledger lets us.
func (s *stream) unintended(ctx context.Context, row digest.Delivery, why error) {
	d := s.pass.Deliverer
	d.Log.Error("record an intent", "number", row.Edition, "subscriber", row.Subscriber, "err", why)
	wait(s.hard, nil, ledgerRetry)
	if err := d.Ledger.Settle(context.WithoutCancel(ctx), row, d.settlement(row, digest.Outcome{Class: digest.Session})); err != nil {
		d.Log.Debug("give a row back", "number", row.Edition, "subscriber", row.Subscriber, "err", err)
	}
}
