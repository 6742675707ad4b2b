package publish

import (
	"context"
	"maps"
	"sync"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
)

// serveEditions works on every unfinished edition until ctx ends. It looks for them
// each second, and when poked.
func (p *Publisher) serveEditions(ctx context.Context, opened <-chan struct{}) {
	w := &workers{Publisher: p, turns: map[uint32]turn{}}
	for ctx.Err() == nil {
		w.look(ctx)
		p.pause(ctx, lookForWork, opened)
	}
	w.running.Wait()
}

// workers work on unfinished editions side by side: one goroutine for each, so that
// none holds up another, and never two for the same.
type workers struct {
	*Publisher
	running sync.WaitGroup

	mu sync.Mutex
	// turns are kept of editions that were worked on since the service was started,
	// and are unfinished.
	turns map[uint32]turn
}

// turn is how it stands with the work on an edition.
type turn struct {
	// busy says that a goroutine is at it.
	busy bool
	// rests is until when it is left alone, after an error; probed is until when it
	// is not to be probed, and wait how long that was.
	rests, probed time.Time
	wait          time.Duration
}

// look begins what is to be done and is not being done.
func (w *workers) look(ctx context.Context) {
	if w.ready(ctx) != nil {
		return // who opens the editions says so
	}
	// What the book says now of an edition at which somebody is may be old when it
	// is looked at.
	before := w.copied()
	unfinished, err := w.Book.Unfinished(ctx)
	if err != nil {
		if ctx.Err() == nil {
			w.Log.Error("can't read what is to be sent", "err", err)
		}
		return
	}
	left := map[uint32]bool{}
	for _, u := range unfinished {
		left[u.Number] = true
		if t, met := before[u.Number]; !t.busy {
			w.begin(ctx, u, t, met)
		}
	}
	for number, t := range before {
		if !left[number] && !t.busy {
			w.keep(number, nil)
		}
	}
}

// begin gives an edition to a goroutine if there is work on it: deliveries that are
// due, or a probe. One that this process has not met yet is taken up in any case:
// an earlier one may have died in the middle of its messages.
func (w *workers) begin(ctx context.Context, u digest.Unfinished, t turn, met bool) {
	now := w.Now()
	paused := u.State == digest.Paused
	switch {
	case now.Before(t.rests), u.Next.IsZero() && now.Before(w.left(u.Number)):
	case !u.CancelAt.IsZero():
		w.run(u, "cancel", func() (time.Duration, error) { return 0, w.cancel(ctx, u.Record) })
	case u.Frozen(now), (u.Ahead() || !u.LastDueAt.IsZero()) && w.Watch.Jumped():
		// Nobody was sent it, or a wave is to come, and nobody is yet.
	case paused && !now.Before(t.probed) && w.probes(u.Record):
		w.run(u, "probe", func() (time.Duration, error) {
			return min(2*t.wait, lastProbe), w.probe(ctx, u.Record)
		})
	case paused && !met:
		w.run(u, "take over", func() (time.Duration, error) { return 0, w.takeOver(ctx, u.Record) })
	case !paused && (!met || !u.Next.After(now)):
		w.run(u, "deliver", func() (time.Duration, error) {
			report, err := w.Deliver(ctx, u.Record, 0)
			if report.Accepted >= deliver.Trusted {
				return 0, err
			}
			// A relay that takes a few and refuses again has not been well in between.
			return t.wait, err
		})
	}
}

// run does one turn of the work on an edition. It gives how long the next probe waits, if
// that is more than the first one does.
func (w *workers) run(u digest.Unfinished, what string, do func() (time.Duration, error)) {
	w.keep(u.Number, &turn{busy: true})
	w.running.Go(func() {
		wait, err := do()
		wait = max(firstProbe, wait)
		ended := turn{probed: w.Now().Add(wait), wait: wait}
		if err != nil {
			w.Log.Error("can't work on an edition", "edition", u.ID, "work", what, "err", err)
			ended.rests = w.Now().Add(lookEvery)
		}
		w.keep(u.Number, &ended)
	})
}

// keep notes how it stands with an edition; nil forgets it.
func (w *workers) keep(number uint32, t *turn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t == nil {
		delete(w.turns, number)
		return
	}
	w.turns[number] = *t
}

func (w *workers) copied() map[uint32]turn {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.turns)
}
