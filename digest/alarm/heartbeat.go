package alarm

import (
	"context"
	"errors"
	"net/http"
	"time"

	"vesper/digest"
)

// Beats keeps for which evenings the heartbeat was fetched.
type Beats interface {
	// Beaten gives when the last such evening of a slot was finished or decided.
	Beaten(ctx context.Context, slot string) (time.Time, error)
	// Beat keeps that it was fetched for one.
	Beat(ctx context.Context, id digest.ID, at time.Time) error
}

// Evening is one that was finished or decided: its edition is done or cancelled, or there
// is none.
type Evening struct {
	ID digest.ID
	// At is when.
	At time.Time
}

// Heartbeat fetches an address after each evening. Somebody elsewhere watches that it does:
// the alarm that works when this machine is dead.
type Heartbeat struct {
	// URL is a secret as a webhook's is.
	URL    string
	Client *http.Client
	Agent  string
	Beats  Beats
	// Evenings gives the last evening of each slot, if it was finished or decided.
	Evenings func(ctx context.Context) ([]Evening, error)

	// failed is how often it failed for an evening, and when it is tried next.
	failed map[digest.ID]trouble
}

type trouble struct {
	attempts int
	next     time.Time
}

const (
	// beatEvery is how often it is looked whether an evening is over.
	beatEvery = 20 * time.Second
	// beatTries is how often it is tried, and freshEvening how old an evening may be: the
	// watcher elsewhere has known for long otherwise.
	beatTries    = 8
	freshEvening = 24 * time.Hour
)

// Fetch fetches the address once.
func (h *Heartbeat) Fetch(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL, nil)
	if err != nil {
		return errors.New("its address can't be used")
	}
	return ask(h.Client, h.Agent, r)
}

func (d *Desk) serveHeartbeat(ctx context.Context) {
	for ctx.Err() == nil {
		d.beat(ctx)
		if !rest(ctx, beatEvery, nil) {
			return
		}
	}
}

// beat fetches the heartbeat for evenings that it was not fetched for. That it fails
// bothers nobody but the log: who watches elsewhere misses it.
func (d *Desk) beat(ctx context.Context) {
	h := d.Heartbeat
	evenings, err := h.Evenings(ctx)
	if err != nil {
		return // who looks for alarms says so
	}
	for _, e := range evenings {
		now := d.Now()
		last, err := h.Beats.Beaten(ctx, e.ID.Slot)
		// What a clock that was ahead has kept says nothing of the evenings until then.
		if err != nil || !e.At.After(last) && !last.After(now) || now.Sub(e.At) > freshEvening || ctx.Err() != nil {
			continue
		}
		is := h.failed[e.ID]
		if is.attempts >= beatTries || now.Before(is.next) {
			continue
		}
		if err := h.Fetch(ctx); err != nil {
			if ctx.Err() != nil {
				return
			}
			is.attempts++
			is.next = now.Add(waitAfter(is.attempts))
			h.fails(e.ID, is)
			switch is.attempts {
			case 1:
				d.Log.Warn("the heartbeat could not be fetched: tried again", "edition", e.ID, "err", err)
			case beatTries:
				d.Log.Error("the heartbeat could not be fetched: given up", "edition", e.ID, "attempts", is.attempts, "err", err)
			}
			continue
		}
		delete(h.failed, e.ID)
		d.Log.Info("heartbeat fetched", "edition", e.ID)
		if err := h.Beats.Beat(ctx, e.ID, e.At); err != nil {
			// It is fetched once more at most each time that this service starts.
			h.fails(e.ID, trouble{attempts: beatTries})
			d.Log.Warn("can't record that the heartbeat was fetched", "edition", e.ID, "err", err)
		}
	}
}

// fails remembers what went wrong with an evening.
func (h *Heartbeat) fails(id digest.ID, is trouble) {
	if h.failed == nil {
		h.failed = map[digest.ID]trouble{}
	}
	h.failed[id] = is
}
