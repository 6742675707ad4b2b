package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
)

// member is this process as one of several that work on one database on a server.
type member struct {
	house *house
	role  string
	log   *slog.Logger
	// attends is held by who starts and ends the work on chunks; many counts those who asked for it.
	attends sync.Mutex
	many    int
	end     func()
	// drains is closed when it is to leave off, handed when it sends nothing any more but chunks.
	drains, handed chan struct{}
	once           sync.Once
	// refused is what a relay said that refused this machine; nil: none has.
	refused atomic.Pointer[refusedBy]
}

// newMember gives what this process does with others; nil where the database is a file.
func newMember(h *house) *member {
	if !h.file.OnServer() {
		return nil
	}
	return &member{house: h, role: "by hand", drains: make(chan struct{}), handed: make(chan struct{})}
}

// errDrained is why a machine leaves off that was told to.
var errDrained = errors.New("this machine is drained")

// sends gives a context that ends with ctx, or with errDrained as the machine is to leave off.
func (m *member) sends(ctx context.Context) context.Context {
	if m == nil {
		return ctx
	}
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-m.drains:
			cancel(errDrained)
		case <-ctx.Done():
		}
	}()
	return ctx
}

// handedOver says that another machine may send what one machine alone does.
func (m *member) handedOver() { close(m.handed) }

// drain has this machine leave off, and says whether it has: no chunk is in hand.
func (m *member) drain() (drained bool) {
	m.once.Do(func() {
		m.log.Info("this machine is drained: what is in transit is finished, and others go on")
		close(m.drains)
	})
	select {
	case <-m.handed:
		return true
	default:
		return false
	}
}

// Attend implements publish.Chunks.
func (m *member) Attend(ctx context.Context) (leave func()) {
	m.attends.Lock()
	defer m.attends.Unlock()
	if m.many++; m.many == 1 {
		// It goes before the others hear of it with no more than its part.
		if heard, err := m.beat(ctx, false); err == nil {
			m.house.relays.Among(heard.Machines)
		}
		// Others may come to rely on it who end later.
		working, stop := context.WithCancel(context.WithoutCancel(ctx))
		var running sync.WaitGroup
		running.Go(func() { m.serve(working) })
		m.end = func() {
			stop()
			running.Wait()
		}
	}
	return func() {
		m.attends.Lock()
		defer m.attends.Unlock()
		if m.many--; m.many == 0 {
			m.end()
		}
	}
}

// Muster implements publish.Chunks.
func (m *member) Muster(ctx context.Context, number uint32, now time.Time) (digest.Mustered, error) {
	return m.house.file.Muster(ctx, number, now)
}

// Retake implements publish.Chunks.
func (m *member) Retake(ctx context.Context, c digest.Chunk) error {
	return m.house.file.WorkOn(ctx, c, m.house.crew(m))
}

// Ledger implements publish.Chunks.
func (m *member) Ledger(c digest.Chunk) deliver.Ledger { return m.house.file.Chunk(c) }

// serve does this machine's part of the chunks until ctx ends, and as long as the others hear that
// it lives: of one that they don't hear they have the part.
func (m *member) serve(ctx context.Context) {
	tick := time.NewTicker(digest.BeatEvery)
	defer tick.Stop()
	var work *joined
	defer func() {
		work.stop()
		work.wait()
		m.goes(ctx)
	}()
	drained, told := false, ""
	for last := time.Now(); ; {
		began := time.Now()
		heard, err := m.beat(ctx, drained)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			last = began
			m.house.relays.Among(heard.Machines)
		}
		unfit := m.unfit(ctx, heard, err, began)
		if reason := fmt.Sprint(unfit); unfit != nil && reason != told {
			m.log.Warn("this machine does no part of the editions for now", "err", unfit)
			told = reason
		}
		switch {
		case heard.Draining, unfit != nil && (err == nil || time.Since(last) >= digest.Beatless):
			work.stop()
		case unfit == nil && work == nil:
			work, told = m.join(ctx), ""
		}
		if work.over() {
			work = nil
		}
		if heard.Draining {
			drained = m.drain() && work == nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// How far a machine's clock may be off the server's, and how long one is left alone that a relay
// refuses while others may get through.
const (
	clocksDiffer = 30 * time.Second
	refusedRests = 5 * time.Minute
)

// unfit says why this machine is to do no part of the editions now; nil if it may.
func (m *member) unfit(ctx context.Context, heard digest.Heard, err error, now time.Time) error {
	if err == nil {
		err = m.house.publisher.Ready(ctx)
	}
	refused := m.refused.Load()
	switch {
	case err != nil:
		return err
	case heard.Machines > 1 && heard.Clock.Sub(now).Abs() > clocksDiffer:
		return fmt.Errorf("its clock shows %s, and PostgreSQL's %s", now.UTC().Format(time.RFC3339),
			heard.Clock.UTC().Format(time.RFC3339))
	case heard.Machines > 1 && refused != nil && now.Sub(refused.at) < refusedRests:
		return fmt.Errorf("the relay refuses it: %s", refused.why.Reason())
	}
	return nil
}

// beat says that this machine lives, or has left off as it was told. It waits no longer than until the next time.
func (m *member) beat(ctx context.Context, drained bool) (digest.Heard, error) {
	ctx, cancel := context.WithTimeout(ctx, digest.BeatEvery)
	defer cancel()
	return m.house.file.Beat(ctx, m.role, drained)
}

// goes says that this machine lives no more.
func (m *member) goes(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), digest.BeatEvery)
	defer cancel()
	if err := m.house.file.Leave(ctx); err != nil {
		m.log.Warn("the other machines don't hear that this one leaves", "err", err)
	}
}
