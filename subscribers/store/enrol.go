package store

import (
	"context"
	"fmt"
	"iter"
	"time"

	"vesper/subscribers"
)

// chunk is how many readers are removed or suppressed in a transaction, at most: see giveWay.
const chunk = 5000

// bulk is how many rows of an import share a transaction: so many that most pages of the
// indexes are written once for several of them, and so few that others who write wait no
// more than about a second. Beside a process that sends it is less: see giveWay.
const bulk = 20_000

// Add puts a reader on the list as Active or Unconfirmed, and gives the row as it is
// then and whether it is new. An active reader stays as they are. An unconfirmed one
// becomes active if added as such. For a reader who has left or is suppressed it gives
// what is known of them, and the error is a [subscribers.Barred] with the reason. It
// sets the IDs, and Created and Confirmed if they are zero. Without a source, that is
// the admin.
func (s *List) Add(ctx context.Context, add subscribers.Subscriber, now time.Time,
) (subscribers.Subscriber, bool, error) {
	add.Suppressions = nil
	is, effect := subscribers.Facts{}, subscribers.LeavesAlone
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		in, err := s.openEnrolment(ctx, c, now)
		if err != nil {
			return err
		}
		if effect, err = in.enrol(ctx, subscribers.Row{Subscriber: add}); err != nil {
			return err
		}
		is, err = s.facts(ctx, c, add.Address)
		return err
	})
	if err == nil && effect == subscribers.KeepsOff {
		reason := subscribers.Gravest(is.Suppressions)
		if is.ID == 0 {
			add.Status, add.Reason, add.Suppressions = subscribers.Suppressed, reason, is.Suppressions
			is.Subscriber = add
		}
		err = subscribers.Barred{Reason: reason}
	}
	if err != nil {
		return is.Subscriber, false, fmt.Errorf("add a subscriber: %w", err)
	}
	return is.Subscriber, effect == subscribers.Adds, nil
}

// EnrolAll does what the rows of an import ask for, thousands in a transaction, and counts
// them. The rule is [subscribers.Facts.Import]. After an error, what it counted is done. To
// do it all once more is harmless. It makes way for a process that sends. Another goroutine
// reads the rows, a few hundred ahead, while a transaction is open: they must not come from
// what writes to the list.
func (s *List) EnrolAll(ctx context.Context, rows iter.Seq[subscribers.Row], now time.Time,
) (total subscribers.Counts, err error) {
	blocks, stop := ahead(rows)
	defer stop()
	in := &enrolling{most: chunk}
	defer func() {
		if in.most == bulk {
			// Where this fails, the memory is given back when the program ends.
			_ = s.widen(context.WithoutCancel(ctx), usual)
		}
		if err != nil {
			err = fmt.Errorf("import subscribers: %w", err)
		}
	}()
	for first := range blocks {
		s.makesWay(ctx, &in.way)
		counts, n, err := s.enrolSome(ctx, first, blocks, now, in)
		total.Add(counts)
		if err != nil {
			return total, err
		}
		if in.most < bulk && n >= in.most {
			in.most = bulk
			if err := s.widen(ctx, roomy); err != nil {
				return total, err
			}
		}
	}
	return total, nil
}

// enrolling is what one transaction of an import leaves to the next one.
type enrolling struct {
	// most is how many rows it has.
	most int
	// new is that of an [enrolment].
	new bool
	way giveWay
}

// block is how many rows are handed over at once.
const block = 64

// ahead reads rows in another goroutine, in blocks. Whoever takes them calls stop in the
// end, which waits until no row is read any more.
func ahead(rows iter.Seq[subscribers.Row]) (blocks <-chan []subscribers.Row, stop func()) {
	to, done := make(chan []subscribers.Row, 2), make(chan struct{})
	go func() {
		defer close(to)
		var some []subscribers.Row
		hand := func() bool {
			select {
			case to <- some:
				some = nil
				return true
			case <-done:
				return false
			}
		}
		for row := range rows {
			if some == nil {
				some = make([]subscribers.Row, 0, block)
			}
			if some = append(some, row); len(some) == block && !hand() {
				return
			}
		}
		if len(some) > 0 {
			hand()
		}
	}()
	return to, func() {
		close(done)
		for range to { // until it is closed
		}
	}
}

// enrolSome enrols blocks in one transaction, and says how many rows that were.
func (s *core) enrolSome(ctx context.Context, some []subscribers.Row, more <-chan []subscribers.Row, now time.Time,
	of *enrolling,
) (counts subscribers.Counts, n int, err error) {
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		in, err := s.openEnrolment(ctx, c, now)
		if err != nil {
			return err
		}
		in.new = of.new
		if err := of.way.within(ctx, c); err != nil {
			return err
		}
		began := time.Now()
		alone := unwatched(ctx)
		for {
			for _, row := range some {
				effect, err := in.enrol(alone, row)
				if err == nil {
					err = ctx.Err()
				}
				if err != nil {
					return err
				}
				counts.Count(effect)
			}
			if n += len(some); n >= of.most || of.way.over(began) {
				break
			}
			var there bool
			if some, there = <-more; !there {
				break
			}
		}
		of.new = in.new
		return nil
	})
	if err != nil {
		return subscribers.Counts{}, n, err
	}
	return counts, n, nil
}
