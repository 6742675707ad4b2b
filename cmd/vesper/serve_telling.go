package main

import (
	"context"
	"sync"
	"time"
)

// toldAfter is how long nobody has had the lock when alarms are told without it.
const toldAfter = 15 * time.Second

// tellsAlone has alarms told from this machine, which does not send, while no machine has the lock:
// who has it tells them. Of several such machines one does.
func (a *app) tellsAlone(ctx context.Context, h *house) {
	for free := time.Duration(0); rests(ctx, foldersLooked); {
		if free += foldersLooked; a.somebodyLeads(h) {
			free = 0
		}
		if free < toldAfter {
			continue
		}
		release, taken, err := h.file.Teller(ctx)
		if err != nil || !taken {
			continue // while the database is away nobody knows of alarms
		}
		telling, stop := context.WithCancel(ctx)
		var all sync.WaitGroup
		all.Go(func() { h.alarms.Serve(telling) })
		for rests(ctx, foldersLooked) && !a.somebodyLeads(h) {
		}
		stop()
		all.Wait()
		release()
		free = 0
	}
}

// somebodyLeads says whether a machine has the lock, as far as that is known.
func (a *app) somebodyLeads(h *house) bool {
	held, err := h.file.Holder()
	return held != nil || err != nil
}
