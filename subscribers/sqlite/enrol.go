package sqlite

import (
	"context"
	"fmt"
	"iter"
	"time"

	"vesper/subscribers"
)

// chunk is how many rows of an import share a transaction.
const chunk = 5000

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

// EnrolAll does what the rows of an import ask for, a few thousand in a transaction,
// and counts them. The rule is [subscribers.Facts.Import]. After an error, what it
// counted is done. To do it all once more is harmless.
func (s *List) EnrolAll(ctx context.Context, rows iter.Seq[subscribers.Row], now time.Time,
) (total subscribers.Counts, err error) {
	var waiting []subscribers.Row
	wide := false
	flush := func() error {
		if !wide && len(waiting) == chunk {
			wide = true
			if err := s.widen(ctx, roomy); err != nil {
				return err
			}
		}
		counts, err := s.enrolChunk(ctx, waiting, now)
		total.Add(counts)
		waiting = waiting[:0]
		return err
	}
	defer func() {
		if wide {
			// Where this fails, the memory is given back when the program ends.
			_ = s.widen(context.WithoutCancel(ctx), usual)
		}
		if err != nil {
			err = fmt.Errorf("import subscribers: %w", err)
		}
	}()
	for row := range rows {
		if waiting = append(waiting, row); len(waiting) < chunk {
			continue
		}
		if err := flush(); err != nil {
			return total, err
		}
	}
	return total, flush()
}

func (s *core) enrolChunk(ctx context.Context, rows []subscribers.Row, now time.Time) (subscribers.Counts, error) {
	var counts subscribers.Counts
	if len(rows) == 0 {
		return counts, nil
	}
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		in, err := s.openEnrolment(ctx, c, now)
		if err != nil {
			return err
		}
		for _, row := range rows {
			effect, err := in.enrol(ctx, row)
			if err != nil {
				return err
			}
			counts.Count(effect)
		}
		return nil
	})
	if err != nil {
		return subscribers.Counts{}, err
	}
	return counts, nil
}
