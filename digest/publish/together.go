package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
)

// Chunks have the machines of a house work on an edition together. Its readers stand in chunks,
// and whichever machine is free takes the next one: see [Publisher.WorkChunk].
type Chunks interface {
	// Attend has this process work on chunks too until leave is called, if it does not yet. Leave
	// waits until what it has in hand has come to its end.
	Attend(ctx context.Context) (leave func())
	// Muster has all chunks of an edition worked on that are due at now, what is sent again among them, and
	// tells how it stands with them.
	Muster(ctx context.Context, number uint32, now time.Time) (digest.Mustered, error)
	// Retake works here on a chunk that a machine had in hand which is gone.
	Retake(ctx context.Context, c digest.Chunk) error
	// Ledger gives the ledger of a chunk.
	Ledger(c digest.Chunk) deliver.Ledger
}

// lookAtChunks is how often whoever has the lock looks how far the machines are.
// At first it looks often, so that a short edition is soon over; then each second.
const (
	lookAtChunks  = 100 * time.Millisecond
	seldomLooksAt = time.Second
)

// beginsWithin is how long a machine waits that an edition is begun which was just opened.
const beginsWithin = 3 * time.Second

// shared is what the runs of one edition in this process share.
type shared struct {
	// whole is held by who works on all of the ledger, and for reading by each who works on a chunk: of
	// two runs over the same rows in one process, one would take the other's to be left over.
	whole sync.RWMutex
	// wish counts those who wait for all of it: until they had it nobody begins with a chunk.
	wish atomic.Int64
	// run is the run over all, as it was asked for.
	mu  sync.Mutex
	run deliver.Run
}

func (p *Publisher) sharedOf(number uint32) *shared {
	s, _ := p.sharing.LoadOrStore(number, &shared{})
	return s.(*shared)
}

// workTogether has all machines work on an edition's chunks, and comes back when nothing of them
// is due, or a machine was stopped. Where none is open any more, or nobody gets on, it works on all of the
// ledger.
func (p *Publisher) workTogether(ctx context.Context, r digest.Record, run deliver.Run) (deliver.Report, error) {
	s := p.sharedOf(r.Number)
	s.mu.Lock()
	s.run = deliver.Run{Patience: run.Patience, Served: run.Served, Slowly: run.Slowly}
	s.mu.Unlock()
	defer p.Chunks.Attend(ctx)()
	report := deliver.Report{Next: p.Now()}
	var all advance
	for looks := time.Duration(1); ctx.Err() == nil; looks++ {
		m, err := p.Chunks.Muster(ctx, r.Number, p.Now())
		if err != nil {
			return report, ended(ctx, err)
		}
		all.comes(m, time.Now())
		report.Next, report.Halted, report.Stopped = m.Next, m.Halted, all.stopped(m.Machines, time.Now())
		report.Answered, report.Accepted = m.Answered-all.first.Answered, m.Accepted-all.first.Accepted
		switch {
		case m.Halted, report.Stopped.Class != "":
			return report, nil
		case m.Open == 0, all.stands(time.Now()):
			rest, err := p.workAlone(ctx, r, run)
			rest.Answered, rest.Accepted = rest.Answered+report.Answered, rest.Accepted+report.Accepted
			return rest, err
		case m.Due == 0:
			return report, nil
		}
		if len(m.Left) > 0 {
			// One at a time: meanwhile others may have taken the next one.
			p.Log.Warn("a machine is gone; its part is taken over", "edition", r.ID, "chunk", m.Left[0].Number)
			if err := p.Chunks.Retake(ctx, m.Left[0]); err != nil {
				return report, ended(ctx, err)
			}
		}
		p.pause(ctx, min(looks*lookAtChunks, seldomLooksAt), nil)
	}
	report.Next = p.Now()
	return report, nil
}

// othersGoOn is how long it is waited whether other machines get on, where one was stopped: what a
// machine has done is known when its run ends. Where nobody has got on for nobodyGoesOn, whoever has
// the lock does all of it, whatever keeps the machines from their chunks.
const (
	othersGoOn   = 2 * time.Minute
	nobodyGoesOn = 3 * time.Minute
)

// advance is how the machines get on with an edition.
type advance struct {
	begun       bool
	first, last digest.Mustered
	// at is when a message was last known to be taken, and answered a reader answered for; stop is why a
	// machine was stopped since the former.
	at, answered time.Time
	stop         digest.Outcome
}

// comes takes how it stands now.
func (a *advance) comes(m digest.Mustered, now time.Time) {
	if !a.begun {
		// Of what stopped an earlier run nothing is known by now.
		m.Stopped = digest.Outcome{}
		a.begun, a.first, a.at, a.answered, a.last = true, m, now, now, m
	}
	if m.Accepted > a.last.Accepted {
		a.at, a.stop = now, digest.Outcome{}
	}
	if m.Answered > a.last.Answered {
		a.answered = now
	}
	if m.Stopped.Class != "" {
		a.stop = m.Stopped
	}
	a.last = m
}

// stands says that nobody gets on, although messages are due.
func (a *advance) stands(now time.Time) bool {
	return a.last.Due > 0 && now.Sub(a.answered) >= nobodyGoesOn
}

// stopped says why the edition is stopped, if it is. What one of several machines hears from a relay
// may be about that machine: as long as others get on, the edition goes on.
func (a *advance) stopped(machines int, now time.Time) digest.Outcome {
	if machines > 1 && now.Sub(a.at) < othersGoOn {
		return digest.Outcome{}
	}
	return a.stop
}

// ended gives no error for one that only says that ctx has ended.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// alone waits until this process works on no chunk of an edition, and says whether it does; else ctx
// has ended.
func (p *Publisher) alone(ctx context.Context, s *shared) bool {
	s.wish.Add(1)
	defer s.wish.Add(-1)
	for !s.whole.TryLock() {
		if ctx.Err() != nil {
			return false
		}
		p.pause(ctx, lookAtChunks, nil)
	}
	return true
}

// workAlone works on all of an edition's ledger from this process.
func (p *Publisher) workAlone(ctx context.Context, r digest.Record, run deliver.Run) (deliver.Report, error) {
	s := p.sharedOf(r.Number)
	if !p.alone(ctx, s) {
		return deliver.Report{Next: p.Now()}, nil
	}
	defer s.whole.Unlock()
	run.Ledger, run.Range = p.Ledger(r.Number), digest.Whole()
	return p.run(ctx, r, run)
}

// WorkChunk works on a chunk of an edition until none of its messages is due, or ctx ends. Any
// process may, with the lock or without it; of two that work on one chunk each sends only what
// the other has not begun.
func (p *Publisher) WorkChunk(ctx context.Context, c digest.Chunk) (digest.Worked, error) {
	s := p.sharedOf(c.Edition)
	if s.wish.Load() > 0 || !s.whole.TryRLock() {
		return digest.Worked{Idle: true}, nil
	}
	defer s.whole.RUnlock()
	if p.ready(ctx) != nil {
		return digest.Worked{Idle: true}, nil
	}
	u, err := p.begun(ctx, c.Edition)
	switch {
	case err != nil:
		return digest.Worked{}, err
	case u.Number == 0:
		return digest.Worked{Over: true}, nil
	case u.State != digest.Sending, u.Frozen(p.Now()), (u.Ahead() || !u.LastDueAt.IsZero()) && p.Watch.Jumped():
		return digest.Worked{Idle: true}, nil
	}
	return p.workChunk(ctx, u.Record, c, s)
}

// begun gives an edition that is not over. For one that has just been opened it waits a moment:
// whoever has the lock is about to begin with it.
func (p *Publisher) begun(ctx context.Context, number uint32) (digest.Unfinished, error) {
	for began := time.Now(); ; {
		all, err := p.Book.Unfinished(ctx)
		if err != nil {
			return digest.Unfinished{}, err
		}
		i := slices.IndexFunc(all, func(u digest.Unfinished) bool { return u.Number == number })
		if i < 0 {
			return digest.Unfinished{}, nil
		}
		if u := all[i]; u.State != digest.Open || u.Frozen(p.Now()) || time.Since(began) > beginsWithin || ctx.Err() != nil {
			return u, nil
		}
		p.pause(ctx, lookAtChunks/2, nil)
	}
}

// mostInVain is how many connections in a row may come to nothing where another machine may get
// through.
const mostInVain = 2

func (p *Publisher) workChunk(ctx context.Context, r digest.Record, c digest.Chunk, s *shared) (digest.Worked, error) {
	s.mu.Lock()
	run := s.run
	s.mu.Unlock()
	run.Served = run.Served || c.Served
	run.Ledger, run.Range = p.Chunks.Ledger(c), digest.Whole()
	if c.Others && (run.Patience == 0 || run.Patience > mostInVain) {
		run.Patience = mostInVain
	}
	var first atomic.Pointer[time.Time]
	run.Relay = tried{p.Edition(r.Number), func(now time.Time) { first.CompareAndSwap(nil, &now) }}
	before := p.answered.Load()
	report, err := p.run(ctx, r, run)
	if err != nil {
		return digest.Worked{}, fmt.Errorf("chunk %d: %w", c.Number, err)
	}
	worked := digest.Worked{Stopped: report.Stopped, Answered: report.Answered, Accepted: report.Accepted}
	if c.Others {
		worked.Away, worked.Stopped = p.away(ctx, worked, p.answered.Load() > before, first.Load())
	}
	return worked, nil
}

// saysNothing is how long a run tried relays that say nothing. What was gone of it before may have been the
// database's time: all machines wait together while somebody opens a large edition.
const saysNothing = 15 * time.Second

// away tells apart that no relay is reached from here, and that it has stopped us. A way on which
// everything is lost without a word is known by the time that the run had since it tried the first relay, unless
// another run has heard something in that time: that one had the connections, or this machine's turns of the rate.
func (p *Publisher) away(
	ctx context.Context, w digest.Worked, heard bool, since *time.Time,
) (away, stopped digest.Outcome) {
	end, _ := ctx.Deadline()
	silent := since != nil && end.Sub(*since) >= saysNothing
	switch slow := p.Rate > 0 && p.Rate < 1; {
	case w.Stopped.Class == digest.Session && heard:
		return digest.Outcome{}, digest.Outcome{}
	case w.Stopped.Class == digest.Session:
		return w.Stopped, digest.Outcome{}
	case w.Stopped.Class == "" && w.Answered == 0 && !heard && !slow && silent &&
		errors.Is(ctx.Err(), context.DeadlineExceeded):
		return digest.Outcome{Class: digest.Session, Reply: "no relay has said anything"}, w.Stopped
	}
	return digest.Outcome{}, w.Stopped
}
