package main

import (
	"cmp"
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
	// unseeing says that a shared folder was not seen at the last two looks, late that its clock is wrong, unready
	// that it may send nothing, and unreadySince since when. silent says that PostgreSQL answers it nothing any more,
	// but lets it have the lock.
	unseeing, late, unready, silent atomic.Bool
	unreadySince                    time.Time
	// away is that letters reach no relay from here, and why; nil: they do, as far as is known.
	away atomic.Pointer[string]
	// leading says that this machine does what one machine does for the house, ends ends that, and
	// gaveAwayAt is when it last gave it away.
	leads      sync.Mutex
	leading    bool
	ends       context.CancelCauseFunc
	gaveAwayAt time.Time
	// machines is how many live. refused is what a relay said that refused this machine; nil: none has.
	machines atomic.Int64
	refused  atomic.Pointer[refusedBy]
	// why is why it does no part of the editions, wrongClock that the server's clock was said to be wrong, and newer
	// that the database is newer than this program.
	why               string
	alike             digest.Alike
	wrongClock, newer bool
	// outdated is why this program may not work on the database any more; nil: it may.
	outdated atomic.Pointer[error]
}

// newMember gives what this process does with others; nil where the database is a file.
func newMember(h *house) *member {
	if !h.file.OnServer() {
		return nil
	}
	return &member{
		house: h, role: "by hand", alike: h.alike(), drains: make(chan struct{}), handed: make(chan struct{}),
	}
}

// handedOver says that another machine may send what one machine alone does.
func (m *member) handedOver() { close(m.handed) }

// isToLeave says whether this machine was told to leave off.
func (m *member) isToLeave() bool {
	if m == nil {
		return false
	}
	select {
	case <-m.drains:
		return true
	default:
		return false
	}
}

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
			m.hears(heard)
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
		m.reaches()
		heard, err := m.beat(ctx, drained)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, digest.ErrNewer) {
			m.isOutdated(err)
			return
		}
		if err == nil {
			last = began
			m.hears(heard)
			m.late.Store(isLate(heard, began))
			m.silent.Store(false)
		} else if time.Since(last) >= silentFor && m.house.file.LockAnswers() {
			m.silent.Store(true)
		}
		m.givesAway(heard, err)
		unfit := m.unfit(ctx, heard, err, began)
		m.notes(heard, err, unfit, began)
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

// hears takes how many machines live: each has its part of the relays' limits.
func (m *member) hears(heard digest.Heard) {
	m.machines.Store(int64(heard.Machines))
	m.house.relays.Among(heard.Machines)
}

// isLate says whether this machine's clock is wrong. Where no machine's agrees with the server's, it is
// that one's which is.
func isLate(heard digest.Heard, now time.Time) bool {
	return heard.Timely > 0 && heard.Clock.Sub(now).Abs() > digest.ClocksDiffer
}

// unfit says why this machine is to do no part of the editions now; nil if it may.
func (m *member) unfit(ctx context.Context, heard digest.Heard, err error, now time.Time) error {
	if err == nil {
		err = m.house.publisher.Ready(ctx)
		m.isReady(cmp.Or(err, m.house.file.Unnoted()), now)
	}
	refused := m.refused.Load()
	switch {
	case err != nil:
		return err
	case isLate(heard, now):
		// Without the times, which differ at each look: it is said once.
		return fmt.Errorf("its clock is more than %v off PostgreSQL's", digest.ClocksDiffer)
	case heard.Machines > 1 && refused != nil && now.Before(refused.until):
		return errors.New(refused.why)
	}
	return nil
}

// beat says that this machine lives, or has left off as it was told. It waits no longer than until the next time.
func (m *member) beat(ctx context.Context, drained bool) (digest.Heard, error) {
	ctx, cancel := context.WithTimeout(ctx, digest.BeatEvery)
	defer cancel()
	return m.house.file.Beat(ctx, digest.Beat{
		Role: m.role, Drained: drained, Unseeing: m.unseeing.Load(), Unfit: m.unfitWhy(), Alike: m.alike,
	})
}

// goes says that this machine lives no more. Where the server is away nobody hears it, and soon they
// know all the same.
func (m *member) goes(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := m.house.file.Leave(ctx); err != nil {
		m.log.Warn("the other machines don't hear that this one leaves", "err", err)
	}
}
