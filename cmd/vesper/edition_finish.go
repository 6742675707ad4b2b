package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
	"vesper/subscribers/sqlite"
)

// follow is how often another process's run is looked at.
const follow = 500 * time.Millisecond

// finish delivers what is due of an edition or, where another process has the
// lock, follows it to the end as if it had done it itself.
func (a *app) finish(ctx context.Context, h *house, r digest.Record, wait bool) (digest.Record, error) {
	done := a.showProgress(ctx, h, r.ID)
	defer done()
	h.publisher.Deliverer.Patience = patience
	if wait {
		h.publisher.Deliverer.Patience = 0
	}
	if r.State == digest.Paused {
		// Whoever sends by hand has looked at why.
		if err := h.publisher.Resume(context.WithoutCancel(ctx), r); err != nil {
			return r, err
		}
	}
	said, still := false, stillness{now: a.now}
	for {
		lock, err := h.store.Lock("send")
		var held *sqlite.Held
		if errors.As(err, &held) {
			if !said {
				fmt.Fprintf(a.stderr, "%s; following it\n", held)
				said = true
			}
			now, err := h.again(ctx, r, nil)
			over := err == nil && !wait && still.since(now.Tally) > stall
			if err == nil && !over {
				over, err = h.over(ctx, now, a.now(), wait)
			}
			if err != nil || over || ctx.Err() != nil {
				return h.again(ctx, r, err)
			}
			sleep(ctx, follow)
			continue
		}
		if err != nil {
			return r, err
		}
		next, err := a.deliver(ctx, h, r)
		if unlockErr := lock.Unlock(); err == nil {
			err = unlockErr
		}
		if err != nil || !wait || next.IsZero() || ctx.Err() != nil {
			return h.again(ctx, r, err)
		}
		if sleep(ctx, next.Sub(a.now())); ctx.Err() != nil {
			return h.again(ctx, r, nil)
		}
	}
}

// stall is how long a followed run may stand still before a send by hand has
// seen enough: about as long as it would have tried itself.
const stall = 15 * time.Second

// stillness tells for how long a tally has not changed.
type stillness struct {
	now  func() time.Time
	last digest.Tally
	at   time.Time
}

func (s *stillness) since(t digest.Tally) time.Duration {
	now := s.now()
	if t != s.last || s.at.IsZero() {
		s.last, s.at = t, now
	}
	return now.Sub(s.at)
}

// patience is how many connections in a row may come to nothing before a send
// by hand stops: the admin is there to look.
const patience = 2

// deliver works through the ledger, with the lock in hand, and tells when the
// next delivery is due.
func (a *app) deliver(ctx context.Context, h *house, r digest.Record) (time.Time, error) {
	// Whoever had the lock before may have brought it to its end.
	r, err := h.again(ctx, r, nil)
	if err != nil || r.State == digest.Done || r.State == digest.Cancelled {
		return time.Time{}, err
	}
	report, err := h.publisher.Finish(ctx, r)
	if err != nil {
		return time.Time{}, err
	}
	if report.Stopped.Class != "" {
		fmt.Fprintln(a.stderr, h.toldBy(report.Stopped))
		return time.Time{}, nil
	}
	return report.Next, nil
}

// toldBy says why a run stopped. With several relays the outcome names its own.
func (h *house) toldBy(o digest.Outcome) string {
	said := strings.TrimSpace(fmt.Sprintf("%s %s", code(o.Code), printable(o.Reply)))
	if relays := h.relays.Relays; len(relays) == 1 {
		said = fmt.Sprintf("%s:%d: %s", relays[0].Host, relays[0].Port, said)
	}
	return "the relay " + said
}

// over says whether a followed edition has come to its end, or to a point at
// which nothing is due.
func (h *house) over(ctx context.Context, r digest.Record, now time.Time, wait bool) (bool, error) {
	switch r.State {
	case digest.Done, digest.Paused, digest.Cancelled:
		return true, nil
	}
	next, err := h.store.NextDue(context.WithoutCancel(ctx), digest.Whole(r.Number))
	return !wait && r.Tally.Attempting == 0 && next.After(now), err
}

// again reads a record anew, unless err stands in the way.
func (h *house) again(ctx context.Context, r digest.Record, err error) (digest.Record, error) {
	if err != nil {
		return r, err
	}
	return h.store.Record(context.WithoutCancel(ctx), r.ID)
}
