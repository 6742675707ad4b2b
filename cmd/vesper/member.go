package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
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
}

// newMember gives what this process does with others; nil where the database is a file.
func newMember(h *house) *member {
	if !h.file.OnServer() {
		return nil
	}
	return &member{house: h, role: "once", drains: make(chan struct{}), handed: make(chan struct{})}
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
		working, stop := context.WithCancel(ctx)
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
	return m.house.file.WorkOn(ctx, c, m.house.crew(m.log))
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
		work.leave()
		m.goes(ctx)
	}()
	drained := false
	for heard, told := time.Now(), false; ; {
		began := time.Now()
		many, draining, err := m.beat(ctx, drained)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			heard, told = began, false
			m.house.relays.Among(many)
		case !told:
			told = true
			m.log.Warn("the other machines don't hear from this one", "err", err)
		}
		if draining || time.Since(heard) >= digest.Beatless || work.over() {
			work.leave()
			work = nil
		}
		if draining {
			drained = m.drain()
		}
		if work == nil && !draining && err == nil {
			work = m.join(ctx)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// joined is the work on chunks as long as it lasts; nil is none.
type joined struct {
	stop  context.CancelFunc
	ended chan struct{}
}

func (m *member) join(ctx context.Context) *joined {
	ctx, stop := context.WithCancel(ctx)
	j := &joined{stop, make(chan struct{})}
	go func() {
		defer close(j.ended)
		if err := m.house.file.Join(ctx, m.house.crew(m.log)); err != nil && ctx.Err() == nil {
			m.log.Error("this machine can't do its part of the editions", "err", err)
		}
	}()
	return j
}

// leave ends it, and waits for what is in hand.
func (j *joined) leave() {
	if j != nil {
		j.stop()
		<-j.ended
	}
}

// over says that it has ended by itself.
func (j *joined) over() bool {
	if j == nil {
		return false
	}
	select {
	case <-j.ended:
		return true
	default:
		return false
	}
}

// beat says that this machine lives, or has left off as it was told. It waits no longer than until the next time.
func (m *member) beat(ctx context.Context, drained bool) (many int, draining bool, err error) {
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
