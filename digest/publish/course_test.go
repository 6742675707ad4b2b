package publish

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vesper/digest"
)

// fruitless is how many runs may begin in a row without an orderly end.
const fruitless = 5

func (b *book) Begin(_ context.Context, number uint32, now time.Time) (digest.Tallied, error) {
	defer b.ask("Begin")()
	e, err := b.opened(number)
	if err != nil {
		return digest.Tallied{}, err
	}
	t := e.ledger.tally()
	ends := t.Sent + t.Failed + t.Expired
	switch {
	case e.State == digest.Paused && e.Pause != digest.PausedCrashLoop:
		return e.tallied(), nil
	case e.State == digest.Paused:
	case e.State != digest.Open && e.State != digest.Sending:
		return digest.Tallied{}, fmt.Errorf("it is %s", e.State)
	case ends == e.ends && e.starts >= fruitless:
		e.State, e.Pause, e.Reason = digest.Paused, digest.PausedCrashLoop, "it crashed time and again"
	case ends == e.ends:
		e.State, e.starts = digest.Sending, e.starts+1
	default:
		e.State, e.starts, e.ends = digest.Sending, 1, ends
	}
	e.RanAt = now
	return e.tallied(), nil
}

func (b *book) Rest(_ context.Context, number uint32, now time.Time) error {
	return b.move("Rest", number, func(e *edition) error {
		e.RanAt = now
		return nil
	})
}

func (b *book) Waits(_ context.Context, number uint32, reason string) error {
	return b.move("Waits", number, func(e *edition) error {
		if e.State == digest.Sending {
			e.Reason = reason
		}
		return nil
	})
}

func (b *book) Pause(_ context.Context, number uint32, kind digest.Pause, reason string, now time.Time) error {
	return b.move("Pause", number, func(e *edition) error {
		e.PausedAt = now
		e.State, e.Pause, e.Reason = digest.Paused, kind, reason
		return nil
	})
}

func (b *book) Resume(_ context.Context, number uint32, until time.Duration, now time.Time) error {
	return b.move("Resume", number, func(e *edition) error {
		if e.Pause == digest.PausedDesk {
			e.Stood += now.Sub(e.PausedAt)
		}
		e.State, e.Pause, e.Reason = digest.Sending, "", ""
		if until > 0 {
			e.Until = now.Add(until).Sub(e.OpenedAt) - e.Stood
		}
		return nil
	})
}

func (b *book) Revive(ctx context.Context, number uint32, now time.Time) error {
	if e, err := b.opened(number); err != nil || e.Pause == digest.PausedDesk {
		return err
	}
	return b.Resume(ctx, number, 0, now)
}

func (b *book) Cancel(_ context.Context, number uint32, _ time.Time) (done bool, err error) {
	return true, b.move("Cancel", number, func(e *edition) error {
		e.State = digest.Cancelled
		return nil
	})
}

func (b *book) Hasten(_ context.Context, number uint32, now time.Time) error {
	return b.move("Hasten", number, func(e *edition) error {
		e.DueAt = now
		e.ledger.mu.Lock()
		defer e.ledger.mu.Unlock()
		for _, r := range e.ledger.rows {
			r.Due, r.FirstDue = now, now
		}
		return nil
	})
}

func (b *book) Close(_ context.Context, number uint32, now time.Time) error {
	return b.move("Close", number, func(e *edition) error {
		t := e.ledger.tally()
		if t.Attempting > 0 && t.Owed() == t.Attempting {
			return &digest.InHandError{Messages: t.Attempting, Until: e.ledger.others}
		}
		if t.Owed() > 0 && t.Balanced() {
			return &digest.OwedError{Messages: t.Owed()}
		}
		if !t.Balanced() {
			return digest.ErrUnbalanced
		}
		e.State, e.DoneAt = digest.Done, now
		return nil
	})
}

func (b *book) move(name string, number uint32, to func(*edition) error) error {
	defer b.ask(name)()
	e, err := b.opened(number)
	if err != nil {
		return err
	}
	e.starts = 0
	return to(e)
}

func (b *book) Words(_ context.Context, id digest.ID) (digest.Words, error) {
	defer b.ask("Words")()
	return b.words[id], nil
}

func (b *book) SetWords(_ context.Context, id digest.ID, w digest.Words, _ time.Time) error {
	if b.beforeWords != nil {
		b.beforeWords()
	}
	defer b.ask("SetWords")()
	if e, err := b.byID(id); err == nil && e.State.Opened() {
		return digest.ErrExists
	}
	b.words[id] = w
	return nil
}

func (b *book) Pins(_ context.Context, slot string) ([]string, error) {
	defer b.ask("Pins")()
	return b.pins[slot], nil
}

func (b *book) SetPins(_ context.Context, slot string, was, ids []string, _ time.Time) error {
	defer b.ask("SetPins")()
	if !slices.Equal(b.pins[slot], was) {
		return digest.ErrRepinned
	}
	if b.pins == nil {
		b.pins = map[string][]string{}
	}
	b.pins[slot] = ids
	return nil
}

func (b *book) Waves(context.Context, uint32) ([]digest.Wave, error) { return b.waves, nil }

func (b *book) Zones(context.Context, digest.ID) ([]digest.Zone, error) { return b.zones, nil }

func (b *book) Count(context.Context, digest.ID) (int, error) {
	defer b.ask("Count")()
	return len(b.readers), nil
}

func (b *book) Tallied(_ context.Context, id digest.ID) (digest.Tallied, error) {
	defer b.ask("Tallied")()
	e, err := b.byID(id)
	if err != nil {
		return digest.Tallied{}, err
	}
	return e.tallied(), nil
}
