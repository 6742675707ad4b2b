package main

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"vesper/digest"
)

// What serve knows of the relays is kept for "vesper status": what changed at once, else
// each tellRelaysEvery, so that it is known to be true still.
const (
	relaysLooked    = 2 * time.Second
	tellRelaysEvery = time.Minute
)

// tellRelays keeps how it stands with the relays until ctx ends.
func (a *app) tellRelays(ctx context.Context, h *house, log *slog.Logger) {
	ticks := time.NewTicker(relaysLooked)
	defer ticks.Stop()
	var told []digest.RelayState
	var at time.Time
	failed := false
	for {
		states, now := h.relays.States(), a.now()
		if !slices.EqualFunc(states, told, digest.RelayState.Same) || now.Sub(at) >= tellRelaysEvery || now.Before(at) {
			err := h.book.SetRelays(ctx, states)
			if err != nil && !failed && ctx.Err() == nil {
				log.Warn("can't record how it stands with the relays", "err", err)
			}
			if err != nil && ctx.Err() == nil {
				h.alarms.Unwritable(ctx, err)
			}
			if failed = err != nil; !failed {
				told, at = states, now
			}
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return
		}
	}
}
