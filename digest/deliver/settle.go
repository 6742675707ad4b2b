package deliver

import (
	"time"

	"vesper/digest"
	"vesper/digest/breaker"
)

// retries are the waits after the first, second … deferral (RFC 5321 4.5.4.1);
// the last one repeats.
var retries = []time.Duration{5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour}

// settlement decides how an outcome moves a delivery on. The outcome alone does:
// not how long it took, since what the relay said is true however late it came.
// ends is when the row is too old to be begun again.
func (d *Deliverer) settlement(
	row digest.Delivery, o digest.Outcome, v verdict, ends time.Time,
) digest.Settlement {
	now := d.Now()
	s := digest.Settlement{At: now, Due: now, Outcome: o}
	switch o.Class {
	case digest.Accepted:
		s.Step = digest.Sent
	case digest.Permanent, digest.Refused:
		s.Step = digest.Failed
		if breaker.Refuses(o) {
			// The breaker decides on it. It keeps its place in the order.
			s.Step, s.Due, s.Suspect = digest.Pending, row.Due, breaker.KindOf(o)
		}
	case digest.InDoubt:
		s.Suspect = row.Suspect
		if d.Hold || row.Doubts+1 >= digest.MostDoubts {
			s.Step = digest.Unknown
			return s
		}
		s.Doubted = true
		d.postpone(&s, row, ends)
	case digest.Transient:
		d.postpone(&s, row, ends)
	case digest.Local:
		s.Suspect = row.Suspect
		d.postpone(&s, row, ends)
	default:
		s.Suspect = row.Suspect
		switch v {
		case guilty:
			d.postpone(&s, row, ends)
			return s
		case suspected:
			s.Suspect = digest.OfConnection
		}
		// The connection's fault, or the account's: owed as before. With its due time
		// it keeps its place in the order, and the pass is past that already.
		s.Step, s.Due = digest.Pending, row.Due
	}
	return s
}

// postpone makes the delivery owed again after its next wait. Giving up is counted
// from its own first deferral. Its last wait ends when it expires, so that an edition
// is over no later than that: in whole seconds, as ledgers keep them, and rounded up,
// or the row could be due again in the very pass that defers it.
func (d *Deliverer) postpone(s *digest.Settlement, row digest.Delivery, ends time.Time) {
	from := row.Deferred
	if from.IsZero() {
		from = s.At
	}
	over := from.Add(d.GiveUpAfter)
	s.Step, s.Counted = digest.Pending, true
	s.Due = s.At.Add(d.spread(retries[min(row.Attempts, len(retries)-1)]))
	if !s.At.Before(over) && !d.jumped() {
		s.Step = digest.Expired
		if judged(digest.Delivery{Suspect: s.Suspect}) {
			s.Step = digest.Failed
		}
	}
	if !ends.IsZero() && ends.Before(over) {
		over = ends
	}
	if s.Due.After(over) && over.After(s.At) {
		s.Due = over.Add(time.Second - 1).Truncate(time.Second)
	}
}
