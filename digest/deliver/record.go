package deliver

import (
	"context"
	"errors"
	"time"

	"vesper/digest"
	"vesper/digest/breaker"
)

// Settle records the outcome, and keeps trying while the ledger can't be
// written: an outcome lost is a message twice.
func (s *stream) Settle(_ context.Context, e digest.Envelope, o digest.Outcome) {
	if e.Control != nil {
		s.answered(e, o)
		return
	}
	s.pass.release(e)
	s.catchUp()
	row, policy := e.Delivery, s.pass.policy
	i := s.intents[row.Key]
	delete(s.intents, row.Key)
	if s.enough != nil {
		s.enough()
	}
	i.recorded.wait()
	defer s.reuse(i)
	if i.err != nil {
		defer policy.underWay.Add(-1)
		s.unintended(row, i)
		s.drop(row)
		return
	}
	ends := row.Ends(s.pass.Until)
	v := policy.seen.judge(row, o, policy.Now())
	// One that was taken ahead goes back with the connection: whom that ended for, the
	// message before has said.
	if !i.ahead || !o.Blameless {
		s.blamed = v != nobody
		s.unproven = v == nobody && blames(o) && s.pass.unproven.Add(1) <= mostUnproven
	}
	settlement := policy.settlement(row, o, v, ends)
	if s.pass.Probe && breaker.Refuses(o) {
		// The next probe takes another one.
		settlement.Due = settlement.At
	}
	s.pass.count(o, settlement)
	s.pass.doubts.note(row.Key, settlement)
	switch {
	case o.Blameless:
		// The relay does so after some messages. It goes on over the next connection.
	case settlement.Step != digest.Sent:
		s.pass.Log.Info("not delivered",
			s.pass.Row, row.Key, o.Attr(), "step", settlement.Step,
			"suspect", settlement.Suspect)
	}
	if settlement.Step == digest.Sent && !s.alone {
		s.recordBehind(row, settlement, i)
		s.answered(e, o)
		return
	}
	defer policy.underWay.Add(-1)
	if !s.record(row, settlement, i.order, i.number) && breaker.Refuses(o) {
		// Who has the row by now decides on it.
		o = digest.Outcome{Class: digest.Local}
	}
	s.answered(e, o)
}

// record has the settlement recorded, see insist.
func (s *stream) record(row digest.Delivery, settlement digest.Settlement, of *order, number int64) bool {
	return s.insist(s.pass.Ledger.Settle(s.pass.books, row, settlement), row, settlement, of, number)
}

// insist takes how a first try to record a settlement has ended, and tries again until the
// ledger has taken it, refuses it for good, or the time for that is over. It says whether
// the ledger has it.
func (s *stream) insist(
	err error, row digest.Delivery, settlement digest.Settlement, of *order, number int64,
) bool {
	for ; ; err = s.pass.Ledger.Settle(s.pass.books, row, settlement) {
		switch {
		case err == nil:
			return true
		case errors.Is(err, digest.ErrTaken):
			// To try again would not help: the row is not ours any more.
			s.logTaken(row, settlement.Outcome)
			return false
		case errors.Is(err, digest.ErrGone):
			of.lose(number)
			s.pass.fail(err)
			s.pass.Log.Error("can't record an outcome", s.pass.Row, row.Key, settlement.Outcome.Attr(), "err", err)
			return false
		}
		s.pass.Log.Error("can't record an outcome", s.pass.Row, row.Key, "err", err)
		if s.pass.books.Err() != nil {
			of.lose(number)
			return false
		}
		wait(s.pass.books, nil, ledgerRetry)
	}
}

// logTaken says what it means that the row of an outcome is another's, or at its end.
func (s *stream) logTaken(row digest.Delivery, o digest.Outcome) {
	switch o.Class {
	case digest.Accepted, digest.InDoubt:
		s.pass.Log.Error("another process took this delivery over or finished it: the message may arrive twice",
			s.pass.Row, row.Key, o.Attr())
	default:
		s.pass.Log.Error("another process took this delivery over or finished it: the relay's reply is lost",
			s.pass.Row, row.Key, o.Attr())
	}
}

// unintended leaves a row whose intent was not recorded as it was: its message
// was not completed. Should the ledger have taken the intent after all, the row
// is given back, as far as the ledger lets us.
func (s *stream) unintended(row digest.Delivery, i *intent) {
	why := i.err
	if errors.Is(why, digest.ErrStopped) {
		s.pass.halt()
		return
	}
	s.pass.Log.Error("can't record that a message is sent next", s.pass.Row, row.Key, "err", why)
	if errors.Is(why, digest.ErrGone) {
		i.order.lose(i.number)
		s.pass.fail(why)
		return
	}
	wait(s.hard, nil, ledgerRetry)
	back := s.pass.policy.settlement(row, digest.Outcome{Class: digest.Session}, nobody, time.Time{})
	if err := s.pass.Ledger.Settle(s.pass.books, row, back); err != nil {
		if !errors.Is(err, digest.ErrTaken) {
			i.order.lose(i.number)
		}
		s.pass.Log.Debug("can't give a delivery back", s.pass.Row, row.Key, "err", err)
	}
}
